"""Masks the secrets in a stream that comes in pieces, wherever it is cut.

The output depends only on the bytes, not on how they were cut. The unit is a line; of a
very long line, a window that overlaps the next one. Where a window ends depends only on the
line: bytes that the next window searches again are not returned before that window begins.
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
from effecttalk_kernel.safety.redaction.patterns import FoundSecrets
from effecttalk_kernel.safety.redaction.redactor import MASK_BYTES, Redactor

# Of the lines in two such pieces, only the first can be longer than one.
PIECE_BYTES: Final = 65_536
# How much of an endless line is searched at once, how much of that is searched again
# together with what follows, and how much more is kept as context.
WINDOW_BYTES: Final = 147_456
OVERLAP_BYTES: Final = 8_192
CONTEXT_BYTES: Final = 1_024


class StreamRedactor:
    """Masks one stream: *live* for a screen, otherwise for a file."""

    def __init__(self, redactor: Redactor, *, live: bool) -> None:
        self._redactor = redactor
        self._is_live = live
        self._held = b""  # from the beginning of the line
        self._released = 0  # how much of it was returned already
        self._has_mask = False  # the secret that was returned last may continue
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
        out = [*self._release_windows(is_final=True)]
        rest = StrippedText(self._held)
        out.append(self._release(rest, self._redactor.find(rest.plain).spans, len(rest.raw)))
        self._held, self._released = b"", 0
        return b"".join(out)

    def _feed_piece(self, piece: bytes) -> bytes:
        self._held += piece
        out = [*self._release_windows()]
        is_open = False
        if cut := max(self._held.rfind(b"\n"), self._held.rfind(b"\r")) + 1:
            lines, is_open = self._release_lines(cut)
            out.append(lines)
        if self._is_live and not is_open:
            out += self._release_line_start()
        return out[0] if len(out) == 1 else b"".join(out)

    def _release_lines(self, cut: int) -> tuple[bytes, bool]:
        """Return the lines before *cut*, and whether a private key in them may continue."""
        text = StrippedText(self._held[:cut])
        found = self._redactor.find(text.plain, is_final=False)
        end = keep = cut
        is_open = found.open_at < len(text.plain)
        if is_open and len(self._held) >= 2 * WINDOW_BYTES:  # it has many escape sequences
            found, is_open = self._redactor.find(text.plain), False
        elif is_open:
            # The unfinished line after them may hold the end of the key, or show that it is none.
            text = StrippedText(self._held[: find_unfinished_escape(self._held)])
            found = self._redactor.find(text.plain, is_final=False)
            open_at = text.raw_start(found.open_at)
            is_open = open_at < cut
            # The key is held back with the beginning of its line.
            keep = text.raw_end(found.line_at)
            end = open_at if is_open else max(cut, keep)
            keep = keep if is_open else end
        out = self._release(text, found.spans, end)
        self._drop(keep)
        return out, is_open

    def _release_windows(self, *, is_final: bool = False) -> Iterator[bytes]:
        """Yield the beginning of a line that is too long to be held back.

        A window ends before a secret that may extend beyond it. Of one that does not end within
        a whole window, the middle is dropped, and the rest is compared with its beginning.
        """
        while size := self._find_window(is_final=is_final):
            window = StrippedText(self._held[:size])
            found = self._redactor.find(window.plain, is_final=False)
            open_at = window.raw_start(found.open_at)
            if open_at <= CONTEXT_BYTES:  # it would be held back forever
                found = self._redactor.find(window.plain)
                open_at = size
            end = min(_find_window_end(window, found.spans), open_at)
            certain = self._find_certain_end(window, found)
            if certain <= CONTEXT_BYTES and self._fills(window, found.spans):
                yield self._drop_middle(window, found.spans, certain)
                continue
            if certain > CONTEXT_BYTES:
                end = min(end, certain)
            yield self._release(window, found.spans, end)
            self._drop(end - CONTEXT_BYTES)

    def _fills(self, window: StrippedText, spans: list[Span]) -> bool:
        """Return whether a secret has begun that continues at the end of *window*."""
        end = len(window.plain)
        if any(span.end == end for span in spans):
            return True
        return window.raw_start(self._redactor.unfinished.find_begun(window.plain)) <= CONTEXT_BYTES

    def _drop_middle(self, window: StrippedText, spans: list[Span], begin: int) -> bytes:
        """Mask a secret that begins at *begin* and fills the window, and drop most of it."""
        shown = self._release(window, spans, begin)
        kept = _skip_escape(window.raw, begin + CONTEXT_BYTES)
        self._held = window.raw[:kept] + self._held[len(window.raw) :]
        if not self._has_mask:
            shown += MASK_BYTES
        self._released, self._has_mask = kept, True
        return shown

    def _find_window(self, *, is_final: bool) -> int:
        """Return the size of the window to search; 0 if the line is short or may continue."""
        # No value that was learned fills a window.
        largest = max(WINDOW_BYTES, 2 * self._redactor.longest_value + 2 * CONTEXT_BYTES)
        shortest = largest - OVERLAP_BYTES
        if len(self._held) <= shortest:
            return 0
        size = _find_line_end(self._held[:largest])
        if size <= shortest or (size == len(self._held) < largest and not is_final):
            return 0
        unfinished = find_unfinished_escape(self._held[:size])
        return unfinished if unfinished > shortest else size

    def _release_line_start(self) -> Iterator[bytes]:
        """Yield what cannot be part of a secret, whatever comes next."""
        while True:
            line = StrippedText(self._held[: find_unfinished_escape(self._held)])
            found = self._redactor.find(line.plain, is_final=False)
            end = self._find_certain_end(line, found)
            window_end = _find_window_end(line, found.spans)
            yield self._release(line, found.spans, min(end, window_end))
            if end < window_end or len(self._held) == window_end:
                return
            self._drop(window_end - CONTEXT_BYTES)

    def _find_certain_end(self, line: StrippedText, found: FoundSecrets) -> int:
        """Return where text begins that may be part of a secret, in the raw *line*."""
        size = len(line.plain)
        unfinished = self._redactor.unfinished
        end = min(unfinished.find_unfinished(line.plain), found.open_at)
        if found.line_at:  # a pattern may match only without the block before
            rest = line.plain[found.line_at :]
            end = min(end, found.line_at + unfinished.find_unfinished(rest))
        for span in reversed(found.spans):
            if span.end > end or span.end == size:
                end = min(end, span.start)
        return line.raw_start(end) if end < size else len(line.raw)

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
        masked = text.mask(spans, begin, end, MASK_BYTES)
        if self._has_mask and any(text.raw_start(each.start) < begin for each in spans):
            masked = masked.removeprefix(MASK_BYTES)
        self._has_mask = False
        return masked

    def _drop(self, size: int) -> None:
        """Drop the first *size* bytes: they are not needed as context any more."""
        self._held = self._held[size:]
        self._released = max(0, self._released - size)


def _skip_escape(raw: bytes, at: int) -> int:
    """Return *at*, or the end of the escape sequence around it."""
    found = ESCAPE.match(raw, raw.rfind(b"\x1b", 0, at)) if b"\x1b" in raw[:at] else None
    return max(at, found.end()) if found else at


def _find_line_end(raw: bytes) -> int:
    """Return where the first line of *raw* ends."""
    end = raw.find(b"\n")
    end = len(raw) if end < 0 else end
    carriage = raw.find(b"\r", 0, end)
    return end if carriage < 0 else carriage


def _find_window_end(window: StrippedText, spans: list[Span]) -> int:
    """Return how much of a very long line is decided together: no secret is divided."""
    end = _skip_escape(window.raw, WINDOW_BYTES - OVERLAP_BYTES)
    for span in spans:
        if window.raw_start(span.start) < end:
            end = max(end, window.raw_end(span.end))
    return end
