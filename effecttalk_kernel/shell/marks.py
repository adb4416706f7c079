"""Marks: the messages from the shell to the kernel.

Bytes in, marks and the text between them out. A mark is `ESC ] 133 ; KIND ; nonce ; field ;
nonce ; field ... ; nonce BEL`, see bash.sh. Nothing here reads or waits.

The end mark comes through a pipe instead of the control terminal, where data waits for a
thread of Linux, which costs 0.1 ms each way. The start mark is on the control terminal,
before what the block's programs write there; the snapshot's mark ends the snapshot.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The longest mark holds 4,096 characters of a directory, 1,000 of a command, and the statuses of
# as many commands as a user may have processes; longer text without an end is not a mark.
LONGEST_MARK: Final = 1_048_576
# ESC ] 133 ; C ; nonce of 32 digits ;
LONGEST_START: Final = 42
BEGINNING: Final = re.compile(rb"\x1b(\](1(3(3(;([RCDSFHP](;[0-9a-z]*)?)?)?)?)?)?)?")


class MarkKind(StrEnum):
    """What a mark reports."""

    READY = "R"
    STARTED = "C"
    ENDED = "D"
    SNAPSHOT = "S"
    FORKED = "F"
    HOOK = "H"
    PROMPT = "P"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: its kind and its fields."""

    kind: MarkKind
    fields: tuple[str, ...]


class MarkReader:
    """Splits bytes into marks and text, in whatever chunks they come."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.encode()
        self._separator = f";{nonce};".encode()
        self._start = re.compile(rb"\x1b\]133;([RCDSFHP])" + re.escape(self._separator))
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

    def is_damaged(self, text: bytes) -> bool:
        """Return whether *text*, which is not a mark, was meant to be one: it has the nonce."""
        return self._nonce in text

    def _mark(self, kind: bytes, body: bytes) -> Mark:
        fields = body.split(self._separator)
        texts = tuple(field.decode(errors="surrogateescape") for field in fields)
        return Mark(MarkKind(kind.decode()), texts)

    def _unfinished(self, data: bytes, start: re.Match[bytes] | None) -> int:
        """Return how many of the last bytes may be the beginning of a mark."""
        if start is not None:
            size = len(data) - start.start()
            return size if size <= LONGEST_MARK else 0
        at = data.rfind(b"\x1b", max(0, len(data) - LONGEST_START))
        return len(data) - at if at >= 0 and BEGINNING.fullmatch(data, at) else 0
