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
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, Final, NamedTuple

from effecttalk_kernel.output.rate_limit import ENVELOPE_BYTES, RateLimiter, RateLimits, wire_bytes

Parent = Mapping[str, Any]
Send = Callable[[str, Mapping[str, Any], Parent], None]
# Shorter than the server's limit, so that no message exceeds it on its own.
LONGEST_TEXT: Final = 1 << 18


class Lane(Enum):
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


class _Queued(NamedTuple):
    """A message in its lane, with its place among those of all lanes."""

    number: int
    send: Callable[[], None]
    size_bytes: int


class Publisher:
    """The messages of one kernel that are still to be sent."""

    def __init__(self, send: Send, limits: RateLimits) -> None:
        self._send = send
        self._limiter = RateLimiter(limits)
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[Lane, deque[_Queued]] = {lane: deque() for lane in Lane}
        self._empty = {lane: asyncio.Event() for lane in Lane}
        for event in self._empty.values():
            event.set()
        self._count = 0
        self._is_flush_due = False
        self._timer: asyncio.TimerHandle | None = None

    def send(
        self,
        kind: str,
        content: Mapping[str, Any],
        parent: Parent,
        lane: Lane = Lane.UNLIMITED,
    ) -> None:
        """Send a message that is not text of a stream; the server does not count its bytes."""
        self._queue(lane, partial(self._send, kind, content, parent))

    def send_text(self, stream: str, text: str, parent: Parent, lane: Lane) -> None:
        """Send text of a stream."""
        for part in split_text(text):
            content = {"name": stream, "text": part}
            self._queue(lane, partial(self._send, "stream", content, parent), wire_bytes(part))

    def call_after(self, lane: Lane, function: Callable[[], None]) -> None:
        """Call *function* after the messages that are in *lane* now."""
        self._queue(lane, function)

    def reset_limits(self) -> None:
        """Count from zero after the messages that are queued now, as an idle kernel's server."""
        self._queue(Lane.UNLIMITED, self._limiter.reset)

    def wait_seconds(self, lane: Lane) -> float:
        """Return how long a running block of *lane* should keep its output."""
        size = ENVELOPE_BYTES + sum(queued.size_bytes for queued in self._lanes[lane])
        return self._limiter.wait_seconds(self._loop.time(), size, SHARES[lane].running)

    async def drained(self, lane: Lane) -> None:
        """Wait until all messages of *lane* are sent."""
        self.flush()
        await self._empty[lane].wait()

    def flush(self) -> None:
        """Send now what the limits let through."""
        self._is_flush_due = False
        if self._timer is not None:
            self._timer.cancel()
        waits: dict[Lane, float] = {}
        while (lane := self._next_lane(waits)) is not None:
            wait = self._seconds_held(lane)
            if wait > 0:
                waits[lane] = wait
            else:
                self._send_first(lane)
        self._timer = self._loop.call_later(min(waits.values()), self.flush) if waits else None

    def send_all(self) -> None:
        """Send now all that is queued, whatever the limits: the kernel ends."""
        while (lane := self._next_lane()) is not None:
            self._send_first(lane)

    def _queue(self, lane: Lane, send: Callable[[], None], size_bytes: int = 0) -> None:
        self._count += 1
        self._lanes[lane].append(_Queued(self._count, send, size_bytes))
        self._empty[lane].clear()
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self.flush)

    def _next_lane(self, held: Container[Lane] = ()) -> Lane | None:
        """Return the lane with the oldest message, of those that are not *held*."""
        oldest = [
            (queue[0].number, lane)
            for lane, queue in self._lanes.items()
            if queue and lane not in held
        ]
        return min(oldest)[1] if oldest else None

    def _seconds_held(self, lane: Lane) -> float:
        if lane is Lane.UNLIMITED:
            return 0.0
        size = self._lanes[lane][0].size_bytes
        return self._limiter.wait_seconds(self._loop.time(), size, SHARES[lane].final)

    def _send_first(self, lane: Lane) -> None:
        queue = self._lanes[lane]
        queued = queue.popleft()
        if not queue:
            self._empty[lane].set()
        if lane is not Lane.UNLIMITED:
            self._limiter.count(self._loop.time(), queued.size_bytes)
        queued.send()


def split_text(text: str) -> list[str]:
    """Cut *text* into parts that are short enough to be sent, after a line end if possible."""
    found = []
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", 0, LONGEST_TEXT) + 1 or LONGEST_TEXT
        found.append(text[:end])
        text = text[end:]
    return [*found, text]
