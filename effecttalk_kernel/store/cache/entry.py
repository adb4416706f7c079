"""An entry of the cache, as a value and as a row."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

from effecttalk_kernel.store.masked import MaskedBytes

# The overhead of a piece of output, in addition to its bytes.
PIECE_OVERHEAD_BYTES: Final = 64

# What comes out of the cache was masked when it was put there: its content is `Any`.
Row = tuple[str, str, float, int, str, str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """The output of a block, and how it ended.

    *block* is SESSION-NUMBER of the block that ran, *made* the time in Unix seconds; *output* has
    pairs of a stream and bytes, in the order in which they were read.
    """

    key: str
    block: str
    made: float
    exit_status: int
    pipestatus: tuple[int, ...]
    output: tuple[tuple[str, MaskedBytes], ...]

    @property
    def size_bytes(self) -> int:
        """How much space it takes."""
        return sum(PIECE_OVERHEAD_BYTES + len(data) for _, data in self.output)

    @property
    def row(self) -> Row:
        """The row that `from_row` reads."""
        layout = json.dumps([[stream, len(data)] for stream, data in self.output])
        pipestatus = json.dumps(self.pipestatus)
        content = b"".join(data for _, data in self.output)
        # SQLite would return a whole number as 5.0.
        made = float(self.made)
        return self.key, self.block, made, self.exit_status, pipestatus, layout, content

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the entry in *row*."""
        key, block, made, exit_status, pipestatus, layout, content = row
        output = []
        start = 0
        for stream, length in json.loads(layout):
            output.append((stream, content[start : start + length]))
            start += length
        return cls(key, block, made, exit_status, tuple(json.loads(pipestatus)), tuple(output))


def compute_seal(row: Row) -> str:
    """Return a digest of *row*, by which a row that a power failure damaged is detected."""
    *texts, content = row
    digest = sha256(repr(texts).encode("ascii", errors="backslashreplace"))
    digest.update(content)
    return digest.hexdigest()
