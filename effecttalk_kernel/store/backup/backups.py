"""Backups: compressed copies of the store, each of which is checked before it counts.

Beside a backup, such as `backups/20260131-175959.sqlite.gz`, a `.json` file describes it. The
backup works without it: `gzip -d` gives the database.
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.backup import files
from effecttalk_kernel.store.backup.copy import copy_store, open_copy, unpack_backup
from effecttalk_kernel.store.backup.manifest import (
    BackupDescription,
    Reason,
    StoreContents,
    compute_fingerprint,
    count_contents,
)
from effecttalk_kernel.store.database import make_private_directory, open_store, store_path
from effecttalk_kernel.store.errors import BackupError
from effecttalk_kernel.store.locks import LockedError, hold_lock

SUFFIX: Final = ".sqlite.gz"
LATEST: Final = "latest"
NAME_FORMAT: Final = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup; *description* is None if the file beside it is missing or damaged."""

    name: str
    path: Path
    time: float
    size_bytes: int
    description: BackupDescription | None

    @property
    def is_safety_copy(self) -> bool:
        """Whether it was made before a restore."""
        return self.description is not None and self.description.reason is Reason.SAFETY

    @property
    def is_intact(self) -> bool:
        """Whether the file has not changed since it was checked."""
        try:
            return (
                self.description is not None
                and files.digest_file(self.path) == self.description.sha256
            )
        except OSError:
            return False


def backups_directory(data_directory: Path) -> Path:
    """Return the directory of the backups."""
    return data_directory / "backups"


# Finding backups.


def list_backups(data_directory: Path) -> Sequence[Backup]:
    """Return the backups, newest first."""
    paths = backups_directory(data_directory).glob(f"[!.]*{SUFFIX}")
    found = [backup for path in paths if (backup := _read_backup(path)) is not None]
    return sorted(found, key=lambda backup: (backup.time, backup.name), reverse=True)


def find_backup(data_directory: Path, name: str = LATEST) -> Backup:
    """Return the backup with this name or path; the latest is not a safety copy.

    Raises:
        BackupError: there is no such backup.

    """
    backups = list_backups(data_directory)
    if name == LATEST:
        found = next((backup for backup in backups if not backup.is_safety_copy), None)
        if found is None and not backups:
            raise BackupError(f"no backup in {backups_directory(data_directory)} yet")
        return found or backups[0]
    named = Path(name) if "/" in name else backups_directory(data_directory) / f"{name}{SUFFIX}"
    backup = _read_backup(named)
    if backup is None:
        known = ", ".join(backup.name for backup in backups[:10]) or "none"
        raise BackupError(f"no backup {name!r}; the newest are: {known}")
    return backup


def is_due(data_directory: Path, interval_seconds: float, now: float) -> bool:
    """Whether the newest backup is older than the interval, and the store has changed since.

    Raises:
        StoreError: the store cannot be read.

    """
    if not store_path(data_directory).exists():
        return False
    newest = next((backup for backup in list_backups(data_directory) if backup.description), None)
    # A backup from the future was made before the clock was corrected.
    if newest is not None and abs(now - newest.time) < interval_seconds:
        return False
    with open_store(data_directory) as connection:
        if newest is None or newest.description is None:
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM sessions)").fetchone()[0])
        return compute_fingerprint(connection) != newest.description.contents.fingerprint


def remove_old_backups(data_directory: Path, before: float) -> Sequence[str]:
    """Delete backups made before that time, except the newest intact one; return their names.

    Raises:
        BackupError: another process holds the lock of the backups.

    """
    backups = list_backups(data_directory)
    if not any(backup.time < before for backup in backups):
        return ()
    removed = []
    with hold_backups_lock(backups_directory(data_directory)):
        last_good = next((backup for backup in backups if backup.is_intact), None)
        for backup in backups:
            if backup.time < before and last_good not in {None, backup}:
                backup.path.unlink(missing_ok=True)
                _description_path(backup.path).unlink(missing_ok=True)
                removed.append(backup.name)
    return removed


def remove_leftovers(data_directory: Path) -> None:
    """Delete the temporary files of processes that were killed.

    Raises:
        BackupError: another process is using the files.

    """
    directory = backups_directory(data_directory)
    if files.has_temporary_files(directory):
        with hold_backups_lock(directory):
            pass  # taking the lock deletes them


# Making one.


@contextmanager
def hold_backups_lock(directory: Path) -> Iterator[None]:
    """Hold the lock for making, checking and restoring backups.

    Raises:
        BackupError: another process holds it, or the directory cannot be written.

    """
    make_private_directory(directory)
    with translate_os_errors("nothing was done"):
        try:
            with hold_lock(directory / ".lock"):
                files.remove_temporary_files(directory)
                yield
        except LockedError as error:
            raise BackupError(
                "another process is making or restoring a backup: try again later"
            ) from error


@contextmanager
def translate_os_errors(consequence: str) -> Iterator[None]:
    """Raise errors of the operating system as `BackupError`."""
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"{consequence}: {error.filename or 'the disk'}: {error.strerror}"
        ) from error


def make_backup(data_directory: Path, *, reason: Reason = Reason.SCHEDULED) -> Backup:
    """Make a backup of the store as it is now; other processes can go on writing.

    Raises:
        BackupError: the backup cannot be made; nothing is left of it.
        StoreDamagedError: the store is damaged.
        StoreError: the store cannot be read.

    """
    with hold_backups_lock(backups_directory(data_directory)):
        return make_backup_locked(data_directory, reason=reason)


def make_backup_locked(data_directory: Path, *, reason: Reason) -> Backup:
    """Make a backup; the caller holds the lock of the backups."""
    directory, now = backups_directory(data_directory), time.time()
    path = _choose_path(directory, now)
    with (
        translate_os_errors("no backup was made"),
        files.temporary_file(directory / "copy.sqlite") as copy,
        files.temporary_file(path) as packed,
    ):
        contents = copy_store(data_directory, copy)
        digest = files.compress(copy, packed)
        _verify_written(packed, digest)
        description = BackupDescription(reason, now, digest, contents)
        files.write_text(_description_path(path), description.to_json())
        packed.rename(path)
        files.sync_directory(directory)
        return Backup(_backup_name(path), path, now, path.stat().st_size, description)


def _verify_written(packed: Path, digest: str) -> None:
    try:
        files.read_whole(packed)
    except (EOFError, zlib.error) as error:
        raise BackupError(f"no backup was made: {packed}: {error}") from error
    if files.digest_file(packed) != digest:
        raise BackupError(
            f"no backup was made: {packed} reads back differently than it was written"
        )


def check_backup(data_directory: Path, backup: Backup) -> StoreContents:
    """Read and check a whole backup; return what it contains.

    Raises:
        BackupError: it is damaged, or not a backup of EffectTalk.

    """
    directory = backups_directory(data_directory)
    with (
        hold_backups_lock(directory),
        unpack_backup(backup.path, backup.description, directory) as database,
        closing(open_copy(database)) as connection,
    ):
        return count_contents(connection)


# Files.


def _read_backup(path: Path) -> Backup | None:
    try:
        status = path.stat()
    except OSError:  # deleted in the meantime
        return None
    try:
        description = BackupDescription.from_json(
            _description_path(path).read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        description = None
    made = description.time if description else status.st_mtime
    return Backup(_backup_name(path), path, made, status.st_size, description)


def _backup_name(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _description_path(path: Path) -> Path:
    return path.with_name(f"{_backup_name(path)}.json")


def _choose_path(directory: Path, now: float) -> Path:
    name = datetime.fromtimestamp(now, UTC).strftime(NAME_FORMAT)
    path, number = directory / f"{name}{SUFFIX}", 1
    while path.exists():
        number += 1
        path = directory / f"{name}-{number}{SUFFIX}"
    return path
