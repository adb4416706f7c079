"""Marks: what the shell tells the kernel.

Bytes in, marks and the text between them out. A mark is `ESC ] 133 ; KIND ;
nonce ; field ; nonce ; field ... ; nonce BEL`, see bash.sh. Nothing here reads
or waits.

The end mark comes on a FIFO and not on the control terminal: what goes through
a terminal waits for a kernel thread, which costs 0.1 ms each way. The start
mark stands on the terminal, before what the block's programs write there, and
the snapshot's at the end of the snapshot.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The longest mark carries a path (PATH_MAX 4,096) and 1,000 characters of a
# command; what is longer and has no end is not one.
LONGEST_MARK: Final = 65_536
# ESC ] 133 ; C ; nonce of 32 digits ;
LONGEST_START: Final = 42
BEGINNING: Final = re.compile(rb"\x1b(\](1(3(3(;([RCDS](;[0-9a-z]*)?)?)?)?)?)?)?")


class MarkKind(StrEnum):
    """What a mark says."""

    READY = "R"
    STARTED = "C"
    ENDED = "D"
    SNAPSHOT = "S"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: its kind and its fields."""

    kind: MarkKind
    fields: tuple[str, ...]


class MarkReader:
    """Split bytes into marks and text, whatever the chunking."""

    def __init__(self, nonce: str) -> None:
        self._separator = f";{nonce};".encode()
        self._start = re.compile(rb"\x1b\]133;([RCDS])" + re.escape(self._separator))
        self._end = f";{nonce}\a".encode()
        self._pending = b""

    def feed(self, data: bytes) -> list[Mark | bytes]:
        """Return the marks that *data* completes and the text between them, in order."""
        data = self._pending + data
        found: list[Mark | bytes] = []
        while (start := self._start.search(data)) is not None:
            end = data.find(self._end, start.end() - 1)
            if end < 0:
                break
            found += [data[: start.start()], self._mark(start[1], data[start.end() : end])]
            data = data[end + len(self._end) :]
        kept = self._unfinished(data, start)
        self._pending = data[len(data) - kept :]
        return [piece for piece in (*found, data[: len(data) - kept]) if piece]

    def _mark(self, kind: bytes, body: bytes) -> Mark:
        fields = body.split(self._separator)
        texts = tuple(field.decode(errors="surrogateescape") for field in fields)
        return Mark(MarkKind(kind.decode()), texts)

    def _unfinished(self, data: bytes, start: re.Match[bytes] | None) -> int:
        """How many of the last bytes may still become a mark."""
        if start is not None:
            size = len(data) - start.start()
            return size if size <= LONGEST_MARK else 0
        at = data.rfind(b"\x1b", max(0, len(data) - LONGEST_START))
        return len(data) - at if at >= 0 and BEGINNING.fullmatch(data, at) else 0
