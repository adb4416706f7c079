"""The statements of a snapshot, as bash prints them.

A snapshot has commands, the variables (`declare -p`), more commands, the functions
(`declare -f`), and then one command per line: aliases, options, traps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from effecttalk_kernel.bash_quoting import (
    DECLARATION,
    TO_LINE_END,
    QuotedValue,
    quoted_values,
)

# The beginning of a declaration; one of this size is read without its value.
HEAD: Final = re.compile(rb"declare -(?P<flags>[A-Za-z-]+) (?P<name>\w+)(?P<equals>=?)")
LARGE: Final = 65_536
FUNCTION: Final = re.compile(rb"(?:function )?(?P<name>[^\s()\"'$]+) \(\) *\n(?=[{(])")
# Commands without quotes: options and completions, most lines of a snapshot.
PLAIN_LINES: Final = re.compile(rb"(?:(?!declare -|\S+ \(\)|alias )[^\"'\\\n$]*+\n)++")
# One command, with its quoted parts.
COMMAND: Final = re.compile(TO_LINE_END + rb"\n", re.DOTALL)
ALIAS: Final = re.compile(rb"alias (?:-- )?(?P<name>[^=\s]+)=")


class StatementKind(Enum):
    """The kind of a statement."""

    VARIABLE = auto()
    FUNCTION = auto()
    COMMAND = auto()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a snapshot."""

    kind: StatementKind
    text: bytes
    name: str = ""  # of the variable, function, alias or command
    flags: bytes = b""
    value_at: int = 0  # where the value or the body begins; 0 without one

    @property
    def is_array(self) -> bool:
        """Whether the variable is an array."""
        return b"a" in self.flags or b"A" in self.flags

    @property
    def values(self) -> list[QuotedValue]:
        """The value of the variable, or those of the array's elements."""
        return quoted_values(self.text, self.value_at) if self.value_at else []


def split_statements(script: bytes) -> Iterator[Statement]:
    """Yield the statements of *script*; joined, they are the same bytes."""
    at = 0
    while at < len(script):
        statement = (
            _read_variable(script, at) or _read_function(script, at) or _read_command(script, at)
        )
        yield statement
        at += len(statement.text)


def _read_variable(script: bytes, at: int) -> Statement | None:
    if at == 0 and len(script) > LARGE and script.find(b"\n") == len(script) - 1:
        return _read_large_variable(script)
    found = DECLARATION.match(script, at)
    if found is None:
        return None
    value_at = max(0, found.start("value") - at)
    return Statement(
        StatementKind.VARIABLE, found[0], found["name"].decode(), found["attributes"], value_at
    )


def _read_large_variable(line: bytes) -> Statement | None:
    """Return the statement in *line* without a long call, for which other threads would wait."""
    head = HEAD.match(line)
    if head is None:
        return None
    value_at = head.end() if head["equals"] else 0
    return Statement(StatementKind.VARIABLE, line, head["name"].decode(), head["flags"], value_at)


def _read_function(script: bytes, at: int) -> Statement | None:
    found = FUNCTION.match(script, at)
    if found is None:
        return None
    # The lines of its body are indented, except for those of here-documents: a `}` there
    # makes two statements of it, which does no harm.
    brace = script.find(b"\n}", found.end())
    text = script[at : _find_line_end(script, brace + 1) if brace >= 0 else len(script)]
    return Statement(
        StatementKind.FUNCTION, text, _decode(found["name"]), value_at=found.end() - at
    )


def _read_command(script: bytes, at: int) -> Statement:
    if plain := PLAIN_LINES.match(script, at):
        return Statement(StatementKind.COMMAND, plain[0])
    found = COMMAND.match(script, at)
    text = found[0] if found else script[at : _find_line_end(script, at)]
    if alias := ALIAS.match(text):
        return Statement(StatementKind.COMMAND, text, _decode(alias["name"]), value_at=alias.end())
    words = text.removeprefix(b"\\builtin ").split(maxsplit=1)
    return Statement(StatementKind.COMMAND, text, _decode(words[0]) if words else "")


def _find_line_end(script: bytes, at: int) -> int:
    return script.find(b"\n", at) + 1 or len(script)


def _decode(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
