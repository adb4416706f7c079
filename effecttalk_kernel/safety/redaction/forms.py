"""Forms: how one value looks when it is quoted or encoded.

Base64 has three, one for each place that the value can begin at.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

# Shorter pieces of base64 are in pictures by chance.
SHORTEST_BASE64: Final = 10
# Leading characters that depend on the bytes before the value.
BASE64_HEADS: Final = (0, 2, 3)
BASE64_TAILS: Final = (0, 3, 2)
# What a backslash stands before: in double quotes, and outside of quotes.
IN_DOUBLE_QUOTES: Final = frozenset('"\\$`')
BARE: Final = frozenset(" \t!\"#$&'()*,;<=>?[\\]^`{|}~")
ANSI_C: Final = {
    "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r",
    "\x1b": "\\E", "'": "\\'", "\\": "\\\\",
}  # fmt: skip


def forms(value: str) -> set[bytes]:
    """Return *value* and what it becomes in shells, JSON, URLs and base64."""
    texts = (
        {
            value,
            quote(_encoded(value), safe=""),
            quote(_encoded(value)),
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
            double_quoted(value),
            ansi_quoted(value),
            value.replace("'", "'\\''"),
            "".join(f"\\{each}" if each in BARE else each for each in value),
        }
        if not value.isalnum() or not value.isascii()
        else {value}
    )
    return {_encoded(text) for text in texts} | set(_base64(_encoded(value)))


def double_quoted(value: str) -> str:
    """Return what bash prints for *value* between double quotes."""
    return "".join(f"\\{each}" if each in IN_DOUBLE_QUOTES else each for each in value)


def ansi_quoted(value: str) -> str:
    """Return what bash prints for *value* between $' and '."""
    return "".join(ANSI_C.get(each) or _printable(each) for each in value)


def _printable(character: str) -> str:
    if " " <= character < "\x7f" or "\xa0" <= character < "\ud800" or character > "\udfff":
        return character
    return "".join(f"\\{byte:03o}" for byte in _encoded(character))


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
