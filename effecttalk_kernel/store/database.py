"""Database: the connection to the store's file, and what SQLite's errors mean.

The file is SQLite in WAL mode (https://sqlite.org/wal.html): readers never wait, and what
is committed outlives the death of every process; with `synchronous=FULL` that of the machine too.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from effecttalk_kernel.store import schema
from effecttalk_kernel.store.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreForeignError,
    StoreUnusableError,
)

MAGIC: Final = b"SQLite format 3\0"
# Who is not on the path of a reply waits as long as the longest restore takes.
PATIENCE_SECONDS: Final = 30.0
DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
PRIMARY: Final = 0xFF  # the lower byte of an extended result code


def store_path(data_directory: Path) -> Path:
    """Return the database's file."""
    return data_directory / "store.sqlite"


def connect(
    data_directory: Path,
    *,
    timeout_seconds: float = PATIENCE_SECONDS,
    is_power_safe: bool = False,
    may_create: bool = True,
) -> sqlite3.Connection:
    """Return a connection to the store, which is made or brought up to date where it has to be.

    Transactions are explicit (see `transaction`). It may be used by one thread at a time.

    Raises:
        StoreUnusableError: it can't be read or written, or there is none and none may be made.
        StoreForeignError: it is not ours, or newer than we know.
        StoreDamagedError: it is damaged.
        StoreBusyError: somebody else brings it up to date.

    """
    path = store_path(data_directory)
    if may_create:
        _make_private(data_directory)
    elif not path.exists():
        raise StoreUnusableError(f"there is no store yet in {data_directory}: nothing has run")
    with translated(path), ExitStack() as on_failure:
        _check_header(path)
        _touch_private(path, may_create=may_create)
        connection = sqlite3.connect(
            path, timeout=timeout_seconds, isolation_level=None, check_same_thread=False
        )
        on_failure.callback(connection.close)
        _check_owner(connection, path)
        # On its way to WAL mode a new file is locked for a moment.
        connection.execute("PRAGMA busy_timeout = 5000")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_power_safe else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
        connection.execute(f"PRAGMA busy_timeout = {int(timeout_seconds * 1000)}")
        on_failure.pop_all()
    return connection


@contextmanager
def opened(data_directory: Path, *, may_create: bool = False) -> Iterator[sqlite3.Connection]:
    """Give a connection for one command; errors of SQLite become those of the store."""
    connection = connect(data_directory, may_create=may_create)
    try:
        with translated(store_path(data_directory)):
            yield connection
    finally:
        connection.close()


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


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise SQLite's and the system's errors as those of the store."""
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning(error, path) from error
    except OSError as error:
        raise StoreUnusableError(f"{error.filename or path}: {error.strerror}") from error


def _meaning(error: sqlite3.Error, path: Path) -> StoreError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & PRIMARY
    if code in DAMAGE:
        return StoreDamagedError(f"the store {path} is damaged: {error}")
    if code in BUSY:
        return StoreBusyError(f"another process writes to {path}")
    if code == sqlite3.SQLITE_FULL:
        return StoreUnusableError(f"no room is left for {path}: {os.strerror(errno.ENOSPC)}")
    return StoreUnusableError(f"{path}: {error}")


def _make_private(directory: Path) -> None:
    """Make *directory* and what is missing above it, for the user only."""
    with translated(directory):
        if not directory.parent.exists():
            _make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _touch_private(path: Path, *, may_create: bool) -> None:
    # SQLite gives its other files the mode of this one.
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if may_create else 0)
    os.close(os.open(path, flags, 0o600))


def _check_header(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(len(MAGIC))
    except FileNotFoundError:
        return
    if beginning not in {b"", MAGIC}:
        raise StoreDamagedError(f"the store {path} is damaged: it is no SQLite database")


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != schema.APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner or version or tables:
            raise StoreForeignError(
                f"{path} is a database of another program; it was not touched: move it away, or"
                " set EFFECTTALK_DATA_DIR to another directory"
            )
    elif version > schema.VERSION:
        raise StoreForeignError(
            f"{path} has schema {version}, and this EffectTalk knows up to {schema.VERSION}; it was"
            " not touched: install the newer EffectTalk that wrote it, or set EFFECTTALK_DATA_DIR"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION:
        return
    with transaction(connection):
        # Another process may have been first.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for script in schema.MIGRATIONS[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one: `executescript` would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
