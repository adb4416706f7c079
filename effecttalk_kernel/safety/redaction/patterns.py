"""Patterns: the rules, compiled, and where in a text they find secrets.

One pass looks for the hints of the rules; a rule is tried only in a line with its hint. Only
a block, such as a private key, goes across lines, so the result does not depend on how a text
is cut between its lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.regexp import (
    RegexpMatch,
    compile_any,
    compile_pattern,
    compile_set,
    escape,
)
from effecttalk_kernel.safety.redaction.rules import GROUP, Rule
from effecttalk_kernel.safety.redaction.secret_names import (
    is_likely_secret,
    is_mixed,
    is_secret_name,
)
from effecttalk_kernel.safety.redaction.values import SecretValues

# A key of 16,384 bits is 13 kB, a PGP block with its signatures some more.
LONGEST_BLOCK: Final = 65_536
# What belongs to the text around a value without quotes.
AROUND: Final = b",;)}]\\"


class RulePattern:
    """Finds one form of secrets."""

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.is_block = rule.is_block
        self.hint = _hint(rule)
        self._judge = rule.judge
        self._regexp = compile_pattern(rule.pattern.encode(errors="surrogateescape"))
        groups = self._regexp.groupindex
        self._group = groups[rule.group.encode()] if rule.group else 0
        self._end = groups.get(b"end", 0)
        self._name = groups.get(b"name", 0)
        self._beginning = compile_pattern(self.hint)

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

    def _is_secret(self, line: bytes, start: int, end: int, found: RegexpMatch) -> bool:
        if not self._judge:
            return True
        value = line[start:end].decode(errors="surrogateescape")
        if self._judge == "mixed":
            return is_mixed(value)
        if self._judge == "value":
            return is_likely_secret("", value)
        name = line[found.start(self._name) : found.end(self._name)].decode("latin-1")
        return is_secret_name(name) and is_likely_secret(name, value)


def _hint(rule: Rule) -> bytes:
    if rule.hint or not rule.starts:
        return (rule.hint or rule.pattern).encode(errors="surrogateescape")
    return b"|".join(escape(literal.encode()) for literal in rule.starts)


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


@dataclass(frozen=True, slots=True)
class FoundSecrets:
    """The secrets of a text, and where a block begins whose end has not come."""

    spans: list[Span]
    open_at: int


class Matcher:
    """Finds what patterns describe; the first of them name what others find too."""

    def __init__(self, patterns: Iterable[RulePattern | SecretValues]) -> None:
        self._patterns = tuple(patterns)
        hints = [pattern.hint for pattern in self._patterns]
        self._hints = compile_any(hints)
        self._hinted = compile_set(hints)

    def find(self, plain: bytes, *, is_final: bool = True) -> FoundSecrets:
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
                (each for each in hinted if isinstance(each, RulePattern) and each.is_block), None
            )
            taken = block.block(plain, start, end) if block else None
            if block is None or taken is None:
                spans += _spans(hinted, line, start)
                at = max(end, place + 1)
                continue
            span, is_whole = taken
            spans += _spans(hinted, plain[start : span.start], start)
            if not (is_whole or is_final) and len(plain) - span.start < LONGEST_BLOCK:
                return FoundSecrets(spans, span.start)
            if span.end > span.start:
                spans.append(span)
            at = span.end
        return FoundSecrets(spans, len(plain))


def _line(plain: bytes, at: int, place: int) -> tuple[int, int]:
    """Return where the line around *place* begins, not before *at*, and where it ends."""
    start = max(plain.rfind(b"\n", at, place) + 1, at)
    start = max(plain.rfind(b"\r", start, place) + 1, start)
    end = plain.find(b"\n", place)
    end = len(plain) if end < 0 else end
    carriage = plain.find(b"\r", place, end)
    return start, end if carriage < 0 else carriage


def _spans(patterns: Sequence[RulePattern | SecretValues], line: bytes, offset: int) -> list[Span]:
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


class UnfinishedSecrets:
    """Tells how much of an unfinished line can be shown."""

    def __init__(self, rules: Iterable[Rule], values: SecretValues) -> None:
        opens = [pattern.encode() for rule in rules if (pattern := _open(rule))]
        # With the end outside of the alternatives RE2 begins there, backwards.
        self._any = compile_pattern(rb"(?:%b)\z" % b"|".join(opens))
        self._opens = [compile_pattern(rb"(?:%b)\z" % pattern) for pattern in opens]
        self._values = values

    def begins(self, plain: bytes) -> int:
        """Return where what must not be shown yet begins; the length if nothing."""
        return min(self._by_rules(plain), self._values.begins(plain))

    def _by_rules(self, plain: bytes) -> int:
        if self._any.search(plain) is None:
            return len(plain)
        places = [
            found.start(regexp.groupindex[GROUP.encode()])
            for regexp in self._opens
            if (found := regexp.search(plain)) is not None
        ]
        return min(places, default=len(plain))


def _open(rule: Rule) -> str:
    """Return the pattern of an unfinished one at the end of a text."""
    if rule.open or not rule.starts:
        return rule.open
    literals = "|".join(_quoted(literal) for literal in rule.starts)
    # Nothing can stand behind these: the next character is not there yet.
    partly = "|".join(
        sorted(
            _quoted(literal[:size]) for literal in rule.starts for size in range(1, len(literal))
        )
    )
    boundary = r"\b" if rule.pattern.startswith(r"\b") else ""
    return rf"{boundary}(?P<{GROUP}>(?:{literals}){rule.run}*|(?:{partly}))"


def _quoted(literal: str) -> str:
    return str(escape(literal.encode()), "ascii")
