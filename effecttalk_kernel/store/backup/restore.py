"""Restores sessions from a backup, while other processes use the store.

A session is restored completely, in one transaction. A session that is newer than the backup is
replaced only on request, a live one never. Before anything is replaced, a backup of it is made.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from effecttalk_kernel.store import live_sessions
from effecttalk_kernel.store.backup import merge
from effecttalk_kernel.store.backup.backups import (
    Backup,
    backups_directory,
    hold_backups_lock,
    make_backup_locked,
    translate_os_errors,
)
from effecttalk_kernel.store.backup.copy import open_copy, unpack_backup
from effecttalk_kernel.store.backup.damage import set_aside
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.database import open_store
from effecttalk_kernel.store.errors import StoreDamagedError
from effecttalk_kernel.store.sessions import find_session
from effecttalk_kernel.store.sqlite import transaction

# Kernels that wait for the lock try again every 50 ms: after this time ...
MOST_HELD_SECONDS: Final = 0.2
# ... they find it free.
PAUSE_SECONDS: Final = 0.06


class Decision(StrEnum):
    """The reason why a session is restored or not."""

    MISSING = "it is not in the store"
    OLDER = "the backup has more of it"
    CUT = "the store has only its later blocks"
    SAME = "it is the same as in the backup"
    NEWER = "it is newer than the backup"
    LIVE = "it is live"
    CHANGED = "it changed during the restore"


@dataclass(frozen=True, slots=True)
class SkippedSession:
    """A session that was not restored, although it may differ from that in the backup."""

    session: str
    reason: Decision


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """The result of a restore.

    *safety_copy* has the replaced sessions; *damaged* is the path to which a damaged store
    was moved.
    """

    sessions: int
    blocks: int
    replaced: int
    unchanged: int
    refused: Sequence[SkippedSession]
    safety_copy: Backup | None = None
    damaged: Path | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """A session in the backup, what the store has of it, and whether it is restored."""

    session: str
    found: merge.Measure | None
    fate: Decision


def restore(
    data_directory: Path, backup: Backup, *, session: str | None = None, force: bool = False
) -> RestoreReport:
    """Restore the sessions that are missing or older in the store; with *force*, newer ones too.

    Raises:
        BackupError: the backup cannot be used, or another process holds the lock.
        SessionNotFoundError: the backup has no such session.
        StoreError: the store cannot be written.

    """
    directory = backups_directory(data_directory)
    with (
        hold_backups_lock(directory),
        translate_os_errors("nothing was restored"),
        unpack_backup(backup.path, backup.description, directory) as database,
    ):
        wanted = _sessions_of(database, session)
        try:
            return _merge(data_directory, database, wanted, force=force)
        except StoreDamagedError:
            aside = set_aside(data_directory)
        restored = _merge(data_directory, database, wanted, force=force)
        return replace(restored, damaged=aside)


def _sessions_of(database: Path, session: str | None) -> Sequence[str]:
    with closing(open_copy(database)) as connection:
        if session is not None:
            return [find_session(connection, session).id]
        return [row[0] for row in connection.execute("SELECT id FROM sessions ORDER BY key")]


def _merge(
    data_directory: Path, database: Path, wanted: Sequence[str], *, force: bool
) -> RestoreReport:
    with open_store(data_directory, may_create=True) as connection:
        connection.execute("ATTACH ? AS backup", (str(database),))
        steps = [_step(connection, data_directory, session) for session in wanted]
        replaced = {Decision.OLDER, Decision.NEWER} if force else {Decision.OLDER}
        safety_copy = None
        if any(step.fate in {Decision.CUT, *replaced} for step in steps):
            safety_copy = make_backup_locked(data_directory, reason=Reason.SAFETY)
        work = _RestoreRun(connection, data_directory, replaced)
        for step in steps:
            work.do(step)
        return work.restored(safety_copy)


def _step(connection: sqlite3.Connection, data_directory: Path, session: str) -> _Step:
    ours = merge.measure(connection, "main", session)
    its = merge.measure(connection, "backup", session)
    assert its is not None
    return _Step(
        session, ours, _fate(ours, its, is_live=live_sessions.is_live(data_directory, session))
    )


def _fate(ours: merge.Measure | None, its: merge.Measure, *, is_live: bool) -> Decision:
    if is_live:
        return Decision.LIVE
    if ours is None:
        return Decision.MISSING
    if ours == its:
        return Decision.SAME
    if its.has_all_of(ours):
        return Decision.OLDER
    # A kernel continued with a new store because its old one was damaged.
    if its.blocks and ours.first_block > its.first_block:
        return Decision.CUT
    return Decision.NEWER


class _RestoreRun:
    """Runs the steps of a restore, each in one transaction."""

    def __init__(
        self, connection: sqlite3.Connection, data_directory: Path, replaced: set[Decision]
    ) -> None:
        self._connection = connection
        self._data_directory = data_directory
        self._replaced = replaced
        self._sessions = self._blocks = self._overwritten = self._unchanged = 0
        self._refused: list[SkippedSession] = []
        self._held_seconds = 0.0

    def do(self, step: _Step) -> None:
        """Restore a session, or skip it."""
        if step.fate is Decision.SAME:
            self._unchanged += 1
        elif step.fate in {Decision.MISSING, Decision.CUT, *self._replaced}:
            self._let_others_in()
            began = time.monotonic()
            with transaction(self._connection):
                # It may have been restored, deleted or started in the meantime.
                if _step(self._connection, self._data_directory, step.session) != step:
                    self._refused.append(SkippedSession(step.session, Decision.CHANGED))
                    return
                blocks = self._write(step)
            self._held_seconds += time.monotonic() - began
            self._sessions += 1
            self._blocks += blocks
            self._overwritten += step.fate in self._replaced
        else:
            self._refused.append(SkippedSession(step.session, step.fate))

    def restored(self, safety_copy: Backup | None) -> RestoreReport:
        """Return what was done."""
        return RestoreReport(
            sessions=self._sessions,
            blocks=self._blocks,
            replaced=self._overwritten,
            unchanged=self._unchanged,
            refused=tuple(self._refused),
            safety_copy=safety_copy,
        )

    def _write(self, step: _Step) -> int:
        if step.fate is Decision.CUT:
            assert step.found is not None
            before = step.found.first_block
            blocks = merge.insert_blocks(self._connection, step.session, before=before)
            merge.count_again(self._connection, step.session)
            return blocks
        if step.fate in self._replaced:
            merge.remove_session(self._connection, step.session)
        return merge.insert_session(self._connection, step.session)

    def _let_others_in(self) -> None:
        if self._held_seconds > MOST_HELD_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self._held_seconds = 0.0
