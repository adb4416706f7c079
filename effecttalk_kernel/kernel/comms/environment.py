"""Environment: what a session's shell exports, and what each of its blocks has changed.

Nothing is read until a page asks. Secrets are masked as in the store: by the names
of variables, by their values wherever they stand, and by the rules.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any, Final, TypedDict

from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.safety.masker import Masker, PageMasker
from effecttalk_kernel.session.states import StateStore

if TYPE_CHECKING:
    from effecttalk_kernel.safety.redaction.statements import Statement

# As many as a page is told of.
MOST_BLOCKS: Final = 200
MOST_NAMES: Final = 100
MOST_VARIABLES: Final = 1_000
# $LS_COLORS has 2 kB; Linux takes up to 128 kB.
LONGEST_VALUE: Final = 4_000
WAYS: Final = ("set", "changed", "unset")
# What a session and its blocks are given: no news to anybody.
OWN: Final = "EFFECTTALK_"


class Description(TypedDict):
    """What pages are told of an environment."""

    block: int | None
    changes: list[MaskedObject]
    variables: list[MaskedObject]
    more: int


@dataclass(frozen=True, slots=True)
class Changes:
    """How names differ after a block, by kind, and where it has gone; not masked yet."""

    block: int
    found: Mapping[str, Mapping[str, str]]
    directory: str = ""


class Environment:
    """Reads the states of a session for who wants to know what is in them."""

    def __init__(self, states: StateStore, masker: Masker) -> None:
        self._states = states
        self._session_masker = masker
        # Each block with a state, and which of all that were told it is: one may come again.
        self._told: dict[int, int] = {}
        self._counter = count()
        self._changes: dict[tuple[int, int], Changes] = {}
        self._shown: dict[tuple[int, int], MaskedObject] = {}
        self._generation = (0, 0)

    @cached_property
    def masker(self) -> PageMasker:
        """The gate for what pages are told; made in the loop: two threads would make two."""
        return self._session_masker.page_masker()

    def told(self, number: int) -> None:
        """Take note of a new state after block *number*, 0 for the beginning."""
        self._told[number] = next(self._counter)
        if len(self._told) > MOST_BLOCKS + 1:
            del self._told[next(iter(self._told))]

    async def described(self) -> Description:
        """Return the exported variables, and what blocks have changed, the newest first.

        One call after the other.
        """
        told = dict(sorted(self._told.items()))
        last = next(reversed(told), None)
        masker = self.masker
        # First of all: what any state tells of secrets is to be masked everywhere.
        await self._compare(told, masker)
        script = b"" if last is None else await self._script(last)
        return await asyncio.to_thread(self._describe, last, script, masker)

    async def _compare(self, told: Mapping[int, int], masker: PageMasker) -> None:
        known, self._changes = self._changes, {}
        read: int | None = None
        script = b""
        for before, after in pairwise(told):
            key = told[before], told[after]
            if (changes := known.get(key)) is None:
                # Most often it was read for the block before.
                old = script if read == before else await self._script(before)
                read, script = after, await self._script(after)
                changes = await asyncio.to_thread(_changes_of, after, old, script, masker)
            self._changes[key] = changes

    async def _script(self, number: int) -> bytes:
        kept = await self._states.state(number)
        return b"" if kept is None else kept.script

    # In a thread.

    def _describe(self, last: int | None, script: bytes, masker: PageMasker) -> Description:
        variables = [*_exported(_seal(script, masker))]
        return {
            "block": last,
            "changes": self._describe_changes(masker),
            "variables": [_describe_variable(each, masker) for each in variables[:MOST_VARIABLES]],
            "more": max(0, len(variables) - MOST_VARIABLES),
        }

    def _describe_changes(self, masker: PageMasker) -> list[MaskedObject]:
        known = self._shown if masker.generation == self._generation else {}
        self._generation = masker.generation
        self._shown = {
            key: known.get(key) or masker.json(_describe_change(changes))
            for key, changes in self._changes.items()
            if changes.found
        }
        return [*reversed(self._shown.values())]


def _changes_of(number: int, before: bytes, after: bytes, masker: PageMasker) -> Changes:
    """Return what a block has changed; nothing where a state is not kept any more."""
    # Not at start: to compile its expressions takes 2 ms.
    from effecttalk_kernel.safety.redaction.names import is_secret_name
    from effecttalk_kernel.shell.dialects.bash_changes import differences, directory

    if not before or not after:
        return Changes(number, {})
    found = differences(before, after)
    if any(map(is_secret_name, found.get("variables", ()))):
        _seal(before, masker)
        _seal(after, masker)
    return Changes(number, found, directory(after) if "directory" in found else "")


def _describe_change(changes: Changes) -> dict[str, Any]:
    others = [kind for kind, names in changes.found.items() if "" in names]
    kinds = {kind: _by_way(names) for kind, names in changes.found.items() if kind not in others}
    described: dict[str, Any] = {"block": changes.block, **kinds}
    if "directory" in others:
        others.remove("directory")
        described["directory"] = changes.directory
    return described | ({"others": others} if others else {})


def _by_way(names: Mapping[str, str]) -> dict[str, Any]:
    ways = {way: sorted(name for name in names if names[name] == way) for way in WAYS}
    more = sum(max(0, len(found) - MOST_NAMES) for found in ways.values())
    shown: dict[str, Any] = {way: found[:MOST_NAMES] for way, found in ways.items() if found}
    return shown | ({"more": more} if more else {})


def _describe_variable(part: "Statement", masker: PageMasker) -> MaskedObject:
    # None, or one.
    values = [("value", each.value.decode(errors="surrogateescape")) for each in part.values]
    described = masker.json({"name": part.name, **dict(values)})
    value = described.get("value", "")
    if len(value) > LONGEST_VALUE:
        described |= {"value": value[:LONGEST_VALUE], "cut": len(value) - LONGEST_VALUE}
    return described


def _seal(script: bytes, masker: PageMasker) -> bytes:
    """Return the variables of a state with their secrets sealed, and learn which they are."""
    from effecttalk_kernel.shell.dialects.bash_parts import split

    return masker.seal(split(script)[0])


def _exported(sealed: bytes) -> "Iterator[Statement]":
    from effecttalk_kernel.safety.redaction.statements import Kind, statements

    for part in statements(sealed):
        is_exported = part.kind is Kind.VARIABLE and b"x" in part.flags
        if is_exported and not part.is_array and not part.name.startswith(OWN):
            yield part
