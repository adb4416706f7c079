"""Open files: the files that a shell holds open for the user (`exec 3<file`)."""

from typing import Final

from effecttalk_kernel.shell import proc

STDERR: Final = 2
# The copies of the terminals that bash restores after a redirection, and the pipes of
# command substitutions and pipelines that still run.
TEMPORARY: Final = ("/dev/pts/", "/dev/tty", "pipe:", "/memfd:effecttalk-")


def open_files(pid: int) -> dict[int, str]:
    """Return the descriptors of process *pid* above standard error, and their files."""
    return {
        descriptor: path
        for descriptor, path in sorted(proc.open_files(pid).items())
        if descriptor > STDERR and not path.startswith(TEMPORARY)
    }
