"""Descriptors: which files a shell holds open for the user, besides its terminals."""

from typing import Final

from effecttalk_kernel.shell import proc

STDERR: Final = 2
# Where bash keeps the terminals that it gives back after a redirection, and what
# a command substitution or a pipeline holds for as long as it runs.
PASSING: Final = ("/dev/pts/", "/dev/tty", "pipe:", "/memfd:effecttalk-")


def open_files(pid: int) -> dict[int, str]:
    """Return what process *pid* has open above stderr: number and path."""
    return {
        descriptor: path
        for descriptor, path in sorted(proc.open_files(pid).items())
        if descriptor > STDERR and not path.startswith(PASSING)
    }
