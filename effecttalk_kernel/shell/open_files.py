"""Descriptors: which files a shell holds open for the user, besides its terminals."""

from contextlib import suppress
from pathlib import Path
from typing import Final

# Where bash keeps the terminals that it gives back after a redirection, and what
# a command substitution or a pipeline holds for as long as it runs.
PASSING: Final = ("/dev/pts/", "/dev/tty", "pipe:", "/memfd:effecttalk-")


def open_files(pid: int) -> dict[int, str]:
    """Return what process *pid* has open above stderr: number and path."""
    found = {}
    with suppress(OSError):  # it may be gone, or another user's
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = str(entry.readlink())
                if int(entry.name) > 2 and not target.startswith(PASSING):
                    found[int(entry.name)] = target
    return dict(sorted(found.items()))
