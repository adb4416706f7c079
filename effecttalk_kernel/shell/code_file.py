"""Code file: the file from which a shell reads its next block.

It is in memory, so that blocks run even when the disk is full.
"""

import os


class CodeFile:
    """A file in memory that the shell opens by a path in /proc."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("effecttalk-block")
        self.path = f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def write(self, data: bytes) -> None:
        """Replace the content with *data*."""
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], written)
        os.ftruncate(self._descriptor, len(data))

    def close(self) -> None:
        """Close it; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
