r"""Bash quoting: decode the quoted values that bash prints, and encode values as bash does.

Bash prints values in four forms, and reads each of them:

    "a \"b\""    declare -p
    $'a\nb'      declare -p, printf %q, ${variable@Q}: text with control characters
    'it'\''s'    alias, trap, ${variable@Q}
    a\ b         printf %q

Values are bytes, as in bash, so text that is not UTF-8 is preserved; decode them with
`surrogateescape`. `\u` and `\U` produce UTF-8, whatever the locale.

Messages, files and the store hold only valid Unicode. There, bytes that are not UTF-8 are written
as bash and ls write them within a word: `/tmp/d$'\351'`. A path or a value is escaped so that
`unescape_value` returns every byte of it; a path is escaped component by component, so what is
below a directory begins with the escaped directory.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DOUBLE: Final = rb'"(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"'
ANSI_C: Final = rb"\$'(?P<ansi_c>[^'\\]*+(?:\\.[^'\\]*+)*+)'"
SINGLE: Final = rb"'(?P<single>[^']*+)'"
BARE: Final = rb"""(?P<bare>(?:[^\s"'\\$`;&|<>()]++|\\.)++)"""
# One of these forms; larger patterns use QUOTED, which has no named groups.
PIECE: Final = re.compile(b"|".join((DOUBLE, ANSI_C, SINGLE, BARE)), re.DOTALL)
QUOTED: Final = re.sub(rb"\?P<\w+>", b"?:", b"(?:%b|%b|%b|\\\\.)" % (DOUBLE, ANSI_C, SINGLE))
# The rest of a command, up to the first newline outside of quotes.
TO_LINE_END: Final = rb"""(?:[^"'\\\n$]++|%b|\$)*+""" % QUOTED

# declare -x HOME="/root"     declare -ax names=([0]="a" [1]=$'b\n')     declare -i unset
DECLARATION: Final = re.compile(
    rb"^declare -(?P<attributes>[A-Za-z-]+) (?P<name>\w+)(?:=(?P<value>%b))?(?:\n|\Z)"
    % TO_LINE_END,
    re.MULTILINE | re.DOTALL,
)
# [0]="a"     ["b c"]=$'d\n', and the space after it
ELEMENT: Final = re.compile(
    rb"""\[(?:[^]"'\\$]++|%b|\$)++\]=(?P<value>(?:[^"'\\$\s)]++|%b|\$)*+)\ ?""" % (QUOTED, QUOTED),
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
# The characters that a backslash quotes in "...", see QUOTING in bash(1).
ESCAPED: Final = re.compile(rb'\\(?:\n|([$`"\\]))')
SPECIAL: Final = re.compile(rb'[$`"\\]')
# Control characters, and bytes that are not UTF-8.
NOT_PRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
BYTES: Final = re.compile("[\udc80-\udcff]+")
# They stand for no byte: half of a character's surrogate pair, as JSON can hold it.
NOT_BYTES: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
# $'\351', and a $ that makes other text look like that.
ESCAPED_BYTES: Final = re.compile(r"\$'((?:\\[0-3][0-7]{2})+)'")
MISLEADING: Final = re.compile(r"\$(?='(?:\\[0-3][0-7]{2})+')")
ESCAPED_DOLLAR: Final = r"$'\044'"
# Where bash expands ~ in an assignment.
TILDE: Final = re.compile(rb"(?:\A|[:=])~")


@dataclass(frozen=True, slots=True)
class QuotedValue:
    """A quoted value: the position of the text between its quotes, and its decoded value."""

    start: int
    end: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Declaration:
    """A variable in the output of `declare -p`: name, attributes and value."""

    text: bytes
    attributes: bytes
    name: bytes
    value_at: int  # where the value begins in *text*; 0: it has none

    @classmethod
    def from_match(cls, found: re.Match[bytes]) -> "Declaration":
        """Return the declaration for a match of DECLARATION."""
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
        """The value, or those of an array's elements, with their positions in *text*."""
        return quoted_values(self.text, self.value_at) if self.value_at else []


def declarations(script: bytes) -> Iterator[Declaration]:
    """Yield the variables in the output of `declare -p`."""
    return map(Declaration.from_match, DECLARATION.finditer(script))


def quoted_values(text: bytes, at: int) -> list[QuotedValue]:
    """Return the value printed by `declare -p` at index *at*, or those of an array's elements."""
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
    """Return the value of *word* in an assignment; None if bash would expand or split it."""
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
    # A ~ at the beginning of a later piece is not at the beginning of the word.
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
    """Decode the text between double quotes; expansions stay as they are."""
    return ESCAPED.sub(lambda found: found[1] or b"", body)


def decode_ansi_c(body: bytes) -> bytes:
    """Decode the text between $' and '."""
    # As in bash, a NUL ends the text.
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
    """Encode *code* as bash does: in the original UTF-8 of up to 31 bits."""
    if code < 0x80:
        return bytes([code])
    for size in range(2, 7):
        # A lead byte of 7 - size bits, and six bits in each byte after it.
        if code < 1 << (5 * size + 1):
            tail = [0x80 | (code >> shift & 0x3F) for shift in range(6 * (size - 2), -1, -6)]
            return bytes([(0xFF00 >> size & 0xFF) | code >> 6 * (size - 1), *tail])
    return b""


def escape_double_quoted(value: bytes) -> bytes:
    """Encode *value* for double quotes."""
    return SPECIAL.sub(rb"\\\g<0>", value)


def escape_ansi_c(value: bytes) -> bytes:
    """Encode *value* as bash prints it between $' and '."""
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


def escape_bytes(text: str) -> str:
    r"""Return *text* as valid Unicode, with its bytes that are not UTF-8 as `$'\351'`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # Halves of a surrogate pair that came apart are one character.
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return BYTES.sub(_escape_run, _normalize(NOT_BYTES.sub("\ufffd", joined)))
    return text


def escape_value(text: str) -> str:
    """Return a path or a value as valid Unicode, from which `unescape_value` restores it."""
    if "$'" in text:
        text = MISLEADING.sub(lambda _: ESCAPED_DOLLAR, text)
    return escape_bytes(text)


def unescape_value(text: str) -> str:
    """Return the path or value of which `escape_value` has made *text*."""
    return _normalize(ESCAPED_BYTES.sub(_unescape_run, text)) if "$'" in text else text


def escape_json(value: Any) -> Any:  # noqa: ANN401 # JSON
    """Return a JSON value with `escape_bytes` applied to all its texts."""
    match value:
        case str():
            return escape_bytes(value)
        case Mapping():
            return {escape_json(name): escape_json(item) for name, item in value.items()}
        case list() | tuple():
            return [escape_json(item) for item in value]
        case _:
            return value


def _normalize(text: str) -> str:
    """Return *text* with bytes that make a character together as that character."""
    return text.encode(errors="surrogateescape").decode(errors="surrogateescape")


def _escape_run(found: re.Match[str]) -> str:
    digits = "".join(f"\\{byte:03o}" for byte in found[0].encode(errors="surrogateescape"))
    return f"$'{digits}'"


def _unescape_run(found: re.Match[str]) -> str:
    octal = found[1].split("\\")[1:]
    return bytes(int(digits, 8) for digits in octal).decode(errors="surrogateescape")
