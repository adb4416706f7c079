"""Statements: the parts of a snapshot, as bash prints them.

A snapshot is some commands, the variables (`declare -p`), commands again, the
functions (`declare -f`), and one command to a line: aliases, options, traps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from effecttalk_kernel.bash_quoting import (
    DECLARATION,
    TO_LINE_END,
    Declaration,
    QuotedValue,
    quoted_values,
)

FUNCTION: Final = re.compile(rb"(?:function )?(?P<name>[^\s()\"'$]+) \(\) *\n(?=[{(])")
# Commands with nothing in quotes: options, completions, most of a snapshot's lines.
PLAIN_LINES: Final = re.compile(rb"(?:(?!declare -|\S+ \(\)|alias )[^\"'\\\n$]*+\n)++")
# One command, with what is quoted in it.
COMMAND: Final = re.compile(TO_LINE_END + rb"\n", re.DOTALL)
ALIAS: Final = re.compile(rb"alias (?:-- )?(?P<name>[^=\s]+)=")


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

    @property
    def values(self) -> list[QuotedValue]:
        """The value of a variable, or those of an array's elements."""
        return quoted_values(self.text, self.value_at) if self.value_at else []


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
    read = Declaration.from_match(found)
    return Statement(
        StatementKind.VARIABLE, read.text, read.name.decode(), read.attributes, read.value_at
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


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
