"""Checks of the store for `effecttalk doctor`; they change nothing."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.store import live_sessions, schema
from effecttalk_kernel.store.backup.backups import list_backups
from effecttalk_kernel.store.backup.damage import list_damaged_stores, restore_advice
from effecttalk_kernel.store.database import store_path, translate_errors
from effecttalk_kernel.store.errors import StoreError

# Enough for a few large blocks, and the WAL of an hour.
LEAST_FREE_BYTES: Final = 256 << 20
# A larger one means that a process reads for hours, or that maintenance fails.
MOST_WAL_BYTES: Final = 512 << 20
# Checking the index takes the write lock, so a copy is checked, if it is not larger than this.
MOST_COPIED_BYTES: Final = 1 << 30
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
DAY_SECONDS: Final = 86_400
# A weekend.
MOST_UNSAVED_SECONDS: Final = 3 * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    is_good: bool
    text: str


def check_store(data_directory: Path) -> Sequence[Check]:
    """Run all checks of the store."""
    if not data_directory.exists():
        return [Check("directory", True, f"{data_directory} does not exist yet: no block has run")]
    found = [_directory(data_directory), _free_space(data_directory)]
    if store_path(data_directory).exists():
        found += _database(data_directory)
    else:
        found.append(Check("store", True, "it does not exist yet: no block has run"))
    return [*found, _damaged(data_directory)]


def _directory(data_directory: Path) -> Check:
    if not os.access(data_directory, os.W_OK | os.X_OK):
        return Check("directory", False, f"{data_directory} is not writable")
    candidates = (data_directory, store_path(data_directory), data_directory / "backups")
    open_to_others = [
        str(path) for path in candidates if path.exists() and path.stat().st_mode & OTHERS
    ]
    if open_to_others:
        return Check(
            "directory", False, f"other users can read it: chmod go= {' '.join(open_to_others)}"
        )
    return Check("directory", True, f"only you can read {data_directory}")


def _free_space(data_directory: Path) -> Check:
    free = shutil.disk_usage(data_directory).free
    path = store_path(data_directory)
    # A backup needs space for a copy and, at worst, half of it again.
    needed = max(LEAST_FREE_BYTES, 2 * path.stat().st_size if path.exists() else 0)
    text = f"{free >> 20:,} MiB"
    if free < needed:
        text += f"; backups need {needed >> 20:,} MiB"
    return Check("free space", free >= needed, text)


def _database(data_directory: Path) -> Iterator[Check]:
    for name, check in _CHECKS.items():
        try:
            with _reading(data_directory) as connection:
                yield check(data_directory, connection, name)
        except StoreError as error:
            yield Check(name, False, str(error))


@contextmanager
def _reading(data_directory: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection that cannot write, not even migrate an old schema."""
    path = store_path(data_directory)
    with (
        translate_errors(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        connection.isolation_level = None
        yield connection


def _schema(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != schema.APPLICATION_ID:
        return Check(name, False, "the store is a database of another program")
    if version > schema.VERSION:
        return Check(name, False, f"{version} is newer than {schema.VERSION}: update EffectTalk")
    return Check(name, True, str(version))


def _pages(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    found = connection.execute("PRAGMA quick_check (1)").fetchone()[0]
    return Check(name, found == "ok", found)


def _references(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    lost = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    return Check(name, lost == 0, f"{lost:,} rows refer to missing rows" if lost else "ok")


def _index(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    size = store_path(data_directory).stat().st_size
    if size > MOST_COPIED_BYTES:
        return Check(name, True, f"not checked: a copy of {size >> 20:,} MiB would be needed")
    # SQLite deletes a temporary database (with an empty name) when it is closed.
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")
    return Check(name, True, "ok")


def _wal(data_directory: Path, _connection: sqlite3.Connection, name: str) -> Check:
    path = store_path(data_directory)
    wal = path.with_name(f"{path.name}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    text = f"{size >> 10:,} KiB"
    if size > MOST_WAL_BYTES:
        text += ": a process has been reading for hours, or `effecttalk maintain` fails"
    return Check(name, size <= MOST_WAL_BYTES, text)


def _sessions(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    states = dict(connection.execute("SELECT state, count(*) FROM sessions GROUP BY state"))
    said = connection.execute("SELECT id FROM sessions WHERE state = 'live'").fetchall()
    gone = [row[0] for row in said if not live_sessions.is_live(data_directory, row[0])]
    text = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "none"
    if gone:
        text += f"; {len(gone):,} have no kernel: `effecttalk maintain` marks them as lost"
    return Check(name, True, text)


def _backups(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    backups = list_backups(data_directory)
    first, last = connection.execute(
        "SELECT coalesce(min(created), 0), coalesce(max(modified), 0) FROM sessions"
    ).fetchone()
    if not backups:
        is_good = last - first < MOST_UNSAVED_SECONDS
        return Check(name, is_good, "no backup yet")
    newest = backups[0]
    hours = max(0.0, time.time() - newest.time) / 3_600
    text = f"{len(backups):,}; the newest, {newest.name}, is {hours:,.1f} hours old"
    if not newest.is_intact:
        return Check(name, False, f"{text}, and damaged or without a description")
    if last - newest.time > MOST_UNSAVED_SECONDS:
        return Check(
            name, False, f"{text}, and many blocks have run since: does `effecttalk maintain` fail?"
        )
    return Check(name, True, text)


def _damaged(data_directory: Path) -> Check:
    found = list_damaged_stores(data_directory)
    if not found:
        return Check("damaged stores", True, "none")
    return Check(
        "damaged stores",
        False,
        f"{', '.join(map(str, found))}: {restore_advice(data_directory)}; then remove the files"
        " that you do not need",
    )


_CHECKS: Final[dict[str, Callable[[Path, sqlite3.Connection, str], Check]]] = {
    "schema": _schema,
    "pages": _pages,
    "references": _references,
    "index": _index,
    "log": _wal,
    "sessions": _sessions,
    "backups": _backups,
}
