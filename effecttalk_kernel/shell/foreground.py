"""Foreground: what the processes in front of a terminal are doing.

The only reader of /proc. See proc(5): a member of the foreground process group
that is in read(2) on a descriptor of the terminal waits for input; nothing else
does.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Numbers of read(2); asm/unistd_64.h and asm-generic/unistd.h.
READ_CALL: Final = {"x86_64": "0", "aarch64": "63", "riscv64": "63", "ppc64le": "3", "s390x": "3"}
TERMINALS: Final = ("/dev/tty",)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A process that waits for input from the terminal."""

    pid: int
    name: str


def waiting_process(root: int, group: int, terminal: str) -> Waiting | None:
    """Find a process of *group* below *root* that reads from *terminal*."""
    for pid in descendants(root):
        with suppress(OSError):
            if os.getpgid(pid) == group and _reads(pid, terminal):
                return Waiting(pid, _name(pid))
    return None


def descendants(root: int) -> Iterator[int]:
    """Yield *root* and every living process below it."""
    pending = [root]
    while pending:
        pid = pending.pop()
        yield pid
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                pending += map(int, (task / "children").read_text().split())


def output_path(pid: int) -> str:
    """Return the path of the process's standard output, "" where /proc does not tell."""
    try:
        return str(Path(f"/proc/{pid}/fd/1").readlink())
    except OSError:
        return ""


def _reads(pid: int, terminal: str) -> bool:
    for task in Path(f"/proc/{pid}/task").iterdir():
        call, _, rest = (task / "syscall").read_text().partition(" ")
        if call == READ_CALL.get(platform.machine()):
            descriptor = int(rest.split()[0], 16)
            path = str(Path(f"/proc/{pid}/fd/{descriptor}").readlink())
            if path == terminal or path in TERMINALS:
                return True
    return False


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()
