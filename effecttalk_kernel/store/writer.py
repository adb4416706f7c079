"""Writes the blocks of one session to the store, before their replies are sent.

Each block is written when it starts and when it ends, in one short transaction that does
not wait. If another process holds the lock, the blocks wait in order and are written with
the next one, or by `write_waiting`.
"""

import json
import sqlite3
import zlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from effecttalk_kernel.block import has_failed
from effecttalk_kernel.store.database import connect, read_inode, store_path, translate_errors
from effecttalk_kernel.store.errors import RecordError, StoreBusyError
from effecttalk_kernel.store.rows import NewBlock, NewSession, SessionState
from effecttalk_kernel.store.sqlite import transaction

# What Python and SQLite raise for a value that has no form in the database or in JSON.
INVALID_VALUES: Final = (
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
# Blocks that cannot be written must not fill the memory.
MAX_WAITING: Final = 10_000

_INSERT_SESSION: Final = """
INSERT INTO sessions (id, notebook, shell, host, pid, created, modified, state, continues,
                      environment)
VALUES (?, ?, ?, ?, ?, ?, ?, 'live', ?, ?)
ON CONFLICT (id) DO UPDATE SET state = 'live', pid = excluded.pid
RETURNING key
"""
_UPDATE_SESSION: Final = """
UPDATE sessions SET modified = max(modified, ?), cwd = ?, active_block = ?, blocks = ?, failed = ?
WHERE key = ?
"""
_PUT_BLOCK: Final = """
INSERT INTO blocks (session, number, code, status, exit_status, started, ended, cwd, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (session, number) DO UPDATE SET
    status = excluded.status, exit_status = excluded.exit_status, ended = excluded.ended,
    record = excluded.record
"""


class SessionWriter:
    """Writes the rows of one live session; owns a connection."""

    def __init__(
        self, data_directory: Path, session: NewSession, *, is_power_safe: bool = False
    ) -> None:
        """Open the store.

        Raises:
            StoreError: the store cannot be opened.

        """
        self._path = store_path(data_directory)
        self._is_power_safe = is_power_safe
        self._session = session
        self._connection, self._inode = self._open()
        self._waiting: deque[NewBlock] = deque(maxlen=MAX_WAITING)
        self._key: int | None = None
        self._failed: set[int] = set()

    @property
    def has_written_all(self) -> bool:
        """Whether every block is written."""
        return not self._waiting

    @property
    def inode(self) -> int:
        """The inode of the store; if the store was set aside, another file has its name."""
        return self._inode

    @property
    def has_begun(self) -> bool:
        """Whether the session has a row in the store."""
        return self._key is not None

    @property
    def waiting(self) -> Sequence[NewBlock]:
        """The blocks that are not written yet."""
        return [*self._waiting]

    def put(self, block: NewBlock) -> None:
        """Write *block* as it is now, or hold it until the lock is free.

        Raises:
            StoreError: it cannot be written; it is tried again with the next block.

        """
        if self._waiting and self._waiting[-1].number == block.number:
            self._waiting[-1] = block  # only the latest state counts
        else:
            self._waiting.append(block)
        self.write_waiting()

    def write_waiting(self) -> bool:
        """Write the blocks that wait; return False if the lock is not free.

        Raises:
            StoreError: they cannot be written.
            RecordError: one of them has a value that SQLite does not take; the others are written.

        """
        if not self._waiting:
            return True
        try:
            self._reopen_replaced_store()
            with translate_errors(self._path), transaction(self._connection):
                problem = self._write_rows([*self._waiting])
        except StoreBusyError:
            return False
        self._waiting.clear()
        if problem is not None:
            raise problem
        return True

    def finish(self, state: SessionState = SessionState.CLOSED) -> bool:
        """Write how the session ended, if it has any blocks; return False if the lock is not free.

        Raises:
            StoreError: it cannot be written.

        """
        if not self.write_waiting():
            return False
        if self._key is None:
            return True
        try:
            with translate_errors(self._path), transaction(self._connection):
                self._connection.execute(
                    "UPDATE sessions SET state = ?, active_block = NULL WHERE key = ?",
                    (state.value, self._key),
                )
        except StoreBusyError:
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _open(self) -> tuple[sqlite3.Connection, int]:
        connection = connect(
            self._path.parent, timeout_seconds=0, is_power_safe=self._is_power_safe
        )
        # A checkpoint waits for the disk: the write queue makes it, after the reply.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection, read_inode(self._path)

    def _reopen_replaced_store(self) -> None:
        """Switch to the new store, if another process has set this one aside."""
        if read_inode(self._path) != self._inode:
            connection, self._inode = self._open()
            self._connection.close()
            self._connection = connection
            self._key = None

    def _write_rows(self, blocks: list[NewBlock]) -> RecordError | None:
        """Write blocks; return why the last of those that cannot be written cannot."""
        key = self._key
        if key is None or not self._is_current_key(key):
            key = self._insert_session()
        problem = None
        for block in blocks:
            try:
                self._put_block(key, block)
                self._update_session(key, block)
            except INVALID_VALUES as error:  # it must not keep the others from being written
                problem = RecordError(f"block {block.number} is not stored: {error}")
        self._key = key
        return problem

    def _put_block(self, key: int, block: NewBlock) -> None:
        self._connection.execute(
            _PUT_BLOCK,
            (
                key,
                block.number,
                block.code,
                block.status,
                block.exit_status,
                block.started,
                block.ended,
                block.cwd,
                json.dumps(block.record or {}),
            ),
        )
        if has_failed(block.status):
            self._failed.add(block.number)

    def _update_session(self, key: int, last: NewBlock) -> None:
        self._connection.execute(
            _UPDATE_SESSION,
            (
                last.ended or last.started,
                last.cwd_after or last.cwd,
                last.number if last.is_running else None,
                last.number,
                len(self._failed),
                key,
            ),
        )

    def _is_current_key(self, key: int) -> bool:
        """Whether the session's row is still there: the store may have been replaced."""
        found = self._connection.execute("SELECT id FROM sessions WHERE key = ?", (key,)).fetchone()
        return found is not None and found[0] == self._session.id

    def _insert_session(self) -> int:
        new = self._session
        environment = zlib.compress(json.dumps(dict(new.environment)).encode(), 1)
        row = (
            new.id,
            new.notebook,
            new.shell,
            new.host,
            new.pid,
            new.created,
            new.created,
            new.continues,
            environment,
        )
        key: int = self._connection.execute(_INSERT_SESSION, row).fetchone()[0]
        return key
