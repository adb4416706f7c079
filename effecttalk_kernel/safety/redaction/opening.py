"""Opening: what at the end of an unfinished line may be the beginning of a secret."""

from collections.abc import Iterable

from effecttalk_kernel.safety.redaction.engine import compiled, escaped
from effecttalk_kernel.safety.redaction.rules import GROUP, Rule
from effecttalk_kernel.safety.redaction.values import Values


class Opening:
    """Tells how much of an unfinished line can be shown."""

    def __init__(self, rules: Iterable[Rule], values: Values) -> None:
        opens = [pattern.encode() for rule in rules if (pattern := _open(rule))]
        # With the end outside of the alternatives RE2 begins there, backwards.
        self._any = compiled(rb"(?:%b)\z" % b"|".join(opens))
        self._opens = [compiled(rb"(?:%b)\z" % pattern) for pattern in opens]
        self._values = values

    def begins(self, plain: bytes) -> int:
        """Return where what must not be shown yet begins; the length if nothing."""
        return min(self._by_rules(plain), self._values.begins(plain))

    def _by_rules(self, plain: bytes) -> int:
        if self._any.search(plain) is None:
            return len(plain)
        places = [
            found.start(regexp.groupindex[GROUP.encode()])
            for regexp in self._opens
            if (found := regexp.search(plain)) is not None
        ]
        return min(places, default=len(plain))


def _open(rule: Rule) -> str:
    """Return the pattern of an unfinished one at the end of a text."""
    if rule.open or not rule.starts:
        return rule.open
    literals = "|".join(_quoted(literal) for literal in rule.starts)
    # Nothing can stand behind these: the next character is not there yet.
    partly = "|".join(
        sorted(
            _quoted(literal[:size]) for literal in rule.starts for size in range(1, len(literal))
        )
    )
    boundary = r"\b" if rule.pattern.startswith(r"\b") else ""
    return rf"{boundary}(?P<{GROUP}>(?:{literals}){rule.run}*|(?:{partly}))"


def _quoted(literal: str) -> str:
    return str(escaped(literal.encode()), "ascii")
