"""Stream: the stages of one output stream in their order: limit, decode, coalesce."""

import codecs

from effecttalk_kernel.output.coalesce import Coalescer
from effecttalk_kernel.output.counts import Count
from effecttalk_kernel.output.limit import Limiter, Limits, left_out_line


class OutputStream:
    """Bytes of one stream of one block in, text for messages out."""

    def __init__(self, limits: Limits, interval_seconds: float) -> None:
        self._limiter = Limiter(limits)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._coalescer = Coalescer(interval_seconds)
        self._line = ""

    @property
    def count(self) -> Count:
        """How much there was."""
        return self._limiter.count

    @property
    def last_line(self) -> str:
        """The unfinished last line: a prompt, where a program asks."""
        return self._line

    def feed(self, data: bytes) -> None:
        """Take what a program wrote."""
        self._show(self._decoder.decode(self._limiter.feed(data)))

    def add_line(self, text: str) -> None:
        """Add a line of our own, on a line of its own."""
        self._show(f"{chr(10) if self._line else ''}{text}\n")

    def finish(self) -> None:
        """Show what was held back; a character that is cut off becomes U+FFFD."""
        tail, missing = self._limiter.take_tail()
        if missing:
            self._show(self._decoder.decode(b"", final=True) + left_out_line(missing))
            self._decoder.reset()
        self._show(self._decoder.decode(tail, final=True))
        self._decoder.reset()

    def wait_seconds(self, now: float) -> float | None:
        """How long until there is something to send; None when there is nothing."""
        return self._coalescer.wait_seconds(now)

    def take(self, now: float) -> str:
        """Return the text of the next message."""
        return self._coalescer.take(now)

    def _show(self, text: str) -> None:
        if text:
            head, newline, line = text.rpartition("\n")
            self._line = line if newline else self._line + head + line
            self._line = self._line[-1000:]
            self._coalescer.add(text)
