"""Environment: what a session's shell exports, and what each of its blocks has changed.

Nothing is looked at until somebody asks. Secrets are masked as in the store: by the names
of variables, by their values wherever they stand, and by the rules.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.safety.masks import Masks
from effecttalk_kernel.session.states import States

if TYPE_CHECKING:
    from effecttalk_kernel.safety.redaction.redactor import Redactor
    from effecttalk_kernel.safety.redaction.statements import Statement
    from effecttalk_kernel.safety.redaction.variables import Vault

# As many as a page is told of.
MOST_BLOCKS: Final = 200
MOST_NAMES: Final = 100
MOST_VARIABLES: Final = 1_000
# $LS_COLORS has 2 kB; Linux takes up to 128 kB.
LONGEST_VALUE: Final = 4_000
WAYS: Final = ("set", "changed", "unset")
# What a session and its blocks are given: no news to anybody.
OWN: Final = "EFFECTTALK_"

Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """How names differ after a block, by kind, and where it has gone; not masked yet."""

    block: int
    found: Mapping[str, Mapping[str, str]]
    directory: str = ""


class Environment:
    """Reads the states of a session for who wants to know what is in them."""

    def __init__(self, states: States, masks: Masks) -> None:
        self._states = states
        self._masks = masks
        # Each block with a state, and which of all that were told it is: one may come again.
        self._told: dict[int, int] = {}
        self._counter = count()
        self._changes: dict[tuple[int, int], Changes] = {}
        self._shown: dict[tuple[int, int], Shown] = {}
        self._generations = (0, 0)
        self._learned: Redactor | None = None
        self._vault: Vault | None = None

    def told(self, number: int) -> None:
        """Take note of a new state after block *number*, 0 for the beginning."""
        self._told[number] = next(self._counter)
        if len(self._told) > MOST_BLOCKS + 1:
            del self._told[next(iter(self._told))]

    async def described(self) -> dict[str, Any]:
        """Return the exported variables, and what blocks have changed, the newest first.

        One call after the other.
        """
        told = dict(sorted(self._told.items()))
        last = next(reversed(told), None)
        rules = self._masks.redactor  # made here: two threads would make two
        assert rules is not None
        # First of all: what any state tells of secrets is to be masked everywhere.
        await self._compare(told)
        script = b"" if last is None else await self._script(last)
        return {"block": last, **await asyncio.to_thread(self._masked_all, script)}

    def masked(self, text: str) -> str:
        """Return *text* without the secrets that are known, fit to be sent."""
        for redactor in (self._learned, self._masks.redactor):
            text = text if redactor is None else redactor.text(text)[0]
        return text.encode(errors="surrogateescape").decode(errors="replace")

    async def _compare(self, told: Mapping[int, int]) -> None:
        known, self._changes = self._changes, {}
        read: int | None = None
        script = b""
        for before, after in pairwise(told):
            key = told[before], told[after]
            if (changes := known.get(key)) is None:
                # Most often it was read for the block before.
                old = script if read == before else await self._script(before)
                read, script = after, await self._script(after)
                changes = await asyncio.to_thread(self._changed, after, old, script)
            self._changes[key] = changes

    async def _script(self, number: int) -> bytes:
        kept = await self._states.state(number)
        return b"" if kept is None else kept.script

    # In a thread.

    def _changed(self, number: int, before: bytes, after: bytes) -> Changes:
        """Return what a block has changed; nothing where a state is not kept any more."""
        # Not at start: to compile its expressions takes 2 ms.
        from effecttalk_kernel.safety.redaction.names import is_secret_name
        from effecttalk_kernel.shell.dialects.bash_changes import differences, directory

        if not before or not after:
            return Changes(number, {})
        found = differences(before, after)
        if any(map(is_secret_name, found.get("variables", ()))):
            self._sealed(before)
            self._sealed(after)
        return Changes(number, found, directory(after) if "directory" in found else "")

    def _masked_all(self, script: bytes) -> dict[str, Any]:
        variables = [*_exported(self._sealed(script))]
        return {
            "changes": self._shown_changes(),
            "variables": [self._shown_variable(each) for each in variables[:MOST_VARIABLES]],
            "more": max(0, len(variables) - MOST_VARIABLES),
        }

    def _shown_changes(self) -> list[Shown]:
        learned = 0 if self._learned is None else self._learned.generation
        generations = learned, self._masks.generation
        known = self._shown if generations == self._generations else {}
        self._generations = generations
        self._shown = {
            key: known.get(key) or self._shown_change(changes)
            for key, changes in self._changes.items()
            if changes.found
        }
        return [*reversed(self._shown.values())]

    def _shown_change(self, changes: Changes) -> Shown:
        others = [kind for kind, names in changes.found.items() if "" in names]
        kinds = {
            kind: self._by_way(names) for kind, names in changes.found.items() if kind not in others
        }
        shown: dict[str, Any] = {"block": changes.block, **kinds}
        if "directory" in others:
            others.remove("directory")
            shown["directory"] = self.masked(changes.directory)
        return shown | ({"others": others} if others else {})

    def _by_way(self, names: Mapping[str, str]) -> dict[str, Any]:
        ways = {way: sorted(name for name in names if names[name] == way) for way in WAYS}
        more = sum(max(0, len(found) - MOST_NAMES) for found in ways.values())
        shown: dict[str, Any] = {
            way: [self.masked(name) for name in found[:MOST_NAMES]]
            for way, found in ways.items()
            if found
        }
        return shown | ({"more": more} if more else {})

    def _shown_variable(self, part: "Statement") -> Shown:
        from effecttalk_kernel.safety.redaction.names import PLACEHOLDER
        from effecttalk_kernel.safety.redaction.redactor import MASK

        shown: dict[str, Any] = {"name": self.masked(part.name)}
        for quoted in part.values:  # none, or one
            text = quoted.value.decode(errors="surrogateescape")
            value = self.masked(PLACEHOLDER.sub(MASK, text))
            shown["value"] = value[:LONGEST_VALUE]
            if len(value) > LONGEST_VALUE:
                shown["cut"] = len(value) - LONGEST_VALUE
        return shown

    def _sealed(self, script: bytes) -> bytes:
        """Return the variables of a state with secrets sealed, and learn which they are."""
        from effecttalk_kernel.safety.redaction.redactor import Redactor
        from effecttalk_kernel.safety.redaction.variables import Vault
        from effecttalk_kernel.shell.dialects.bash_parts import split

        if self._learned is None or self._vault is None:
            # The session's own, which has the rules, learns in another thread.
            self._learned = Redactor(())
            self._vault = Vault(self._learned)
        return self._vault.seal(split(script)[0])


def _exported(sealed: bytes) -> "Iterator[Statement]":
    from effecttalk_kernel.safety.redaction.statements import Kind, statements

    for part in statements(sealed):
        is_exported = part.kind is Kind.VARIABLE and b"x" in part.flags
        if is_exported and not part.is_array and not part.name.startswith(OWN):
            yield part
