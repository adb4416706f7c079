"""Readers: the commands of a read-only session, those known to change nothing."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from effecttalk_kernel.safety.policy.findings import Command
from effecttalk_kernel.safety.policy.patterns import CommandPattern
from effecttalk_kernel.safety.policy.runners import commands_run_by
from effecttalk_kernel.safety.policy.sed import only_prints
from effecttalk_kernel.safety.policy.words import Word

READERS: Final = Path(__file__).with_name("read_only.toml")
# Where the system's commands are; another `ls` may do anything.
DIRECTORIES: Final = frozenset({"/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"})


@dataclass(frozen=True, slots=True)
class ReadOnlyCommand:
    """A command, and with which arguments it changes nothing; see read_only.toml."""

    refused: tuple[CommandPattern, ...] = ()
    first: tuple[CommandPattern, ...] = ()
    exact: tuple[CommandPattern, ...] = ()
    operands: int | None = None
    check: str = ""

    def takes(self, command: Command) -> bool:
        """Whether *command* changes nothing, apart from what it runs."""
        words = command.words
        if (self.first or self.exact) and not self._is_named(words):
            return False
        if any(pattern.match(words) for pattern in self.refused):
            return False
        if self.operands is not None and not self._has_few(words[1:], self.operands):
            return False
        if self.check == "sed":
            return only_prints(words[1:])
        return self.check != "runs" or bool(commands_run_by(command))

    def _is_named(self, words: Sequence[Word]) -> bool:
        return any(pattern.begins(words) for pattern in self.first) or any(
            pattern.begins(words, is_whole=True) for pattern in self.exact
        )

    @staticmethod
    def _has_few(words: Sequence[Word], most: int) -> bool:
        operands = [word for word in words if not word.may_be_option or None in word.pieces]
        return len(operands) <= most and not any(word.is_many for word in operands)


def is_read_only(command: Command) -> bool:
    """Whether *command* is known to change nothing; what it runs is another question."""
    name = command.name
    if name is None:
        return False
    path = PurePosixPath(name)
    if "/" in name and str(path.parent) not in DIRECTORIES:
        return False
    reader = _readers().get(path.name if "/" in name else name)
    return reader is not None and reader.takes(command)


def is_settable_variable(variable: str) -> bool:
    """Whether a new value of *variable* makes no other command run."""
    return not any(fnmatchcase(variable, name) for name in _refused_variables())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(READERS.read_text(encoding="utf-8"))


@cache
def _refused_variables() -> tuple[str, ...]:
    return tuple(name for group in _table()["variables"] for name in group["names"])


@cache
def _readers() -> dict[str, ReadOnlyCommand]:
    table = _table()
    readers = {name: ReadOnlyCommand() for name in (*table["plain"], *table["runners"])}
    return readers | {
        name: _reader(name, fields) for name, fields in table.items() if isinstance(fields, dict)
    }


def _reader(name: str, fields: dict[str, Any]) -> ReadOnlyCommand:
    before = fields.get("before", [""])
    first, exact = (
        tuple(
            CommandPattern(f"{name} {options} {words}")
            for options in before
            for words in fields.get(key, ())
        )
        for key in ("first", "exact")
    )
    refused = tuple(CommandPattern(f"{name} {words}") for words in fields.get("except", ()))
    return ReadOnlyCommand(refused, first, exact, fields.get("operands"), fields.get("check", ""))
