"""Private pipe: an unnamed pipe between the kernel and a shell; see pipe(7).

The shell opens it by a path in /proc whenever it reads or writes, and only for one of the
two. So it needs no file that could be removed, no program of the shell inherits it, and when
the kernel has ended the shell gets SIGPIPE or an end of file instead of waiting for ever.
"""

import fcntl
import os
import sys
from contextlib import suppress
from typing import Final

from effecttalk_kernel.shell import proc

# What any user may enlarge a pipe to; see pipe(7).
LARGE_BYTES: Final = 1_048_576
# A larger buffer would be memory that the kernel keeps.
CHUNK_BYTES: Final = 65_536


class PrivatePipe:
    """A pipe of which the kernel keeps both ends, so that the shell never waits to open it."""

    def __init__(self, *, is_large: bool = False) -> None:
        self._is_large = is_large
        self.descriptor, self._writer = self._open()
        self.path = proc.own_path(self.descriptor)
        # The same pipe under a second name.
        self.writer_path = proc.own_path(self._writer)

    def _open(self) -> tuple[int, int]:
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._is_large:
            with suppress(OSError):  # the user's pipes have no more memory
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, LARGE_BYTES)
        return reader, writer

    def move(self) -> "PrivatePipe":
        """Put a new pipe in the place of this one, under the same paths, and return the old one.

        Raises:
            OSError: no descriptor is free; nothing has changed.

        """
        moved = PrivatePipe(is_large=self._is_large)
        here, there = (self.descriptor, self._writer), (moved.descriptor, moved._writer)
        spares: list[int] = []
        try:
            spares += map(os.dup, here)
            for one, other, spare in zip(here, there, spares, strict=True):
                os.dup2(other, one, inheritable=False)
                os.dup2(spare, other, inheritable=False)
        except OSError:
            moved.close()
            raise
        finally:
            for spare in spares:
                os.close(spare)
        return moved

    def read_some(self) -> bytes:
        """Return bytes that can be read, but not many more than the pipe holds."""
        return self._read(LARGE_BYTES)

    def read(self) -> bytes:
        """Return all bytes that can be read; none after `close`."""
        return self._read(sys.maxsize)

    def _read(self, enough: int) -> bytes:
        chunks: list[bytes] = []
        with suppress(BlockingIOError):
            while self.descriptor >= 0 and enough > 0:
                chunks.append(os.read(self.descriptor, CHUNK_BYTES))
                enough = enough - CHUNK_BYTES if len(chunks[-1]) == CHUNK_BYTES else 0
        return b"".join(chunks)

    def write(self, data: bytes) -> None:
        """Write *data*."""
        os.write(self._writer, data)

    def close(self) -> None:
        """Close both ends; may be called twice."""
        for descriptor in (self.descriptor, self._writer):
            if descriptor >= 0:
                os.close(descriptor)
        self.descriptor = self._writer = -1
