"""Functions for all SQLite databases of EffectTalk."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

# Values of `result_code` for a damaged file, and for one that another process has locked.
DAMAGE_CODES: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
BUSY_CODES: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
PRIMARY_CODE_MASK: Final = 0xFF  # the lower byte of an extended result code


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run a transaction; it takes the write lock at its start, so it cannot fail later for it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # If the disk is full, SQLite may have rolled it back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def result_code(error: sqlite3.Error) -> int:
    """Return the primary result code of an error, or 0 without one."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & PRIMARY_CODE_MASK


def make_private_file(path: Path) -> None:
    """Create a database's file, accessible only to the user; SQLite's other files get its mode.

    Raises:
        OSError: it cannot be created.

    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
