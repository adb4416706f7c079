"""Proc: the only reader of /proc, see proc(5).

Functions return an empty value for a process that is gone. Of another user's process, or with
the mount option hidepid, some facts cannot be read, and are empty, too.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

# The slave sides of pseudo-terminals, see devices.txt of Linux.
PTY_MAJOR: Final = 136
PAGE_SIZE: Final = os.sysconf("SC_PAGE_SIZE")
# Seven numbers.
STATM_BYTES: Final = 256
PTY_LIMITS: Final = Path("/proc/sys/kernel/pty")


class SystemCall(NamedTuple):
    """The system call in which a thread waits: its number and its arguments."""

    number: int
    arguments: tuple[int, ...]


class Terminals(NamedTuple):
    """How many pseudo-terminals of the system are in use, and how many there may be."""

    used: int
    most: int


def pids() -> list[int]:
    """Return the process IDs of all processes."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 # as below


def is_there(pid: int) -> bool:
    """Return whether the process exists; a zombie does."""
    return Path(f"/proc/{pid}").exists()


def state(pid: int) -> str:
    """Return the state of a process: R, S, D, T (stopped), Z (zombie); "" when it is gone."""
    return _stat_fields(pid)[0]


def data_size(pid: int) -> int:
    """Return how many bytes a process has for data, which does not count shared files."""
    # Half the time of `open`, after each block.
    try:
        descriptor = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return int(os.read(descriptor, STATM_BYTES).split()[5]) * PAGE_SIZE
    except OSError:
        return 0
    finally:
        os.close(descriptor)


def parent(pid: int) -> int | None:
    """Return the parent of a process."""
    field = _stat_fields(pid)[1]
    return int(field) if field else None


def start_time(pid: int) -> int:
    """Return when a process started, in ticks since the machine did; 0 when it is gone."""
    fields = _stat_fields(pid)
    return int(fields[19]) if len(fields) > 19 else 0


def controlling_terminal(pid: int) -> str:
    """Return the pseudo-terminal that is /dev/tty for a process; "" if it has none."""
    fields = _stat_fields(pid)
    device = int(fields[4]) if len(fields) > 4 else 0  # tty_nr
    return f"/dev/pts/{os.minor(device)}" if os.major(device) == PTY_MAJOR else ""


def terminal_of_master(pid: int, descriptor: int) -> str:
    """Return the pseudo-terminal whose master side is a descriptor of a process, else ""."""
    if not open_file(pid, descriptor).endswith("/ptmx"):
        return ""
    for line in descriptor_info(pid, descriptor):
        if line.startswith("tty-index:"):
            return f"/dev/pts/{line.split()[1]}"
    return ""


def master_terminals(pid: int) -> frozenset[str]:
    """Return the pseudo-terminals whose master side a process has open, as a relay does."""
    return frozenset(terminal_of_master(pid, fd) for fd in open_files(pid)) - {""}


def _stat_fields(pid: int) -> list[str]:
    """Return the fields of `stat` after the name: state, parent and others.

    The name may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ["", ""]
    return stat.rpartition(")")[2].split()


def name(pid: int) -> str:
    """Return the name of a process, the first 15 bytes of its program's name."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").rstrip("\n")
    return ""


def arguments(pid: int) -> list[str]:
    """Return the arguments of a process, its program first; [] when it is gone."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
        return text.split("\0")[:-1]
    return []


def ignores(pid: int, number: signal.Signals) -> bool:
    """Return whether a process ignores a signal."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith("SigIgn:"):
                return bool(int(line.split()[1], 16) & (1 << (number - 1)))
    return False


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes below *pid*, a parent before its children."""
    parents, found = [pid], {pid}
    while parents:
        children = _children(parents.pop()) - found
        found |= children
        parents += children
        yield from children


def _children(pid: int) -> set[int]:
    """Return the children of a process, which are those of all its threads."""
    found = set[int]()
    tasks = f"/proc/{pid}/task"
    try:
        for thread in os.listdir(tasks):  # noqa: PTH208 # a third of the time, before blocks with a time-out
            with open(f"{tasks}/{thread}/children", "rb") as children:  # noqa: PTH123
                found |= {int(child) for child in children.read().split()}
    except OSError:
        # It, or one of its threads, is gone; or Linux was built without CONFIG_PROC_CHILDREN.
        return {each for each in pids() if parent(each) == pid} if is_there(pid) else set()
    return found


def open_files(pid: int) -> dict[int, str]:
    """Return the files of all descriptors of a process."""
    found = {}
    with suppress(OSError):
        for descriptor in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 # as above
            if path := open_file(pid, int(descriptor)):
                found[int(descriptor)] = path
    return found


def own_path(descriptor: int) -> str:
    """Return the path by which other processes of the user can open a descriptor of this one."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def open_file(pid: int, descriptor: int) -> str:
    """Return the file of one descriptor: its path, or a text such as `pipe:[4711]`."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{descriptor}")  # noqa: PTH115 # as above
    except OSError:
        return ""


def descriptor_info(pid: int, descriptor: int) -> list[str]:
    """Return the lines of `fdinfo`, such as `tty-index:` of a terminal and `tfd:` of epoll."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().splitlines()
    return []


def system_calls(pid: int) -> list[SystemCall]:
    """Return the system calls in which the threads of a process wait.

    Raises:
        OSError: it belongs to another user, or is gone.

    """
    texts = [(task / "syscall").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    calls = [text.split() for text in texts]  # a number, six arguments, two registers; or "running"
    return [
        SystemCall(int(call[0]), tuple(int(argument, 16) for argument in call[1:7]))
        for call in calls
        if call[0].isdigit()
    ]


def has_threads(pid: int) -> bool:
    """Return whether a process has more than one thread; False if it is gone."""
    with suppress(OSError):
        return len([*Path(f"/proc/{pid}/task").iterdir()]) > 1
    return False


def memory(pid: int, address: int, size: int) -> bytes:
    """Return memory of a process; b"" at address 0.

    Raises:
        OSError: it cannot be read.

    """
    if not address:
        return b""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
        file.seek(address)
        return file.read(size) or b""


def terminals() -> Terminals | None:
    """Return the system's pseudo-terminals; None in a container that hides them."""
    with suppress(OSError, ValueError):
        used, most = (int((PTY_LIMITS / file).read_text()) for file in ("nr", "max"))
        return Terminals(used, most)
    return None
