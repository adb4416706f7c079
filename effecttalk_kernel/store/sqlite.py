"""Databases: what the files of SQLite that are ours have in common."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

# What `result_code` gives where the file is damaged, and where another process has it.
DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
PRIMARY: Final = 0xFF  # the lower byte of an extended result code


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; the lock is taken at the start, so nothing fails half-way for it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled it back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def result_code(error: sqlite3.Error) -> int:
    """Return the primary result code of an error; 0: it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & PRIMARY


def make_private_file(path: Path) -> None:
    """Make a database's file, for the user only; SQLite gives its other files the same mode.

    Raises:
        OSError: it can't be made.

    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
