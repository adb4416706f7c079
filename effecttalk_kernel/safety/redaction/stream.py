"""Stream: secrets are masked in what comes in pieces, wherever it is cut.

What is let go depends on the bytes alone, not on how they came. The unit is a
line; of a very long one, a window that overlaps the next.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from effecttalk_kernel.safety.redaction.escapes import (
    ESCAPE,
    Span,
    StrippedText,
    find_unfinished_escape,
)
from effecttalk_kernel.safety.redaction.redactor import MASK_BYTES, Redactor

# Two pieces of this size have only one line, the first, that can be longer.
PIECE: Final = 65_536
# What is looked at of a line that does not end, how much of it once more with
# what follows, and how much more as its context.
WINDOW: Final = 131_072
OVERLAP: Final = 8_192
CONTEXT: Final = 1_024
DASHES: Final = len("-----")


class StreamRedactor:
    """Masks one stream; *live* for a screen, else for a file."""

    def __init__(self, redactor: Redactor, *, live: bool) -> None:
        self._redactor = redactor
        self._is_live = live
        self._held = b""  # from the beginning of the line
        self._released = 0  # how much of that is already out
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """How many secrets were masked so far, by rule."""
        return self._counts

    def feed(self, data: bytes) -> bytes:
        """Return what can be let go, its secrets masked."""
        if len(data) <= PIECE:
            return self._piece(data)
        return b"".join(self._piece(data[at : at + PIECE]) for at in range(0, len(data), PIECE))

    def finish(self) -> bytes:
        """Return the rest; nothing comes behind it."""
        rest = StrippedText(self._held)
        out = self._let_go(rest, self._redactor.find(rest.plain).spans, len(rest.raw))
        self._held, self._released = b"", 0
        return out

    def _piece(self, piece: bytes) -> bytes:
        self._held += piece
        out = list(self._windows()) if len(self._held) >= WINDOW else []
        cut = max(self._held.rfind(b"\n"), self._held.rfind(b"\r")) + 1
        is_open = False
        if cut:
            lines = StrippedText(self._held[:cut])
            found = self._redactor.find(lines.plain, is_final=False)
            is_open = found.open_at < len(lines.plain)
            # Of a private key that may go on all is kept, with the dashes before it.
            end = lines.start(found.open_at) if is_open else cut
            out.append(self._let_go(lines, found.spans, end))
            self._forget(lines.start(max(0, found.open_at - DASHES)) if is_open else cut)
        if is_open and len(self._held) >= 2 * WINDOW:
            out.append(self.finish())
        elif self._is_live and not is_open:
            out.append(self._begun_line())
        return out[0] if len(out) == 1 else b"".join(out)

    def _windows(self) -> Iterator[bytes]:
        """Let go what is too much of a line."""
        while len(self._held) >= WINDOW and not _has_end(self._held, WINDOW):
            window = StrippedText(self._held[:WINDOW])
            spans = self._redactor.find(window.plain).spans
            end = _after_escape(window.raw, WINDOW - OVERLAP)
            for span in spans:
                if window.start(span.start) < end:
                    end = max(end, window.end(span.end))
            yield self._let_go(window, spans, end)
            self._forget(end - CONTEXT)

    def _begun_line(self) -> bytes:
        """Let go what can be no part of a secret, whatever comes next."""
        line = StrippedText(self._held[: find_unfinished_escape(self._held)])
        found = self._redactor.find(line.plain, is_final=False)
        size = len(line.plain)
        end = min(self._redactor.opening.begins(line.plain), found.open_at)
        for span in reversed(found.spans):
            if span.end > end or span.end == size:
                end = min(end, span.start)
        return self._let_go(line, found.spans, line.start(end) if end < size else len(line.raw))

    def _let_go(self, text: StrippedText, spans: list[Span], end: int) -> bytes:
        """Return what is not out yet of *text* before *end*."""
        begin = self._released
        if end <= begin:
            return b""
        self._released = end
        self._counts.update(
            span.rule
            for span in spans
            if text.end(span.end) > begin and text.start(span.start) < end
        )
        return text.masked(spans, begin, end, MASK_BYTES)

    def _forget(self, size: int) -> None:
        """Let *size* bytes be no longer the context of what comes."""
        self._held = self._held[size:]
        self._released = max(0, self._released - size)


def _after_escape(raw: bytes, at: int) -> int:
    """Return *at*, or the end of the escape that is there."""
    found = ESCAPE.match(raw, raw.rfind(b"\x1b", 0, at)) if b"\x1b" in raw[:at] else None
    return max(at, found.end()) if found else at


def _has_end(raw: bytes, size: int) -> bool:
    """Whether a line ends in the first *size* bytes."""
    return raw.find(b"\n", 0, size) >= 0 or raw.find(b"\r", 0, size) >= 0
