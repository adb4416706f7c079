"""Limit: shows the head and the tail of a stream, and one line between them.

Bytes in, bytes out. What is left out is counted and not stored: the head and the tail
bound the memory, however much a program prints.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, Self

# Enough for a prompt, or the last few lines of a log.
NEWEST_BYTES: Final = 2_000
# Each stream's text may take one part in four of a block's output.
TEXT_SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """How many bytes of one stream are shown."""

    head_bytes: int
    tail_bytes: int

    @classmethod
    def of(cls, size: int) -> Self:
        """Return limits that show *size* bytes: three quarters of them in the head."""
        return cls(size - size // 4, size // 4)

    @property
    def max_bytes(self) -> int:
        """The most that a stream can show: late output may add a second tail."""
        return self.head_bytes + 2 * self.tail_bytes

    def within(self, max_bytes: int) -> "OutputLimits":
        """Return these limits, scaled down to *max_bytes* if they exceed it."""
        share = min(1.0, max_bytes / self.max_bytes)
        return OutputLimits(
            max(1, int(self.head_bytes * share)), max(1, int(self.tail_bytes * share))
        )


def largest_size(max_bytes: int) -> int:
    """Return the largest size with limits within *max_bytes*."""
    return 4 * max_bytes // 5


class OutputLimiter:
    """Passes the head on at once, and holds the tail back until `take_tail`."""

    def __init__(self, limits: OutputLimits) -> None:
        self._limits = limits
        self._head_left = limits.head_bytes
        self._unused = 0  # bytes of the head that the tail may use
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._left_out_before = 0
        self.left_out_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Number of bytes that are not shown: left out, or held back for the tail."""
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
        """Return the part of *data* to be shown now; its first *seen* bytes already are."""
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
        """Return the tail, and the number of bytes left out before it."""
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

    def reset(self) -> None:
        """Start again with a new head, after the output was cleared."""
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
    """Return the last line end within these bounds, or else the last end of a character."""
    newline = data.rfind(b"\n", max(0, least - 1), most)
    if newline >= 0:
        return newline + 1
    at = most
    while at > least and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _start_of_line(data: bytes) -> int:
    """Return the start of the first line, or else of the first character."""
    newline = data.find(b"\n")
    if 0 <= newline < len(data) - 1:
        return newline + 1
    start = 0
    while start < min(4, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return start


def omission_line(missing_bytes: int, hint: str) -> str:
    """Return the line in place of output that is left out; *hint* says how to get it."""
    return f"[effecttalk: {missing_bytes:,} bytes of output omitted here{hint}]\n"
