"""Coalesce: many small pieces of text become few messages.

The first piece after a silence goes out at once; what comes soon after waits.
Nothing here reads a clock: the time is passed in.
"""


class Coalescer:
    """Text of one stream that waits to be sent."""

    def __init__(self, interval_seconds: float) -> None:
        self._interval = interval_seconds
        self._pending: list[str] = []
        self._next = 0.0

    def add(self, text: str) -> None:
        """Keep *text* until it is taken."""
        if text:
            self._pending.append(text)

    def wait_seconds(self, now: float) -> float | None:
        """How long until the text may be sent; None when there is none."""
        return max(0.0, self._next - now) if self._pending else None

    def take(self, now: float) -> str:
        """Return all the text that waits; the next message is due an interval later."""
        text = "".join(self._pending)
        self._pending.clear()
        self._next = now + self._interval
        return text
