"""Entry: what is kept of one block, as a value and as the row that it is in the cache."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

from effecttalk_kernel.masked import MaskedBytes

# What a piece takes besides its bytes: one of a byte is no smaller.
PIECE_BYTES: Final = 64

# What comes out of the cache was masked when it was put there: its content is `Any`.
Row = tuple[str, str, float, int, str, str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a block printed, and how it ended.

    *block* is SESSION-NUMBER of who made it, at the time *made* in Unix seconds; the *output* are
    names of streams and bytes in the order in which they were read.
    """

    key: str
    block: str
    made: float
    exit_status: int
    pipestatus: tuple[int, ...]
    output: tuple[tuple[str, MaskedBytes], ...]

    @property
    def size_bytes(self) -> int:
        """How much room it takes."""
        return sum(PIECE_BYTES + len(data) for _, data in self.output)

    @property
    def row(self) -> Row:
        """The columns that `of` reads."""
        layout = json.dumps([[stream, len(data)] for stream, data in self.output])
        pipestatus = json.dumps(self.pipestatus)
        content = b"".join(data for _, data in self.output)
        # A whole number would come back as 5.0.
        made = float(self.made)
        return self.key, self.block, made, self.exit_status, pipestatus, layout, content

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the entry that has this row."""
        key, block, made, exit_status, pipestatus, layout, content = row
        output = []
        start = 0
        for stream, length in json.loads(layout):
            output.append((stream, content[start : start + length]))
            start += length
        return cls(key, block, made, exit_status, tuple(json.loads(pipestatus)), tuple(output))


def compute_seal(row: Row) -> str:
    """Return what tells a row as it was written from one that a power failure has changed."""
    *texts, content = row
    digest = sha256(repr(texts).encode("ascii", errors="backslashreplace"))
    digest.update(content)
    return digest.hexdigest()
