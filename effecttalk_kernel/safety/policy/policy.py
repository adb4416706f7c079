"""Policy: what a cell's commands are judged by: the user's patterns, and the read-only mode.

A guard against mistakes. It is no sandbox: who wants to get around it can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from effecttalk_kernel.safety.policy.findings import (
    Assignment,
    Command,
    FileWrite,
    Finding,
    UnreadableCode,
    shorten,
)
from effecttalk_kernel.safety.policy.patterns import (
    CommandPattern,
    PatternMatch,
    find_possible_pattern,
)
from effecttalk_kernel.safety.policy.read_only import is_read_only, is_settable_variable
from effecttalk_kernel.safety.policy.script import Script
from effecttalk_kernel.safety.policy.words import Word

# Commands that are part of the language; patterns may name them, the default does not.
LANGUAGE: Final = frozenset(
    {
        ":", "[", "break", "continue", "declare", "export", "false", "getopts", "let", "local",
        "readonly", "return", "shift", "test", "true", "typeset", "unset",
    }
)  # fmt: skip
READ_ONLY: Final = "the session is read-only"
# Names whose patterns are remembered; a cell with more of them is no cell.
MOST_NAMES: Final = 10_000


class Action(StrEnum):
    """What becomes of a cell."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    DENY = "deny"


DONE: Final = {Action.CONFIRM: "must be confirmed", Action.DENY: "is denied"}
HARDNESS: Final = {action: at for at, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a cell, and which of its commands is why, in one sentence."""

    action: Action
    reason: str = ""


ALLOWED: Final = Verdict(Action.ALLOW)
PatternRule = tuple[CommandPattern, Action]


class Policy:
    """The user's rules.

    Raises:
        PolicyError: a pattern can't be.

    """

    def __init__(
        self,
        deny: Sequence[str],
        confirm: Sequence[str],
        allow: Sequence[str],
        default: Action,
        *,
        read_only: bool,
    ) -> None:
        self._rules: list[PatternRule] = [
            *((CommandPattern(text), Action.DENY) for text in deny),
            *((CommandPattern(text), Action.CONFIRM) for text in confirm),
        ]
        self._allowed = [CommandPattern(text) for text in allow]
        self._default = Action(default)
        self._is_read_only = read_only
        self._by_name: dict[str, list[PatternRule]] = {}

    def judge(self, code: str) -> Verdict:
        """Return the hardest verdict of all that *code* runs, and of those the first."""
        hardest = ALLOWED
        unfolding = Script(code)
        for finding in unfolding:
            verdict = self._of(finding, unfolding)
            if HARDNESS[verdict.action] > HARDNESS[hardest.action]:
                hardest = verdict
                if hardest.action is Action.DENY:
                    break
        return hardest

    def _of(self, finding: Finding, unfolding: Script) -> Verdict:
        if isinstance(finding, Command):
            return self._of_command(finding, unfolding)
        if isinstance(finding, UnreadableCode):
            return self._of_unreadable(finding)
        if self._is_read_only:
            return _read_only(finding)
        return ALLOWED

    def _of_command(self, command: Command, unfolding: Script) -> Verdict:
        if unfolding.is_function(command, is_before=True):
            return ALLOWED
        is_function = unfolding.is_function(command, is_before=False)
        if self._is_read_only and not is_function and not is_read_only(command):
            return _said(command, f"is not known to change nothing, and {READ_ONLY}")
        ruled = self._ruled(command)
        if ruled is not None and ruled[1] is PatternMatch.YES:
            pattern, action = ruled[0]
            return _said(command, f"{DONE[action]} by the policy `{pattern.text}`", action)
        verdict = ALLOWED if is_function else self._by_default(command)
        if ruled is None or verdict.action is not Action.ALLOW:
            return verdict
        pattern, action = ruled[0]
        meaning = f"may be what {DONE[action]} by the policy `{pattern.text}`"
        return _said(command, f"{meaning}: it is known only when it runs", Action.CONFIRM)

    def _ruled(self, command: Command) -> tuple[PatternRule, PatternMatch] | None:
        """Return the first rule that speaks of *command*; a sure one goes before one that may."""
        found: tuple[PatternRule, PatternMatch] | None = None
        for rule in self._speaking(command.words[0]):
            match = rule[0].match(command.words)
            if match is PatternMatch.YES:
                return rule, match
            if match and found is None:
                found = rule, match
        return found

    def _speaking(self, name: Word) -> list[PatternRule]:
        """Return the rules whose name may be *name*."""
        literal = name.literal
        known = self._by_name.get(literal) if literal is not None else None
        if known is not None:
            return known
        speaking = [rule for rule in self._rules if rule[0].name_match(name)]
        if literal is not None and len(self._by_name) < MOST_NAMES:
            self._by_name[literal] = speaking
        return speaking

    def _by_default(self, command: Command) -> Verdict:
        if self._default is Action.ALLOW or command.name in LANGUAGE:
            return ALLOWED
        if any(pattern.begins(command.words) for pattern in self._allowed):
            return ALLOWED
        done = DONE[self._default]
        return _said(command, f"{done}: no pattern of the policy allows it", self._default)

    def _of_unreadable(self, code: UnreadableCode) -> Verdict:
        where = f"the code from line {code.line} on {code.reason}"
        if self._is_read_only:
            return Verdict(Action.DENY, f"{where}, and {READ_ONLY}")
        action = self._default
        if action is not Action.ALLOW:
            return Verdict(action, f"{where}, and {DONE[action]} as what no pattern allows")
        pattern = find_possible_pattern(code.text, [pattern for pattern, _ in self._rules])
        if pattern is None:
            return ALLOWED
        return Verdict(Action.CONFIRM, f"{where}, and the policy `{pattern.text}` may speak of it")


def _read_only(finding: Finding) -> Verdict:
    if isinstance(finding, FileWrite):
        what = f"`{shorten(finding.text)}` in line {finding.line} writes to a file"
        return Verdict(Action.DENY, f"{what}, and {READ_ONLY}")
    if isinstance(finding, Assignment) and not is_settable_variable(finding.name):
        what = f"`{finding.name}=` in line {finding.line} changes what commands run"
        return Verdict(Action.DENY, f"{what}, and {READ_ONLY}")
    return ALLOWED


def _said(command: Command, done: str, action: Action = Action.DENY) -> Verdict:
    return Verdict(action, f"`{command.text}` in line {command.line} {done}")
