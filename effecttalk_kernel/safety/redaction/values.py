"""Values: where the values of secret variables are, in any of their forms.

RE2 looks for their first bytes only: automata of whole values are large and
slow, from some thousand bytes on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from effecttalk_kernel.safety.redaction.engine import compiled, escaped
from effecttalk_kernel.safety.redaction.rules import VARIABLE

BEGINNING: Final = 8
# What matches nothing.
NOTHING: Final = rb"[^\x00-\xff]"


class Values:
    """Finds values; is a pattern among those of the rules."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        self.name = VARIABLE
        self.is_block = False
        self._forms: defaultdict[bytes, list[bytes]] = defaultdict(list)
        # Of two that begin at one place the longer one.
        for form in sorted(forms, key=len, reverse=True):
            self._forms[form[:BEGINNING]].append(form)
        # In this order RE2 makes a tree of them.
        self.hint = b"|".join(map(escaped, sorted(self._forms))) or NOTHING
        self._regexp = compiled(self.hint)
        self._sizes = sorted({len(beginning) for beginning in self._forms}, reverse=True)
        self._longest = max(map(len, chain.from_iterable(self._forms.values())), default=0)
        self._short = {first[:size] for first in self._forms for size in range(1, len(first))}

    def spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """Yield where *line* is to be masked."""
        at = 0
        while (found := self._regexp.search(line, at)) is not None:
            start = found.start()
            lengths = (
                len(form) for form in self._begun(line, start) if line.startswith(form, start)
            )
            length = max(lengths, default=0)
            if length:
                yield start, start + length
            at = start + (length or 1)

    def begins(self, plain: bytes) -> int:
        """Return where at the end of *plain* a value may begin; the length if nowhere."""
        at = max(0, len(plain) - self._longest)
        while (found := self._regexp.search(plain, at)) is not None:
            rest = plain[found.start() :]
            if any(
                len(rest) < len(form)
                for form in self._begun(plain, found.start())
                if form.startswith(rest)
            ):
                return found.start()
            at = found.start() + 1
        for size in range(min(BEGINNING, len(plain)), 0, -1):
            if plain[-size:] in self._short:
                return len(plain) - size
        return len(plain)

    def _begun(self, line: bytes, start: int) -> Iterator[bytes]:
        """Yield the values whose first bytes are at *start*."""
        for size in self._sizes:
            yield from self._forms.get(line[start : start + size], ())
