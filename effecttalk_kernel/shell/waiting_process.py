"""Foreground: the process of a shell that waits for input from its terminal.

A member of the foreground process group that is in read(2) on a descriptor of the
terminal waits for input. One that is in select(2), poll(2) or epoll_wait(2) may also
have other things to do, or pass its input on to another process: a relay to the reader of a
terminal of its own, a network client to a process that cannot be seen. Neither can the system
calls of another user's process.
"""

import os
import platform
import re
import struct
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import chain
from typing import Final

from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.terminal import has_unread_input

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
TERMINALS: Final = "/dev/pts/"
# struct pollfd: descriptor, requested events, returned events; see poll(2).
POLLED: Final = struct.Struct("=ihh")
READABLE: Final = 0x41  # POLLIN, POLLRDNORM; EPOLLIN is the first
# Programs that talk with a terminal watch fewer.
MAX_DESCRIPTORS: Final = 1024


# Programs that pass their standard input on to one with another terminal.
PASSING_ON: Final = frozenset(("script", "ssh"))
NO_INPUT: Final = "/dev/null"
# Options of ssh without a value.
SSH_FLAGS: Final = re.compile(r"-[46AaCfGgKkMNnqsTtVvXxYy]+")

# With /proc mounted hidepid=2.
HIDDEN_NAME: Final = "a program of another user"


class WaitEvidence(IntEnum):
    """What shows that a process waits, the surest last."""

    HIDDEN = 0  # nothing: its system calls cannot be seen
    POLLS = 1
    READS = 2


@dataclass(frozen=True, slots=True)
class WaitingProcess:
    """A process that waits for input from a terminal, or may do so.

    *terminal* is the one that it reads: that of a relay, if there are relays between it and
    *entry*, the terminal where its input is typed. *is_connected*: it waits for another
    process, too, such as the other end of a network connection, to which it may pass its
    input on. *is_reachable*: what is typed reaches it.
    """

    pid: int
    name: str
    evidence: WaitEvidence
    terminal: str
    entry: str
    is_connected: bool = False
    is_reachable: bool = True


@dataclass(frozen=True, slots=True)
class _Wait:
    """The terminals for which a process waits, and those whose master side it waits for."""

    pid: int
    terminals: Mapping[str, WaitEvidence]
    served: frozenset[str] = frozenset()
    is_connected: bool = False
    has_input: bool = True  # to pass on


def find_waiting_process(
    root: int, group: int, terminals: Sequence[str], control: str
) -> WaitingProcess | None:
    """Return the process below *root* that most surely waits for input from *terminals*.

    *control* is the controlling terminal of *root*.

    It is in the foreground process *group*, or in a session that it started itself (`su -c`),
    where it may read the terminal without being in the foreground. All other processes are
    in the session of *root*.

    A process that waits for *terminal* and for the master side of another terminal is a relay
    (sudo, script): it passes its input on. Then the process that reads the other terminal
    is the one that waits, if there is any.
    """
    waits = []
    for pid in chain((root,), proc.descendants(root)):
        with suppress(ProcessLookupError):  # it is gone
            if os.getpgid(pid) == group or os.getsid(pid) != root:
                waits.append(_find_wait(pid, control))
    best: WaitingProcess | None = None
    for terminal in terminals:
        found = _find_reader(waits, terminal, frozenset())
        if found is not None and (best is None or found.evidence > best.evidence):
            best = replace(found, entry=terminal)
    return best


def find_server(
    root: int, terminals: Collection[str], ignored: Collection[int]
) -> WaitingProcess | None:
    """Return a process elsewhere that waits for input from one of *terminals*, for a program here.

    A client of tmux gives its terminal to a server, and gpg lets an agent ask for a password
    there. Such a process is not below the shell *root*, and has no other controlling terminal.
    *ignored*: processes that are not looked at.
    """
    own = {root, *proc.descendants(root), *ignored}
    possible = {"", *terminals}
    for pid in proc.pids():
        if pid in own or proc.controlling_terminal(pid) not in possible:
            continue
        if possible.isdisjoint(proc.open_files(pid).values()):
            continue
        with suppress(ProcessLookupError):
            waits = _find_wait(pid, "").terminals
            for path in terminals:
                if path in waits:
                    return WaitingProcess(pid, proc.name(pid), waits[path], path, path)
    return None


def find_background_readers(
    root: int, group: int, terminals: Collection[str]
) -> dict[int, WaitingProcess]:
    """Return a process of each background job of *root* that reads one of *terminals*.

    The keys are process groups. Linux stops a job that reads its controlling terminal; these
    terminals are others.
    """
    found: dict[int, WaitingProcess] = {}
    for pid in proc.descendants(root):
        with suppress(ProcessLookupError):
            own = os.getpgid(pid)
            is_background = own not in {group, root, *found} and os.getsid(pid) == root
            if is_background and proc.state(pid) != "T":
                wait = _find_wait(pid, "")
                for path in terminals:
                    if (evidence := wait.terminals.get(path)) is WaitEvidence.READS:
                        found[own] = WaitingProcess(pid, proc.name(pid), evidence, path, path)
    return found


def _find_reader(
    waits: Sequence[_Wait], terminal: str, relayed: frozenset[str]
) -> WaitingProcess | None:
    """Return the process that reads *terminal*, directly or through relays.

    *relayed*: the terminals between it and the shell's.
    """
    served = frozenset[str]().union(*(wait.served for wait in waits)) - relayed - {terminal}
    best: WaitingProcess | None = None
    for wait in waits:
        evidence = wait.terminals.get(terminal)
        if evidence is None:
            continue
        inner = proc.master_terminals(wait.pid) & served if served else frozenset()
        found = [_find_inner_reader(waits, path, relayed | {terminal}) for path in inner]
        if not inner:
            name = proc.name(wait.pid) or HIDDEN_NAME
            found = [
                WaitingProcess(wait.pid, name, evidence, terminal, terminal, wait.is_connected)
            ]
        for each in found:
            if each is not None and (best is None or each.evidence > best.evidence):
                best = replace(each, is_reachable=each.is_reachable and wait.has_input)
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


def _find_inner_reader(
    waits: Sequence[_Wait], terminal: str, relayed: frozenset[str]
) -> WaitingProcess | None:
    """Return the process that reads the *terminal* of a relay."""
    found = _find_reader(waits, terminal, relayed)
    if found is None or found.terminal != terminal:
        return found
    # The relay may have passed input on while the processes were looked at.
    if has_unread_input(terminal):
        return None
    with suppress(ProcessLookupError):
        return found if terminal in _find_wait(found.pid, terminal).terminals else None
    return None


def _find_wait(pid: int, control: str) -> _Wait:
    """Return what *pid* waits for; *control* if nothing at all can be seen of it.

    Raises:
        ProcessLookupError: it is gone.

    """
    try:
        calls = proc.system_calls(pid)
    except OSError:  # another user's process, or one that is gone, which raises here again
        os.getpgid(pid)
        own = proc.controlling_terminal(pid) if proc.state(pid) else control
        return _Wait(pid, {own: WaitEvidence.HIDDEN} if own else {})
    terminals: dict[str, WaitEvidence] = {}
    served: set[str] = set()
    others: list[str] = []
    for number, arguments in calls:
        name = NAMES.get(number)
        if name is None:
            continue
        evidence = WaitEvidence.READS if name == "read" else WaitEvidence.POLLS
        for fd in _input_descriptors(pid, name, arguments):
            path = proc.open_file(pid, fd)
            if path == CONTROLLING_TERMINAL:
                path = proc.controlling_terminal(pid)
            if master := proc.terminal_of_master(pid, fd):
                served.add(master)
            elif path.startswith(TERMINALS):
                terminals[path] = max(evidence, terminals.get(path, evidence))
            elif evidence is WaitEvidence.POLLS:
                others.append(path)
    return _describe_wait(pid, control, terminals, frozenset(served), others)


def _describe_wait(
    pid: int,
    control: str,
    terminals: dict[str, WaitEvidence],
    served: frozenset[str],
    others: Sequence[str],
) -> _Wait:
    """Return what *pid* waits for, of the files that its system calls name."""
    if terminals and not served and proc.has_threads(pid) and proc.master_terminals(pid):
        # A relay of which one thread reads, while another one writes, or ends the program.
        return _Wait(pid, dict.fromkeys(terminals, WaitEvidence.POLLS), is_connected=True)
    if control and not terminals and (served or others) and _has_no_input(pid):
        would_wait = {control: WaitEvidence.POLLS}
        return _Wait(pid, would_wait, served, is_connected=not served, has_input=False)
    is_connected = bool(terminals and others) and _is_connected(pid, others)
    return _Wait(pid, terminals, served, is_connected)


def _has_no_input(pid: int) -> bool:
    """Return whether a program with a terminal elsewhere would pass its empty standard input on."""
    name = proc.name(pid)
    if name not in PASSING_ON or proc.open_file(pid, 0) != NO_INPUT:
        return False
    arguments = proc.arguments(pid)
    flags = "".join(filter(SSH_FLAGS.fullmatch, arguments))
    return name != "ssh" or flags.count("t") > 1 or "RequestTTY=force" in arguments


def _is_connected(pid: int, files: Sequence[str]) -> bool:
    """Return whether any of *files* is a pipe or socket whose other end another process has.

    Event loops wake themselves through a pipe, or a pair of sockets that were created one
    after the other.
    """
    ends = Counter(proc.open_files(pid).values())
    for file in files:
        kind, _, number = file.strip("]").partition(":[")
        if kind == "pipe" and ends[file] == 1:
            return True
        pair = (f"socket:[{int(number) + step}]" for step in (-1, 1)) if kind == "socket" else ()
        if kind == "socket" and not any(each in ends for each in pair):
            return True
    return False


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
