"""Read-only access to the store."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.errors import StoreBusyError, StoreUnusableError
from effecttalk_kernel.store.live_sessions import is_live
from effecttalk_kernel.store.rows import SessionState
from effecttalk_kernel.store.sessions import list_sessions, mark_lost

# A list does not wait longer; the next one marks the sessions.
BUSY_TIMEOUT_MILLISECONDS: Final = 500


@contextmanager
def open_existing(data_directory: Path) -> Iterator[sqlite3.Connection | None]:
    """Connect to the store; give None if it does not exist yet.

    Sessions whose kernel was killed are marked as lost, if the store can be written.
    """
    if not store_path(data_directory).exists():
        yield None
        return
    with open_store(data_directory) as connection:
        mark_lost_sessions(connection, data_directory)
        yield connection


def mark_lost_sessions(connection: sqlite3.Connection, data_directory: Path) -> None:
    """Mark the sessions whose kernel was killed as lost, if the store can be written."""
    running = list_sessions(connection, states=[SessionState.LIVE])
    if all(is_live(data_directory, session.id) for session in running):
        return
    timeout = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    # No space, no permission, or another process is writing.
    with suppress(sqlite3.OperationalError, StoreBusyError, StoreUnusableError):
        mark_lost(connection, data_directory)
    connection.execute(f"PRAGMA busy_timeout = {timeout}")
