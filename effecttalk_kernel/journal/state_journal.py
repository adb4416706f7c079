"""States: the shell's states on their way to the store and back."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.journal.journal_options import JournalOptions
from effecttalk_kernel.journal.write_queue import Write
from effecttalk_kernel.masked import MaskedBytes
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.states import Parts, RecentStates, SavedState, StateError
from effecttalk_kernel.store.database import connect, store_path, translate_errors
from effecttalk_kernel.store.errors import StoreError

if TYPE_CHECKING:
    from effecttalk_kernel.journal.resume import ResumedState

# Enough for some undo without the store, and for what it has no secrets of.
RECENT_BYTES: Final = 2_000_000


class StateJournal:
    """The states of one session: the last ones in memory, all of them in the store."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        later: Callable[[Write], None],
        done: Callable[[], Awaitable[None]],
        own: Mapping[str, str],
    ) -> None:
        """Keep states from now on; *own* is the environment of this session."""
        self._options = options
        self._masker = masker
        self._later = later
        self._done = done
        self._own = own
        self._recent = RecentStates(RECENT_BYTES)
        # The last of each piece, the generation of the masker then, and the sealed piece.
        self._sealed: dict[int, tuple[bytes, int, MaskedBytes]] = {}
        self.last_number = -1

    def keep(self, number: int, parts: Parts, jobs: tuple[str, ...]) -> None:
        """Keep the state after block *number*, 0 for the beginning."""
        self.last_number = max(self.last_number, number)
        self._recent.keep(number, parts, jobs)
        self._later(partial(self._write, number, parts, jobs))

    async def state(self, number: int) -> SavedState | None:
        """Return the state of this session after block *number*, if it is kept."""
        recent = await self._recent.state(number)
        if recent is not None:
            return recent
        try:
            found = await self._read(f"{self._options.session}-{number}")
        except StateError:
            return None
        return SavedState(found.script, found.jobs, found.unknown)

    async def other(self, name: str) -> SavedState:
        """Return a state of any session: SESSION, its last one, or SESSION-NUMBER.

        Raises:
            StateError: there is none of that name.

        """
        found = await self._read(name)
        return SavedState(found.script, found.jobs, found.unknown, found.block)

    async def _read(self, name: str) -> "ResumedState":
        await self._done()
        try:
            return await asyncio.to_thread(self._find, name)
        except StoreError as error:
            raise StateError(str(error)) from error

    def _find(self, name: str) -> "ResumedState":
        # Not at start: most sessions read none.
        from effecttalk_kernel.journal.resume import load_state

        directory = self._options.data_directory
        with translate_errors(store_path(directory)), closing(connect(directory)) as connection:
            return load_state(connection, name, self._masker, self._own)

    def _write(
        self, number: int, parts: Parts, jobs: tuple[str, ...], connection: sqlite3.Connection
    ) -> None:
        # Here, in the thread: no start and no block waits for it.
        from effecttalk_kernel.store import states

        # First the variables: the secrets that they tell are to be found in the others too.
        variables, functions, options = (self._seal(at, part) for at, part in enumerate(parts))
        named = tuple(self._masker.text(job) for job in jobs)
        state = states.NewState(number, (variables, functions, options), named)
        states.put_state(connection, self._options.session, state)

    def _seal(self, at: int, part: bytes) -> MaskedBytes:
        """Seal one piece; most blocks leave functions and options as they were."""
        last = self._sealed.get(at)
        if last is not None and last[:2] == (part, self._masker.generation):
            return last[2]
        sealed = self._masker.seal(part)
        self._sealed[at] = (part, self._masker.generation, sealed)
        return sealed
