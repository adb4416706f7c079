"""Unreadable: which patterns may speak of code that the grammar does not know.

It is looked at as text: any word may be the name of a command, quoted or not, and
what follows on its line the arguments.
"""

import re
from collections.abc import Iterable
from typing import Final

from effecttalk_kernel.safety.policy.patterns import Match, Pattern
from effecttalk_kernel.safety.policy.words import Word, plain_word

QUOTING: Final = re.compile(r"\\\n|[\\\"']")
WORD: Final = re.compile(r"[^\s;|&(){}<>`]+")


def speaking_of(text: str, patterns: Iterable[Pattern]) -> Pattern | None:
    """Return the first of *patterns* that may speak of a command in *text*."""
    lines = [line for line in map(_line, QUOTING.sub("", text).split("\n")) if line]
    known = {word.text: word for line in lines for word in line}
    for pattern in patterns:
        names = {text for text, word in known.items() if pattern.name_match(word) is Match.YES}
        for line in lines if names else []:
            at = next((n for n, word in enumerate(line) if word.text in names), None)
            if at is not None and pattern.match(line[at:]):
                return pattern
    return None


def _line(text: str) -> list[Word]:
    return [_word(found[0]) for found in WORD.finditer(text)]


def _word(text: str) -> Word:
    return Word((None,), text, is_many=True) if "$" in text or "*" in text else plain_word(text)
