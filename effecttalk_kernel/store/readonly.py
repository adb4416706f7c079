"""Reading: the store, as whoever only looks at it opens it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.errors import StoreBusyError, StoreUnusableError
from effecttalk_kernel.store.presence import is_live
from effecttalk_kernel.store.rows import SessionState
from effecttalk_kernel.store.sessions import list_sessions, mark_lost

# A list is not worth more; the next one says it.
PATIENCE_MILLISECONDS: Final = 500


@contextmanager
def open_existing(data_directory: Path) -> Iterator[sqlite3.Connection | None]:
    """Give a connection to the store; None where there is none yet: nothing has run.

    Sessions whose kernels are gone are marked so, unless nothing can be written.
    """
    if not store_path(data_directory).exists():
        yield None
        return
    with open_store(data_directory) as connection:
        mark_lost_sessions(connection, data_directory)
        yield connection


def mark_lost_sessions(connection: sqlite3.Connection, data_directory: Path) -> None:
    """Mark the sessions whose kernels are gone, unless nothing can be written."""
    running = list_sessions(connection, states=[SessionState.LIVE])
    if all(is_live(data_directory, session.id) for session in running):
        return
    timeout = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
    # No room, no right to write, or somebody else writes.
    with suppress(sqlite3.OperationalError, StoreBusyError, StoreUnusableError):
        mark_lost(connection, data_directory)
    connection.execute(f"PRAGMA busy_timeout = {timeout}")
