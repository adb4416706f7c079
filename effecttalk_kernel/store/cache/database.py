"""Database: the cache's file, which is begun anew where it can't be read.

It is SQLite, opened for each call and closed behind it. Nothing is waited for but other
processes: without `fsync`, a power failure may damage the file, and each row has a seal that
tells. An end of the process leaves SQLite's journal, and with it all rows whole.
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
    BUSY,
    DAMAGE,
    make_private_file,
    result_code,
    transaction,
)

# The block waits as long as this, and runs: most take less.
PATIENCE_SECONDS: Final = 2.0
APPLICATION_ID: Final = 0x45544361  # "ETCa"
VERSION: Final = 1
ENTRIES: Final = """
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
    ENTRIES,
    # Apart: who counts a hit would write it anew.
    "CREATE TABLE contents (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TRIGGER gone AFTER DELETE ON entries BEGIN DELETE FROM contents WHERE id = old.id; END",
    # All that is asked of all entries.
    "CREATE INDEX by_use ON entries (used, size)",
)


class CacheDamagedError(CacheError):
    """The cache could not be read; it is gone, and can be begun anew."""


def cache_path(data_directory: Path) -> Path:
    """Return the cache's file."""
    return data_directory / "cache.sqlite"


@contextmanager
def open_cache(data_directory: Path, *, may_create: bool = False) -> Iterator[sqlite3.Connection]:
    """Give a connection for one call; transactions are explicit.

    Raises:
        DamagedError: it was damaged, and has been removed.
        CacheError: it can't be read or written, or there is none and none may be made.

    """
    path = cache_path(data_directory)
    inode = 0
    try:
        if may_create:
            _make_file(path)
        inode = path.stat().st_ino
        with closing(_connect(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        if result_code(error) not in DAMAGE:
            raise CacheError(_meaning(error, path)) from error
        _remove(path, inode)
        raise CacheDamagedError(f"the cache {path} was damaged: a new one is begun") from error
    except OSError as error:
        raise CacheError(f"{error.filename or path}: {error.strerror}") from error


def _connect(path: Path) -> sqlite3.Connection:
    # Not one that is made here: it would be readable for others.
    with ExitStack() as on_failure:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
        )
        on_failure.callback(connection.close)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")  # between two reads, another process may begin it
        is_ours = _is_ours(connection, path)
        connection.execute("COMMIT")
        if not is_ours:
            _begin(connection, path)
        on_failure.pop_all()
    return connection


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether its tables are those we know; False: there are none, or older ones."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner == APPLICATION_ID and version > VERSION:
        raise CacheError(f"{path} was made by a newer EffectTalk; it was not touched")
    if owner != APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner or version or tables:
            raise CacheError(f"{path} is a database of another program; it was not touched")
    return bool(owner == APPLICATION_ID and version == VERSION)


def _begin(connection: sqlite3.Connection, path: Path) -> None:
    # Of a new file: what becomes free can be given back to the disk.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    with transaction(connection):
        if _is_ours(connection, path):  # another process was first
            return
        for table in ("entries", "contents"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private_file(path)


def _remove(path: Path, inode: int) -> None:
    """Remove the file that was found damaged, unless another process has begun a new one."""
    with suppress(OSError):
        if path.stat().st_ino == inode:
            # The journal first: it must not be that of a new one.
            path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
            path.unlink()


def _meaning(error: sqlite3.Error, path: Path) -> str:
    code = result_code(error)
    if code in BUSY:
        return f"another process writes to the cache {path}"
    if code == sqlite3.SQLITE_FULL:
        return f"no room is left for the cache {path}: {os.strerror(errno.ENOSPC)}"
    return f"the cache {path} can't be used: {error}"
