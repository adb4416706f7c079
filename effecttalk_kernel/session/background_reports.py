"""BackgroundReports: the exit statuses of blocks in the background, read from a FIFO.

Each report is a line with the block's number and its exit status. The FIFO belongs to the
session, because a block in the background may outlive its shell.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.fifo import Fifo


class BackgroundReports:
    """Reads reports from the first block in the background on; owns the FIFO."""

    def __init__(self, path: Path, tell: Callable[[int, int], None]) -> None:
        self._path = path
        self._tell = tell
        self._fifo: Fifo | None = None
        self._pending = b""

    def open(self) -> None:
        """Make the FIFO unless it exists.

        Raises:
            BlockError: it cannot be made.

        """
        if self._fifo is not None:
            return
        try:
            self._fifo = Fifo(str(self._path))
        except OSError as error:
            raise BlockError(f"no block can run in the background: {error.strerror}") from error
        asyncio.get_running_loop().add_reader(self._fifo.descriptor, self.read)

    def read(self) -> None:
        """Read the reports so far."""
        if self._fifo is None:
            return
        *lines, self._pending = (self._pending + self._fifo.read()).split(b"\n")
        for line in lines:
            number, _, status = line.partition(b" ")
            if number.isdigit() and status.isdigit():
                self._tell(int(number), int(status))

    def close(self) -> None:
        """Read no more; may be called twice."""
        fifo, self._fifo = self._fifo, None
        if fifo is not None:
            asyncio.get_running_loop().remove_reader(fifo.descriptor)
            fifo.close()
