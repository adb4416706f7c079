"""Presence: which sessions have a kernel, shown by locks that end with the process.

A lock of lockf(3) is released however the process ends. Unlike a process id, it is visible in
other containers and process namespaces that share the directory.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from effecttalk_kernel.store.identities import session_path

OPEN_FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Presence:
    """The locked file that shows that a session is live."""

    def __init__(self, data_directory: Path, session: str) -> None:
        """Create and lock the file.

        Raises:
            OSError: it cannot be created or locked.

        """
        self._path = _presence_path(data_directory, session)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = os.open(self._path, OPEN_FLAGS | os.O_CREAT, 0o600)
        try:
            os.lockf(self._descriptor, os.F_TLOCK, 0)
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file and release the lock; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(descriptor)


def is_live(data_directory: Path, session: str) -> bool:
    """Whether the kernel of another process runs the session."""
    try:
        descriptor = os.open(_presence_path(data_directory, session), OPEN_FLAGS)
    except OSError:
        return False
    try:
        os.lockf(descriptor, os.F_TEST, 0)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def remove_presence(data_directory: Path, session: str) -> None:
    """Remove the file that a killed kernel left."""
    with suppress(OSError):
        _presence_path(data_directory, session).unlink()


def _presence_path(data_directory: Path, session: str) -> Path:
    return session_path(data_directory / "live", session)
