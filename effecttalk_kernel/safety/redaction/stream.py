"""Masks the secrets in a stream that comes in pieces, wherever it is cut.

The output depends only on the bytes, not on how they were cut. The unit is a line; of a
very long line, a window that overlaps the next one.
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

# Of the lines in two such pieces, only the first can be longer than one.
PIECE_BYTES: Final = 65_536
# How much of an endless line is searched at once, how much of that is searched again
# together with what follows, and how much more is kept as context.
WINDOW_BYTES: Final = 131_072
OVERLAP_BYTES: Final = 8_192
CONTEXT_BYTES: Final = 1_024
DASHES_BYTES: Final = len("-----")


class StreamRedactor:
    """Masks one stream: *live* for a screen, otherwise for a file."""

    def __init__(self, redactor: Redactor, *, live: bool) -> None:
        self._redactor = redactor
        self._is_live = live
        self._held = b""  # from the beginning of the line
        self._released = 0  # how much of it was returned already
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """The number of secrets masked so far, by rule."""
        return self._counts

    def feed(self, data: bytes) -> bytes:
        """Take *data*; return as much as is certain, with its secrets masked."""
        if len(data) <= PIECE_BYTES:
            return self._feed_piece(data)
        return b"".join(
            self._feed_piece(data[at : at + PIECE_BYTES]) for at in range(0, len(data), PIECE_BYTES)
        )

    def finish(self) -> bytes:
        """Return the rest: the stream has ended."""
        rest = StrippedText(self._held)
        out = self._release(rest, self._redactor.find(rest.plain).spans, len(rest.raw))
        self._held, self._released = b"", 0
        return out

    def _feed_piece(self, piece: bytes) -> bytes:
        self._held += piece
        out = list(self._release_windows()) if len(self._held) >= WINDOW_BYTES else []
        cut = max(self._held.rfind(b"\n"), self._held.rfind(b"\r")) + 1
        is_open = False
        if cut:
            lines = StrippedText(self._held[:cut])
            found = self._redactor.find(lines.plain, is_final=False)
            is_open = found.open_at < len(lines.plain)
            # A private key that may continue is held back, with the dashes before it.
            end = lines.raw_start(found.open_at) if is_open else cut
            out.append(self._release(lines, found.spans, end))
            self._drop(lines.raw_start(max(0, found.open_at - DASHES_BYTES)) if is_open else cut)
        if is_open and len(self._held) >= 2 * WINDOW_BYTES:
            out.append(self.finish())
        elif self._is_live and not is_open:
            out.append(self._release_line_start())
        return out[0] if len(out) == 1 else b"".join(out)

    def _release_windows(self) -> Iterator[bytes]:
        """Yield the beginning of a line that is too long to be held back."""
        while len(self._held) >= WINDOW_BYTES and not _has_line_end(self._held, WINDOW_BYTES):
            window = StrippedText(self._held[:WINDOW_BYTES])
            spans = self._redactor.find(window.plain).spans
            end = _skip_escape(window.raw, WINDOW_BYTES - OVERLAP_BYTES)
            for span in spans:
                if window.raw_start(span.start) < end:
                    end = max(end, window.raw_end(span.end))
            yield self._release(window, spans, end)
            self._drop(end - CONTEXT_BYTES)

    def _release_line_start(self) -> bytes:
        """Return what cannot be part of a secret, whatever comes next."""
        line = StrippedText(self._held[: find_unfinished_escape(self._held)])
        found = self._redactor.find(line.plain, is_final=False)
        size = len(line.plain)
        end = min(self._redactor.unfinished.find_unfinished(line.plain), found.open_at)
        for span in reversed(found.spans):
            if span.end > end or span.end == size:
                end = min(end, span.start)
        return self._release(
            line, found.spans, line.raw_start(end) if end < size else len(line.raw)
        )

    def _release(self, text: StrippedText, spans: list[Span], end: int) -> bytes:
        """Return what was not returned yet of *text* before *end*."""
        begin = self._released
        if end <= begin:
            return b""
        self._released = end
        self._counts.update(
            span.rule
            for span in spans
            if text.raw_end(span.end) > begin and text.raw_start(span.start) < end
        )
        return text.mask(spans, begin, end, MASK_BYTES)

    def _drop(self, size: int) -> None:
        """Drop the first *size* bytes: they are not needed as context any more."""
        self._held = self._held[size:]
        self._released = max(0, self._released - size)


def _skip_escape(raw: bytes, at: int) -> int:
    """Return *at*, or the end of the escape sequence around it."""
    found = ESCAPE.match(raw, raw.rfind(b"\x1b", 0, at)) if b"\x1b" in raw[:at] else None
    return max(at, found.end()) if found else at


def _has_line_end(raw: bytes, size: int) -> bool:
    """Whether a line ends in the first *size* bytes."""
    return raw.find(b"\n", 0, size) >= 0 or raw.find(b"\r", 0, size) >= 0
