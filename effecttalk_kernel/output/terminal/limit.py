"""Limit: the head and the tail of a stream, and one line between them.

Bytes in, bytes out. What is not shown is counted, never copied: memory stays
within the head and the tail whatever a program prints.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, Self

# A prompt, or the last few lines of a log.
NEWEST_BYTES: Final = 2_000
# Of what a block may show in all, one part is for the text of each stream.
TEXT_SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """How many bytes of one stream are shown."""

    head_bytes: int
    tail_bytes: int

    @classmethod
    def of(cls, size: int) -> Self:
        """Return limits by which *size* bytes are shown: three quarters from the beginning."""
        return cls(size - size // 4, size // 4)

    @property
    def most_bytes(self) -> int:
        """What a stream can show in all: its tail may be shown again after late output."""
        return self.head_bytes + 2 * self.tail_bytes

    def within(self, most_bytes: int) -> "OutputLimits":
        """Return these limits, or smaller ones of the same shape."""
        share = min(1.0, most_bytes / self.most_bytes)
        return OutputLimits(
            max(1, int(self.head_bytes * share)), max(1, int(self.tail_bytes * share))
        )


def largest_size(most_bytes: int) -> int:
    """Return the largest size of which the limits are within *most_bytes*."""
    return 4 * most_bytes // 5


class OutputLimiter:
    """Passes the head on at once, holds the tail back until asked."""

    def __init__(self, limits: OutputLimits) -> None:
        self._limits = limits
        self._head_left = limits.head_bytes
        self._unused = 0  # bytes of the head that the tail may have
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._left_out_before = 0
        self.left_out_bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much is not on view: left out, or held back for the tail."""
        return self.left_out_bytes - self._left_out_before + self._tail_size

    def newest(self) -> bytes:
        """Return the end of what is held back."""
        end = b""
        for data in reversed(self._tail):
            end = data[-NEWEST_BYTES:] + end
            if len(end) >= NEWEST_BYTES:
                break
        return end[-NEWEST_BYTES:]

    def fits(self, size: int) -> bool:
        """Whether *size* more bytes would be passed on at once."""
        return size <= self._head_left

    def feed(self, data: bytes, seen: int = 0) -> bytes:
        """Take *data*, of which *seen* bytes are on view; returns what of it is shown now."""
        if len(data) <= self._head_left:
            self._head_left -= len(data)
            return data
        shown = b""
        if self._head_left:
            shown = data[: _boundary(data, seen, self._head_left)]
            self._unused = self._head_left - len(shown)
        self._head_left = 0
        self._hold(data[len(shown) :])
        return shown

    def take_tail(self) -> tuple[bytes, int]:
        """Return what is held back and how many bytes are missing before it."""
        tail = b"".join(self._tail)
        self._tail.clear()
        self._tail_size = 0
        excess = max(0, len(tail) - self._limits.tail_bytes - self._unused)
        tail = tail[excess:]
        self.left_out_bytes += excess
        missing = self.left_out_bytes - self._left_out_before
        if missing:
            start = _start_of_line(tail)
            self.left_out_bytes += start
            missing += start
            tail = tail[start:]
        self._left_out_before = self.left_out_bytes
        return tail, missing

    def forget(self) -> None:
        """Begin again: the user cleared what was shown."""
        self._tail.clear()
        self._tail_size = 0
        self._head_left = self._limits.head_bytes
        self._left_out_before = self.left_out_bytes

    def _hold(self, data: bytes) -> None:
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail and self._tail_size - len(self._tail[0]) >= self._limits.tail_bytes:
            dropped = len(self._tail.popleft())
            self._tail_size -= dropped
            self.left_out_bytes += dropped


def _boundary(data: bytes, least: int, most: int) -> int:
    """Return the last place in these bounds where a line ends, or at least no character is cut."""
    newline = data.rfind(b"\n", max(0, least - 1), most)
    if newline >= 0:
        return newline + 1
    at = most
    while at > least and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _start_of_line(data: bytes) -> int:
    """Return the first place where a line begins, or at least a character does."""
    newline = data.find(b"\n")
    if 0 <= newline < len(data) - 1:
        return newline + 1
    start = 0
    while start < min(4, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return start


def left_out_line(missing_bytes: int, remedy: str) -> str:
    """Return the line that stands for what is left out, and says how to get it."""
    return f"[effecttalk: {missing_bytes:,} bytes of output left out here{remedy}]\n"
