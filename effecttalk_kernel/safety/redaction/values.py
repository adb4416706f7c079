"""The values of secret variables: their encodings, and where a text contains one.

RE2 searches only for their first bytes: automata of whole values are large, and slow from a few
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
from effecttalk_kernel.safety.redaction.rules import VARIABLE_RULE

# Shorter pieces of base64 occur in pictures by chance.
MIN_BASE64_BYTES: Final = 10
# Base64 has three encodings of a value, one for each position modulo 3 at which it can begin.
# These leading characters depend on the bytes before the value.
BASE64_HEADS: Final = (0, 2, 3)
BASE64_TAILS: Final = (0, 3, 2)
# The characters that bash escapes with a backslash outside quotes.
BACKSLASH_ESCAPED: Final = frozenset(" \t!\"#$&'()*,;<=>?[\\]^`{|}~")


def list_encodings(value: str) -> set[bytes]:
    """Return *value* and its encodings in shells, JSON, URLs and base64."""
    if value.isalnum() and value.isascii():
        return {value.encode(), *_encode_base64(value.encode())}
    data = _encode(value)
    texts = {
        value,
        quote(data, safe=""),
        quote(data),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        value.replace("'", "'\\''"),
        "".join(f"\\{each}" if each in BACKSLASH_ESCAPED else each for each in value),
    }
    in_quotes = {escape_double_quoted(data), escape_ansi_c(data)}
    return {*map(_encode, texts), *in_quotes, *_encode_base64(data)}


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _encode_base64(value: bytes) -> Iterator[bytes]:
    for before in range(3):
        tail = BASE64_TAILS[(before + len(value)) % 3]
        whole = b64encode(bytes(before) + value)
        core = whole[BASE64_HEADS[before] : len(whole) - tail]
        if len(core) >= MIN_BASE64_BYTES:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")


PREFIX_BYTES: Final = 8
# A pattern that never matches.
NEVER_MATCHING: Final = rb"[^\x00-\xff]"


class SecretValues:
    """Finds the values in a text; used like the pattern of a rule."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        self.name = VARIABLE_RULE
        self.is_block = False
        self._forms: defaultdict[bytes, list[bytes]] = defaultdict(list)
        # Of two that begin at the same place, the longer one counts.
        for form in sorted(forms, key=len, reverse=True):
            self._forms[form[:PREFIX_BYTES]].append(form)
        # In sorted order RE2 builds a prefix tree.
        self.hint = b"|".join(map(escape, sorted(self._forms))) or NEVER_MATCHING
        self._regexp = compile_pattern(self.hint)
        self._sizes = sorted({len(beginning) for beginning in self._forms}, reverse=True)
        self.longest = max(map(len, chain.from_iterable(self._forms.values())), default=0)
        self._prefixes = {first[:size] for first in self._forms for size in range(1, len(first))}

    def find_spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each value in *line*."""
        at = 0
        while (found := self._regexp.search(line, at)) is not None:
            start = found.start()
            lengths = (
                len(form)
                for form in self._find_candidates(line, start)
                if line.startswith(form, start)
            )
            length = max(lengths, default=0)
            if length:
                yield start, start + length
            at = start + (length or 1)

    def find_unfinished(self, plain: bytes) -> int:
        """Return where a value may begin at the end of *plain*; its length if nowhere."""
        at = max(0, len(plain) - self.longest)
        while (found := self._regexp.search(plain, at)) is not None:
            rest = plain[found.start() :]
            if any(
                len(rest) < len(form)
                for form in self._find_candidates(plain, found.start())
                if form.startswith(rest)
            ):
                return found.start()
            at = found.start() + 1
        for size in range(min(PREFIX_BYTES, len(plain)), 0, -1):
            if plain[-size:] in self._prefixes:
                return len(plain) - size
        return len(plain)

    def _find_candidates(self, line: bytes, start: int) -> Iterator[bytes]:
        """Yield the values whose first bytes are at *start*."""
        for size in self._sizes:
            yield from self._forms.get(line[start : start + size], ())
