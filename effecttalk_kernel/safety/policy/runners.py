"""Runners: what a command runs itself, like `sudo`, `xargs`, `find -exec` and `bash -c`."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from effecttalk_kernel.safety.policy.findings import Assignment, Command, Finding, NestedCode
from effecttalk_kernel.safety.policy.words import Word

RUNNERS: Final = Path(__file__).with_name("runners.toml")
# Words of the shell's syntax, which the grammar takes for commands.
KEYWORDS: Final = frozenset({"time", "coproc", "!", "{", "}"})
ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)\+?=")
EXECUTING: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
# Files, of which no name is known; they begin with no `-`.
FILES: Final = Word((None,), "…", is_many=True, is_glob=True)


@dataclass(frozen=True, slots=True)
class RunnerCommand:
    """A command that runs another one; runners.toml says what the fields mean."""

    runs: Literal["command", "line", "code"] = "command"
    values: str = ""
    long_values: tuple[str, ...] = ()
    operands: int = 0
    assigns: bool = False
    needs: str = ""
    quits: str = ""
    code_option: str = ""
    takes_input: bool = False
    appends: bool = False


def is_keyword(command: Command) -> bool:
    """Whether *command* is none, but syntax before one."""
    return command.is_direct and command.words[0].text in KEYWORDS


def commands_run_by(command: Command) -> list[Finding]:
    """Return what *command* runs, and the variables that it sets for that."""
    if is_keyword(command):
        return _behind_keyword(command)
    name = "".join(piece or "" for piece in command.words[0].base)
    if name == "find":
        return list(_found_files(command))
    runner = _runners().get(name)
    return _Arguments(command, runner).findings() if runner is not None else []


@cache
def _runners() -> dict[str, RunnerCommand]:
    return {
        name: RunnerCommand(**table) for name, table in tomllib.loads(RUNNERS.read_text()).items()
    }


def _behind_keyword(command: Command) -> list[Finding]:
    words = list(command.words[1:])
    keyword = command.words[0].text
    if keyword == "coproc" and len(words) > 1 and words[1].text == "{":
        words = words[1:]  # its name
    while keyword == "time" and words and words[0].text in {"-p", "--"}:
        words = words[1:]
    return [Command(tuple(words), command.line, command.fed)] if words else []


def _found_files(command: Command) -> Iterator[Finding]:
    words = [FILES if "{}" in (word.literal or "") else word for word in command.words]
    at = 0
    while at < len(words):
        at += 1
        if words[at - 1].literal not in EXECUTING:
            continue
        end = next((n for n in range(at, len(words)) if words[n].literal in {";", "+"}), len(words))
        if end > at:
            yield Command(tuple(words[at:end]), command.line, is_direct=False)
        at = end


class _Arguments:
    """The arguments of one runner, up to what it runs."""

    def __init__(self, command: Command, runner: RunnerCommand) -> None:
        self._command = command
        self._runner = runner
        self._at = 1
        self._letters: set[str] = set()
        self._findings: list[Finding] = []

    def findings(self) -> list[Finding]:
        """Return what is run."""
        runner, words = self._runner, self._command.words
        self._skip()
        rest = words[self._at :]
        if self._letters & set(runner.quits):
            return self._findings
        if not rest and runner.takes_input and self._command.fed:
            return [*self._findings, NestedCode(self._command.fed, self._command.line + 1)]
        if not rest or (runner.needs and runner.needs not in self._letters):
            return self._findings
        return [*self._findings, *self._run(rest)]

    def _run(self, rest: Sequence[Word]) -> Iterator[Finding]:
        line, runner = self._command.line, self._runner
        if runner.runs == "line":
            yield NestedCode(" ".join(word.code for word in rest), line)
        elif runner.runs == "code":
            if rest[0].literal not in {"", "-"}:  # `trap - EXIT`
                yield NestedCode(rest[0].code, line)
        else:
            added = (FILES,) if runner.appends else ()
            yield Command((*rest, *added), line, self._command.fed, is_direct=False)

    def _skip(self) -> None:
        """Go to the first word of what is run."""
        words, operands, is_end = self._command.words, self._runner.operands, False
        while self._at < len(words):
            literal = words[self._at].literal
            if literal == "--" and not is_end:
                is_end = True
            elif literal and literal.startswith("-") and len(literal) > 1 and not is_end:
                self._option(literal)
            elif literal and self._runner.assigns and (found := ASSIGNMENT.match(literal)):
                self._findings.append(Assignment(found[1], self._command.line))
            elif self._is_assignment_with_hole():
                pass
            elif operands:
                operands -= 1
            else:
                return
            self._at += 1

    def _is_assignment_with_hole(self) -> bool:
        first = self._command.words[self._at].pieces[0] or ""
        found = ASSIGNMENT.match(first) if self._runner.assigns else None
        if found:
            self._findings.append(Assignment(found[1], self._command.line))
        return found is not None

    def _option(self, option: str) -> None:
        if option.startswith("--"):
            name, equals, _ = option[2:].partition("=")
            self._at += name in self._runner.long_values and not equals
            return
        for at, letter in enumerate(option[1:], 2):
            self._letters.add(letter)
            if letter in self._runner.code_option:
                self._code(option[at:])
                break
            if letter in self._runner.values:
                self._at += at == len(option)
                break

    def _code(self, attached: str) -> None:
        """Take the value of an option as code."""
        line = self._command.line
        if attached:
            self._findings.append(NestedCode(attached, line))
        elif self._at + 1 < len(self._command.words):
            self._at += 1
            self._findings.append(NestedCode(self._command.words[self._at].code, line))
