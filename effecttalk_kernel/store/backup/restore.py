"""Restore: brings sessions back from a backup into the store that others go on using.

A session is brought back as a whole, in one transaction. What is newer than the backup
is left as it is unless that is asked for, and what a kernel runs always; before
anything is replaced, there is a backup of it.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from effecttalk_kernel.store import presence
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

# Kernels that wait for the lock look for it every 50 ms at least: after this long ...
MOST_HELD_SECONDS: Final = 0.2
# ... they find it free.
PAUSE_SECONDS: Final = 0.06


class Decision(StrEnum):
    """What becomes of a session, and why."""

    MISSING = "it is not in the store"
    OLDER = "the backup has more of it"
    CUT = "the store has only its later blocks"
    SAME = "it is as in the backup"
    NEWER = "it is newer than the backup"
    LIVE = "a kernel runs it"
    CHANGED = "it has changed meanwhile"


@dataclass(frozen=True, slots=True)
class SkippedSession:
    """A session that stays as it is, although it may differ from the backup's."""

    session: str
    reason: Decision


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore has done.

    *safety_copy* has what was replaced; *damaged* is where a store lies now that could
    not be read.
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
    """A session of the backup, what the store has of it, and what is to become of it."""

    session: str
    found: merge.Measure | None
    fate: Decision


def restore(
    data_directory: Path, backup: Backup, *, session: str | None = None, force: bool = False
) -> RestoreReport:
    """Bring back what is missing, or older, in the store; with *force* what is newer too.

    Raises:
        BackupError: the backup can't be used, or another process is at the backups.
        SessionNotFoundError: the backup has no such session.
        StoreError: the store can't be written.

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
    return _Step(session, ours, _fate(ours, its, is_live=presence.is_live(data_directory, session)))


def _fate(ours: merge.Measure | None, its: merge.Measure, *, is_live: bool) -> Decision:
    if is_live:
        return Decision.LIVE
    if ours is None:
        return Decision.MISSING
    if ours == its:
        return Decision.SAME
    if its.has_all_of(ours):
        return Decision.OLDER
    # A kernel went on with a new store when its old one was damaged.
    if its.blocks and ours.first_block > its.first_block:
        return Decision.CUT
    return Decision.NEWER


class _RestoreRun:
    """Does the steps of a restore, one transaction for each."""

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
        """Restore a session, or leave it."""
        if step.fate is Decision.SAME:
            self._unchanged += 1
        elif step.fate in {Decision.MISSING, Decision.CUT, *self._replaced}:
            self._let_others_in()
            began = time.monotonic()
            with transaction(self._connection):
                # It may have been restored, deleted or begun since we looked.
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
