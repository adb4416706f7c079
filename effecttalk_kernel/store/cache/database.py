"""The database of the cache; a damaged one is deleted and created again.

It is opened for each call and closed afterwards. Without `fsync`, a power failure may damage the
file; the seal of each row detects that. If the process ends, SQLite's journal keeps all rows whole.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.store.sqlite import (
    BUSY_CODES,
    DAMAGE_CODES,
    make_private_file,
    result_code,
    transaction,
)

# How long a block waits for other processes before it runs without the cache.
BUSY_TIMEOUT_SECONDS: Final = 2.0
APPLICATION_ID: Final = 0x45544361  # "ETCa"
VERSION: Final = 1
ENTRIES_TABLE: Final = """
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    block TEXT NOT NULL,
    made REAL NOT NULL,
    exit_status INTEGER NOT NULL,
    pipestatus TEXT NOT NULL,
    layout TEXT NOT NULL,
    seal TEXT NOT NULL,
    size INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    used INTEGER NOT NULL
)
"""
TABLES: Final = (
    ENTRIES_TABLE,
    # A table of its own: counting a hit would write the content again.
    "CREATE TABLE contents (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TRIGGER gone AFTER DELETE ON entries BEGIN DELETE FROM contents WHERE id = old.id; END",
    # It has all columns that queries over all entries use.
    "CREATE INDEX by_use ON entries (used, size)",
)


class CacheDamagedError(CacheError):
    """The cache was damaged and was deleted; it can be created again."""


def cache_path(data_directory: Path) -> Path:
    """Return the file of the cache."""
    return data_directory / "cache.sqlite"


@contextmanager
def open_cache(data_directory: Path, *, may_create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a connection for one call; transactions are explicit.

    Raises:
        CacheDamagedError: the cache was damaged and has been deleted.
        CacheError: it cannot be read or written, or does not exist and may not be created.

    """
    path = cache_path(data_directory)
    inode = 0
    try:
        if may_create:
            _create_file(path)
        inode = path.stat().st_ino
        with closing(_connect(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        if result_code(error) not in DAMAGE_CODES:
            raise CacheError(_describe_error(error, path)) from error
        _remove_damaged(path, inode)
        raise CacheDamagedError(f"the cache {path} was damaged and was deleted") from error
    except OSError as error:
        raise CacheError(f"{error.filename or path}: {error.strerror}") from error


def _connect(path: Path) -> sqlite3.Connection:
    # Do not create the file here: other users could read it.
    with ExitStack() as on_failure:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
        )
        on_failure.callback(connection.close)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")  # another process may create it between two reads
        is_current = _is_current(connection, path)
        connection.execute("COMMIT")
        if not is_current:
            _create_tables(connection, path)
        on_failure.pop_all()
    return connection


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether it has the current tables; False if it has none, or older ones."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner == APPLICATION_ID and version > VERSION:
        raise CacheError(f"{path} belongs to a newer EffectTalk and was not changed")
    if owner != APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner or version or tables:
            raise CacheError(f"{path} is a database of another program and was not changed")
    return bool(owner == APPLICATION_ID and version == VERSION)


def _create_tables(connection: sqlite3.Connection, path: Path) -> None:
    # In a new file: lets free pages be returned to the file system.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    with transaction(connection):
        if _is_current(connection, path):  # another process created it
            return
        for table in ("entries", "contents"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _create_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private_file(path)


def _remove_damaged(path: Path, inode: int) -> None:
    """Delete the damaged file, unless another process has created a new one."""
    with suppress(OSError):
        if path.stat().st_ino == inode:
            # The journal first: it must not be applied to a new file.
            path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
            path.unlink()


def _describe_error(error: sqlite3.Error, path: Path) -> str:
    code = result_code(error)
    if code in BUSY_CODES:
        return f"another process is writing to the cache {path}"
    if code == sqlite3.SQLITE_FULL:
        return f"no space left for the cache {path}: {os.strerror(errno.ENOSPC)}"
    return f"the cache {path} cannot be used: {error}"
