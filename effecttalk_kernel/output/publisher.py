"""Publisher: the queue of all messages on their way to iopub.

Messages leave in the order in which they were queued, at the end of the event
loop's turn: they are made and sent while the shell already works. Status and comm
messages are never held back. What cells show is sent no faster than Jupyter Server
lets it through: it waits in its lane, and the other lanes overtake it.

A block that runs keeps its output in its transcript for `wait_seconds`, where it
grows into fewer and larger messages. Its final output has to leave before the
reply, so it waits here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import partial
from typing import Any, Final, NamedTuple

from effecttalk_kernel.output.rate_limit import ENVELOPE_BYTES, RateLimiter, RateLimits, wire_bytes

Content = Mapping[str, Any]
Parent = Mapping[str, Any]
Send = Callable[[str, Content, Parent], None]
# Shorter than the server's limit, so that no message exceeds it on its own.
LONGEST_TEXT: Final = 1 << 18


class Lane(IntEnum):
    """Messages that keep their order; those of another lane may overtake them."""

    UNLIMITED = auto()  # status and comm messages, which the rate limits do not hold back
    FOREGROUND = auto()  # cells whose block runs
    BACKGROUND = auto()  # cells whose block has ended and still prints


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts (0 to 1) of the server's limits, for blocks that run and for final output."""

    running: float
    final: float


# However much the background prints, it leaves room for the cell that runs.
# The rest is for delays on the way, which bring messages closer together.
SHARES: Final = {
    Lane.FOREGROUND: Shares(running=0.65, final=0.85),
    Lane.BACKGROUND: Shares(running=0.5, final=0.5),
}


class _Message(NamedTuple):
    """A message to be sent."""

    lane: Lane
    send: Callable[[], None]
    size_bytes: int


class Publisher:
    """The messages of one kernel that are still to be sent."""

    def __init__(self, send: Send, limits: RateLimits) -> None:
        self._send = send
        self._limiter = RateLimiter(limits)
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Message] = deque()
        # The messages that the limits hold back, and those after them in their lanes.
        self._held: dict[Lane, deque[_Message]] = {}
        self._drained = {lane: asyncio.Event() for lane in SHARES}
        self._queued_bytes = dict.fromkeys(Lane, 0)
        self._is_flush_due = False
        self._timer: asyncio.TimerHandle | None = None

    def send(
        self, kind: str, content: Content, parent: Parent, lane: Lane = Lane.UNLIMITED
    ) -> None:
        """Send a message that is not text of a stream; the server does not count its bytes."""
        self._add(lane, partial(self._send, kind, content, parent))

    def send_text(self, stream: str, text: str, parent: Parent, lane: Lane) -> None:
        """Send text of a stream."""
        for part in split_text(text):
            content = {"name": stream, "text": part}
            self._add(lane, partial(self._send, "stream", content, parent), wire_bytes(part))

    def call_after(self, lane: Lane, function: Callable[[], None]) -> None:
        """Call *function* after the messages that are in *lane* now."""
        self._add(lane, function)

    def reset_limits(self) -> None:
        """Reset the rate limit after the queued messages, as Jupyter Server does when idle."""
        self._add(Lane.UNLIMITED, self._limiter.reset)

    def wait_seconds(self, lane: Lane) -> float:
        """Return how long a running block of *lane* should keep its output."""
        size = ENVELOPE_BYTES + self._queued_bytes[lane]
        return self._limiter.wait_seconds(self._loop.time(), size, SHARES[lane].running)

    async def wait_until_drained(self, lane: Lane) -> None:
        """Wait until all messages of *lane* are sent."""
        self.flush()
        if lane in self._held:
            await self._drained[lane].wait()

    def flush(self) -> None:
        """Send now what the limits let through."""
        self._is_flush_due = False
        try:
            for lane in tuple(self._held):
                self._send_held(lane)
            while self._queue:
                message = self._queue.popleft()
                if message.lane in self._held or self._seconds_held(message) > 0:
                    self._held.setdefault(message.lane, deque()).append(message)
                    self._drained[message.lane].clear()
                else:
                    self._send_now(message)
        finally:
            self._schedule_flush()

    def send_all(self) -> None:
        """Send now all that is queued, whatever the limits: the kernel ends."""
        for held in (*self._held.values(), self._queue):
            while held:
                self._send_now(held.popleft())
        self.flush()

    def _add(self, lane: Lane, send: Callable[[], None], size_bytes: int = 0) -> None:
        self._queue.append(_Message(lane, send, size_bytes))
        self._queued_bytes[lane] += size_bytes
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self.flush)

    def _send_held(self, lane: Lane) -> None:
        held = self._held[lane]
        while held and self._seconds_held(held[0]) <= 0:
            self._send_now(held.popleft())
        if not held:
            del self._held[lane]
            self._drained[lane].set()

    def _seconds_held(self, message: _Message) -> float:
        if message.lane is Lane.UNLIMITED:
            return 0.0
        share = SHARES[message.lane].final
        return self._limiter.wait_seconds(self._loop.time(), message.size_bytes, share)

    def _send_now(self, message: _Message) -> None:
        self._queued_bytes[message.lane] -= message.size_bytes
        if message.lane is not Lane.UNLIMITED:
            self._limiter.count(self._loop.time(), message.size_bytes)
        message.send()

    def _schedule_flush(self) -> None:
        """Flush again when the first message that is held back may be sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            waits = (self._seconds_held(held[0]) for held in self._held.values() if held)
            self._timer = self._loop.call_later(min(waits, default=0.0), self.flush)


def split_text(text: str) -> list[str]:
    """Cut *text* into parts that are short enough to be sent, after a line end if possible."""
    found = []
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", 0, LONGEST_TEXT) + 1 or LONGEST_TEXT
        found.append(text[:end])
        text = text[end:]
    return [*found, text]
