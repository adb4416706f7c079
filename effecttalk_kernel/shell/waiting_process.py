"""Foreground: the process of a shell that waits for input from its terminal.

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
# struct pollfd: descriptor, requested events, returned events; see poll(2).
POLLED: Final = struct.Struct("=ihh")
READABLE: Final = 0x41  # POLLIN, POLLRDNORM; EPOLLIN is the first
# Programs that talk with a terminal watch fewer.
MAX_DESCRIPTORS: Final = 1024


# With /proc mounted hidepid=2.
HIDDEN_NAME: Final = "a program of another user"


class WaitEvidence(IntEnum):
    """What shows that a process waits, the surest last."""

    HIDDEN = 0  # nothing: its system calls cannot be seen
    POLLS = 1
    READS = 2


@dataclass(frozen=True, slots=True)
class WaitingProcess:
    """A process that waits for input from the terminal, or may do so."""

    pid: int
    name: str
    evidence: WaitEvidence = WaitEvidence.READS


def find_waiting_process(root: int, group: int, terminal: str) -> WaitingProcess | None:
    """Return the process below *root* that most surely waits for input from *terminal*.

    It is in the foreground process *group*, or in a session that it started itself (`su -c`),
    where it may read the terminal without being in the foreground. All other processes are
    in the session of *root*.
    """
    best: WaitingProcess | None = None
    for pid in chain((root,), proc.descendants(root)):
        with suppress(ProcessLookupError):  # it is gone
            if os.getpgid(pid) != group and os.getsid(pid) == root:
                continue
            evidence = _find_evidence(pid, terminal)
            if evidence is not None and (best is None or evidence > best.evidence):
                best = WaitingProcess(pid, proc.name(pid) or HIDDEN_NAME, evidence)
        if best is not None and best.evidence is WaitEvidence.READS:
            break
    return best


def is_reading(pid: int, file: str) -> bool:
    """Return whether a process is in read(2) on a file, as /proc names it."""
    try:
        calls = proc.system_calls(pid)
    except OSError:  # it is gone
        return False
    return any(
        NAMES.get(number) == "read" and proc.open_file(pid, arguments[0]) == file
        for number, arguments in calls
    )


def _find_evidence(pid: int, terminal: str) -> WaitEvidence | None:
    """Return what shows that *pid* waits for *terminal*, if anything does."""
    try:
        calls = proc.system_calls(pid)
    except OSError:  # another user's process, or one that is gone, which raises here again
        os.getpgid(pid)
        return WaitEvidence.HIDDEN
    found = []
    for number, arguments in calls:
        name = NAMES.get(number)
        if name is not None and any(
            proc.open_file(pid, fd) in {terminal, CONTROLLING_TERMINAL}
            for fd in _input_descriptors(pid, name, arguments)
        ):
            found.append(WaitEvidence.READS if name == "read" else WaitEvidence.POLLS)
    return max(found, default=None)


def _input_descriptors(pid: int, call: str, arguments: tuple[int, ...]) -> list[int]:
    """Return the descriptors from which a system call waits to read."""
    with suppress(OSError, ValueError):
        match call:
            case "read":
                return [arguments[0]]
            case "select":
                return _select_descriptors(pid, *arguments[:2])
            case "poll":
                return _poll_descriptors(pid, *arguments[:2])
            case "epoll":
                return _epoll_descriptors(pid, arguments[0])
    return []


def _select_descriptors(pid: int, count: int, address: int) -> list[int]:
    """Read an fd_set, see select(2)."""
    count = min(count, MAX_DESCRIPTORS)
    bits = int.from_bytes(proc.memory(pid, address, (count + 7) // 8), "little")
    return [fd for fd in range(count) if bits >> fd & 1]


def _poll_descriptors(pid: int, address: int, count: int) -> list[int]:
    """Read an array of `struct pollfd`, see poll(2)."""
    data = proc.memory(pid, address, min(count, MAX_DESCRIPTORS) * POLLED.size)
    return [fd for fd, events, _ in POLLED.iter_unpack(data) if events & READABLE]


def _epoll_descriptors(pid: int, descriptor: int) -> list[int]:
    """Return what an epoll instance watches: `tfd:  0 events:  19 data: ...`."""
    lines = proc.descriptor_info(pid, descriptor)
    fields = (line.split() for line in lines if line.startswith("tfd:"))
    return [int(field[1]) for field in fields if int(field[3], 16) & READABLE]
