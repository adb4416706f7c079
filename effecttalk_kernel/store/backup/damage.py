"""Damage: a store that can't be read is set aside, and a backup named that can."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.backup.backups import list_backups
from effecttalk_kernel.store.database import (
    inode_of,
    is_damage,
    is_truncated,
    opening_lock,
    store_path,
    translate_errors,
)
from effecttalk_kernel.store.errors import StoreUnusableError
from effecttalk_kernel.store.locks import hold_lock

# The log first: should we be killed half-way, it must not meet a new database.
COMPANIONS: Final = ("-wal", "-shm", "")
PREFIX: Final = "store.damaged-"


def set_aside(data_directory: Path, inode: int | None = None) -> Path:
    """Rename a damaged store, so that a new one can be begun; nothing is deleted.

    *inode* is that of the store that was found damaged: when another process has set it
    aside already, the one that is there now stays. Without it, the store is checked again.
    Returns where the damaged one is now.

    Raises:
        StoreUnusableError: it can't be renamed, or none is damaged.

    """
    path = store_path(data_directory)
    with translate_errors(path), hold_lock(opening_lock(data_directory), waits=True):
        if _is_damaged(data_directory, inode):
            return _rename(path)
    earlier = list_damaged_stores(data_directory)
    if not earlier:
        raise StoreUnusableError(f"the store {path} is not damaged: it was not touched")
    return earlier[0]


def list_damaged_stores(data_directory: Path) -> Sequence[Path]:
    """Return the stores that were set aside, the newest first."""
    return sorted(data_directory.glob(f"{PREFIX}*.sqlite"), reverse=True)


def restore_advice(data_directory: Path) -> str:
    """Return what the user can do now: the newest good backup, and how to restore it."""
    good = next((backup for backup in list_backups(data_directory) if backup.is_intact), None)
    if good is None or good.description is None:
        return "there is no backup to restore"
    contents = good.description.contents
    made = datetime.fromtimestamp(good.time).astimezone()
    return (
        f"`effecttalk backup restore {good.name}` brings back {contents.blocks:,} blocks of"
        f" {contents.sessions:,} sessions, as they were at {made:%Y-%m-%d %H:%M}"
    )


def _is_damaged(data_directory: Path, inode: int | None) -> bool:
    path = store_path(data_directory)
    if not path.exists():
        return False
    if inode is not None:
        return inode == inode_of(path)
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
    aside = path.with_name(f"{PREFIX}{now:%Y%m%dT%H%M%S.%fZ}.sqlite")
    for companion in COMPANIONS:
        present = path.with_name(path.name + companion)
        if present.exists():
            present.rename(aside.with_name(aside.name + companion))
    return aside
