r"""Bash quoting: read what bash prints in quotes, and write it as bash would.

Bash prints values in four forms, all of which it reads again:

    "a \"b\""    declare -p
    $'a\nb'      declare -p, printf %q, ${variable@Q}: text with control characters
    'it'\''s'    alias, trap, ${variable@Q}
    a\ b         printf %q

Values are bytes, as in bash: text that is not UTF-8 stays as it is, and callers who need
`str` decode with `surrogateescape`. `\u` and `\U` give UTF-8, whatever the locale.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

DOUBLE: Final = rb'"(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"'
ANSI_C: Final = rb"\$'(?P<ansi_c>[^'\\]*+(?:\\.[^'\\]*+)*+)'"
SINGLE: Final = rb"'(?P<single>[^']*+)'"
BARE: Final = rb"""(?P<bare>(?:[^\s"'\\$`;&|<>()]++|\\.)++)"""
# One of these forms; in larger patterns without the names of its groups.
PIECE: Final = re.compile(b"|".join((DOUBLE, ANSI_C, SINGLE, BARE)), re.DOTALL)
QUOTED: Final = re.sub(rb"\?P<\w+>", b"?:", b"(?:%b|%b|%b|\\\\.)" % (DOUBLE, ANSI_C, SINGLE))
# The rest of a command up to the newline that ends it, which is not in quotes.
TO_LINE_END: Final = rb"""(?:[^"'\\\n$]++|%b|\$)*+""" % QUOTED

# declare -x HOME="/root"     declare -ax names=([0]="a" [1]=$'b\n')     declare -i unset
DECLARATION: Final = re.compile(
    rb"^declare -(?P<attributes>[A-Za-z-]+) (?P<name>\w+)(?:=(?P<value>%b))?(?:\n|\Z)"
    % TO_LINE_END,
    re.MULTILINE | re.DOTALL,
)
# [0]="a"     ["b c"]=$'d\n', and the space after it
ELEMENT: Final = re.compile(
    rb"""\[(?P<key>(?:[^]"'\\$]++|%b|\$)++)\]=(?P<value>(?:[^"'\\$\s)]++|%b|\$)*+)\ ?"""
    % (QUOTED, QUOTED),
    re.DOTALL,
)

ESCAPE: Final = re.compile(
    rb"""\\(?:(?P<octal>[0-7]{1,3})|x(?P<byte>[0-9A-Fa-f]{1,2})|x\{(?P<braced>[0-9A-Fa-f]*)\}?
    |u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})|c(?P<control>\\\\|.)|(?P<letter>.))""",
    re.DOTALL | re.VERBOSE,
)
LETTERS: Final[Mapping[bytes, bytes]] = {
    b"a": b"\a", b"b": b"\b", b"e": b"\x1b", b"E": b"\x1b", b"f": b"\f", b"n": b"\n", b"r": b"\r",
    b"t": b"\t", b"v": b"\v", b"\\": b"\\", b"'": b"'", b'"': b'"', b"?": b"?",
}  # fmt: skip
# As bash writes them in $'...'.
ANSI_C_ESCAPES: Final[Mapping[str, str]] = {
    "\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r",
    "\x1b": r"\E", "'": r"\'", "\\": r"\\",
}  # fmt: skip
DELETE: Final = b"\x7f"
# What a backslash quotes in "..." (bash(1), QUOTING).
ESCAPED: Final = re.compile(rb'\\(?:\n|([$`"\\]))')
SPECIAL: Final = re.compile(rb'[$`"\\]')
# Control characters, and bytes that are not UTF-8.
NOT_PRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# ~ is a directory at the beginning of a word, and after these.
TILDE: Final = re.compile(rb"(?:\A|[:=])~")


@dataclass(frozen=True, slots=True)
class QuotedValue:
    """A value in a printed text: where what is between its quotes is, and what it stands for."""

    start: int
    end: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Declaration:
    """A line of `declare -p`: a variable, its attributes, and its value if it has one."""

    text: bytes
    attributes: bytes
    name: bytes
    value_at: int  # where the value begins in *text*; 0: it has none

    @classmethod
    def from_match(cls, found: re.Match[bytes]) -> "Declaration":
        """Return the declaration that DECLARATION has matched."""
        value_at = max(0, found.start("value") - found.start())
        return cls(found[0], found["attributes"], found["name"], value_at)

    @property
    def is_array(self) -> bool:
        """Whether the variable is an array, indexed or associative."""
        return b"a" in self.attributes or b"A" in self.attributes

    @property
    def value(self) -> bytes | None:
        """The value of a variable that is not an array; None if it has none."""
        values = [] if self.is_array else self.values
        return values[0].value if values else None

    @property
    def values(self) -> list[QuotedValue]:
        """The value, or those of an array's elements; their places are those in *text*."""
        return quoted_values(self.text, self.value_at) if self.value_at else []


def declarations(script: bytes) -> Iterator[Declaration]:
    """Yield the variables in the output of `declare -p`."""
    return map(Declaration.from_match, DECLARATION.finditer(script))


def quoted_values(text: bytes, at: int) -> list[QuotedValue]:
    """Return the value that `declare -p` has printed at *at*, or those of an array's elements."""
    if not text.startswith(b"(", at):
        return [_quoted_value(text, at)]
    return [_quoted_value(text, each.start("value")) for each in ELEMENT.finditer(text, at)]


def _quoted_value(text: bytes, at: int) -> QuotedValue:
    found = PIECE.match(text, at)
    if found is None:
        return QuotedValue(at, at, b"")
    kind = found.lastgroup or ""
    return QuotedValue(found.start(kind), found.end(kind), _decode(kind, found[kind]))


def decode_word(word: bytes) -> bytes | None:
    """Return what *word* stands for in an assignment; None where bash would expand or split it."""
    pieces, at = [], 0
    while at < len(word):
        found = PIECE.match(word, at)
        if found is None or _expands(found, at):
            return None
        kind = found.lastgroup or ""
        pieces.append(_decode(kind, found[kind]))
        at = found.end()
    return b"".join(pieces)


def _expands(found: re.Match[bytes], at: int) -> bool:
    if found["double"] is not None:
        return bool(re.search(rb"[$`]", re.sub(rb"\\.", b"", found["double"], flags=re.DOTALL)))
    bare = found["bare"] or b""
    # At another place than the word's beginning, a ~ at the piece's beginning is plain.
    return TILDE.search(bare if at == 0 else b"'" + bare) is not None


def _decode(kind: str, body: bytes) -> bytes:
    match kind:
        case "double":
            return decode_double_quoted(body)
        case "ansi_c":
            return decode_ansi_c(body)
        case "bare":
            return re.sub(rb"\\(?:\n|(.))", lambda each: each[1] or b"", body, flags=re.DOTALL)
    return body


def decode_double_quoted(body: bytes) -> bytes:
    """Return what the text between double quotes stands for; expansions stay as they are."""
    return ESCAPED.sub(lambda found: found[1] or b"", body)


def decode_ansi_c(body: bytes) -> bytes:
    """Return what the text between $' and ' stands for."""
    # As in bash, a NUL ends it.
    return ESCAPE.sub(_decode_escape, body).partition(b"\0")[0]


def _decode_escape(found: re.Match[bytes]) -> bytes:
    text = found[found.lastgroup or ""]
    match found.lastgroup:
        case "octal":
            return bytes([int(text, 8) & 0xFF])
        case "byte" | "braced":
            return bytes([int(text or b"0", 16) & 0xFF])
        case "short" | "long":
            return _utf_8(int(text, 16))
        case "control":
            return DELETE if text == b"?" else bytes([text.upper()[0] & 0x1F])
    return LETTERS.get(text, found[0])


def _utf_8(code: int) -> bytes:
    """Return the encoding of *code* as bash makes it: UTF-8 before it was cut to 21 bits."""
    if code < 0x80:
        return bytes([code])
    for size in range(2, 7):
        # A lead byte of 7 - size bits, and six bits in each byte after it.
        if code < 1 << (5 * size + 1):
            tail = [0x80 | (code >> shift & 0x3F) for shift in range(6 * (size - 2), -1, -6)]
            return bytes([(0xFF00 >> size & 0xFF) | code >> 6 * (size - 1), *tail])
    return b""


def escape_double_quoted(value: bytes) -> bytes:
    """Return *value* as it stands between double quotes."""
    return SPECIAL.sub(rb"\\\g<0>", value)


def escape_ansi_c(value: bytes) -> bytes:
    """Return *value* as bash prints it between $' and '."""
    return "".join(map(_escape, value.decode(errors="surrogateescape"))).encode()


def _escape(character: str) -> str:
    if escape := ANSI_C_ESCAPES.get(character):
        return escape
    if NOT_PRINTABLE.match(character):
        return "".join(f"\\{byte:03o}" for byte in character.encode(errors="surrogateescape"))
    return character


def quote_value(value: bytes) -> bytes:
    """Return *value* with its quotes, as `declare -p` prints it."""
    if NOT_PRINTABLE.search(value.decode(errors="surrogateescape")):
        return b"$'%b'" % escape_ansi_c(value)
    return b'"%b"' % escape_double_quoted(value)
