"""Values: the values of secret variables, and where they are in a text in any encoding.

RE2 looks only for their first bytes: automata of whole values are large and slow, from some
thousand bytes on.
"""

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from urllib.parse import quote

from effecttalk_kernel.bash_quoting import escape_ansi_c, escape_double_quoted
from effecttalk_kernel.safety.redaction.regexp import compile_pattern, escape
from effecttalk_kernel.safety.redaction.rules import VARIABLE

# Shorter pieces of base64 are in pictures by chance.
SHORTEST_BASE64: Final = 10
# Leading characters that depend on the bytes before the value.
BASE64_HEADS: Final = (0, 2, 3)
BASE64_TAILS: Final = (0, 3, 2)
# What a backslash stands before outside of quotes.
BARE: Final = frozenset(" \t!\"#$&'()*,;<=>?[\\]^`{|}~")


def encodings_of(value: str) -> set[bytes]:
    """Return *value* and what it becomes in shells, JSON, URLs and base64."""
    if value.isalnum() and value.isascii():
        return {value.encode(), *_base64(value.encode())}
    data = _encoded(value)
    texts = {
        value,
        quote(data, safe=""),
        quote(data),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        value.replace("'", "'\\''"),
        "".join(f"\\{each}" if each in BARE else each for each in value),
    }
    in_quotes = {escape_double_quoted(data), escape_ansi_c(data)}
    return {*map(_encoded, texts), *in_quotes, *_base64(data)}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _base64(value: bytes) -> Iterator[bytes]:
    for before in range(3):
        tail = BASE64_TAILS[(before + len(value)) % 3]
        whole = b64encode(bytes(before) + value)
        core = whole[BASE64_HEADS[before] : len(whole) - tail]
        if len(core) >= SHORTEST_BASE64:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")


BEGINNING: Final = 8
# What matches nothing.
NOTHING: Final = rb"[^\x00-\xff]"


class SecretValues:
    """Finds values; is a pattern among those of the rules."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        self.name = VARIABLE
        self.is_block = False
        self._forms: defaultdict[bytes, list[bytes]] = defaultdict(list)
        # Of two that begin at one place the longer one.
        for form in sorted(forms, key=len, reverse=True):
            self._forms[form[:BEGINNING]].append(form)
        # In this order RE2 makes a tree of them.
        self.hint = b"|".join(map(escape, sorted(self._forms))) or NOTHING
        self._regexp = compile_pattern(self.hint)
        self._sizes = sorted({len(beginning) for beginning in self._forms}, reverse=True)
        self._longest = max(map(len, chain.from_iterable(self._forms.values())), default=0)
        self._short = {first[:size] for first in self._forms for size in range(1, len(first))}

    def spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Yield where *line* is to be masked."""
        at = 0
        while (found := self._regexp.search(line, at)) is not None:
            start = found.start()
            lengths = (
                len(form) for form in self._begun(line, start) if line.startswith(form, start)
            )
            length = max(lengths, default=0)
            if length:
                yield start, start + length
            at = start + (length or 1)

    def begins(self, plain: bytes) -> int:
        """Return where at the end of *plain* a value may begin; the length if nowhere."""
        at = max(0, len(plain) - self._longest)
        while (found := self._regexp.search(plain, at)) is not None:
            rest = plain[found.start() :]
            if any(
                len(rest) < len(form)
                for form in self._begun(plain, found.start())
                if form.startswith(rest)
            ):
                return found.start()
            at = found.start() + 1
        for size in range(min(BEGINNING, len(plain)), 0, -1):
            if plain[-size:] in self._short:
                return len(plain) - size
        return len(plain)

    def _begun(self, line: bytes, start: int) -> Iterator[bytes]:
        """Yield the values whose first bytes are at *start*."""
        for size in self._sizes:
            yield from self._forms.get(line[start : start + size], ())
