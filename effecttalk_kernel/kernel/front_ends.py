"""Front ends: finds out when all front ends that could answer a program are gone.

A front end is there while it subscribes to iopub. Jupyter Server goes on doing so for a page that
was closed, but a closed page does not answer pings.
"""

import asyncio
from collections.abc import Callable
from typing import Final

# How often pages are asked within the time after which they count as gone.
PINGS: Final = 4


class FrontEnds:
    """Watches, while a program waits for the user, whether a front end is there.

    Pages count as gone when none has answered for *timeout_seconds*; 0 means never. While no page
    has answered any ping, they have *first_seconds*, by default the same time, and any client is
    a front end of which *has_subscribers* tells.
    """

    def __init__(
        self,
        timeout_seconds: float,
        has_subscribers: Callable[[], bool] = lambda: False,
        first_seconds: float | None = None,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._has_subscribers = has_subscribers
        self._first_seconds = timeout_seconds if first_seconds is None else first_seconds
        self._loop = asyncio.get_running_loop()
        self._seen_at = 0.0
        self._answered_at: float | None = None  # when a page has answered a ping
        self._timer: asyncio.TimerHandle | None = None

    @property
    def has_answered(self) -> bool:
        """Whether any page has answered a ping."""
        return self._answered_at is not None

    def note_answer(self) -> None:
        """Note that a page has answered a ping."""
        self._answered_at = self._loop.time()

    def watch(self, ping: Callable[[], None] | None, give_up: Callable[[], None]) -> None:
        """Call *give_up* when all front ends are gone; *ping* asks pages, None without pages."""
        self.stop()
        if self._timeout_seconds or self._first_seconds:
            self._seen_at = self._loop.time()
            self._check(ping, give_up)

    def stop(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self, ping: Callable[[], None] | None, give_up: Callable[[], None]) -> None:
        now = self._loop.time()
        # A page that has never answered may not know pings.
        answered_at = self._answered_at if ping is not None else None
        if answered_at is not None:
            self._seen_at = max(self._seen_at, answered_at)
        elif self._has_subscribers():
            self._seen_at = now
        limit = self._first_seconds if answered_at is None else self._timeout_seconds
        if limit and now - self._seen_at >= limit:
            self._timer = None
            give_up()
            return
        if ping is not None:
            ping()
        delay = min(filter(None, (self._first_seconds, self._timeout_seconds))) / PINGS
        self._timer = self._loop.call_later(delay, self._check, ping, give_up)
