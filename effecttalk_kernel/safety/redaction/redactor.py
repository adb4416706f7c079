"""Redactor: texts with their secrets masked, and how many of which kind.

Immutable but for the values that it learns.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from effecttalk_kernel.safety.redaction.escapes import ESCAPE, StrippedText
from effecttalk_kernel.safety.redaction.patterns import (
    FoundSecrets,
    Matcher,
    RulePattern,
    UnfinishedSecrets,
)
from effecttalk_kernel.safety.redaction.rules import Rule
from effecttalk_kernel.safety.redaction.secret_names import lines_to_learn
from effecttalk_kernel.safety.redaction.values import SecretValues, encodings_of

MASK: Final = "•••"
MASK_BYTES: Final = MASK.encode()
ESCAPES: Final = re.compile(ESCAPE.pattern.decode())
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
# A session that makes a new token each minute has these of the last half day.
MOST_VALUES: Final = 1_000


class Redactor:
    """Masks what its rules describe, and the values that it has learned."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._seen: dict[str, str] = {}
        self._values: dict[str, set[bytes]] = {}
        self._patterns = [RulePattern(rule) for rule in self._rules]
        self._opening: UnfinishedSecrets | None = None
        self._use(SecretValues(()))
        self.generation = 0  # grows when something was learned

    @property
    def opening(self) -> UnfinishedSecrets:
        """What an unfinished line must keep back from a screen."""
        if self._opening is None:
            self._opening = UnfinishedSecrets(self._rules, self._found_values)
        return self._opening

    def learn(self, values: Mapping[str, str]) -> None:
        """Look for these values of secret variables too."""
        if values.items() <= self._seen.items():
            return
        self._seen |= values
        # Escapes are taken out of what is looked at.
        shown = {ESCAPES.sub("", value) for value in values.values()}
        lines = {line for value in shown.union(values.values()) for line in lines_to_learn(value)}
        new = lines - self._values.keys()
        if not new:
            return
        for line in sorted(new):
            self._values[line] = encodings_of(line)
        for line in list(self._values)[:-MOST_VALUES]:
            del self._values[line]
        self._use(SecretValues({form for of_one in self._values.values() for form in of_one}))
        self.generation += 1

    def text(self, text: str) -> tuple[str, Mapping[str, int]]:
        """Return *text* masked, and how many secrets by rule."""
        try:  # as the values of variables are
            errors, data = "surrogateescape", text.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            errors, data = "surrogatepass", text.encode(errors="surrogatepass")
        masked, counts = self.data(data)
        return (masked.decode(errors=errors), counts) if counts else (text, NOTHING)

    def data(self, data: bytes) -> tuple[bytes, Mapping[str, int]]:
        """Return *data* masked, and how many secrets by rule."""
        stripped = StrippedText(data)
        spans = self.find(stripped.plain).spans
        if not spans:
            return data, NOTHING
        masked = stripped.masked(spans, 0, len(data), MASK_BYTES)
        return masked, Counter(span.rule for span in spans)

    def find(self, plain: bytes, *, is_final: bool = True) -> FoundSecrets:
        """Return where secrets are in bytes without escapes.

        Unless *is_final*, a private key may go on behind them.
        """
        return self._matcher.find(plain, is_final=is_final)

    def _use(self, values: SecretValues) -> None:
        self._found_values = values
        self._matcher = Matcher([values, *self._patterns])
        self._opening = None
