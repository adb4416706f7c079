"""Environment: the variables that the shell exports, and what each block has changed.

Nothing is read until a client requests it. Secrets are masked as in the store: by the names
of variables, by their values wherever they occur, and by the rules.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING, Any, Final, TypedDict

from effecttalk_kernel.bash_quoting import escape_value
from effecttalk_kernel.safety.masker import Masker, PageMasker
from effecttalk_kernel.session.saved_states import StateStore
from effecttalk_kernel.shell.dialects.bash import NO_PARTS, Part, Parts
from effecttalk_kernel.store.masked import MaskedObject

if TYPE_CHECKING:
    from effecttalk_kernel.safety.redaction.statements import Statement

# The most that a client is sent.
MAX_BLOCKS: Final = 200
MAX_NAMES: Final = 100
MAX_VARIABLES: Final = 1_000
# $LS_COLORS has 2 kB; Linux takes up to 128 kB.
LONGEST_VALUE: Final = 4_000
WAYS: Final = ("set", "changed", "unset")
# Variables that EffectTalk sets for a session and its blocks.
OWN_PREFIX: Final = "EFFECTTALK_"


class Description(TypedDict):
    """An environment as it is sent to clients."""

    block: int | None
    changes: list[MaskedObject]
    variables: list[MaskedObject]
    more: int


@dataclass(frozen=True, slots=True)
class BlockChanges:
    """The names that a block has changed, by kind, and its new directory; not masked yet."""

    block: int
    names: Mapping[str, Mapping[str, str]]
    directory: str = ""


class Environment:
    """Describes the states of a session to clients."""

    def __init__(self, states: StateStore, masker: Masker) -> None:
        self._states = states
        self._session_masker = masker
        # Blocks with a state, and its serial number: a block may get another state.
        self._serials: dict[int, int] = {}
        self._counter = count()
        self._changes: dict[tuple[int, int], BlockChanges] = {}
        self._shown: dict[tuple[int, int], MaskedObject] = {}
        self._generation = (0, 0)

    @cached_property
    def masker(self) -> PageMasker:
        """The masker of all that clients are sent; made in the loop: two threads would make two."""
        return self._session_masker.page_masker()

    def add_state(self, number: int) -> None:
        """Add a new state after block *number*, 0 for the beginning."""
        self._serials[number] = next(self._counter)
        if len(self._serials) > MAX_BLOCKS + 1:
            del self._serials[next(iter(self._serials))]

    async def describe(self) -> Description:
        """Return the exported variables, and what blocks have changed, the newest first.

        Calls must not overlap.
        """
        states = dict(sorted(self._serials.items()))
        last = next(reversed(states), None)
        masker = self.masker
        # First, so that a secret found in any state is masked everywhere.
        await self._compare(states, masker)
        parts = NO_PARTS if last is None else await self._parts(last)
        return await asyncio.to_thread(self._describe, last, parts[0], masker)

    async def _compare(self, states: Mapping[int, int], masker: PageMasker) -> None:
        known, self._changes = self._changes, {}
        read: int | None = None
        parts = NO_PARTS
        for before, after in pairwise(states):
            key = states[before], states[after]
            if (changes := known.get(key)) is None:
                # It was usually read for the block before.
                old = parts if read == before else await self._parts(before)
                read, parts = after, await self._parts(after)
                changes = await asyncio.to_thread(_find_changes, after, old, parts, masker)
            self._changes[key] = changes

    async def _parts(self, number: int) -> Parts:
        state = await self._states.state(number)
        return NO_PARTS if state is None else state.parts

    # These run in a thread.

    def _describe(self, last: int | None, variables: Part, masker: PageMasker) -> Description:
        exported = [*_exported(masker.seal(variables))]
        return {
            "block": last,
            "changes": self._describe_changes(masker),
            "variables": [_describe_variable(each, masker) for each in exported[:MAX_VARIABLES]],
            "more": max(0, len(exported) - MAX_VARIABLES),
        }

    def _describe_changes(self, masker: PageMasker) -> list[MaskedObject]:
        known = self._shown if masker.generation == self._generation else {}
        self._generation = masker.generation
        self._shown = {
            key: known.get(key) or masker.json(_describe_change(changes))
            for key, changes in self._changes.items()
            if changes.names
        }
        return [*reversed(self._shown.values())]


def _find_changes(number: int, before: Parts, after: Parts, masker: PageMasker) -> BlockChanges:
    """Return what a block has changed; nothing if a state is not stored any more."""
    # Imported late: compiling its regular expressions takes 2 ms.
    from effecttalk_kernel.safety.redaction.secret_names import is_secret_name
    from effecttalk_kernel.shell.dialects.bash_changes import compare_states, find_directory

    if NO_PARTS in (before, after):
        return BlockChanges(number, {})
    found = compare_states(before, after)
    if any(map(is_secret_name, found.get("variables", ()))):
        masker.seal(before[0])
        masker.seal(after[0])
    return BlockChanges(number, found, find_directory(after[0]) if "directory" in found else "")


def _describe_change(changes: BlockChanges) -> dict[str, Any]:
    others = [kind for kind, names in changes.names.items() if "" in names]
    kinds = {kind: _by_way(names) for kind, names in changes.names.items() if kind not in others}
    described: dict[str, Any] = {"block": changes.block, **kinds}
    if "directory" in others:
        others.remove("directory")
        described["directory"] = escape_value(changes.directory)
    return described | ({"others": others} if others else {})


def _by_way(names: Mapping[str, str]) -> dict[str, Any]:
    ways = {way: sorted(name for name in names if names[name] == way) for way in WAYS}
    more = sum(max(0, len(found) - MAX_NAMES) for found in ways.values())
    shown: dict[str, Any] = {way: found[:MAX_NAMES] for way, found in ways.items() if found}
    return shown | ({"more": more} if more else {})


def _describe_variable(part: "Statement", masker: PageMasker) -> MaskedObject:
    values = [("value", each.value.decode(errors="surrogateescape")) for each in part.values]
    described = masker.json({"name": part.name, **dict(values)})
    value = described.get("value", "")
    if len(value) > LONGEST_VALUE:
        described |= {"value": value[:LONGEST_VALUE], "cut": len(value) - LONGEST_VALUE}
    return described


def _exported(sealed: Iterable[bytes]) -> "Iterator[Statement]":
    from effecttalk_kernel.safety.redaction.statements import StatementKind, split_statements

    for part in chain.from_iterable(map(split_statements, sealed)):
        is_exported = part.kind is StatementKind.VARIABLE and b"x" in part.flags
        if is_exported and not part.is_array and not part.name.startswith(OWN_PREFIX):
            yield part
