"""Live: which sessions have a kernel, told by locks that end with their processes.

A lock of lockf(3) is let go however its process ends, and is seen from other containers
and process namespaces that share the directory, where a process id says nothing.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Presence:
    """The sign of life of one session; owns a locked file."""

    def __init__(self, data_directory: Path, session: str) -> None:
        """Show that the session lives.

        Raises:
            OSError: the sign can't be made.

        """
        self._path = _path(data_directory, session)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = os.open(self._path, FLAGS | os.O_CREAT, 0o600)
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
        """Take the sign away; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(descriptor)


def is_live(data_directory: Path, session: str) -> bool:
    """Whether a kernel other than this process runs the session."""
    try:
        descriptor = os.open(_path(data_directory, session), FLAGS)
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
    """Remove what a killed kernel left of its sign."""
    with suppress(OSError):
        _path(data_directory, session).unlink()


def _path(data_directory: Path, session: str) -> Path:
    return data_directory / "live" / session
