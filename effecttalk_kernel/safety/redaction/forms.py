"""Forms: how one value looks when it is quoted or encoded.

Base64 has three, one for each place that the value can begin at.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from effecttalk_kernel.bash_quoting import escape_ansi_c, escape_double_quoted

# Shorter pieces of base64 are in pictures by chance.
SHORTEST_BASE64: Final = 10
# Leading characters that depend on the bytes before the value.
BASE64_HEADS: Final = (0, 2, 3)
BASE64_TAILS: Final = (0, 3, 2)
# What a backslash stands before outside of quotes.
BARE: Final = frozenset(" \t!\"#$&'()*,;<=>?[\\]^`{|}~")


def forms(value: str) -> set[bytes]:
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
