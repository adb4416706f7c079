"""Foreground: what the processes in front of a terminal are doing.

The only reader of /proc, see proc(5). A member of the foreground process group
that is in read(2) on a descriptor of the terminal waits for input. One that is
in select(2), poll(2) or epoll_wait(2) may have other things to do besides; of
one that belongs to somebody else, nothing can be seen.
"""

import os
import platform
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

# System calls by their numbers, for each machine; asm/unistd_64.h, asm-generic/unistd.h.
GENERIC: Final = {"read": (63, 65), "poll": (73,), "select": (72,), "epoll": (22, 441)}
CALLS: Final = {
    "x86_64": {"read": (0, 19), "poll": (7, 271), "select": (23, 270), "epoll": (232, 281, 441)},
    "aarch64": GENERIC,
    "riscv64": GENERIC,
}
NAMES: Final = {
    number: name
    for name, numbers in CALLS.get(platform.machine(), {}).items()
    for number in numbers
}
TERMINALS: Final = ("/dev/tty",)
# struct pollfd: descriptor, events, what happened; see poll(2).
POLLED: Final = struct.Struct("=ihh")
READABLE: Final = 0x41  # POLLIN, POLLRDNORM; EPOLLIN is the first
# More than programs that talk with a terminal look at.
MOST_DESCRIPTORS: Final = 1024


class Sight(IntEnum):
    """How a process is seen to wait, the surest last."""

    HIDDEN = 0
    POLLS = 1
    READS = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """A process that waits for input from the terminal, or may do so."""

    pid: int
    name: str
    sight: Sight = Sight.READS


def waiting_process(root: int, group: int, terminal: str) -> Waiting | None:
    """Find the process below *root* that most surely waits for *terminal*.

    It is in the foreground process *group*, or in a session of its own (su -c): such
    a one may read the terminal although it is not in front of it. *root* leads the
    session of all others.
    """
    found: Waiting | None = None
    for pid in descendants(root):
        with suppress(ProcessLookupError):  # it is gone
            if os.getpgid(pid) != group and os.getsid(pid) == root:
                continue
            sight = _sight(pid, terminal)
            if sight is not None and (found is None or sight > found.sight):
                found = Waiting(pid, _name(pid), sight)
        if found is not None and found.sight is Sight.READS:
            break
    return found


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


def state(pid: int) -> str:
    """Return the state of a process: R, S, D, T (stopped), Z; "" when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[0]


def _sight(pid: int, terminal: str) -> Sight | None:
    """Return how *pid* waits for *terminal*, if it does."""
    try:
        calls = [
            (task / "syscall").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()
        ]
    except OSError:  # somebody else's, or gone: then the caller sees that
        os.getpgid(pid)
        return Sight.HIDDEN
    sights = []
    for call in calls:
        name = NAMES.get(int(call[0])) if call[0].isdigit() else None
        if name is not None:
            arguments = [int(argument, 16) for argument in call[1:7]]
            if any(_is_terminal(pid, fd, terminal) for fd in _awaited(pid, name, arguments)):
                sights.append(Sight.READS if name == "read" else Sight.POLLS)
    return max(sights, default=None)


def _awaited(pid: int, call: str, arguments: list[int]) -> list[int]:
    """Return the descriptors that a call waits to read from."""
    with suppress(OSError, ValueError):
        match call:
            case "read":
                return [arguments[0]]
            case "select":
                return _selected(pid, *arguments[:2])
            case "poll":
                return _polled(pid, *arguments[:2])
            case "epoll":
                return _registered(pid, arguments[0])
    return []


def _selected(pid: int, count: int, address: int) -> list[int]:
    """Read an fd_set; see select(2)."""
    count = min(count, MOST_DESCRIPTORS)
    bits = int.from_bytes(_memory(pid, address, (count + 7) // 8), "little")
    return [fd for fd in range(count) if bits >> fd & 1]


def _polled(pid: int, address: int, count: int) -> list[int]:
    data = _memory(pid, address, min(count, MOST_DESCRIPTORS) * POLLED.size)
    return [fd for fd, events, _ in POLLED.iter_unpack(data) if events & READABLE]


def _registered(pid: int, descriptor: int) -> list[int]:
    """Return what an epoll instance watches: `tfd:  0 events:  19 data: ...`."""
    lines = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().splitlines()
    fields = (line.split() for line in lines if line.startswith("tfd:"))
    return [int(field[1]) for field in fields if int(field[3], 16) & READABLE]


def _memory(pid: int, address: int, size: int) -> bytes:
    """Return memory of another process; nothing where there is none."""
    if not address:
        return b""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size) or b""


def _is_terminal(pid: int, descriptor: int, terminal: str) -> bool:
    with suppress(OSError):
        path = str(Path(f"/proc/{pid}/fd/{descriptor}").readlink())
        return path == terminal or path in TERMINALS
    return False


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "a program of another user"  # with /proc mounted hidepid=2
