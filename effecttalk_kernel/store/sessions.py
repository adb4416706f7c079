"""Sessions: find, archive and delete them."""

import json
import shutil
import sqlite3
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from effecttalk_kernel.store import live_sessions, search_index
from effecttalk_kernel.store.errors import SessionLiveError, SessionNotFoundError
from effecttalk_kernel.store.identities import IS_VALID, session_path
from effecttalk_kernel.store.rows import SessionState, StoredSession
from effecttalk_kernel.store.sqlite import transaction

SESSION_COLUMNS: Final = (
    "key, id, notebook, shell, host, pid, created, modified, state, cwd, active_block,"
    " continues, blocks, failed, kept_bytes"
)
MIN_IDENTITY_CHARACTERS: Final = 4
# Blocks deleted in one transaction: other processes wait a few milliseconds.
BLOCKS_PER_TRANSACTION: Final = 200


def list_sessions(
    connection: sqlite3.Connection,
    *,
    states: Collection[SessionState] = tuple(SessionState),
    notebook: str = "",
    limit: int = -1,
) -> Sequence[StoredSession]:
    """Return sessions, most recently modified first."""
    placeholders = ", ".join("?" * len(states))
    rows = connection.execute(
        f"SELECT {SESSION_COLUMNS} FROM sessions"  # noqa: S608 # constants and question marks
        f" WHERE state IN ({placeholders}) AND (? = '' OR notebook = ?) AND {IS_VALID}"
        " ORDER BY modified DESC LIMIT ?",
        (*[state.value for state in states], notebook, notebook, limit),
    )
    return [session_from_row(row) for row in rows]


def find_session(connection: sqlite3.Connection, identity: str) -> StoredSession:
    """Return the session with this identity, or the only one that begins with it.

    Raises:
        SessionNotFoundError: no session matches, or several do.

    """
    rows = connection.execute(
        f"SELECT {SESSION_COLUMNS} FROM sessions WHERE {IS_VALID} AND"  # noqa: S608 # constants
        " (id = ?1 OR (length(?1) >= ?2 AND substr(id, 1, length(?1)) = ?1)) LIMIT 3",
        (identity, MIN_IDENTITY_CHARACTERS),
    ).fetchall()
    sessions = [session_from_row(row) for row in rows]
    exact = [session for session in sessions if session.id == identity]
    if exact or len(sessions) == 1:
        return (exact or sessions)[0]
    if sessions:
        raise SessionNotFoundError(
            f"several sessions begin with {identity!r}: give more characters"
        )
    raise SessionNotFoundError(
        f"no session {identity!r}: list the sessions with `effecttalk sessions list --all`"
    )


def find_last_session(connection: sqlite3.Connection, notebook: str) -> StoredSession | None:
    """Return the last session of a notebook that has ended, if any."""
    ended = (SessionState.CLOSED, SessionState.LOST, SessionState.ARCHIVED)
    found = list_sessions(connection, states=ended, notebook=notebook, limit=1)
    return found[0] if found else None


def read_environment(connection: sqlite3.Connection, session: StoredSession) -> dict[str, str]:
    """Return the environment with which a session began; its secrets are masked."""
    row = connection.execute(
        "SELECT environment FROM sessions WHERE key = ?", (session.key,)
    ).fetchone()
    found: dict[str, str] = json.loads(zlib.decompress(row[0])) if row and row[0] else {}
    return found


def mark_lost(connection: sqlite3.Connection, data_directory: Path) -> Sequence[str]:
    """Mark the live sessions whose kernel was killed as lost; return their identities."""
    rows = connection.execute(
        f"SELECT id FROM sessions WHERE state = 'live' AND {IS_VALID}"  # noqa: S608 # a constant
    ).fetchall()
    lost = [row[0] for row in rows if not live_sessions.is_live(data_directory, row[0])]
    with transaction(connection):
        connection.executemany(
            "UPDATE sessions SET state = 'lost', active_block = NULL"
            " WHERE id = ? AND state = 'live'",
            [(identity,) for identity in lost],
        )
    for identity in lost:
        live_sessions.remove_presence(data_directory, identity)
    return lost


def set_archived(connection: sqlite3.Connection, session: StoredSession, *, archived: bool) -> None:
    """Archive a session, which hides it from lists, or undo that.

    Raises:
        SessionLiveError: the session is live.

    """
    _check_ended(session, "archived")
    state = SessionState.ARCHIVED if archived else SessionState.CLOSED
    with transaction(connection):
        connection.execute("UPDATE sessions SET state = ? WHERE key = ?", (state, session.key))


def archive_old_sessions(connection: sqlite3.Connection, before: float) -> int:
    """Archive the ended sessions that were last modified before that time; return how many."""
    with transaction(connection):
        return connection.execute(
            "UPDATE sessions SET state = 'archived'"
            " WHERE state IN ('closed', 'lost') AND modified < ?",
            (before,),
        ).rowcount


def delete_session(
    connection: sqlite3.Connection, session: StoredSession, spills_directory: Path
) -> None:
    """Delete a session with everything that is stored of it.

    Raises:
        SessionLiveError: the session is live.

    """
    _check_ended(session, "deleted")
    while keys := _list_block_keys(connection, session):
        with transaction(connection):
            for key in keys:
                search_index.remove_block(connection, key)
                connection.execute("DELETE FROM blocks WHERE key = ?", (key,))
    with transaction(connection):
        connection.execute("DELETE FROM sessions WHERE key = ?", (session.key,))
    shutil.rmtree(session_path(spills_directory, session.id), ignore_errors=True)


def _list_block_keys(connection: sqlite3.Connection, session: StoredSession) -> list[int]:
    rows = connection.execute(
        "SELECT key FROM blocks WHERE session = ? LIMIT ?", (session.key, BLOCKS_PER_TRANSACTION)
    )
    return [row[0] for row in rows]


def _check_ended(session: StoredSession, action: str) -> None:
    if session.state is SessionState.LIVE:
        raise SessionLiveError(
            f"session {session.id} is live (process {session.pid}): shut down its kernel before it"
            f" is {action}"
        )


def session_from_row(row: tuple[object, ...]) -> StoredSession:
    """Return the session in a row that has COLUMNS."""
    fields = [*row]
    fields[8] = SessionState(str(row[8]))
    return StoredSession(*fields)  # type: ignore[arg-type]
