"""Writes the rows of a session's blocks before their replies, with hardly any waiting."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.journal.journal_options import JournalOptions, Say
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.errors import (
    RecordError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
)
from effecttalk_kernel.store.live_sessions import Presence
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

log = logging.getLogger("effecttalk.store")

# A transaction takes a tenth of a millisecond. If another process holds the lock longer than
# this (a restore, a deletion), the reply is sent, and the block is written when the lock is free.
MAX_WAIT_SECONDS: Final = 0.25
FIRST_RETRY_SECONDS: Final = 0.001
LAST_RETRY_SECONDS: Final = 0.05
MAX_EARLY_ROWS: Final = 1_000


class BlockJournal:
    """Writes the rows of one session; works without the store if it cannot be opened."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        say: Say,
        on_written: Callable[[], None],
    ) -> None:
        self._options = options
        self._masker = masker
        self._say = say
        self._on_written = on_written
        self._loop = asyncio.get_running_loop()
        self._created = time.time()
        self._writer: SessionWriter | None = None
        self._presence: Presence | None = None
        self._early: list[NewBlock] = []  # while the store cannot be opened
        self._reported: set[type[StoreError]] = set()
        self._is_retrying = False
        self.has_given_up = False

    @property
    def has_written_all(self) -> bool:
        """Whether every block is written, or none will be."""
        return self._writer is None or self._writer.has_written_all

    @property
    def accepts_outputs(self) -> bool:
        """Whether outputs and states of the blocks can be written."""
        return self._writer is not None and self._writer.has_begun and self._writer.has_written_all

    def prepare(self) -> None:
        """Open the store in advance, so that no block waits for it."""
        if self._writer is None and not self.has_given_up:
            try:
                self._writer = self._open()
            except StoreDamagedError as error:
                self._replace_damaged_store(error)
            except StoreError as error:
                self.has_given_up = not isinstance(error, StoreBusyError)
                self.report_error(error)

    def put(self, row: NewBlock) -> None:
        """Write a block as it is now, immediately or as soon as possible."""
        self.prepare()
        if self._writer is None:
            self._early = [] if self.has_given_up else [*self._early[-MAX_EARLY_ROWS:], row]
            return
        rows, self._early = [*self._early, row], []
        for each in rows:
            self._put_row(each)
        self._continue()

    def _put_row(self, row: NewBlock) -> None:
        try:
            if self._writer is not None:
                self._writer.put(row)
        except StoreError as error:  # the row is kept, by this writer or by the next
            self.report_error(error)

    async def wait_until_written(self) -> None:
        """Wait a short time until every block is written."""
        end = self._loop.time() + MAX_WAIT_SECONDS
        delay = FIRST_RETRY_SECONDS
        while not self._write_waiting() and self._loop.time() < end:
            await asyncio.sleep(delay)  # no event tells that SQLite's lock is free
            delay = min(2 * delay, LAST_RETRY_SECONDS)
        self._continue()

    async def finish(self) -> None:
        """Write what is left, and that the session has ended."""
        while self._writer is not None:
            try:
                if self._writer.finish():
                    return
            except RecordError as error:  # everything else can be written
                self.report_error(error)
                continue
            except StoreError as error:
                self.report_error(error)
                return
            await asyncio.sleep(LAST_RETRY_SECONDS)

    def close(self) -> None:
        """Close the store; nothing is written any more."""
        self.has_given_up = True
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        if self._presence is not None:
            self._presence.close()

    def report_error(self, error: StoreError) -> None:
        """Tell the user, once for each kind of error."""
        log.warning("store.failed %s", error)
        if isinstance(error, StoreDamagedError):
            self._replace_damaged_store(error)
        elif type(error) not in self._reported:
            self._reported.add(type(error))
            is_one_block = isinstance(error, RecordError)
            self._say(str(error) if is_one_block else f"this session is not stored: {error}")

    def _open(self) -> SessionWriter:
        options = self._options
        new = NewSession(
            id=options.session,
            notebook=options.notebook,
            shell=options.shell,
            host=escape_bytes(socket.gethostname()),
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

    def _replace_damaged_store(self, error: StoreDamagedError) -> None:
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
            self.has_given_up = True
            log.warning("store.failed %s", problem)
            self._say(f"this session is not stored: {problem}")
        else:
            self._say(
                f"{error}; it was moved to {aside}, and a new one was created;"
                f" {restore_advice(directory)}"
            )

    def _write_waiting(self) -> bool:
        try:
            return self._writer is None or self._writer.write_waiting()
        except StoreError as error:
            self.report_error(error)
            return True  # trying again immediately does not help

    def _continue(self) -> None:
        """Let outputs and states be written; if the rows are not, try again later."""
        if self.accepts_outputs:
            self._on_written()
        elif not self.has_written_all and not self._is_retrying:
            self._is_retrying = True
            self._loop.call_later(LAST_RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        self._is_retrying = False
        self._write_waiting()
        self._continue()
