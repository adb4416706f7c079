"""Snapshots: reads the state that a shell writes after each block.

The reader makes snapshots from bytes, in whatever chunks they come; the collector reads
these from the shell's pipe.
"""

from collections.abc import Callable
from typing import Final

from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.events import ChannelError, SnapshotTaken, read_state
from effecttalk_kernel.shell.marks import MarkReader
from effecttalk_kernel.shell.private_pipe import PrivatePipe

# A snapshot of 100 kB is written in 5 ms; the pipe holds 1 MiB.
COLLECT_SECONDS: Final = 0.003


class SnapshotReader:
    """Joins the bytes up to the mark that ends each snapshot."""

    def __init__(self, nonce: str) -> None:
        self._marks = MarkReader(nonce)
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> list[SnapshotTaken | ChannelError]:
        """Return the snapshots that *data* completes, and an error for each damaged one."""
        found: list[SnapshotTaken | ChannelError] = []
        for piece in self._marks.feed(data):
            if isinstance(piece, bytes):
                self._pieces.append(piece)
            else:
                written = b"".join(self._pieces)
                self._pieces.clear()
                try:
                    found.append(read_state(piece, written))
                except ChannelError as error:
                    found.append(error)
        return found


class SnapshotCollector:
    """Reads the snapshots of one shell from its pipe, which it owns."""

    def __init__(self, nonce: str, callbacks: Callbacks) -> None:
        self._pipe = PrivatePipe(is_large=True)
        self.path = self._pipe.path
        self._reader = SnapshotReader(nonce)
        self._callbacks = callbacks
        self._awaited = 0
        self._timer: Timer | None = None
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
            self._timer = self._callbacks.call_later(COLLECT_SECONDS, self._collect)

    def read(self) -> None:
        """Read what the shell has written so far.

        Raises:
            ChannelError: some of it cannot be read.

        """
        damage: ChannelError | None = None
        for found in self._reader.feed(self._pipe.read()):
            self._awaited = max(0, self._awaited - 1)
            if isinstance(found, ChannelError):
                damage = found
            else:
                self._listener(found)
        if damage is not None:
            raise damage

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Stop reading; may be called twice."""
        self._stop()
        self._pipe.close()
