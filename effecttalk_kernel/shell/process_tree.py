"""Process tree: find and end the processes of a shell's session."""

import asyncio
import os
import signal
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Final

from effecttalk_kernel.shell import proc

# Each signal with the seconds to wait after it; a shutdown may take two in all.
STEPS: Final = ((signal.SIGHUP, 0.25), (signal.SIGTERM, 0.5), (signal.SIGKILL, 0.5))
POLL_SECONDS: Final = 0.01


class Sessions:
    """The sessions that the shells of a kernel lead, or have led, by their leaders' numbers.

    When the last process of a session has ended, its number may be that of another program's.
    """

    def __init__(self) -> None:
        self._started: dict[int, int] = {}

    def add(self, leader: int) -> None:
        """Add the session of a new shell, and forget those that have no process any more."""
        if self._started:
            living = find_sessions()
            self._started = {pid: at for pid, at in self._started.items() if pid in living}
        self._started[leader] = proc.start_time(leader)

    def __iter__(self) -> Iterator[int]:
        """Yield the sessions whose leader has ended, or is still the shell that was added."""
        for leader, started in self._started.items():
            if proc.start_time(leader) in {0, started}:
                yield leader


def find_sessions() -> set[int]:
    """Return all sessions that have a process."""
    found = set()
    for pid in proc.pids():
        with suppress(OSError):
            found.add(os.getsid(pid))
    return found


def find_members(sessions: Iterable[int]) -> list[int]:
    """Return the living processes that belong to one of *sessions* (setsid(2))."""
    wanted = set(sessions)
    found = []
    for pid in proc.pids():
        with suppress(OSError):
            if os.getsid(pid) in wanted and _is_alive(pid):
                found.append(pid)
    return found


def find_living_groups(groups: Iterable[int]) -> set[int]:
    """Return the process groups that still have a process."""
    found = set()
    for group in groups:
        with suppress(ProcessLookupError):
            with suppress(PermissionError):
                os.killpg(group, 0)
            found.add(group)
    return found


def is_group_stopped(root: int, group: int) -> bool:
    """Return whether a process group is stopped, whose leader may have ended; it is below *root*.

    A job is stopped when its leader is: the other processes have the same signal.
    """
    leader = proc.state(group)
    if leader not in {"", "Z"}:
        return leader == "T"
    states = {proc.state(pid) for pid in _members(root, group)} - {"", "Z"}
    return states == {"T"}


def find_group_members(root: int, group: int) -> list[int]:
    """Return the living processes of a process group below *root*, a parent before its children."""
    return [pid for pid in _members(root, group) if _is_alive(pid)]


def find_groups_on(root: int, files: Collection[str]) -> set[int]:
    """Return the process groups below *root* with one of *files* as a standard stream."""
    found = set()
    for pid in proc.descendants(root):
        if any(proc.open_file(pid, descriptor) in files for descriptor in (0, 1, 2)):
            with suppress(ProcessLookupError):
                found.add(os.getpgid(pid))
    return found - {root}


def _members(root: int, group: int) -> Iterator[int]:
    for pid in proc.descendants(root):
        with suppress(ProcessLookupError):
            if os.getpgid(pid) == group:
                yield pid


def is_detached(pid: int, shell: int, job_groups: frozenset[int]) -> bool:
    """Return whether the user detached the process from the session on purpose.

    nohup: it ignores SIGHUP. disown: the shell started its process group, which is not in
    the shell's job table. (After setsid it is not a member of the session.)
    """
    if proc.ignores(pid, signal.SIGHUP):
        return True
    try:
        group = os.getpgid(pid)
    except OSError:
        return False
    return proc.parent(group) == shell and group != shell and group not in job_groups


def find_holders(paths: Iterable[str]) -> dict[str, set[int]]:
    """Return for each file the processes that have it open, as far as /proc shows them."""
    found: dict[str, set[int]] = {path: set() for path in paths}
    for pid in proc.pids():
        for path in proc.open_files(pid).values():
            if path in found:
                found[path].add(pid)
    return found


async def end_processes(pids: Iterable[int]) -> None:
    """Send SIGHUP, SIGTERM and SIGKILL in turn, until all processes are gone."""
    left = set(pids)
    for number, seconds in STEPS:
        send_signal(left, number)
        left = await wait_for_end(left, seconds)
        if not left:
            return


def send_signal(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal, and continue stopped processes so that they receive it."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)
            if number is not signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)


async def wait_for_end(pids: set[int], seconds: float) -> set[int]:
    """Wait until processes are gone; return those that are still alive after *seconds*."""
    deadline = asyncio.get_running_loop().time() + seconds
    while pids := {pid for pid in pids if _is_alive(pid)}:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    return pids


def _is_alive(pid: int) -> bool:
    return proc.state(pid) not in {"", "Z"}
