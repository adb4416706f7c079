"""Snapshots: the session's states as a shell writes them, one after each block.

Bytes in, snapshots out, whatever the chunking.
"""

from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import SnapshotTaken
from effecttalk_kernel.shell.marks import MarkReader


class SnapshotReader:
    """Puts snapshots together until the mark that ends each."""

    def __init__(self, nonce: str) -> None:
        self._marks = MarkReader(nonce)
        self._pieces: list[bytes] = []

    @property
    def has_begun(self) -> bool:
        """Whether there is a beginning whose end has not come yet."""
        return bool(self._pieces)

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
