"""The connection to the store's database, and the meaning of SQLite's errors.

The file is SQLite in WAL mode (https://sqlite.org/wal.html): readers never wait. Committed data
survives the death of any process; with `synchronous=FULL`, also a power failure.

Only SQLite may open the file: closing any descriptor of it releases all locks that the process
has on it (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
Another process could then remove the WAL.
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
    StoreIndexError,
    StoreUnusableError,
)
from effecttalk_kernel.store.locks import hold_lock
from effecttalk_kernel.store.sqlite import (
    BUSY_CODES,
    DAMAGE_CODES,
    make_private_file,
    result_code,
    transaction,
)

# Outside the path of a reply, wait as long as the longest restore takes.
BUSY_TIMEOUT_SECONDS: Final = 30.0
# SQLite is locked for a moment while a process recovers what a killed one left.
OPEN_TIMEOUT_SECONDS: Final = 5.0
# One page (https://sqlite.org/fileformat2.html#pages).
MIN_DATABASE_BYTES: Final = 512


def store_path(data_directory: Path) -> Path:
    """Return the database's file."""
    return data_directory / "store.sqlite"


def opening_lock_path(data_directory: Path) -> Path:
    """Return the file whose lock is held while the store is opened or set aside."""
    return data_directory / ".store.lock"


def connect(
    data_directory: Path,
    *,
    timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    is_power_safe: bool = False,
    may_create: bool = True,
) -> sqlite3.Connection:
    """Connect to the store; create it or migrate its schema if necessary.

    Transactions are explicit (see `transaction`). One thread at a time may use the connection.

    Raises:
        StoreUnusableError: it cannot be read or written, or does not exist and may not be created.
        StoreForeignError: it belongs to another program, or to a newer EffectTalk.
        StoreDamagedError: it is damaged.
        StoreBusyError: another process is migrating it.

    """
    path = store_path(data_directory)
    if may_create:
        make_private_directory(data_directory)
    elif not path.exists():
        raise StoreUnusableError(f"there is no store in {data_directory} yet: no block has run")
    with translate_errors(path), ExitStack() as on_failure:
        # With this lock, no process renames one of SQLite's three files while the others are
        # opened, and only one process creates the store.
        with hold_lock(opening_lock_path(data_directory), waits=True):
            make_private_file(path)
            if is_truncated(path):
                raise StoreDamagedError(f"the store {path} is damaged: the file is truncated")
            connection = sqlite3.connect(
                path, timeout=OPEN_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
            )
            on_failure.callback(connection.close)
            _check_owner(connection, path)
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                # In a new file: lets free pages be returned to the file system.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_power_safe else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {int(timeout_seconds * 1000)}")
        on_failure.pop_all()
    return connection


@contextmanager
def open_store(data_directory: Path, *, may_create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a connection for one command; raise SQLite's errors as those of the store."""
    connection = connect(data_directory, may_create=may_create)
    try:
        with translate_errors(store_path(data_directory)):
            yield connection
    finally:
        connection.close()


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and the operating system as errors of the store."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate_error(error, path) from error
    except OSError as error:
        raise StoreUnusableError(f"{error.filename or path}: {error.strerror}") from error


def _translate_error(error: sqlite3.Error, path: Path) -> StoreError:
    code = result_code(error)
    if is_index_damage(error):
        return StoreIndexError(
            f"the search index in {path} is damaged: rebuild it with `effecttalk maintain`"
        )
    if code in DAMAGE_CODES:
        return StoreDamagedError(f"the store {path} is damaged: {error}")
    if code in BUSY_CODES:
        return StoreBusyError(f"another process is writing to {path}")
    if code == sqlite3.SQLITE_FULL:
        return StoreUnusableError(f"no space left for {path}: {os.strerror(errno.ENOSPC)}")
    return StoreUnusableError(f"{path}: {error}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite reports that the database is damaged."""
    return result_code(error) in DAMAGE_CODES and not is_index_damage(error)


def read_inode(path: Path) -> int:
    """Return the inode of *path*, or 0 if it does not exist."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def is_truncated(path: Path) -> bool:
    """Whether a file is so short that SQLite would create a new database in it."""
    return 0 < path.stat().st_size < MIN_DATABASE_BYTES


def is_index_damage(error: sqlite3.Error) -> bool:
    """Whether only the search index is damaged."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT_VTAB


def make_private_directory(directory: Path) -> None:
    """Create *directory* and its missing parents, accessible only to the user.

    Raises:
        StoreUnusableError: it cannot be created.

    """
    with translate_errors(directory):
        if not directory.parent.exists():
            make_private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != schema.APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner or version or tables:
            raise StoreForeignError(
                f"{path} is a database of another program and was not changed: move it away, or"
                " set EFFECTTALK_DATA_DIR to another directory"
            )
    elif version > schema.VERSION:
        raise StoreForeignError(
            f"{path} has schema {version}, but this EffectTalk supports up to {schema.VERSION}:"
            " install the newer EffectTalk that wrote it, or set EFFECTTALK_DATA_DIR; the store"
            " was not changed"
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a database with an older schema, or an empty one, to the current schema."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION:
        return
    with transaction(connection):
        # Another process may have migrated it.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for script in schema.MIGRATIONS[version:]:
            for statement in _split_statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _split_statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: `executescript` would commit before it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
