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
from effecttalk_kernel.store.identities import IS_VALID

# Enough for a few large blocks, and the WAL of an hour.
MIN_FREE_BYTES: Final = 256 << 20
# A larger one means that a process reads for hours, or that maintenance fails.
MAX_WAL_BYTES: Final = 512 << 20
# Checking the index takes the write lock, so a copy is checked, if it is not larger than this.
MAX_COPIED_BYTES: Final = 1 << 30
OTHER_USERS: Final = stat.S_IRWXG | stat.S_IRWXO
DAY_SECONDS: Final = 86_400
# A weekend.
MAX_UNSAVED_SECONDS: Final = 3 * DAY_SECONDS


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
    found = [_check_directory(data_directory), _check_free_space(data_directory)]
    if store_path(data_directory).exists():
        found += _check_database(data_directory)
    else:
        found.append(Check("store", True, "it does not exist yet: no block has run"))
    return [*found, _check_damaged_stores(data_directory)]


def _check_directory(data_directory: Path) -> Check:
    if not os.access(data_directory, os.W_OK | os.X_OK):
        return Check("directory", False, f"{data_directory} is not writable")
    candidates = (data_directory, store_path(data_directory), data_directory / "backups")
    open_to_others = [
        str(path) for path in candidates if path.exists() and path.stat().st_mode & OTHER_USERS
    ]
    if open_to_others:
        return Check(
            "directory", False, f"other users can read it: chmod go= {' '.join(open_to_others)}"
        )
    return Check("directory", True, f"only you can read {data_directory}")


def _check_free_space(data_directory: Path) -> Check:
    free = shutil.disk_usage(data_directory).free
    path = store_path(data_directory)
    # A backup needs space for a copy and, at worst, half of it again.
    needed = max(MIN_FREE_BYTES, 2 * path.stat().st_size if path.exists() else 0)
    text = f"{free >> 20:,} MiB"
    if free < needed:
        text += f"; backups need {needed >> 20:,} MiB"
    return Check("free space", free >= needed, text)


def _check_database(data_directory: Path) -> Iterator[Check]:
    for name, check in _CHECKS.items():
        try:
            with _open_read_only(data_directory) as connection:
                yield check(data_directory, connection, name)
        except StoreError as error:
            yield Check(name, False, str(error))


@contextmanager
def _open_read_only(data_directory: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection that cannot write, not even migrate an old schema."""
    path = store_path(data_directory)
    with (
        translate_errors(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        connection.isolation_level = None
        yield connection


def _check_schema(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != schema.APPLICATION_ID:
        return Check(name, False, "the store is a database of another program")
    if version > schema.VERSION:
        return Check(
            name,
            False,
            f"{version} is newer than the supported {schema.VERSION}: update EffectTalk",
        )
    return Check(name, True, str(version))


def _check_pages(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    found = connection.execute("PRAGMA quick_check (1)").fetchone()[0]
    return Check(name, found == "ok", found)


def _check_references(_data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    lost = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    return Check(name, lost == 0, f"{lost:,} rows refer to missing rows" if lost else "ok")


def _check_index(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    size = store_path(data_directory).stat().st_size
    if size > MAX_COPIED_BYTES:
        return Check(name, True, f"not checked: a copy of {size >> 20:,} MiB would be needed")
    # SQLite deletes a temporary database (with an empty name) when it is closed.
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")
    return Check(name, True, "ok")


def _check_wal(data_directory: Path, _connection: sqlite3.Connection, name: str) -> Check:
    path = store_path(data_directory)
    wal = path.with_name(f"{path.name}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    text = f"{size >> 10:,} KiB"
    if size > MAX_WAL_BYTES:
        text += ": a process has been reading for hours, or `effecttalk maintain` fails"
    return Check(name, size <= MAX_WAL_BYTES, text)


def _check_sessions(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    states = dict(connection.execute("SELECT state, count(*) FROM sessions GROUP BY state"))
    live = connection.execute(
        f"SELECT id FROM sessions WHERE state = 'live' AND {IS_VALID}"  # noqa: S608 # a constant
    ).fetchall()
    without_kernel = [row[0] for row in live if not live_sessions.is_live(data_directory, row[0])]
    foreign = connection.execute(
        f"SELECT count(*) FROM sessions WHERE NOT ({IS_VALID})"  # noqa: S608 # a constant
    ).fetchone()[0]
    text = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "none"
    if without_kernel:
        text += (
            f"; {len(without_kernel):,} have no kernel: `effecttalk maintain` marks them as lost"
        )
    if foreign:
        text += (
            "; not from EffectTalk and not shown, because their identities could be paths or"
            f" commands: {foreign:,}"
        )
    return Check(name, foreign == 0, text)


def _check_backups(data_directory: Path, connection: sqlite3.Connection, name: str) -> Check:
    backups = list_backups(data_directory)
    first, last = connection.execute(
        "SELECT coalesce(min(created), 0), coalesce(max(modified), 0) FROM sessions"
    ).fetchone()
    if not backups:
        is_good = last - first < MAX_UNSAVED_SECONDS
        return Check(name, is_good, "no backup yet")
    newest = backups[0]
    hours = max(0.0, time.time() - newest.time) / 3_600
    text = f"{len(backups):,}; the newest, {newest.name}, is {hours:,.1f} hours old"
    if not newest.is_intact:
        return Check(name, False, f"{text}, and damaged or without a description")
    if last - newest.time > MAX_UNSAVED_SECONDS:
        return Check(
            name, False, f"{text}, and many blocks have run since: does `effecttalk maintain` fail?"
        )
    return Check(name, True, text)


def _check_damaged_stores(data_directory: Path) -> Check:
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
    "schema": _check_schema,
    "pages": _check_pages,
    "references": _check_references,
    "index": _check_index,
    "log": _check_wal,
    "sessions": _check_sessions,
    "backups": _check_backups,
}
