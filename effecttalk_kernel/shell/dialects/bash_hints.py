"""Bash hints: the words for which the shell takes precautions before it runs a block.

Text in, text out. A block may reach such a word through functions and aliases of the session, so
their definitions are searched, too.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# See prompt.sh. `type trap` is none, `trap -p RETURN` sets none, and `function trap` is a function
# of the user's.
HINTS: Final = re.compile(
    r"\b(?:type|help|man|which|command\s+-[vV])(?:\s+-\w+)*\s+trap\b|\b(function)(?=\s+trap\b)"
    r"|\b(trap)[ \t]+-p\b[^\n;&|]*|\b(trap|source|eval|DEBUG|ERR|RETURN|BASH_XTRACEFD)\b"
    r"|\bset\s[^\n;&|]*\b(vi|emacs|history)\b|(?:^|[;&|{(])[ \t]*(\.)[ \t]"
    r"|\balias\b[^\n]*?[\s'\"\\]([{}!])['\"]?=|\b(fc)\b",
    re.MULTILINE,
)
TRACE: Final = re.compile(r"\bset\s[^\n;&|]*x|\bxtrace\b")
TRAP_FUNCTION: Final = re.compile(r"\btrap\s*\(\s*\)")
# The hints of code that may set or list traps.
ABOUT_TRAPS: Final = frozenset(("trap", "source", "eval", "DEBUG", "."))
# Words of the kernel's lines that a user may replace by aliases.
REPLACEABLE: Final = frozenset("{}!")
# Hints that a block passes on, in aliases and functions, until its state is read.
INHERITED: Final = REPLACEABLE | {"fc"}
# Hints of code that may set a DEBUG trap where the function `trap` is not called.
PAST_FUNCTION: Final = frozenset(("DEBUG", "RETURN", "function", "source", "eval", "."))
# What separates the words of a command.
SEPARATORS: Final = re.compile(r"[\s;&|(){}<>`'\"$]+")
# name () \n{ ... \n}\n     alias name='text'
FUNCTION: Final = re.compile(r"^(\S+) \(\) \n(.*?)^\}$", re.MULTILINE | re.DOTALL)
ALIAS: Final = re.compile(r"^alias (?:-- )?([^=\s]+)='(.*)$", re.MULTILINE)

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Traps:
    """Commands that set the user's traps on ERR and RETURN, and what surrounds one on EXIT."""

    errors: str = ""
    returns: str = ""
    before_exit: str = ""
    after_exit: str = ""


def find_hints(code: str, definitions: tuple[bytes, ...] = ()) -> Words:
    """Return the hints in *code*, and in those of the *definitions* that it mentions.

    These are statements that define functions and aliases.
    """
    found = _direct_hints(code)
    if by_name := _hints_by_name(definitions):
        found |= by_name.keys() & REPLACEABLE
        for name in by_name.keys() & set(SEPARATORS.split(code)):
            found |= by_name[name]
    return found


def may_change_traps(hints: Words) -> bool:
    """Return whether code with these hints may set or list traps."""
    return not hints.isdisjoint(ABOUT_TRAPS)


def may_debug(hints: Words) -> bool:
    """Return whether code with these hints may set a DEBUG trap that the kernel does not see."""
    return not hints.isdisjoint(PAST_FUNCTION)


def may_replace_keywords(hints: Words) -> bool:
    """Return whether a line after code with these hints cannot have braces or a `!`."""
    return not hints.isdisjoint(REPLACEABLE)


def may_record(hints: Words) -> bool:
    """Return whether bash may add a line after code with these hints to its history."""
    return "history" in hints


def may_trace(hints: Words) -> bool:
    """Return whether code with these hints may turn on `set -x`, or turn it off."""
    return "xtrace" in hints


def hints_line(hints: Iterable[str], traps: Traps) -> str:
    """Return the line that tells the shell the hints of a block; "" if there are none.

    To look for them itself in a large block would take bash minutes.
    """
    words = frozenset(hints)
    line = f"\n__et_hints=('{' '.join(sorted(words))}')" if words else ""
    if may_change_traps(words):
        others = shlex.join((traps.errors, traps.returns))
        line += f" __et_others=({others})"
        line += f" __et_chain=({shlex.join((traps.before_exit, traps.after_exit))})"
    return line


def _direct_hints(text: str) -> Words:
    found = {word for found in HINTS.finditer(text) for word in found.groups() if word}
    if "trap" in found and TRAP_FUNCTION.search(text):
        found.add("function")
    if TRACE.search(text):
        found.add("xtrace")
    return frozenset(found)


@lru_cache(2)
def _hints_by_name(definitions: tuple[bytes, ...]) -> Mapping[str, Words]:
    """Return the hints in each function and alias, and in those that it mentions in turn."""
    text = b"".join(definitions).decode(errors="surrogateescape")
    texts = [*FUNCTION.findall(text), *ALIAS.findall(text)]
    found = {name: _direct_hints(text) | (REPLACEABLE & {name}) for name, text in texts}
    if not any(found.values()):
        return {}
    mentioned = {name: found.keys() & set(SEPARATORS.split(text)) for name, text in texts}
    has_grown = True
    while has_grown:
        has_grown = False
        for name, others in mentioned.items():
            whole = found[name].union(*(found[other] for other in others))
            has_grown |= whole != found[name]
            found[name] = whole
    return {name: hints for name, hints in found.items() if hints}
