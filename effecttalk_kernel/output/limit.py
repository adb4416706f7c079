"""Limit: the head and the tail of a stream, and one line between them.

Bytes in, bytes out. What is not shown is counted, never copied: memory stays
within the head and the tail whatever a program prints.
"""

from collections import deque
from dataclasses import dataclass

from effecttalk_kernel.output.counts import Count


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes of one stream are shown."""

    head_bytes: int
    tail_bytes: int


class Limiter:
    """Passes the head on at once, holds the tail back until asked."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._head_left = limits.head_bytes
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._size = 0
        self._lines = 0
        self._left_out = 0
        self._left_out_before = 0

    @property
    def count(self) -> Count:
        """How much there was, and how much of it is left out for good."""
        return Count(self._size, self._lines, self._left_out)

    def feed(self, data: bytes) -> bytes:
        """Take *data*; returns what of it is shown now."""
        self._size += len(data)
        self._lines += data.count(b"\n")
        if len(data) <= self._head_left:
            self._head_left -= len(data)
            return data
        shown = data[: _boundary(data, self._head_left)] if self._head_left else b""
        self._head_left = 0
        self._hold(data[len(shown) :])
        return shown

    def take_tail(self) -> tuple[bytes, int]:
        """Return what is held back and how many bytes are missing before it."""
        tail = b"".join(self._tail)
        self._tail.clear()
        self._tail_size = 0
        missing = self._left_out - self._left_out_before
        if missing:
            start = _start_of_line(tail)
            self._left_out += start
            missing += start
            tail = tail[start:]
        self._left_out_before = self._left_out
        return tail, missing

    def _hold(self, data: bytes) -> None:
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= self._limits.tail_bytes:
            dropped = len(self._tail.popleft())
            self._tail_size -= dropped
            self._left_out += dropped


def _boundary(data: bytes, at: int) -> int:
    """Return the last place up to *at* where a line ends, or at least no character is cut."""
    newline = data.rfind(b"\n", 0, at)
    if newline >= 0:
        return newline + 1
    while at > 0 and data[at] & 0xC0 == 0x80:
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


def left_out_line(missing_bytes: int) -> str:
    """Return the line that stands for what is left out."""
    return f"\n[effecttalk: {missing_bytes:,} bytes of output left out here]\n"
