"""Statements: the parts of a snapshot, as bash prints them.

A snapshot is some commands, the variables (`declare -p`), commands again, the
functions (`declare -f`), and one command to a line: aliases, options, traps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

# The ways in which bash prints a value; newlines may be in all of them.
DOUBLE: Final = rb'"(?:[^"\\]++|\\.)*+"'
ANSI: Final = rb"\$'(?:[^'\\]++|\\.)*+'"
SINGLE: Final = rb"'[^']*+'"
IN_QUOTES: Final = b"|".join((DOUBLE, ANSI, SINGLE))
# What goes on to the end of a line that is in no quotes.
TO_LINE_END: Final = rb"(?:[^\"'\\\n$]++|\\.|%b|\$)*+" % IN_QUOTES
DECLARATION: Final = re.compile(
    rb"declare -(?P<flags>[A-Za-z-]+) (?P<name>[A-Za-z_]\w*)(?:=(?P<value>%b))?\n" % TO_LINE_END,
    re.DOTALL,
)
VALUE: Final = re.compile(
    rb"\"(?P<double>(?:[^\"\\]++|\\.)*+)\"|\$'(?P<ansi>(?:[^'\\]++|\\.)*+)'"
    rb"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'()$]++)",
    re.DOTALL,
)
# `[0]="..."`, and `["a key"]="..."`.
ELEMENT: Final = re.compile(
    rb"\[(?:%b|[^\]]*+)\]=(?P<value>%b|[^\s)]*+)" % (IN_QUOTES, IN_QUOTES), re.DOTALL
)
FUNCTION: Final = re.compile(rb"(?:function )?(?P<name>[^\s()\"'$]+) \(\) *\n(?=[{(])")
# Commands with nothing in quotes: options, completions, most of a snapshot's lines.
PLAIN_LINES: Final = re.compile(rb"(?:(?!declare -|\S+ \(\)|alias )[^\"'\\\n$]*+\n)++")
# One command, with what is quoted in it.
COMMAND: Final = re.compile(TO_LINE_END + rb"\n", re.DOTALL)
ALIAS: Final = re.compile(rb"alias (?:-- )?(?P<name>[^=\s]+)=")
ANSI_ESCAPE: Final = re.compile(
    rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))",
    re.DOTALL,
)
ANSI_LETTERS: Final = {
    b"a": b"\a", b"b": b"\b", b"e": b"\x1b", b"E": b"\x1b", b"f": b"\f", b"n": b"\n",
    b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip
DOUBLE_ESCAPE: Final = re.compile(rb"\\(?:\n|([\"\\$`]))")


class StatementKind(Enum):
    """What a statement of a snapshot is."""

    VARIABLE = auto()
    FUNCTION = auto()
    COMMAND = auto()


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of a snapshot."""

    kind: StatementKind
    text: bytes
    name: str = ""  # of the variable, function, alias or command
    flags: bytes = b""
    value_at: int = 0  # where the value or the body begins; 0 if there is none

    @property
    def is_array(self) -> bool:
        """Whether its value may have more than one."""
        return b"a" in self.flags or b"A" in self.flags


@dataclass(frozen=True, slots=True)
class QuotedValue:
    """A value as it is printed: where the text between its quotes is, and what it means."""

    start: int
    end: int
    value: str


def statements(script: bytes) -> Iterator[Statement]:
    """Yield the parts of *script*; joined they are the same bytes."""
    at = 0
    while at < len(script):
        statement = _variable(script, at) or _function(script, at) or _command(script, at)
        yield statement
        at += len(statement.text)


def _variable(script: bytes, at: int) -> Statement | None:
    found = DECLARATION.match(script, at)
    if found is None:
        return None
    value_at = max(0, found.start("value") - at)
    return Statement(
        StatementKind.VARIABLE, found[0], found["name"].decode(), found["flags"], value_at
    )


def _function(script: bytes, at: int) -> Statement | None:
    found = FUNCTION.match(script, at)
    if found is None:
        return None
    # The lines of its body are indented, but for those of here-documents: a `}`
    # there makes two statements of it, which is no harm.
    brace = script.find(b"\n}", found.end())
    text = script[at : _line_end(script, brace + 1) if brace >= 0 else len(script)]
    return Statement(StatementKind.FUNCTION, text, _text(found["name"]), value_at=found.end() - at)


def _command(script: bytes, at: int) -> Statement:
    if plain := PLAIN_LINES.match(script, at):
        return Statement(StatementKind.COMMAND, plain[0])
    found = COMMAND.match(script, at)
    text = found[0] if found else script[at : _line_end(script, at)]
    if alias := ALIAS.match(text):
        return Statement(StatementKind.COMMAND, text, _text(alias["name"]), value_at=alias.end())
    words = text.removeprefix(b"\\builtin ").split(maxsplit=1)
    return Statement(StatementKind.COMMAND, text, _text(words[0]) if words else "")


def _line_end(script: bytes, at: int) -> int:
    return script.find(b"\n", at) + 1 or len(script)


def quoted_values(statement: Statement) -> list[QuotedValue]:
    """Return the values of a variable: one, or those of an array's elements."""
    if not statement.value_at:
        return []
    text = statement.text
    if not (statement.is_array and text.startswith(b"(", statement.value_at)):
        return [_quoted(text, statement.value_at)]
    return [
        _quoted(text, element.start("value"))
        for element in ELEMENT.finditer(text, statement.value_at)
    ]


def _quoted(text: bytes, at: int) -> QuotedValue:
    found = VALUE.match(text, at)
    if found is None:
        return QuotedValue(at, at, "")
    kind = found.lastgroup or ""
    return QuotedValue(found.start(kind), found.end(kind), _text(_meaning(kind, found[kind])))


def _meaning(kind: str, body: bytes) -> bytes:
    if kind == "double":
        return DOUBLE_ESCAPE.sub(lambda found: found[1] or b"", body)
    return ANSI_ESCAPE.sub(_ansi_character, body) if kind == "ansi" else body


def _ansi_character(found: re.Match[bytes]) -> bytes:
    octal, byte, short, long, control, other = found.groups()
    if octal or byte:
        return bytes([int(octal or byte, 8 if octal else 16) & 0xFF])
    if short or long:
        return chr(int(short or long, 16)).encode(errors="surrogatepass")
    if control:
        return bytes([control[0] & 0x1F])
    return ANSI_LETTERS.get(other, other if other in b"\\'\"?" else b"\\" + other)


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
