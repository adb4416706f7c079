"""Writes the states of the shell to the store, and reads them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.journal.journal_options import JournalOptions
from effecttalk_kernel.journal.write_queue import Write
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.saved_states import RecentStates, SavedState, StateError
from effecttalk_kernel.shell.dialects.bash import Part, Parts
from effecttalk_kernel.store.database import connect, store_path, translate_errors
from effecttalk_kernel.store.errors import StoreError
from effecttalk_kernel.store.masked import MaskedBytes

if TYPE_CHECKING:
    from effecttalk_kernel.journal.resume import ResumedState

# Enough for some undo steps without the store, which has no secrets.
RECENT_BYTES: Final = 2_000_000


class StateJournal:
    """The states of one session: recent ones in memory, all of them in the store."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        defer: Callable[[Write], None],
        flush: Callable[[], Awaitable[None]],
        environment: Mapping[str, str],
    ) -> None:
        """Write states from now on; *environment* is the environment of this session."""
        self._options = options
        self._masker = masker
        self._defer = defer
        self._flush = flush
        self._environment = environment
        self._recent = RecentStates(RECENT_BYTES)
        # The last of each piece, the generation of the masker then, and the sealed piece.
        self._sealed: dict[int, tuple[Part, int, Sequence[MaskedBytes]]] = {}
        self.last_number = -1

    def keep(self, number: int, parts: Parts, jobs: tuple[str, ...]) -> None:
        """Store the state after block *number*, 0 for the beginning."""
        self.last_number = max(self.last_number, number)
        self._recent.keep(number, parts, jobs)
        self._defer(partial(self._store, number, parts, jobs))

    async def state(self, number: int) -> SavedState | None:
        """Return the state of this session after block *number*, or None if it is not stored."""
        recent = await self._recent.state(number)
        if recent is not None:
            return recent
        try:
            found = await self._load(f"{self._options.session}-{number}")
        except StateError:
            return None
        return SavedState(found.parts, found.jobs, found.unknown)

    async def find_state(self, name: str) -> SavedState:
        """Return a state of any session: SESSION for its last one, or SESSION-NUMBER.

        Raises:
            StateError: there is no such state.

        """
        found = await self._load(name)
        return SavedState(found.parts, found.jobs, found.unknown, found.block)

    async def _load(self, name: str) -> "ResumedState":
        await self._flush()
        try:
            return await asyncio.to_thread(self._load_from_store, name)
        except StoreError as error:
            raise StateError(str(error)) from error

    def _load_from_store(self, name: str) -> "ResumedState":
        # Imported here: most sessions read no state.
        from effecttalk_kernel.journal.resume import load_state

        directory = self._options.data_directory
        with translate_errors(store_path(directory)), closing(connect(directory)) as connection:
            return load_state(connection, name, self._masker, self._environment)

    def _store(
        self, number: int, parts: Parts, jobs: tuple[str, ...], connection: sqlite3.Connection
    ) -> None:
        # Imported in the thread: no start and no block waits for it.
        from effecttalk_kernel.store import shell_states

        # The variables first: their secrets are then found in the other pieces too.
        variables, functions, options = (
            self._seal_part(position, part) for position, part in enumerate(parts)
        )
        named = tuple(self._masker.text(job) for job in jobs)
        state = shell_states.NewState(number, (variables, functions, options), named)
        shell_states.put_state(connection, self._options.session, state)

    def _seal_part(self, position: int, part: Part) -> Sequence[MaskedBytes]:
        """Seal one piece, unless it is the same as before: most blocks change only variables."""
        last = self._sealed.get(position)
        if last is not None and last[:2] == (part, self._masker.generation):
            return last[2]
        sealed = self._masker.seal(part)
        self._sealed[position] = (part, self._masker.generation, sealed)
        return sealed
