"""Locks between processes and threads; they end with their process.

The files are never removed: a process that waits for a removed one would hold another lock
than the next process. lockf(3) does not exclude threads of one process, and closing the file
releases the lock for all of them; so a lock in memory excludes threads.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import EffectTalkError

OPEN_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW

# A few files for each data directory that a process uses, usually one.
_thread_locks: Final[dict[Path, threading.Lock]] = {}


class LockedError(EffectTalkError):
    """Another process or thread holds the lock."""


@contextmanager
def hold_lock(path: Path, *, waits: bool = False) -> Iterator[None]:
    """Hold the lock of a file, which is created if it is missing.

    Raises:
        LockedError: another process or thread holds the lock, and *waits* is False.
        OSError: the file cannot be created or locked.

    """
    thread_lock = _thread_locks.setdefault(path.absolute(), threading.Lock())
    if not thread_lock.acquire(blocking=waits):
        raise LockedError(path)
    try:
        with _hold_process_lock(path, waits=waits):
            yield
    finally:
        thread_lock.release()


@contextmanager
def _hold_process_lock(path: Path, *, waits: bool) -> Iterator[None]:
    """Hold the lock against other processes."""
    descriptor = os.open(path, OPEN_FLAGS, 0o600)
    try:
        try:
            os.lockf(descriptor, os.F_LOCK if waits else os.F_TLOCK, 0)
        except (BlockingIOError, PermissionError) as error:  # lockf(3) has both
            raise LockedError(path) from error
        yield
    finally:
        os.close(descriptor)
