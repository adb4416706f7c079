"""Rules: what secrets look like, as data.

The built-in rules are in rules.toml; users add others and switch some off.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.safety.redaction.regexp import PatternError, compile_pattern, literal_prefix

RULES_FILE: Final = Path(__file__).with_name("rules.toml")
# The name by which values of variables are counted.
VARIABLE_RULE: Final = "variable"
# The group of an added pattern that is masked, instead of the whole match.
SECRET_GROUP: Final = "secret"  # noqa: S105 # a name
# The beginning of a secret of which nothing is known.
ANY_TEXT: Final = rf"(?P<{SECRET_GROUP}>\S+)"


class RuleError(EffectTalkError):
    """A redaction rule is invalid; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret."""

    name: str
    pattern: str  # in RE2's syntax, within one line
    description: str = ""
    others: tuple[str, ...] = ()  # further patterns, each searched for on its own
    group: str = ""  # the group that is masked; the whole match if empty
    # A pattern that must match in a line before `pattern` is tried; `pattern` itself if empty.
    hint: str = ""
    # How it begins: literals, or a pattern of an unfinished one, whose group is held back
    # from a screen.
    starts: tuple[str, ...] = ()
    run: str = r"[\w-]"  # the characters after the literals
    open: str = ""
    check: str = ""  # the check that a value must pass: `name`, `value` or `mixed`
    is_block: bool = False  # it has many lines; its group `end` matches the last one


def load_rules(added: Mapping[str, str], disabled: Collection[str]) -> tuple[Rule, ...]:
    """Return the built-in rules and those *added* (patterns by name), without those *disabled*.

    Raises:
        RuleError: a pattern is invalid, or a name is unknown.

    """
    rules = {name: _parse_added_rule(name, pattern) for name, pattern in added.items()}
    rules |= {rule.name: rule for rule in _load_builtin_rules() if rule.name not in rules}
    for name in disabled:
        if name not in rules:
            known = ", ".join(sorted(rules))
            raise RuleError(f"no redaction rule {name!r} to switch off; known rules: {known}")
    return tuple(rule for rule in rules.values() if rule.name not in disabled)


def _parse_added_rule(name: str, pattern: str) -> Rule:
    if not name or name == VARIABLE_RULE:
        raise RuleError(f"invalid name of a redaction rule: {name!r}; choose another name")
    try:
        regexp = compile_pattern(pattern.encode())
    except PatternError as error:
        raise RuleError(f"redaction rule {name!r}: invalid pattern {pattern!r}: {error}") from None
    if regexp.search(b"") is not None:
        raise RuleError(f"redaction rule {name!r}: the pattern {pattern!r} matches empty text")
    beginning = literal_prefix(pattern.encode())
    return Rule(
        name,
        pattern,
        "added",
        group=SECRET_GROUP if f"(?P<{SECRET_GROUP}>" in pattern else "",
        starts=(beginning,) if beginning else (),
        run=r"\S",
        open="" if beginning else ANY_TEXT,
    )


@cache
def _load_builtin_rules() -> tuple[Rule, ...]:
    table = tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
    return tuple(_parse_builtin_rule(entry, table["parts"]) for entry in table["rule"])


def _parse_builtin_rule(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Rule:
    values = {**entry} | {key: tuple(entry.get(key, ())) for key in ("others", "starts")}
    for key in ("pattern", "hint", "open"):
        for name, part in parts.items():
            values[key] = values.get(key, "").replace(f"{{{{{name}}}}}", part)
    return Rule(**values)
