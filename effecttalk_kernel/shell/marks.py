"""Marks: what the shell tells the kernel on the control terminal.

Bytes in, marks and other text out. A mark is `ESC ] 133 ; KIND ; nonce ; field
; nonce ; field ... ; nonce BEL`, see bash.sh. Nothing here reads or waits.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The longest mark carries a path (PATH_MAX 4,096) and 1,000 characters of a
# command; what is longer and has no end is not one.
LONGEST_MARK: Final = 65_536


class Kind(StrEnum):
    """What a mark says."""

    READY = "R"
    STARTED = "C"
    ENDED = "D"
    SNAPSHOT = "S"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: its kind and its fields."""

    kind: Kind
    fields: tuple[str, ...]


class MarkReader:
    """Split the control terminal's bytes into marks and text, whatever the chunking."""

    def __init__(self, nonce: str) -> None:
        self._separator = f";{nonce};".encode()
        self._start = re.compile(rb"\x1b\]133;([RCDS])" + re.escape(self._separator))
        self._prefix = b"\x1b]133;?" + self._separator
        self._end = f";{nonce}\a".encode()
        self._pending = b""

    def feed(self, data: bytes) -> list[Mark | bytes]:
        """Return the marks that *data* completes and the text between them, in order."""
        data = self._pending + data
        self._pending = b""
        found: list[Mark | bytes] = []
        while data:
            start = self._start.search(data)
            if start is None:
                kept = self._beginning(data)
                found.append(data[: len(data) - kept])
                self._pending = data[len(data) - kept :]
                break
            found.append(data[: start.start()])
            end = data.find(self._end, start.end() - 1)
            if end < 0 and len(data) - start.start() <= LONGEST_MARK:
                self._pending = data[start.start() :]
                break
            if end < 0:
                found.append(data[start.start() : start.end()])
                data = data[start.end() :]
                continue
            found.append(self._mark(start[1], data[start.end() : end]))
            data = data[end + len(self._end) :]
        return [piece for piece in found if piece]

    def _mark(self, kind: bytes, body: bytes) -> Mark:
        fields = body.split(self._separator)
        return Mark(Kind(kind.decode()), tuple(f.decode(errors="surrogateescape") for f in fields))

    def _beginning(self, data: bytes) -> int:
        """How many of the last bytes may be the beginning of a mark."""
        at = data.rfind(b"\x1b", max(0, len(data) - len(self._prefix)))
        if at < 0:
            return 0
        tail = data[at:]
        wanted = self._prefix[: len(tail)]
        if len(tail) > 6:  # the kind may be any letter
            wanted = wanted[:6] + tail[6:7] + wanted[7:]
        return len(tail) if tail == wanted else 0
