"""Sets a damaged store aside, and names the backup to restore."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.backup.backups import list_backups
from effecttalk_kernel.store.database import (
    is_damage,
    is_truncated,
    opening_lock_path,
    read_inode,
    store_path,
    translate_errors,
)
from effecttalk_kernel.store.errors import StoreUnusableError
from effecttalk_kernel.store.locks import hold_lock

# The WAL first: if the process is killed halfway, it must not be applied to a new database.
FILE_SUFFIXES: Final = ("-wal", "-shm", "")
DAMAGED_PREFIX: Final = "store.damaged-"


def set_aside(data_directory: Path, inode: int | None = None) -> Path:
    """Rename a damaged store, so that a new one can be created; nothing is deleted.

    *inode* is that of the damaged store: if another process has set it aside already, the
    current store is not renamed. Without *inode*, the store is checked again.
    Returns the new path of the damaged store.

    Raises:
        StoreUnusableError: the store cannot be renamed, or is not damaged.

    """
    path = store_path(data_directory)
    with translate_errors(path), hold_lock(opening_lock_path(data_directory), waits=True):
        if _is_damaged(data_directory, inode):
            return _rename(path)
    earlier = list_damaged_stores(data_directory)
    if not earlier:
        raise StoreUnusableError(f"the store {path} is not damaged and was not changed")
    return earlier[0]


def list_damaged_stores(data_directory: Path) -> Sequence[Path]:
    """Return the stores that were set aside, newest first."""
    return sorted(data_directory.glob(f"{DAMAGED_PREFIX}*.sqlite"), reverse=True)


def restore_advice(data_directory: Path) -> str:
    """Return a sentence that says how to restore the newest intact backup."""
    good = next((backup for backup in list_backups(data_directory) if backup.is_intact), None)
    if good is None or good.description is None:
        return "there is no backup to restore"
    contents = good.description.contents
    made = datetime.fromtimestamp(good.time).astimezone()
    return (
        f"`effecttalk backup restore {good.name}` restores {contents.blocks:,} blocks of"
        f" {contents.sessions:,} sessions, as they were at {made:%Y-%m-%d %H:%M}"
    )


def _is_damaged(data_directory: Path, inode: int | None) -> bool:
    path = store_path(data_directory)
    if not path.exists():
        return False
    if inode is not None:
        return inode == read_inode(path)
    if is_truncated(path):
        return True
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            return found != "ok"
    except sqlite3.Error as error:
        if is_damage(error):
            return True
        raise


def _rename(path: Path) -> Path:
    now = datetime.now(UTC)
    damaged_path = path.with_name(f"{DAMAGED_PREFIX}{now:%Y%m%dT%H%M%S.%fZ}.sqlite")
    for suffix in FILE_SUFFIXES:
        present = path.with_name(path.name + suffix)
        if present.exists():
            present.rename(damaged_path.with_name(damaged_path.name + suffix))
    return damaged_path
