"""Matcher: where in a text the secrets are, line by line.

One pass looks for what rules hint at; a rule is tried only in a line with its
hint. Nothing but a block, such as a private key, goes over the end of a line,
so that the same is found however a text is cut between its lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from effecttalk_kernel.safety.redaction.engine import compiled_any, compiled_set
from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.pattern import LONGEST_BLOCK, Pattern
from effecttalk_kernel.safety.redaction.values import Values


@dataclass(frozen=True, slots=True)
class Found:
    """The secrets of a text, and where a block begins whose end has not come."""

    spans: list[Span]
    open_at: int


class Matcher:
    """Finds what patterns describe; the first of them name what others find too."""

    def __init__(self, patterns: Iterable[Pattern | Values]) -> None:
        self._patterns = tuple(patterns)
        hints = [pattern.hint for pattern in self._patterns]
        self._hints = compiled_any(hints)
        self._hinted = compiled_set(hints)

    def find(self, plain: bytes, *, is_final: bool = True) -> Found:
        """Return the secrets in *plain*; unless *is_final*, a block may still go on."""
        spans: list[Span] = []
        at = 0
        while (hit := self._hints.search(plain, at)) is not None:
            # What begins at the end of a line before it, by its last character.
            place = max(hit.start(), hit.end() - 1)
            start, end = _line(plain, at, place)
            line = plain[start:end]
            hinted = [self._patterns[index] for index in sorted(self._hinted(line))]
            block = next(
                (each for each in hinted if isinstance(each, Pattern) and each.is_block), None
            )
            taken = block.block(plain, start, end) if block else None
            if block is None or taken is None:
                spans += _spans(hinted, line, start)
                at = max(end, place + 1)
                continue
            span, is_whole = taken
            spans += _spans(hinted, plain[start : span.start], start)
            if not (is_whole or is_final) and len(plain) - span.start < LONGEST_BLOCK:
                return Found(spans, span.start)
            if span.end > span.start:
                spans.append(span)
            at = span.end
        return Found(spans, len(plain))


def _line(plain: bytes, at: int, place: int) -> tuple[int, int]:
    """Return where the line around *place* begins, not before *at*, and where it ends."""
    start = max(plain.rfind(b"\n", at, place) + 1, at)
    start = max(plain.rfind(b"\r", start, place) + 1, start)
    end = plain.find(b"\n", place)
    end = len(plain) if end < 0 else end
    carriage = plain.find(b"\r", place, end)
    return start, end if carriage < 0 else carriage


def _spans(patterns: Sequence[Pattern | Values], line: bytes, offset: int) -> list[Span]:
    """Return what *patterns* find; of those that overlap the first names the rule."""
    found = [
        (start, end, order)
        for order, pattern in enumerate(patterns)
        if not pattern.is_block
        for start, end in pattern.spans(line)
    ]
    if len(found) > 1:
        found = _merged(sorted(found))
    return [Span(s + offset, e + offset, patterns[order].name) for s, e, order in found]


def _merged(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    merged = found[:1]
    for start, end, order in found[1:]:
        last_start, last_end, last_order = merged[-1]
        if start < last_end:
            merged[-1] = (last_start, max(last_end, end), min(last_order, order))
        else:
            merged.append((start, end, order))
    return merged
