"""Pattern: one rule, compiled, and what it finds in one line."""

from collections.abc import Iterator
from typing import Final

from effecttalk_kernel.safety.redaction.engine import Match, compiled, escaped
from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.names import is_mixed, is_secret_name, is_written
from effecttalk_kernel.safety.redaction.rules import Rule

# A key of 16,384 bits is 13 kB, a PGP block with its signatures some more.
LONGEST_BLOCK: Final = 65_536
# What belongs to the text around a value without quotes.
AROUND: Final = b",;)}]\\"


class Pattern:
    """Finds one form of secrets."""

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.is_block = rule.is_block
        self.hint = _hint(rule)
        self._judge = rule.judge
        self._regexp = compiled(rule.pattern.encode(errors="surrogateescape"))
        groups = self._regexp.groupindex
        self._group = groups[rule.group.encode()] if rule.group else 0
        self._end = groups.get(b"end", 0)
        self._name = groups.get(b"name", 0)
        self._beginning = compiled(self.hint)

    def spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Yield where *line* is to be masked."""
        at = 0
        while (found := self._regexp.search(line, at)) is not None:
            start, end = found.start(self._group), found.end(self._group)
            at = max(start, found.start() + 1)
            if self._judge:
                start, end = _value(line, start, end)
            if start < end and self._is_secret(line, start, end, found):
                at = max(end, at)
                yield _whole_characters(line, start, end)

    def block(self, plain: bytes, start: int, end: int) -> tuple[Span, bool] | None:
        """Return the block that begins in this line, and whether its end is there.

        It is empty when nothing behind its beginning looks like it.
        """
        beginning = self._beginning.search(plain[start:end])
        if beginning is None:
            return None
        # It begins behind the dashes, or a screen could show no dash at once.
        at = start + beginning.start()
        begin = at + len(plain[at:end]) - len(plain[at:end].lstrip(b"-"))
        found = self._regexp.match(plain[at : begin + LONGEST_BLOCK])
        if found is None:
            return Span(begin, begin, self.name), False
        is_whole = found.start(self._end) >= 0
        return Span(begin, at + found.end(self._group), self.name), is_whole

    def _is_secret(self, line: bytes, start: int, end: int, found: Match) -> bool:
        if not self._judge:
            return True
        value = line[start:end].decode(errors="surrogateescape")
        if self._judge == "mixed":
            return is_mixed(value)
        if self._judge == "value":
            return is_written("", value)
        name = line[found.start(self._name) : found.end(self._name)].decode("latin-1")
        return is_secret_name(name) and is_written(name, value)


def _hint(rule: Rule) -> bytes:
    if rule.hint or not rule.starts:
        return (rule.hint or rule.pattern).encode(errors="surrogateescape")
    return b"|".join(escaped(literal.encode()) for literal in rule.starts)


def _value(line: bytes, start: int, end: int) -> tuple[int, int]:
    """Leave out the quotes of a value, or the punctuation behind one without."""
    quote = line[start : start + 1]
    if quote == b"\\":
        return start + 2, end
    if line.startswith(b"'\\''", start, end):
        return start + 4, end
    if quote not in {b'"', b"'"}:
        return start, start + len(line[start:end].rstrip(AROUND))
    body = line[start + 1 : end]
    is_closed = body.endswith(quote)
    if is_closed and quote == b'"':
        before = body[:-1]
        is_closed = (len(before) - len(before.rstrip(b"\\"))) % 2 == 0
    return start + 1, end - is_closed


def _whole_characters(line: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen a span that begins or ends within a character of UTF-8."""
    while start > 0 and line[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(line) and line[end] & 0xC0 == 0x80:
        end += 1
    return start, end
