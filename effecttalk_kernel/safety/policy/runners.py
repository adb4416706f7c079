"""Runners: commands that run other commands, like `sudo`, `xargs`, `find -exec`, `bash -c`."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from effecttalk_kernel.safety.policy.findings import Assignment, Command, Finding, NestedCode
from effecttalk_kernel.safety.policy.words import Word

RULES_FILE: Final = Path(__file__).with_name("runners.toml")
# Words of the shell's syntax that the grammar parses as commands.
KEYWORDS: Final = frozenset({"time", "coproc", "!", "{", "}"})
ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)\+?=")
EXEC_OPTIONS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
# Names of files, which are not known; they do not begin with `-`.
UNKNOWN_FILES: Final = Word((None,), "…", is_many=True, is_glob=True)


@dataclass(frozen=True, slots=True)
class RunnerCommand:
    """A command that runs another one; runners.toml explains the fields."""

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
    """Whether *command* is not a command, but syntax before one."""
    return command.is_direct and command.words[0].text in KEYWORDS


def find_commands_run_by(command: Command) -> list[Finding]:
    """Return the commands that *command* runs, and the variables that it sets for them."""
    if is_keyword(command):
        return _read_after_keyword(command)
    name = "".join(piece or "" for piece in command.words[0].base)
    if name == "find":
        return list(_find_executed(command))
    runner = _load_runners().get(name)
    return _RunnerArguments(command, runner).read_findings() if runner is not None else []


@cache
def _load_runners() -> dict[str, RunnerCommand]:
    return {
        name: RunnerCommand(**table)
        for name, table in tomllib.loads(RULES_FILE.read_text()).items()
    }


def _read_after_keyword(command: Command) -> list[Finding]:
    words = list(command.words[1:])
    keyword = command.words[0].text
    if keyword == "coproc" and len(words) > 1 and words[1].text == "{":
        words = words[1:]  # its name
    while keyword == "time" and words and words[0].text in {"-p", "--"}:
        words = words[1:]
    return [Command(tuple(words), command.line, command.stdin)] if words else []


def _find_executed(command: Command) -> Iterator[Finding]:
    words = [UNKNOWN_FILES if "{}" in (word.literal or "") else word for word in command.words]
    at = 0
    while at < len(words):
        at += 1
        if words[at - 1].literal not in EXEC_OPTIONS:
            continue
        end = next((n for n in range(at, len(words)) if words[n].literal in {";", "+"}), len(words))
        if end > at:
            yield Command(tuple(words[at:end]), command.line, is_direct=False)
        at = end


class _RunnerArguments:
    """The arguments of one runner, up to the command that it runs."""

    def __init__(self, command: Command, runner: RunnerCommand) -> None:
        self._command = command
        self._runner = runner
        self._at = 1
        self._letters: set[str] = set()
        self._findings: list[Finding] = []

    def read_findings(self) -> list[Finding]:
        """Return what the runner runs."""
        runner, words = self._runner, self._command.words
        self._skip_to_command()
        rest = words[self._at :]
        if self._letters & set(runner.quits):
            return self._findings
        if not rest and runner.takes_input and self._command.stdin:
            return [*self._findings, NestedCode(self._command.stdin, self._command.line + 1)]
        if not rest or (runner.needs and runner.needs not in self._letters):
            return self._findings
        return [*self._findings, *self._read_command(rest)]

    def _read_command(self, rest: Sequence[Word]) -> Iterator[Finding]:
        line, runner = self._command.line, self._runner
        if runner.runs == "line":
            yield NestedCode(" ".join(word.code for word in rest), line)
        elif runner.runs == "code":
            if rest[0].literal not in {"", "-"}:  # `trap - EXIT`
                yield NestedCode(rest[0].code, line)
        else:
            added = (UNKNOWN_FILES,) if runner.appends else ()
            yield Command((*rest, *added), line, self._command.stdin, is_direct=False)

    def _skip_to_command(self) -> None:
        """Skip to the first word of the command that is run."""
        words, operands, is_end = self._command.words, self._runner.operands, False
        while self._at < len(words):
            literal = words[self._at].literal
            if literal == "--" and not is_end:
                is_end = True
            elif literal and literal.startswith("-") and len(literal) > 1 and not is_end:
                self._read_option(literal)
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

    def _read_option(self, option: str) -> None:
        if option.startswith("--"):
            name, equals, _ = option[2:].partition("=")
            self._at += name in self._runner.long_values and not equals
            return
        for at, letter in enumerate(option[1:], 2):
            self._letters.add(letter)
            if letter in self._runner.code_option:
                self._read_code_option(option[at:])
                break
            if letter in self._runner.values:
                self._at += at == len(option)
                break

    def _read_code_option(self, attached: str) -> None:
        """Take the value of an option as code."""
        line = self._command.line
        if attached:
            self._findings.append(NestedCode(attached, line))
        elif self._at + 1 < len(self._command.words):
            self._at += 1
            self._findings.append(NestedCode(self._command.words[self._at].code, line))
