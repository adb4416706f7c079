"""Database: the connection to the store's file, and what SQLite's errors mean.

The file is SQLite in WAL mode (https://sqlite.org/wal.html): readers never wait, and what
is committed outlives the death of every process; with `synchronous=FULL` that of the machine too.

Nothing but SQLite may open the file: whoever closes a descriptor of it lets go of all locks that
the process has on it (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
Others would then remove the WAL under us.
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
    BUSY,
    DAMAGE,
    make_private_file,
    result_code,
    transaction,
)

# Who is not on the path of a reply waits as long as the longest restore takes.
PATIENCE_SECONDS: Final = 30.0
# SQLite itself is locked for a moment while somebody recovers what a killed process left.
OPENING_SECONDS: Final = 5.0
# One page (https://sqlite.org/fileformat2.html#pages).
SMALLEST_BYTES: Final = 512


def store_path(data_directory: Path) -> Path:
    """Return the database's file."""
    return data_directory / "store.sqlite"


def opening_lock(data_directory: Path) -> Path:
    """Return the file whose lock is held while the store is opened, or set aside."""
    return data_directory / ".store.lock"


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
        make_private(data_directory)
    elif not path.exists():
        raise StoreUnusableError(f"there is no store yet in {data_directory}: nothing has run")
    with translate_errors(path), ExitStack() as on_failure:
        # Nobody renames one of SQLite's three files while the others are opened, and who makes
        # the store is alone.
        with hold_lock(opening_lock(data_directory), waits=True):
            make_private_file(path)
            if is_truncated(path):
                raise StoreDamagedError(f"the store {path} is damaged: its beginning is cut off")
            connection = sqlite3.connect(
                path, timeout=OPENING_SECONDS, isolation_level=None, check_same_thread=False
            )
            on_failure.callback(connection.close)
            _check_owner(connection, path)
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                # Of a new file: pages that become free can be given back to the disk.
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
    """Give a connection for one command; errors of SQLite become those of the store."""
    connection = connect(data_directory, may_create=may_create)
    try:
        with translate_errors(store_path(data_directory)):
            yield connection
    finally:
        connection.close()


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's and the system's errors as those of the store."""
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning(error, path) from error
    except OSError as error:
        raise StoreUnusableError(f"{error.filename or path}: {error.strerror}") from error


def _meaning(error: sqlite3.Error, path: Path) -> StoreError:
    code = result_code(error)
    if is_index_damage(error):
        return StoreIndexError(
            f"the index for searches in {path} is damaged; `effecttalk maintain` makes it anew"
        )
    if code in DAMAGE:
        return StoreDamagedError(f"the store {path} is damaged: {error}")
    if code in BUSY:
        return StoreBusyError(f"another process writes to {path}")
    if code == sqlite3.SQLITE_FULL:
        return StoreUnusableError(f"no room is left for {path}: {os.strerror(errno.ENOSPC)}")
    return StoreUnusableError(f"{path}: {error}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite found that what it reads is damaged."""
    return result_code(error) in DAMAGE and not is_index_damage(error)


def inode_of(path: Path) -> int:
    """Return what tells this file from another that had its name; 0: there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def is_truncated(path: Path) -> bool:
    """Whether there is so little of a file that SQLite would begin a new database in it."""
    return 0 < path.stat().st_size < SMALLEST_BYTES


def is_index_damage(error: sqlite3.Error) -> bool:
    """Whether only the index for searches is damaged."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT_VTAB


def make_private(directory: Path) -> None:
    """Make *directory* and what is missing above it, for the user only.

    Raises:
        StoreUnusableError: it can't be made.

    """
    with translate_errors(directory):
        if not directory.parent.exists():
            make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


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


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database of an older schema, or an empty one, up to date."""
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
