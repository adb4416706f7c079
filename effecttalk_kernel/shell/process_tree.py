"""Members: the processes of a shell's session, and which of them may outlive it."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from effecttalk_kernel.shell import proc

# Hang-up, terminate, kill, each with what is left of the two seconds that a
# shutdown may take.
STEPS: Final = ((signal.SIGHUP, 0.25), (signal.SIGTERM, 0.5), (signal.SIGKILL, 0.5))
POLL_SECONDS: Final = 0.01


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
    """Return those of the process groups in which somebody lives."""
    found = set()
    for group in groups:
        with suppress(ProcessLookupError):
            with suppress(PermissionError):
                os.killpg(group, 0)
            found.add(group)
    return found


def is_detached(pid: int, shell: int, job_groups: frozenset[int]) -> bool:
    """Whether the user took the process out of the session on purpose.

    nohup: it ignores SIGHUP. disown: its group was started by the shell itself
    and is not in the shell's table of jobs. (setsid: it is no member at all.)
    """
    if proc.ignores(pid, signal.SIGHUP):
        return True
    try:
        group = os.getpgid(pid)
    except OSError:
        return False
    return proc.parent(group) == shell and group != shell and group not in job_groups


def find_holders(paths: Iterable[str]) -> dict[str, set[int]]:
    """Return for each file of *paths* the processes that have it open and may be looked at."""
    found: dict[str, set[int]] = {path: set() for path in paths}
    for pid in proc.pids():
        for path in proc.open_files(pid).values():
            if path in found:
                found[path].add(pid)
    return found


async def end_processes(pids: Iterable[int]) -> None:
    """End processes: hang-up, terminate, kill; returns when they are gone."""
    left = set(pids)
    for number, seconds in STEPS:
        send_signal(left, number)
        left = await wait_for_end(left, seconds)
        if not left:
            return


def send_signal(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal, and let go on who is stopped."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)
            if number is not signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)


async def wait_for_end(pids: set[int], seconds: float) -> set[int]:
    """Wait until processes are gone; returns those that live on after *seconds*."""
    deadline = asyncio.get_running_loop().time() + seconds
    while pids := {pid for pid in pids if _is_alive(pid)}:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    return pids


def _is_alive(pid: int) -> bool:
    return proc.state(pid) not in {"", "Z"}
