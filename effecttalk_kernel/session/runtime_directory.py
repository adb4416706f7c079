"""Runtime directory: the private files of one kernel, which are removed with it.

It holds the socket for the `effecttalk` command, the outputs of named blocks and scripts for
other programs. Shells need none of them. A lock shows that the kernel runs: it ends with the
process and is visible in other containers and process namespaces, unlike a process id.
"""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

PREFIX: Final = "effecttalk-"
LOCK: Final = "lock"
LOCK_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
# Another kernel may lock a directory in order to remove it just before its own kernel does.
MAX_TRIES: Final = 3
# A kernel that was killed before it locked its directory has left an empty one.
EMPTY_SECONDS: Final = 86_400.0
OTHERS_MAY_WRITE: Final = 0o022


class RuntimeDirectory:
    """A directory with mode 0700 and its lock; owns both."""

    def __init__(self, path: Path) -> None:
        """Make the directory.

        Raises:
            OSError: it cannot be made.

        """
        self.path = path
        self._lock_path = str(path / LOCK)
        self._lock = -1
        self._make()

    @classmethod
    def create(cls, parent: Path, identity: str) -> Self:
        """Return the directory of the session *identity*, in *parent* if that is possible."""
        try:
            return cls(parent / f"{PREFIX}{identity}")
        except OSError:
            return cls(Path(tempfile.mkdtemp(prefix=PREFIX)))

    def restore(self) -> bool:
        """Make the directory anew if it is gone; return whether it was.

        Raises:
            OSError: it cannot be made.

        """
        with suppress(OSError):
            # os.stat, because this is done before each block.
            if os.path.samestat(os.stat(self._lock_path), os.fstat(self._lock)):  # noqa: PTH116
                return False
        self._unlock()
        self._make()
        return True

    def _make(self) -> None:
        for tries_left in reversed(range(MAX_TRIES)):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.path.stat()
            if status.st_uid != os.geteuid() or status.st_mode & OTHERS_MAY_WRITE:
                raise PermissionError(None, "it belongs to another user", str(self.path))
            try:
                self._lock = os.open(self.path / LOCK, LOCK_FLAGS, 0o600)
                _lock(self._lock)
            except OSError:
                self._unlock()
                if not tries_left:
                    raise
            else:
                return

    def _unlock(self) -> None:
        descriptor, self._lock = self._lock, -1
        if descriptor >= 0:
            os.close(descriptor)

    def close(self) -> None:
        """Remove the directory and release the lock; may be called twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._unlock()

    def remove_abandoned(self) -> None:
        """Remove the directories beside this one whose kernels were killed."""
        with suppress(OSError):  # the parent is gone
            for directory in self.path.parent.glob(f"{PREFIX}*"):
                if directory != self.path:
                    _remove_if_abandoned(directory)


def _remove_if_abandoned(directory: Path) -> None:
    try:
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        with suppress(OSError):  # it is not empty, or not a directory
            if time.time() - directory.stat().st_mtime > EMPTY_SECONDS:
                directory.rmdir()
        return
    try:
        os.lockf(descriptor, os.F_TLOCK, 0)
    except OSError:  # its kernel runs
        return
    else:
        shutil.rmtree(directory, ignore_errors=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file, where the file system has locks; without one nothing removes its directory.

    Raises:
        BlockingIOError, PermissionError: another process holds the lock.

    """
    try:
        os.lockf(descriptor, os.F_TLOCK, 0)
    except (BlockingIOError, PermissionError):  # lockf(3) has both
        raise
    except OSError:
        pass
