"""Private pipe: an unnamed pipe between the kernel and a shell; see pipe(7).

The shell opens it by a path in /proc whenever it reads or writes, and only for one of the
two. So it needs no file that could be removed, no program of the shell inherits it, and when
the kernel has ended the shell gets SIGPIPE or an end of file instead of waiting for ever.
"""

import fcntl
import os
from contextlib import suppress
from typing import Final

from effecttalk_kernel.shell import proc

# What any user may enlarge a pipe to; see pipe(7).
LARGE_BYTES: Final = 1_048_576


class PrivatePipe:
    """A pipe of which the kernel keeps both ends, so that the shell never waits to open it."""

    def __init__(self, *, is_large: bool = False) -> None:
        self.descriptor, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        if is_large:
            with suppress(OSError):  # the user's pipes have no more memory
                fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, LARGE_BYTES)
        self.path = proc.own_path(self.descriptor)
        # The same pipe under a second name.
        self.writer_path = proc.own_path(self._writer)

    def read(self) -> bytes:
        """Return all bytes that can be read; none after `close`."""
        chunks: list[bytes] = []
        with suppress(BlockingIOError):
            while self.descriptor >= 0:
                chunks.append(os.read(self.descriptor, LARGE_BYTES))
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
