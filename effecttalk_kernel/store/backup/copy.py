"""Private copies of the store's database, made from the store or from a backup."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from gzip import BadGzipFile
from pathlib import Path

from effecttalk_kernel.store import schema
from effecttalk_kernel.store.backup import files
from effecttalk_kernel.store.backup.manifest import BackupDescription, StoreContents, count_contents
from effecttalk_kernel.store.database import is_damage, migrate, open_store, store_path
from effecttalk_kernel.store.errors import BackupError, StoreDamagedError


def open_copy(path: Path) -> sqlite3.Connection:
    """Connect to a copy; transactions are explicit."""
    return sqlite3.connect(path, isolation_level=None)


def copy_store(data_directory: Path, target: Path) -> StoreContents:
    """Copy the store into the empty file *target*; return what both contain.

    Raises:
        BackupError: there is not enough space, or *target* cannot be written.
        StoreDamagedError: the store is damaged.
        StoreError: the store cannot be read.

    """
    with open_store(data_directory) as source:
        source.execute("BEGIN")
        # The first statement starts the snapshot that is counted and copied.
        contents = count_contents(source)
        # The compressed file needs up to half as much in addition.
        missing_bytes = files.compute_missing_bytes(target.parent, contents.size_bytes * 3 // 2)
        if missing_bytes:
            raise BackupError(
                f"no backup was made: {target.parent} needs {missing_bytes:,} bytes more free space"
            )
        try:
            files.copy_database(source, target)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            raise BackupError(f"no backup was made: {target}: {error}") from error
    if damage := _find_damage(target, contents):
        raise StoreDamagedError(f"the store {store_path(data_directory)} is damaged: {damage}")
    return contents


@contextmanager
def unpack_backup(
    packed: Path, description: BackupDescription | None, directory: Path
) -> Iterator[Path]:
    """Give a temporary file in *directory* with the database of a backup, checked and migrated.

    Raises:
        BackupError: it is damaged, or not a backup of EffectTalk.
        OSError: there is not enough space.

    """
    with files.temporary_file(directory / "backup.sqlite") as database:
        size_bytes = 0 if description is None else description.contents.size_bytes
        if missing_bytes := files.compute_missing_bytes(directory, size_bytes):
            raise BackupError(f"{directory} needs {missing_bytes:,} bytes more free space")
        _unpack(packed, description, database)
        _check_schema(packed, database)
        expected = None if description is None else description.contents
        if damage := _find_damage(database, expected):
            raise BackupError(f"the backup {packed} is damaged: {damage}")
        with closing(open_copy(database)) as connection:
            migrate(connection)
        yield database


def _unpack(packed: Path, description: BackupDescription | None, target: Path) -> None:
    try:
        files.decompress(packed, target)
    except (EOFError, zlib.error, BadGzipFile) as error:
        raise BackupError(f"the backup {packed} is damaged: {error}") from error
    if description is not None and files.digest_file(packed) != description.sha256:
        raise BackupError(
            f"the backup {packed} is damaged: its SHA-256 is no longer {description.sha256}"
        )


def _check_schema(packed: Path, database: Path) -> None:
    with closing(open_copy(database)) as connection:
        try:
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise BackupError(f"{packed} is not a backup: {error}") from error
    if owner != schema.APPLICATION_ID:
        raise BackupError(f"{packed} is not a backup: it has the database of another program")
    if version > schema.VERSION:
        raise BackupError(
            f"the backup {packed} has schema {version}, but this EffectTalk supports up to"
            f" {schema.VERSION}: restore it with the newer EffectTalk that made it"
        )


def _find_damage(database: Path, expected: StoreContents | None) -> str | None:
    """Return what is damaged in a copy, None if it is whole."""
    with closing(open_copy(database)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                return str(found)
            if expected is not None and count_contents(connection) != expected:
                return f"its content differs from what was counted: {expected}"
        except sqlite3.Error as error:
            return str(error)
    return None
