"""The commands that a read-only session runs: those known to change nothing."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from effecttalk_kernel.safety.policy.findings import Command
from effecttalk_kernel.safety.policy.patterns import CommandPattern
from effecttalk_kernel.safety.policy.runners import find_commands_run_by
from effecttalk_kernel.safety.policy.sed import only_prints
from effecttalk_kernel.safety.policy.words import Word

RULES_FILE: Final = Path(__file__).with_name("read_only.toml")
# The directories of the system's commands; another `ls` may do anything.
SYSTEM_DIRECTORIES: Final = frozenset({"/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"})


@dataclass(frozen=True, slots=True)
class ReadOnlyCommand:
    """A command, and the arguments with which it changes nothing; see read_only.toml."""

    refused: tuple[CommandPattern, ...] = ()
    first: tuple[CommandPattern, ...] = ()
    exact: tuple[CommandPattern, ...] = ()
    operands: int | None = None
    check: str = ""

    def allows(self, command: Command) -> bool:
        """Whether *command* itself changes nothing; the commands that it runs are checked too."""
        words = command.words
        if (self.first or self.exact) and not self._has_allowed_beginning(words):
            return False
        if any(pattern.match(words) for pattern in self.refused):
            return False
        if self.operands is not None and not self._has_few_operands(words[1:], self.operands):
            return False
        if self.check == "sed":
            return only_prints(words[1:])
        return self.check != "runs" or bool(find_commands_run_by(command))

    def _has_allowed_beginning(self, words: Sequence[Word]) -> bool:
        return any(pattern.is_prefix_of(words) for pattern in self.first) or any(
            pattern.is_prefix_of(words, is_whole=True) for pattern in self.exact
        )

    @staticmethod
    def _has_few_operands(words: Sequence[Word], max_operands: int) -> bool:
        operands = [word for word in words if not word.may_be_option or None in word.pieces]
        return len(operands) <= max_operands and not any(word.is_many for word in operands)


def is_read_only(command: Command) -> bool:
    """Whether *command* itself is known to change nothing."""
    name = command.name
    if name is None:
        return False
    path = PurePosixPath(name)
    if "/" in name and str(path.parent) not in SYSTEM_DIRECTORIES:
        return False
    reader = _load_readers().get(path.name if "/" in name else name)
    return reader is not None and reader.allows(command)


def is_settable_variable(variable: str) -> bool:
    """Whether assigning *variable* does not change which commands run."""
    return not any(fnmatchcase(variable, name) for name in _load_refused_variables())


@cache
def _load_table() -> dict[str, Any]:
    return tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))


@cache
def _load_refused_variables() -> tuple[str, ...]:
    return tuple(name for group in _load_table()["variables"] for name in group["names"])


@cache
def _load_readers() -> dict[str, ReadOnlyCommand]:
    table = _load_table()
    readers = {name: ReadOnlyCommand() for name in (*table["plain"], *table["runners"])}
    return readers | {
        name: _make_reader(name, fields)
        for name, fields in table.items()
        if isinstance(fields, dict)
    }


def _make_reader(name: str, fields: dict[str, Any]) -> ReadOnlyCommand:
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
