"""Redactor: replaces the secrets in a text by a mask, and counts them by rule.

It is immutable except for the values that it learns.
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
from effecttalk_kernel.safety.redaction.secret_names import list_lines_to_learn
from effecttalk_kernel.safety.redaction.values import SecretValues, list_encodings

MASK: Final = "•••"
MASK_BYTES: Final = MASK.encode()
ESCAPES: Final = re.compile(ESCAPE.pattern.decode())
NO_COUNTS: Final[Mapping[str, int]] = MappingProxyType({})
# For a session that makes a new token each minute, those of half a day.
MAX_VALUES: Final = 1_000


class Redactor:
    """Masks secrets that its rules describe, and values that it has learned."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._learned: dict[str, str] = {}
        self._values: dict[str, set[bytes]] = {}
        self._patterns = [RulePattern(rule) for rule in self._rules]
        self._unfinished: UnfinishedSecrets | None = None
        self._use_values(SecretValues(()))
        self.generation = 0  # grows when a value is learned

    @property
    def unfinished(self) -> UnfinishedSecrets:
        """The search for secrets that an unfinished line must hold back from a screen."""
        if self._unfinished is None:
            self._unfinished = UnfinishedSecrets(self._rules, self._found_values)
        return self._unfinished

    @property
    def longest_value(self) -> int:
        """The size of the longest form of a learned value."""
        return self._found_values.longest

    def learn(self, values: Mapping[str, str]) -> None:
        """Mask these values of secret variables too, wherever they occur."""
        if values.items() <= self._learned.items():
            return
        self._learned |= values
        # Texts are searched without their escape sequences.
        shown = {ESCAPES.sub("", value) for value in values.values()}
        lines = {
            line for value in shown.union(values.values()) for line in list_lines_to_learn(value)
        }
        new = lines - self._values.keys()
        if not new:
            return
        for line in sorted(new):
            self._values[line] = list_encodings(line)
        for line in list(self._values)[:-MAX_VALUES]:
            del self._values[line]
        self._use_values(SecretValues({form for forms in self._values.values() for form in forms}))
        self.generation += 1

    def text(self, text: str) -> tuple[str, Mapping[str, int]]:
        """Return *text* masked, and the number of secrets by rule."""
        try:  # as values of variables are decoded
            errors, data = "surrogateescape", text.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            errors, data = "surrogatepass", text.encode(errors="surrogatepass")
        masked, counts = self.data(data)
        return (masked.decode(errors=errors), counts) if counts else (text, NO_COUNTS)

    def data(self, data: bytes) -> tuple[bytes, Mapping[str, int]]:
        """Return *data* masked, and the number of secrets by rule."""
        stripped = StrippedText(data)
        spans = self.find(stripped.plain).spans
        if not spans:
            return data, NO_COUNTS
        masked = stripped.mask(spans, 0, len(data), MASK_BYTES)
        return masked, Counter(span.rule for span in spans)

    def find(self, plain: bytes, *, is_final: bool = True) -> FoundSecrets:
        """Return where the secrets are in bytes without escape sequences.

        Unless *is_final*, a private key may continue after them.
        """
        return self._matcher.find(plain, is_final=is_final)

    def _use_values(self, values: SecretValues) -> None:
        self._found_values = values
        self._matcher = Matcher([values, *self._patterns])
        self._unfinished = None
