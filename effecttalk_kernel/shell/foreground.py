"""Foreground: what the processes in front of a terminal are doing.

A member of the foreground process group that is in read(2) on a descriptor of the
terminal waits for input. One that is in select(2), poll(2) or epoll_wait(2) may also
have other things to do. The system calls of another user's process cannot be seen.
"""

import os
import platform
import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Final

from effecttalk_kernel.shell import proc

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
CONTROLLING_TERMINAL: Final = "/dev/tty"
# struct pollfd: descriptor, events, what happened; see poll(2).
POLLED: Final = struct.Struct("=ihh")
READABLE: Final = 0x41  # POLLIN, POLLRDNORM; EPOLLIN is the first
# More than programs that talk with a terminal look at.
MOST_DESCRIPTORS: Final = 1024


# With /proc mounted hidepid=2.
HIDDEN_NAME: Final = "a program of another user"


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
    for pid in chain((root,), proc.descendants(root)):
        with suppress(ProcessLookupError):  # it is gone
            if os.getpgid(pid) != group and os.getsid(pid) == root:
                continue
            sight = _sight(pid, terminal)
            if sight is not None and (found is None or sight > found.sight):
                found = Waiting(pid, proc.name(pid) or HIDDEN_NAME, sight)
        if found is not None and found.sight is Sight.READS:
            break
    return found


def _sight(pid: int, terminal: str) -> Sight | None:
    """Return how *pid* waits for *terminal*, if it does."""
    try:
        calls = proc.system_calls(pid)
    except OSError:  # another user's, or gone: then the caller sees that
        os.getpgid(pid)
        return Sight.HIDDEN
    sights = []
    for number, arguments in calls:
        name = NAMES.get(number)
        if name is not None and any(
            proc.open_file(pid, fd) in {terminal, CONTROLLING_TERMINAL}
            for fd in _awaited(pid, name, arguments)
        ):
            sights.append(Sight.READS if name == "read" else Sight.POLLS)
    return max(sights, default=None)


def _awaited(pid: int, call: str, arguments: tuple[int, ...]) -> list[int]:
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
    bits = int.from_bytes(proc.memory(pid, address, (count + 7) // 8), "little")
    return [fd for fd in range(count) if bits >> fd & 1]


def _polled(pid: int, address: int, count: int) -> list[int]:
    data = proc.memory(pid, address, min(count, MOST_DESCRIPTORS) * POLLED.size)
    return [fd for fd, events, _ in POLLED.iter_unpack(data) if events & READABLE]


def _registered(pid: int, descriptor: int) -> list[int]:
    """Return what an epoll instance watches: `tfd:  0 events:  19 data: ...`."""
    lines = proc.descriptor_info(pid, descriptor)
    fields = (line.split() for line in lines if line.startswith("tfd:"))
    return [int(field[1]) for field in fields if int(field[3], 16) & READABLE]
