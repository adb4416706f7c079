"""Maintenance of the store, by one process at a time.

It may take long, but each of its transactions is short, so that kernels go on writing.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.backup.backups import (
    Backup,
    is_due,
    make_backup,
    remove_leftovers,
    remove_old_backups,
)
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.database import (
    is_index_damage,
    open_store,
    store_path,
    translate_errors,
)
from effecttalk_kernel.store.errors import StoreError
from effecttalk_kernel.store.locks import LockedError, hold_lock
from effecttalk_kernel.store.sessions import archive_old_sessions, mark_lost
from effecttalk_kernel.store.shell_states import remove_unused_pieces

DONE_FILE: Final = "maintained"
# Pages written in one transaction: a few milliseconds.
STEP_PAGES: Final = 256
# No process can write while the index is checked: 4 s for a gigabyte.
MAX_CHECKED_BYTES: Final = 64 << 20
# The index of a larger store is checked in one hour of each week.
CHECK_INTERVAL_SECONDS: Final = 7 * 86_400
CHECK_WINDOW_SECONDS: Final = 3_600
# The pages of a deleted session are usually reused soon.
MAX_FREE_PAGES: Final = 4_096
# Merging continues at the next maintenance.
MAX_STEPS: Final = 200


def _remove_no_spills(_data_directory: Path, _before: float) -> None:
    """Remove no spills."""


@dataclass(frozen=True, slots=True)
class MaintenancePlan:
    """Intervals and ages; *remove_spills* removes those of sessions unchanged since a time."""

    backup_interval_seconds: float
    backup_retention_seconds: float
    archive_after_seconds: float
    spill_retention_seconds: float
    remove_spills: Callable[[Path, float], None] = _remove_no_spills


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What was done; *problems* tells what failed."""

    lost: Sequence[str] = ()
    archived: int = 0
    removed_pieces: int = 0
    backup: Backup | None = None
    removed_backups: Sequence[str] = ()
    problems: Sequence[str] = ()
    is_elsewhere: bool = False  # another process is doing it: nothing was done


def maintain(data_directory: Path, plan: MaintenancePlan, now: float) -> MaintenanceReport:
    """Do what is due; if one step fails, the others are still done."""
    if not store_path(data_directory).exists():
        return MaintenanceReport()
    run = _MaintenanceRun(data_directory, plan, now)
    try:
        with hold_lock(data_directory / ".maintenance.lock"):
            run.run_steps()
            # Kernels read from it when maintenance was done last.
            (data_directory / DONE_FILE).touch(mode=0o600)
    except LockedError:
        return MaintenanceReport(is_elsewhere=True)
    except OSError as error:
        run.problems.append(f"{error.filename}: {error.strerror}")
    return run.report()


class _MaintenanceRun:
    """The steps of maintenance, and their results."""

    def __init__(self, data_directory: Path, plan: MaintenancePlan, now: float) -> None:
        self._data_directory = data_directory
        self._plan = plan
        self._now = now
        self._lost: Sequence[str] = ()
        self._archived = self._removed_pieces = 0
        self._backup: Backup | None = None
        self._removed_backups: Sequence[str] = ()
        self.problems: list[str] = []

    def run_steps(self) -> None:
        """Do each step, whether or not the others fail."""
        for step in (
            self._update_sessions,
            self._make_backup,
            self._remove_old_files,
            self._optimize_database,
        ):
            try:
                with translate_errors(store_path(self._data_directory)):
                    step()
            except StoreError as error:
                self.problems.append(str(error))

    def report(self) -> MaintenanceReport:
        """Return what was done."""
        return MaintenanceReport(
            lost=self._lost,
            archived=self._archived,
            removed_pieces=self._removed_pieces,
            backup=self._backup,
            removed_backups=self._removed_backups,
            problems=tuple(self.problems),
        )

    def _update_sessions(self) -> None:
        with open_store(self._data_directory) as connection:
            self._lost = mark_lost(connection, self._data_directory)
            before = self._now - self._plan.archive_after_seconds
            self._archived = archive_old_sessions(connection, before)
            self._removed_pieces = remove_unused_pieces(connection)

    def _make_backup(self) -> None:
        if is_due(self._data_directory, self._plan.backup_interval_seconds, self._now):
            self._backup = make_backup(self._data_directory, reason=Reason.SCHEDULED)

    def _remove_old_files(self) -> None:
        plan = self._plan
        remove_leftovers(self._data_directory)
        plan.remove_spills(self._data_directory, self._now - plan.spill_retention_seconds)
        self._removed_backups = remove_old_backups(
            self._data_directory, self._now - plan.backup_retention_seconds
        )

    def _optimize_database(self) -> None:
        with open_store(self._data_directory) as connection:
            size = store_path(self._data_directory).stat().st_size
            is_time = self._now % CHECK_INTERVAL_SECONDS < CHECK_WINDOW_SECONDS
            _maintain_index(connection, is_check_due=size < MAX_CHECKED_BYTES or is_time)
            _release_pages(connection)
            connection.execute("PRAGMA optimize")
            connection.execute("PRAGMA wal_checkpoint (PASSIVE)")


def _maintain_index(connection: sqlite3.Connection, *, is_check_due: bool) -> None:
    try:
        if is_check_due:
            connection.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")
        _merge_index(connection)
    except sqlite3.DatabaseError as error:
        if not is_index_damage(error):
            raise
        # The text itself is in another table.
        connection.execute("INSERT INTO texts (texts) VALUES ('rebuild')")


def _merge_index(connection: sqlite3.Connection) -> None:
    """Merge the pieces of the index, like FTS5's `optimize`, but in short transactions.

    Four pieces of similar size are merged into one.
    """
    for _ in range(MAX_STEPS):
        before = connection.total_changes
        connection.execute("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", (STEP_PAGES,))
        # https://sqlite.org/fts5.html#the_merge_command
        if connection.total_changes - before < 2:
            return


def _release_pages(connection: sqlite3.Connection) -> None:
    """Return free pages to the file system, except for those that are reused soon."""
    free_pages = connection.execute("PRAGMA freelist_count").fetchone()[0]
    for _ in range(0, free_pages - MAX_FREE_PAGES, STEP_PAGES):
        # It returns a row without columns for each page: `execute` would stop at the first.
        connection.executescript(f"PRAGMA incremental_vacuum ({STEP_PAGES})")
