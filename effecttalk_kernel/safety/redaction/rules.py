"""Rules: what secrets look like, as data.

The known forms are in rules.toml; a user adds others and switches some off.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.safety.redaction.regexp import PatternError, compile_pattern, literal_prefix

RULES: Final = Path(__file__).with_name("rules.toml")
# The rule under which the values of variables are counted.
VARIABLE: Final = "variable"
# In an added pattern, the group that is masked instead of all.
GROUP: Final = "secret"


class RuleError(EffectTalkError):
    """A rule can't be added or switched off; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One form of secrets."""

    name: str
    pattern: str  # RE2 syntax, within one line
    description: str = ""
    group: str = ""  # what of it is masked; all if empty
    # What must be in a line before the pattern is tried; the pattern itself if empty.
    hint: str = ""
    # How it begins: literals, or a pattern for one that is not finished, whose
    # group is kept back from a screen.
    starts: tuple[str, ...] = ()
    run: str = r"[\w-]"  # the characters behind them
    open: str = ""
    judge: str = ""  # which check a value must pass: `name`, `value` or `mixed`
    is_block: bool = False  # it has many lines; its group `end` says that all came


def load_rules(added: Mapping[str, str], off: Collection[str]) -> tuple[Rule, ...]:
    """Return the known rules and those *added* (patterns by name), without those *off*.

    Raises:
        RuleError: a pattern is wrong, or a name unknown.

    """
    rules = {name: _added_rule(name, pattern) for name, pattern in added.items()}
    rules |= {rule.name: rule for rule in _known_rules() if rule.name not in rules}
    for name in off:
        if name not in rules:
            known = ", ".join(sorted(rules))
            raise RuleError(f"no redaction rule {name!r} to switch off; there are: {known}")
    return tuple(rule for rule in rules.values() if rule.name not in off)


def _added_rule(name: str, pattern: str) -> Rule:
    if not name or name == VARIABLE:
        raise RuleError(f"a redaction rule can't be named {name!r}; choose another name")
    try:
        regexp = compile_pattern(pattern.encode())
    except PatternError as error:
        raise RuleError(
            f"redaction rule {name!r}: the pattern {pattern!r} is wrong: {error}"
        ) from None
    if regexp.search(b"") is not None:
        raise RuleError(f"redaction rule {name!r}: the pattern {pattern!r} finds empty text")
    beginning = literal_prefix(pattern.encode())
    return Rule(
        name,
        pattern,
        "added",
        group=GROUP if f"(?P<{GROUP}>" in pattern else "",
        starts=(beginning,) if beginning else (),
        run=r"\S",
        open="" if beginning else rf"(?P<{GROUP}>\S+)",
    )


@cache
def _known_rules() -> tuple[Rule, ...]:
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return tuple(_known_rule(entry, table["parts"]) for entry in table["rule"])


def _known_rule(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Rule:
    values = {**entry, "starts": tuple(entry.get("starts", ()))}
    for key in ("pattern", "hint", "open"):
        for name, part in parts.items():
            values[key] = values.get(key, "").replace(f"{{{{{name}}}}}", part)
    return Rule(**values)
