"""The rules, compiled, and where they find secrets in a text.

One pass searches for the hints of the rules; a rule is tried only in a line with its hint. Only
a block, such as a private key, extends across lines, so the result does not depend on where a
text is cut between its lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.regexp import (
    Regexp,
    RegexpMatch,
    compile_any,
    compile_pattern,
    compile_set,
    escape,
)
from effecttalk_kernel.safety.redaction.rules import ANY_TEXT, SECRET_GROUP, Rule
from effecttalk_kernel.safety.redaction.secret_names import (
    is_likely_secret,
    is_mixed,
    is_secret_name,
)
from effecttalk_kernel.safety.redaction.values import SecretValues

# A key of 16,384 bits has 13 kB, a PGP block with its signatures somewhat more.
MAX_BLOCK_BYTES: Final = 65_536
# How much more of the last line of a block may follow its shortest form.
BLOCK_END_BYTES: Final = len(" BLOCK")
# Punctuation that belongs to the text around an unquoted value.
TRAILING_PUNCTUATION: Final = b",;)}]\\"


class RulePattern:
    """One rule, compiled."""

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.is_block = rule.is_block
        self.hint = _make_hint(rule)
        self._check = rule.check
        self._regexp, *self._others = (
            compile_pattern(pattern.encode(errors="surrogateescape"))
            for pattern in (rule.pattern, *rule.others)
        )
        # Other patterns have the same groups.
        groups = self._regexp.groupindex
        self._group = groups[rule.group.encode()] if rule.group else 0
        self._end = groups.get(b"end", 0)
        self._name = groups.get(b"name", 0)
        self._beginning = compile_pattern(self.hint)

    def find_spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each secret in *line*."""
        for regexp in (self._regexp, *self._others):
            yield from self._find_spans(regexp, line)

    def _find_spans(self, regexp: Regexp, line: bytes) -> Iterator[tuple[int, int]]:
        at = 0
        while (found := regexp.search(line, at)) is not None:
            start, end = found.start(self._group), found.end(self._group)
            at = max(start, found.start() + 1)
            if self._check:
                start, end = _strip_quotes(line, start, end)
            if start < end and self._is_secret(line, start, end, found):
                at = max(end, at)
                yield _extend_to_characters(line, start, end)

    def find_block(self, plain: bytes, start: int, end: int) -> tuple[Span, bool] | None:
        """Return the block that begins in this line, and whether all of its end is there.

        The block is empty if what follows its first line does not look like one.
        """
        beginning = self._beginning.search(plain[start:end])
        if beginning is None:
            return None
        # It begins after the dashes; otherwise, a screen could not show a dash immediately.
        at = start + beginning.start()
        begin = at + len(plain[at:end]) - len(plain[at:end].lstrip(b"-"))
        found = self._regexp.match(plain[at : begin + MAX_BLOCK_BYTES])
        if found is None:
            return Span(begin, begin, self.name), False
        stop = at + found.end(self._group)
        is_whole = found.start(self._end) >= 0 and len(plain) - stop >= BLOCK_END_BYTES
        return Span(begin, stop, self.name), is_whole

    def _is_secret(self, line: bytes, start: int, end: int, found: RegexpMatch) -> bool:
        if not self._check:
            return True
        value = line[start:end].decode(errors="surrogateescape")
        if self._check == "mixed":
            return is_mixed(value)
        if self._check == "value":
            return is_likely_secret("", value)
        name = line[found.start(self._name) : found.end(self._name)].decode("latin-1")
        return is_secret_name(name) and is_likely_secret(name, value)


def _make_hint(rule: Rule) -> bytes:
    if rule.hint or not rule.starts:
        return (rule.hint or rule.pattern).encode(errors="surrogateescape")
    return b"|".join(escape(literal.encode()) for literal in rule.starts)


def _strip_quotes(line: bytes, start: int, end: int) -> tuple[int, int]:
    """Strip the quotes of a value, or the punctuation after an unquoted one."""
    quote = line[start : start + 1]
    if quote == b"\\":
        return start + 2, end
    if line.startswith(b"'\\''", start, end):
        return start + 4, end
    if quote not in {b'"', b"'"}:
        return start, start + len(line[start:end].rstrip(TRAILING_PUNCTUATION))
    body = line[start + 1 : end]
    is_closed = body.endswith(quote)
    if is_closed and quote == b'"':
        before = body[:-1]
        is_closed = (len(before) - len(before.rstrip(b"\\"))) % 2 == 0
    return start + 1, end - is_closed


def _extend_to_characters(line: bytes, start: int, end: int) -> tuple[int, int]:
    """Extend a span that begins or ends within a UTF-8 character."""
    while start > 0 and line[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(line) and line[end] & 0xC0 == 0x80:
        end += 1
    return start, end


@dataclass(frozen=True, slots=True)
class FoundSecrets:
    """The secrets in a text, and where the part begins that more text can change.

    An unfinished block is not among the secrets, and neither is a secret of its line that
    extends into it.
    """

    spans: list[Span]
    open_at: int  # where the unfinished block begins, or such a secret; otherwise, the end
    line_at: int  # where its line begins, or what follows the last block; otherwise, 0


class Matcher:
    """Finds secrets by patterns; of several that find the same secret, the first names it."""

    def __init__(self, patterns: Iterable[RulePattern | SecretValues]) -> None:
        self._patterns = tuple(patterns)
        hints = [pattern.hint for pattern in self._patterns]
        self._hints = compile_any(hints)
        self._hinted = compile_set(hints)

    def find(self, plain: bytes, *, is_final: bool = True) -> FoundSecrets:
        """Return the secrets in *plain*; unless *is_final*, a block may continue after it."""
        spans: list[Span] = []
        block_end = 0
        at, is_after_block = 0, False
        while True:
            if is_after_block:
                # The rest of its line is searched like a line of its own: in a stream, the
                # block may have been dropped.
                place, after = at, at
            elif (hit := self._hints.search(plain, at)) is not None:
                # A hint may begin with the end of the line before. If it extends across lines,
                # those after its first one are searched next.
                place = hit.start() + _count_line_ends(plain[hit.start() : hit.end() - 1])
                after = place + 1
            else:
                return FoundSecrets(spans, len(plain), block_end)
            start, end = _find_line(plain, at, place)
            hinted = [self._patterns[index] for index in sorted(self._hinted(plain[start:end]))]
            in_line = _find_spans(hinted, plain[start:end], start)
            found = _find_block(hinted, plain, start, end, is_final=is_final)
            is_after_block = found is not None
            if found is None:
                spans += in_line
                at = max(end, after)
                continue
            block, is_open = found
            if crossing := [each for each in in_line if each.start < block.start < each.end]:
                block = _join_block(plain, crossing[0], block, is_open=is_open)
            spans += [each for each in in_line if each.end <= block.start]
            if is_open:
                return FoundSecrets(spans, block.start, start)
            spans.append(block)
            at = block_end = block.end


def _find_block(
    patterns: Sequence[RulePattern | SecretValues],
    plain: bytes,
    start: int,
    end: int,
    *,
    is_final: bool,
) -> tuple[Span, bool] | None:
    """Return the first block that begins in this line, and whether it may continue."""
    pattern = next(
        (each for each in patterns if isinstance(each, RulePattern) and each.is_block), None
    )
    while pattern is not None and (found := pattern.find_block(plain, start, end)) is not None:
        block, is_whole = found
        is_open = not (is_whole or is_final) and len(plain) - block.start < MAX_BLOCK_BYTES
        if is_open or block.end > block.start:
            return block, is_open
        start = block.start
    return None


def _join_block(plain: bytes, before: Span, block: Span, *, is_open: bool) -> Span:
    """Return *block*, extended by the secret *before* that reaches into it.

    The dashes before a block are shown, unless it proves to be none.
    """
    if not is_open and not plain[before.start : block.start].strip(b"-"):
        return block
    return Span(before.start, max(before.end, block.end), block.rule)


def _count_line_ends(text: bytes) -> int:
    """Return how many characters at the beginning of *text* end lines."""
    return len(text) - len(text.lstrip(b"\r\n"))


def _find_line(plain: bytes, at: int, place: int) -> tuple[int, int]:
    """Return where the line around *place* begins, but not before *at*, and where it ends."""
    start = max(plain.rfind(b"\n", at, place) + 1, at)
    start = max(plain.rfind(b"\r", start, place) + 1, start)
    end = plain.find(b"\n", place)
    end = len(plain) if end < 0 else end
    carriage = plain.find(b"\r", place, end)
    return start, end if carriage < 0 else carriage


def _find_spans(
    patterns: Sequence[RulePattern | SecretValues], line: bytes, offset: int
) -> list[Span]:
    """Return the secrets in *line*; of overlapping ones, the first pattern names the rule."""
    found = [
        (start, end, order)
        for order, pattern in enumerate(patterns)
        if not pattern.is_block
        for start, end in pattern.find_spans(line)
    ]
    if len(found) > 1:
        found = _merge_spans(sorted(found))
    return [Span(s + offset, e + offset, patterns[order].name) for s, e, order in found]


def _merge_spans(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    merged = found[:1]
    for start, end, order in found[1:]:
        last_start, last_end, last_order = merged[-1]
        if start < last_end:
            merged[-1] = (last_start, max(last_end, end), min(last_order, order))
        else:
            merged.append((start, end, order))
    return merged


class UnfinishedSecrets:
    """Finds where a secret may begin at the end of an unfinished line."""

    def __init__(self, rules: Iterable[Rule], values: SecretValues) -> None:
        opens = [pattern.encode() for rule in rules if (pattern := _make_unfinished_pattern(rule))]
        # With the end outside the alternatives, RE2 searches backwards from it.
        self._any = compile_pattern(rb"(?:%b)\z" % b"|".join(opens))
        self._opens = [compile_pattern(rb"(?:%b)\z" % pattern) for pattern in opens]
        self._described = [
            regexp
            for regexp, pattern in zip(self._opens, opens, strict=True)
            if pattern != ANY_TEXT.encode()
        ]
        self._values = values

    def find_unfinished(self, plain: bytes) -> int:
        """Return where a secret may begin at the end of *plain*; its length if nowhere."""
        return min(self._find_by_rules(plain), self._values.find_unfinished(plain))

    def find_begun(self, plain: bytes) -> int:
        """Return where a secret has begun by a rule that describes its beginning."""
        return min(self._find_places(self._described, plain), default=len(plain))

    def _find_by_rules(self, plain: bytes) -> int:
        if self._any.search(plain) is None:
            return len(plain)
        return min(self._find_places(self._opens, plain), default=len(plain))

    @staticmethod
    def _find_places(patterns: Iterable[Regexp], plain: bytes) -> Iterator[int]:
        for regexp in patterns:
            if (found := regexp.search(plain)) is not None:
                yield found.start(regexp.groupindex[SECRET_GROUP.encode()])


def _make_unfinished_pattern(rule: Rule) -> str:
    """Return the pattern of an unfinished secret at the end of a text."""
    if rule.open or not rule.starts:
        return rule.open
    literals = "|".join(_escape_literal(literal) for literal in rule.starts)
    # A beginning that is cut off within the literal is at the very end.
    partly = "|".join(
        sorted(
            _escape_literal(literal[:size])
            for literal in rule.starts
            for size in range(1, len(literal))
        )
    )
    boundary = r"\b" if rule.pattern.startswith(r"\b") else ""
    return rf"{boundary}(?P<{SECRET_GROUP}>(?:{literals}){rule.run}*|(?:{partly}))"


def _escape_literal(literal: str) -> str:
    return str(escape(literal.encode()), "ascii")
