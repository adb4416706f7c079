"""Publisher: sends what cells show, no faster than a server lets it through.

What a running block shows may wait in its transcript, where it grows into fewer
and larger messages. What is final has to go out before the reply: it waits here,
in its order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from effecttalk_kernel.output.rate_limit import ENVELOPE_BYTES, Pace, RateLimits, wire_bytes

Parent = Mapping[str, Any]
Send = Callable[[str, Mapping[str, Any], Parent], None]
# A message can't be over the limit by itself, however much a cell shows.
LONGEST_TEXT: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts (0 to 1) of the server's limits, for blocks that run and for what is final."""

    running: float
    final: float


# Nobody waits for the background; the cell that runs finds room whatever that prints.
# What is left is for delays on the way, which bring messages closer together.
BACKGROUND: Final = Shares(running=0.5, final=0.5)
FOREGROUND: Final = Shares(running=0.65, final=0.85)


class Outlet:
    """The way out for some cells, in the order of what they send."""

    def __init__(self, send: Send, pace: Pace, shares: Shares) -> None:
        self._send = send
        self._pace = pace
        self._shares = shares
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Callable[[], None], int]] = deque()  # and their bytes
        self._timer: asyncio.TimerHandle | None = None
        self._is_drained = asyncio.Event()
        self._is_drained.set()

    def wait_seconds(self) -> float:
        """How long a running block should keep what it has to show."""
        size = ENVELOPE_BYTES + sum(size for _, size in self._waiting)
        return self._pace.wait_seconds(self._loop.time(), size, self._shares.running)

    def text(self, stream: str, text: str, parent: Parent) -> None:
        """Send text of a stream."""
        for part in parts(text):
            content = {"name": stream, "text": part}
            self._queue(partial(self._send, "stream", content, parent), wire_bytes(part))

    def display(self, kind: str, content: Mapping[str, Any], parent: Parent) -> None:
        """Send any other message; the server counts no bytes of it."""
        self._queue(partial(self._send, kind, content, parent), 0)

    def behind(self, work: Callable[[], None]) -> None:
        """Do *work* when all that waits now is sent."""
        self._queue(work, 0)

    async def drained(self) -> None:
        """Wait until all that was to be sent is sent."""
        await self._is_drained.wait()

    def close(self) -> None:
        """Send all that waits: this is the end."""
        if self._timer is not None:
            self._timer.cancel()
        while self._waiting:
            self._send_first()
        self._is_drained.set()

    def _queue(self, work: Callable[[], None], size: int) -> None:
        self._waiting.append((work, size))
        if self._timer is None:
            self._send_due()

    def _send_due(self) -> None:
        self._timer = None
        while self._waiting:
            size = self._waiting[0][1]
            wait = self._pace.wait_seconds(self._loop.time(), size, self._shares.final)
            if wait > 0:
                self._is_drained.clear()
                self._timer = self._loop.call_later(wait, self._send_due)
                return
            self._send_first()
        self._is_drained.set()

    def _send_first(self) -> None:
        work, size = self._waiting.popleft()
        self._pace.spend(self._loop.time(), size)
        work()


class Publisher:
    """The ways out of one kernel, under the same limits."""

    def __init__(self, send: Send, limits: RateLimits) -> None:
        self._pace = Pace(limits)
        self.foreground = Outlet(send, self._pace, FOREGROUND)
        self.background = Outlet(send, self._pace, BACKGROUND)

    def idle(self) -> None:
        """Begin to count anew, as the server does."""
        self._pace.begin_anew()

    def close(self) -> None:
        """Send all that waits: this is the end."""
        self.foreground.close()
        self.background.close()


def parts(text: str) -> list[str]:
    """Cut *text* into parts that are not too long, behind a line where there is one."""
    found = []
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", 0, LONGEST_TEXT) + 1 or LONGEST_TEXT
        found.append(text[:end])
        text = text[end:]
    return [*found, text]
