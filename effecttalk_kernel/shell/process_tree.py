"""Members: the processes of a shell's session, and which of them may outlive it."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

# Hang-up, terminate, kill, each with what is left of the two seconds that a
# shutdown may take.
STEPS: Final = ((signal.SIGHUP, 0.25), (signal.SIGTERM, 0.5), (signal.SIGKILL, 0.5))
POLL_SECONDS: Final = 0.01


def members(sessions: Iterable[int]) -> list[int]:
    """Return the living processes that belong to one of *sessions* (setsid(2))."""
    import psutil

    wanted = set(sessions)
    found = []
    for pid in psutil.pids():
        with suppress(OSError):
            if os.getsid(pid) in wanted and not _is_zombie(pid):
                found.append(pid)
    return found


def descendants(pid: int) -> set[int]:
    """Return the processes below *pid*."""
    found, parents = set[int](), [pid]
    while parents:
        children = _children(parents.pop()) - found
        found |= children
        parents += children
    return found


def living_groups(groups: Iterable[int]) -> set[int]:
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
    if _ignores_hangup(pid):
        return True
    try:
        group = os.getpgid(pid)
        parent = int(_stat_fields(group)[1])
    except (OSError, IndexError):
        return False
    return parent == shell and group != shell and group not in job_groups


def holders(paths: Iterable[str]) -> dict[str, set[int]]:
    """Return for each file of *paths* the processes that have it open and may be looked at."""
    import psutil

    found: dict[str, set[int]] = {path: set() for path in paths}
    for pid in psutil.pids():
        with suppress(OSError):  # it is gone, or another user's
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                if (path := str(descriptor.readlink())) in found:
                    found[path].add(pid)
    return found


async def end(pids: Iterable[int]) -> None:
    """End processes: hang-up, terminate, kill; returns when they are gone."""
    left = set(pids)
    for number, seconds in STEPS:
        send(left, number)
        left = await wait(left, seconds)
        if not left:
            return


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal, and let go on who is stopped."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)
            if number is not signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)


async def wait(pids: set[int], seconds: float) -> set[int]:
    """Wait until processes are gone; returns those that live on after *seconds*."""
    deadline = asyncio.get_running_loop().time() + seconds
    while pids := {pid for pid in pids if _is_alive(pid)}:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    return pids


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return _stat_fields(pid)[0] == "Z"
    except OSError:
        return True


def _children(pid: int) -> set[int]:
    """Return a process's children; those of all its threads, see proc(5)."""
    found = set[int]()
    with suppress(OSError):
        tasks = f"/proc/{pid}/task"
        for thread in os.listdir(tasks):  # noqa: PTH208 # a third of the time, before blocks with a time-out
            with open(f"{tasks}/{thread}/children", "rb") as children:  # noqa: PTH123
                found |= {int(child) for child in children.read().split()}
        return found
    # A system without that file, or a process that is gone.
    import psutil

    with suppress(psutil.NoSuchProcess):
        found |= {child.pid for child in psutil.Process(pid).children()}
    return found


def _stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent, group, ..."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _ignores_hangup(pid: int) -> bool:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith("SigIgn:"):
                return bool(int(line.split()[1], 16) & (1 << (signal.SIGHUP - 1)))
    return False
