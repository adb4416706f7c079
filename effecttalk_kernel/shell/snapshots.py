"""Snapshots: reads the state that a shell writes after each block.

The reader makes snapshots from bytes, in whatever chunks they come; the collector reads
these from the shell's FIFO.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import SnapshotTaken
from effecttalk_kernel.shell.fifo import Fifo
from effecttalk_kernel.shell.marks import MarkReader

# A snapshot of 100 kB is written in 5 ms; a pipe holds 64 KiB.
COLLECT_SECONDS: Final = 0.003


class SnapshotReader:
    """Joins the bytes up to the mark that ends each snapshot."""

    def __init__(self, nonce: str) -> None:
        self._marks = MarkReader(nonce)
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> list[SnapshotTaken]:
        """Return the snapshots that *data* completes."""
        found = []
        for piece in self._marks.feed(data):
            if isinstance(piece, bytes):
                self._pieces.append(piece)
            else:
                found.append(SnapshotTaken(int(piece.fields[0]), Snapshot(b"".join(self._pieces))))
                self._pieces.clear()
        return found


class SnapshotCollector:
    """Reads the snapshots of one shell from its FIFO, which it owns."""

    def __init__(self, path: str, nonce: str) -> None:
        self._fifo = Fifo(path)
        self._reader = SnapshotReader(nonce)
        self._awaited = 0
        self._timer: asyncio.TimerHandle | None = None
        self._listener: Callable[[SnapshotTaken], None] = lambda _: None

    def attach(self, listener: Callable[[SnapshotTaken], None]) -> None:
        """Pass each snapshot to *listener* from now on."""
        self._listener = listener

    def collect(self) -> None:
        """Read the snapshot that the shell writes next, while it is written."""
        self._awaited += 1
        self._collect()

    def _collect(self) -> None:
        # By a timer: bash writes line by line, and would wake the loop for each.
        self._stop()
        self.read()
        if self._awaited:
            self._timer = asyncio.get_running_loop().call_later(COLLECT_SECONDS, self._collect)

    def read(self) -> None:
        """Read what the shell has written so far."""
        for event in self._reader.feed(self._fifo.read()):
            self._awaited = max(0, self._awaited - 1)
            self._listener(event)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Stop reading; may be called twice."""
        self._stop()
        self._fifo.close()
