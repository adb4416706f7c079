"""Fifo: a named pipe between the kernel and a shell; see fifo(7)."""

import os
from contextlib import suppress


class Fifo:
    """A FIFO of which both ends are open, so that the shell never waits to open it."""

    def __init__(self, path: str) -> None:
        os.mkfifo(path, 0o600)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def read(self) -> bytes:
        """Return all bytes that can be read."""
        chunks: list[bytes] = []
        with suppress(BlockingIOError):
            while True:
                chunks.append(os.read(self.descriptor, 1 << 16))
        return b"".join(chunks)

    def write(self, data: bytes) -> None:
        """Write *data*."""
        os.write(self.descriptor, data)

    def close(self) -> None:
        """Close it; may be called twice."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
