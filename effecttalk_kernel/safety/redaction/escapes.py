"""Text without its escape sequences, and where its parts are in the original."""

import re
from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

ESC: Final = 0x1B
# CSI (colours), strings (titles, links) and short sequences, see ECMA-48. None extends
# across the end of a line.
ESCAPE: Final = re.compile(
    rb"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|[\]PX^_][^\x07\x1b\r\n]*+(?:\x07|\x1b\\)|[ -/]++[0-~]"
    rb"|[0-OQ-WYZ\\`-~])"
)
UNFINISHED: Final = re.compile(
    rb"\x1b(?:\[[0-?]*+[ -/]*+|[\]PX^_][^\x07\x1b\r\n]*+\x1b?|[ -/]*+)\Z"
)


class Span(NamedTuple):
    """Where a secret is, and the rule that found it."""

    start: int
    end: int
    rule: str


class StrippedText:
    """Bytes, the same without escape sequences, and how positions map between the two."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.plain = b"".join(ESCAPE.split(raw)) if ESC in raw else raw
        # For the escape sequences: their positions in the plain text, and their size up to each.
        self._places: list[int] = []
        self._sizes = [0]
        self._is_mapped = len(self.plain) == len(raw)

    def raw_start(self, at: int) -> int:
        """Return where the character *at* of the plain text begins, after any escape sequences."""
        self._map()
        return at + self._sizes[bisect_right(self._places, at)]

    def raw_end(self, at: int) -> int:
        """Return where the character before *at* of the plain text ends."""
        self._map()
        return at + self._sizes[bisect_left(self._places, at)]

    def mask(self, spans: list[Span], begin: int, end: int, mask: bytes) -> bytes:
        """Return the raw bytes from *begin* to *end*, with *mask* in place of *spans*.

        Escape sequences inside a span are kept after the mask.
        """
        if not spans:
            return self.raw[begin:end]
        pieces = []
        for span in spans:
            start, stop = max(begin, self.raw_start(span.start)), self.raw_end(span.end)
            if stop <= begin or start >= end:
                continue
            pieces += [self.raw[begin:start], mask, *ESCAPE.findall(self.raw, start, stop)]
            begin = stop
        pieces.append(self.raw[begin:end])
        return b"".join(pieces)

    def _map(self) -> None:
        if self._is_mapped:
            return
        self._is_mapped, taken = True, 0
        for found in ESCAPE.finditer(self.raw):
            self._places.append(found.start() - taken)
            taken += found.end() - found.start()
            self._sizes.append(taken)


def find_unfinished_escape(raw: bytes) -> int:
    """Return where an unfinished escape sequence begins; the length of *raw* if none does."""
    if ESC not in raw:
        return len(raw)
    found = UNFINISHED.search(raw)
    return found.start() if found else len(raw)
