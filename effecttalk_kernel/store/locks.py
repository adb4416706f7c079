"""Locks: what one process does at a time, told by a lock that ends with it.

The files are never removed: who waits for one that is gone would lock another than who
comes next. A process has no lock against itself (lockf(3)), and whoever closes the file lets
go of it for all its threads: these are kept apart by locks of our own.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import EffectTalkError

FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW

# A few files for each data directory that a process uses: mostly one.
_threads: Final[dict[Path, threading.Lock]] = {}


class LockedError(EffectTalkError):
    """Another process holds the lock, or another thread."""


@contextmanager
def hold_lock(path: Path, *, waits: bool = False) -> Iterator[None]:
    """Hold the lock of that file, which is made where it is missing.

    Raises:
        LockedError: another process or thread holds it, and it is not waited for.
        OSError: the file can't be made or locked.

    """
    ours = _threads.setdefault(path.absolute(), threading.Lock())
    if not ours.acquire(blocking=waits):
        raise LockedError(path)
    try:
        with _held_by_us(path, waits=waits):
            yield
    finally:
        ours.release()


@contextmanager
def _held_by_us(path: Path, *, waits: bool) -> Iterator[None]:
    """Hold the lock against other processes."""
    descriptor = os.open(path, FLAGS, 0o600)
    try:
        try:
            os.lockf(descriptor, os.F_LOCK if waits else os.F_TLOCK, 0)
        except (BlockingIOError, PermissionError) as error:  # lockf(3) has both
            raise LockedError(path) from error
        yield
    finally:
        os.close(descriptor)
