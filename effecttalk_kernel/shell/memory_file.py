"""Memory file: a file that the kernel hands to its shell without any disk.

The code of blocks, start scripts and states are in such files, so blocks and new shells run
even when the disk is full or the runtime directory is gone.
"""

import os

from effecttalk_kernel.shell import proc


class MemoryFile:
    """A file in memory that the shell opens by a path in /proc."""

    def __init__(self, name: str) -> None:
        self._descriptor = os.memfd_create(f"effecttalk-{name}")
        self.path = proc.own_path(self._descriptor)

    def write(self, data: bytes) -> None:
        """Replace the content with *data*."""
        written = 0
        view = memoryview(data)
        while written < len(data):
            written += os.pwrite(self._descriptor, view[written:], written)
        os.ftruncate(self._descriptor, len(data))

    def close(self) -> None:
        """Close it; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
