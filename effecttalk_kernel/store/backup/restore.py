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
from effecttalk_kernel.store.identities import is_session_identity
from effecttalk_kernel.store.sessions import find_session
from effecttalk_kernel.store.sqlite import transaction

# Kernels that wait for the lock try again every 50 ms: after this time ...
MAX_HELD_SECONDS: Final = 0.2
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
    FOREIGN = "its identity is not one of EffectTalk"


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
class _RestoreStep:
    """A session in the backup, what the store has of it, and whether it is restored."""

    session: str
    stored: merge.SessionSize | None
    decision: Decision


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
        wanted = _list_sessions(database, session)
        try:
            return _merge(data_directory, database, wanted, force=force)
        except StoreDamagedError:
            damaged_path = set_aside(data_directory)
        report = _merge(data_directory, database, wanted, force=force)
        return replace(report, damaged=damaged_path)


def _list_sessions(database: Path, session: str | None) -> Sequence[str]:
    with closing(open_copy(database)) as connection:
        if session is not None:
            return [find_session(connection, session).id]
        return [row[0] for row in connection.execute("SELECT id FROM sessions ORDER BY key")]


def _merge(
    data_directory: Path, database: Path, wanted: Sequence[str], *, force: bool
) -> RestoreReport:
    with open_store(data_directory, may_create=True) as connection:
        connection.execute("ATTACH ? AS backup", (str(database),))
        steps = [_plan_step(connection, data_directory, session) for session in wanted]
        replaced = {Decision.OLDER, Decision.NEWER} if force else {Decision.OLDER}
        safety_copy = None
        if any(step.decision in {Decision.CUT, *replaced} for step in steps):
            safety_copy = make_backup_locked(data_directory, reason=Reason.SAFETY)
        run = _RestoreRun(connection, data_directory, replaced)
        for step in steps:
            run.run_step(step)
        return run.report(safety_copy)


def _plan_step(connection: sqlite3.Connection, data_directory: Path, session: str) -> _RestoreStep:
    if not is_session_identity(session):
        return _RestoreStep(session, None, Decision.FOREIGN)
    stored = merge.measure_session(connection, "main", session)
    backed_up = merge.measure_session(connection, "backup", session)
    assert backed_up is not None
    return _RestoreStep(
        session,
        stored,
        _decide(stored, backed_up, is_live=live_sessions.is_live(data_directory, session)),
    )


def _decide(
    stored: merge.SessionSize | None, backed_up: merge.SessionSize, *, is_live: bool
) -> Decision:
    if is_live:
        return Decision.LIVE
    if stored is None:
        return Decision.MISSING
    if stored == backed_up:
        return Decision.SAME
    if backed_up.contains(stored):
        return Decision.OLDER
    # A kernel continued with a new store because its old one was damaged.
    if backed_up.blocks and stored.first_block > backed_up.first_block:
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

    def run_step(self, step: _RestoreStep) -> None:
        """Restore a session, or skip it."""
        if step.decision is Decision.SAME:
            self._unchanged += 1
        elif step.decision in {Decision.MISSING, Decision.CUT, *self._replaced}:
            self._pause_for_writers()
            began = time.monotonic()
            with transaction(self._connection):
                # It may have been restored, deleted or started in the meantime.
                if _plan_step(self._connection, self._data_directory, step.session) != step:
                    self._refused.append(SkippedSession(step.session, Decision.CHANGED))
                    return
                blocks = self._write(step)
            self._held_seconds += time.monotonic() - began
            self._sessions += 1
            self._blocks += blocks
            self._overwritten += step.decision in self._replaced
        else:
            self._refused.append(SkippedSession(step.session, step.decision))

    def report(self, safety_copy: Backup | None) -> RestoreReport:
        """Return what was done."""
        return RestoreReport(
            sessions=self._sessions,
            blocks=self._blocks,
            replaced=self._overwritten,
            unchanged=self._unchanged,
            refused=tuple(self._refused),
            safety_copy=safety_copy,
        )

    def _write(self, step: _RestoreStep) -> int:
        if step.decision is Decision.CUT:
            assert step.stored is not None
            before = step.stored.first_block
            blocks = merge.insert_blocks(self._connection, step.session, before=before)
            merge.update_totals(self._connection, step.session)
            return blocks
        if step.decision in self._replaced:
            merge.remove_session(self._connection, step.session)
        return merge.insert_session(self._connection, step.session)

    def _pause_for_writers(self) -> None:
        if self._held_seconds > MAX_HELD_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self._held_seconds = 0.0
