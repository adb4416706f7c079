"""Writes the rows of a session's blocks before their replies, with hardly any waiting."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.journal.journal_options import JournalOptions, Tell
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.errors import StoreBusyError, StoreDamagedError, StoreError
from effecttalk_kernel.store.live_sessions import Presence
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

log = logging.getLogger("effecttalk.store")

# A transaction takes a tenth of a millisecond. If another process holds the lock longer than
# this (a restore, a deletion), the reply is sent, and the block is written when the lock is free.
SETTLE_SECONDS: Final = 0.25
FIRST_RETRY_SECONDS: Final = 0.001
LAST_RETRY_SECONDS: Final = 0.05
MOST_EARLY: Final = 1_000


class BlockJournal:
    """Writes the rows of one session; works without the store if it cannot be opened."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        tell: Tell,
        on_settled: Callable[[], None],
    ) -> None:
        self._options = options
        self._masker = masker
        self._tell = tell
        self._on_settled = on_settled
        self._loop = asyncio.get_running_loop()
        self._created = time.time()
        self._writer: SessionWriter | None = None
        self._presence: Presence | None = None
        self._early: list[NewBlock] = []  # while the store cannot be opened
        self._told: set[type[StoreError]] = set()
        self._is_retrying = False
        self.is_given_up = False

    @property
    def are_settled(self) -> bool:
        """Whether every block is written, or none will be."""
        return self._writer is None or self._writer.is_settled

    @property
    def are_there(self) -> bool:
        """Whether outputs and states of the blocks can be written."""
        return self._writer is not None and self._writer.has_begun and self._writer.is_settled

    def prepare(self) -> None:
        """Open the store in advance, so that no block waits for it."""
        if self._writer is None and not self.is_given_up:
            try:
                self._writer = self._open()
            except StoreDamagedError as error:
                self._set_aside(error)
            except StoreError as error:
                self.is_given_up = not isinstance(error, StoreBusyError)
                self.failed(error)

    def put(self, row: NewBlock) -> None:
        """Write a block as it is now, immediately or as soon as possible."""
        self.prepare()
        if self._writer is None:
            self._early = [] if self.is_given_up else [*self._early[-MOST_EARLY:], row]
            return
        rows, self._early = [*self._early, row], []
        for each in rows:
            self._put(each)
        self._go_on()

    def _put(self, row: NewBlock) -> None:
        try:
            if self._writer is not None:
                self._writer.put(row)
        except StoreError as error:  # the row is kept, by this writer or by the next
            self.failed(error)

    async def settled(self) -> None:
        """Wait a short time until every block is written."""
        end = self._loop.time() + SETTLE_SECONDS
        delay = FIRST_RETRY_SECONDS
        while not self._settle() and self._loop.time() < end:
            await asyncio.sleep(delay)  # no event tells that SQLite's lock is free
            delay = min(2 * delay, LAST_RETRY_SECONDS)
        self._go_on()

    async def finish(self) -> None:
        """Write what is left, and that the session has ended."""
        while self._writer is not None:
            try:
                if self._writer.finish():
                    return
            except StoreError as error:
                self.failed(error)
                return
            await asyncio.sleep(LAST_RETRY_SECONDS)

    def close(self) -> None:
        """Close the store; nothing is written any more."""
        self.is_given_up = True
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        if self._presence is not None:
            self._presence.close()

    def failed(self, error: StoreError) -> None:
        """Tell the user, once for each kind of error."""
        log.warning("store.failed %s", error)
        if isinstance(error, StoreDamagedError):
            self._set_aside(error)
        elif type(error) not in self._told:
            self._told.add(type(error))
            self._tell(f"this session is not stored: {error}")

    def _open(self) -> SessionWriter:
        options = self._options
        new = NewSession(
            id=options.session,
            notebook=options.notebook,
            shell=options.shell,
            host=socket.gethostname(),
            pid=os.getpid(),
            created=self._created,
            continues=options.continues,
            environment=self._masker.environment(),
        )
        writer = SessionWriter(options.data_directory, new, is_power_safe=options.is_power_safe)
        if self._presence is None:
            try:
                self._presence = Presence(options.data_directory, options.session)
            except OSError as error:
                # A file system without locks: other processes may mark the session as lost.
                log.warning("presence.failed %s", error)
        return writer

    def _set_aside(self, error: StoreDamagedError) -> None:
        """Continue with a new store; the damaged one is kept beside it."""
        # Imported here: few stores are damaged.
        from effecttalk_kernel.store.backup.damage import restore_advice, set_aside

        directory = self._options.data_directory
        old, self._writer = self._writer, None
        if old is not None:
            old.close()
        try:
            aside = set_aside(directory, None if old is None else old.inode)
            self._writer = self._open()
            for row in old.waiting if old is not None else ():
                self._writer.put(row)
        except StoreError as problem:
            self.is_given_up = True
            log.warning("store.failed %s", problem)
            self._tell(f"this session is not stored: {problem}")
        else:
            self._tell(
                f"{error}; it was moved to {aside}, and a new one was created;"
                f" {restore_advice(directory)}"
            )

    def _settle(self) -> bool:
        try:
            return self._writer is None or self._writer.settle()
        except StoreError as error:
            self.failed(error)
            return True  # trying again immediately does not help

    def _go_on(self) -> None:
        """Let outputs and states be written; if the rows are not, try again later."""
        if self.are_there:
            self._on_settled()
        elif not self.are_settled and not self._is_retrying:
            self._is_retrying = True
            self._loop.call_later(LAST_RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        self._is_retrying = False
        self._settle()
        self._go_on()
