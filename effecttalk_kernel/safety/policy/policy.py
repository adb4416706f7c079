"""Policy: decides by the user's patterns, and the read-only mode, whether a cell may run.

It guards against mistakes. It is not a sandbox: it can be bypassed on purpose.
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

# Commands that are part of the language: patterns may name them; the default ignores them.
LANGUAGE_COMMANDS: Final = frozenset(
    {
        ":", "[", "break", "continue", "declare", "export", "false", "getopts", "let", "local",
        "readonly", "return", "shift", "test", "true", "typeset", "unset",
    }
)  # fmt: skip
READ_ONLY_REASON: Final = "the session is read-only"
# Names whose patterns are cached; no cell of a person has more.
MAX_CACHED_NAMES: Final = 10_000


class Action(StrEnum):
    """What happens to a cell."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    DENY = "deny"


ACTION_TEXTS: Final = {Action.CONFIRM: "must be confirmed", Action.DENY: "is denied"}
STRICTNESS: Final = {action: at for at, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to a cell, and the reason, which names the command."""

    action: Action
    reason: str = ""


ALLOWED: Final = Verdict(Action.ALLOW)
PatternRule = tuple[CommandPattern, Action]


class Policy:
    """The user's rules, compiled.

    Raises:
        PolicyError: a pattern is invalid.

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

    def check(self, code: str) -> Verdict:
        """Return the strictest verdict on the commands in *code*; of equal ones, the first."""
        strictest = ALLOWED
        script = Script(code)
        for finding in script:
            verdict = self._check_finding(finding, script)
            if STRICTNESS[verdict.action] > STRICTNESS[strictest.action]:
                strictest = verdict
                if strictest.action is Action.DENY:
                    break
        return strictest

    def _check_finding(self, finding: Finding, script: Script) -> Verdict:
        if isinstance(finding, Command):
            return self._check_command(finding, script)
        if isinstance(finding, UnreadableCode):
            return self._check_unreadable(finding)
        if self._is_read_only:
            return _check_read_only(finding)
        return ALLOWED

    def _check_command(self, command: Command, script: Script) -> Verdict:
        if script.is_function(command, is_defined_before=True):
            return ALLOWED
        is_function = script.is_function(command, is_defined_before=False)
        if self._is_read_only and not is_function and not is_read_only(command):
            return _make_verdict(command, f"is not known to be read-only, and {READ_ONLY_REASON}")
        found = self._find_rule(command)
        if found is not None and found[1] is PatternMatch.YES:
            pattern, action = found[0]
            return _make_verdict(
                command, f"{ACTION_TEXTS[action]} by the policy `{pattern.text}`", action
            )
        verdict = ALLOWED if is_function else self._check_default(command)
        if found is None or verdict.action is not Action.ALLOW:
            return verdict
        meaning = f"may match the policy `{found[0][0].text}`"
        reason = f"{meaning}: a part of it is known only at run time"
        return _make_verdict(command, reason, Action.CONFIRM)

    def _find_rule(self, command: Command) -> tuple[PatternRule, PatternMatch] | None:
        """Return the first rule that certainly matches *command*, or else the first that may."""
        found: tuple[PatternRule, PatternMatch] | None = None
        for rule in self._find_rules(command.words[0]):
            match = rule[0].match(command.words)
            if match is PatternMatch.YES:
                return rule, match
            if match and found is None:
                found = rule, match
        return found

    def _find_rules(self, name: Word) -> list[PatternRule]:
        """Return the rules whose command may be *name*."""
        literal = name.literal
        known = self._by_name.get(literal) if literal is not None else None
        if known is not None:
            return known
        matching = [rule for rule in self._rules if rule[0].match_name(name)]
        if literal is not None and len(self._by_name) < MAX_CACHED_NAMES:
            self._by_name[literal] = matching
        return matching

    def _check_default(self, command: Command) -> Verdict:
        if self._default is Action.ALLOW or command.name in LANGUAGE_COMMANDS:
            return ALLOWED
        if any(pattern.is_prefix_of(command.words) for pattern in self._allowed):
            return ALLOWED
        what_happens = ACTION_TEXTS[self._default]
        return _make_verdict(
            command, f"{what_happens}: no pattern of the policy allows it", self._default
        )

    def _check_unreadable(self, code: UnreadableCode) -> Verdict:
        where = f"the code from line {code.line} on {code.reason}"
        if self._is_read_only:
            return Verdict(Action.DENY, f"{where}, and {READ_ONLY_REASON}")
        action = self._default
        if action is not Action.ALLOW:
            return Verdict(
                action, f"{where}, and {ACTION_TEXTS[action]}: no pattern of the policy allows it"
            )
        pattern = find_possible_pattern(code.text, [pattern for pattern, _ in self._rules])
        if pattern is None:
            return ALLOWED
        return Verdict(Action.CONFIRM, f"{where}, and may match the policy `{pattern.text}`")


def _check_read_only(finding: Finding) -> Verdict:
    if isinstance(finding, FileWrite):
        what = f"`{shorten(finding.text)}` in line {finding.line} writes to a file"
        return Verdict(Action.DENY, f"{what}, and {READ_ONLY_REASON}")
    if isinstance(finding, Assignment) and not is_settable_variable(finding.name):
        what = f"`{finding.name}=` in line {finding.line} changes which commands run"
        return Verdict(Action.DENY, f"{what}, and {READ_ONLY_REASON}")
    return ALLOWED


def _make_verdict(command: Command, what_happens: str, action: Action = Action.DENY) -> Verdict:
    return Verdict(action, f"`{command.text}` in line {command.line} {what_happens}")
