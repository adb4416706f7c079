"""Pages: parts of long lists, for those who show them piece by piece."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.store.blocks import NOT_FAILED
from effecttalk_kernel.store.rows import SessionState, StoredSession
from effecttalk_kernel.store.sessions import COLUMNS, session_from_row

# Of a command in a list: a thousand blocks may have one of a megabyte each.
MOST_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions: *text* is in the identity, the notebook's path or the directory."""

    states: Collection[SessionState] = tuple(SessionState)
    text: str = ""
    notebook: str = ""
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BlockQuery:
    """Which blocks of a session: *after* is the number of the last one that is known already."""

    status: str = ""
    failed: bool | None = None
    since: float | None = None
    after: int | None = None
    newest_first: bool = True
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BlockSummary:
    """A block in a list; *code* is the beginning of its command."""

    number: int
    code: str
    characters: int
    status: str
    exit_status: int | None
    started: float
    ended: float | None
    cwd: str


def read_session_page(
    connection: sqlite3.Connection, wanted: SessionQuery
) -> tuple[Sequence[StoredSession], int]:
    """Return a page of sessions, the last changed first, and how many there are in all."""
    marks = ", ".join("?" * len(wanted.states))
    where = (
        f"state IN ({marks}) AND (? = '' OR notebook = ?)"
        " AND (? = '' OR instr(lower(id || char(10) || notebook || char(10) || cwd), lower(?)))"
    )
    values = [state.value for state in wanted.states]
    values += [wanted.notebook, wanted.notebook, wanted.text, wanted.text]
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM sessions WHERE {where}"  # noqa: S608 # ours
        " ORDER BY modified DESC, key DESC LIMIT ? OFFSET ?",
        (*values, wanted.limit, wanted.offset),
    )
    found = [session_from_row(row) for row in rows]
    (count,) = connection.execute(
        f"SELECT count(*) FROM sessions WHERE {where}",  # noqa: S608 # ours
        values,
    ).fetchone()
    return found, count


def read_block_page(
    connection: sqlite3.Connection, session: StoredSession, wanted: BlockQuery
) -> tuple[Sequence[BlockSummary], int]:
    """Return a page of a session's blocks, and how many there are, whatever *after* says."""
    where, values = _conditions(session, wanted)
    (count,) = connection.execute(
        f"SELECT count(*) FROM blocks WHERE {where}",  # noqa: S608 # ours
        values,
    ).fetchone()
    if wanted.after is not None:
        where += f" AND number {'<' if wanted.newest_first else '>'} ?"
        values.append(wanted.after)
    order = f"ORDER BY number {'DESC' if wanted.newest_first else 'ASC'}"
    # First only the keys: an index has what they are sorted by.
    keys = f"SELECT key FROM blocks WHERE {where} {order} LIMIT ? OFFSET ?"  # noqa: S608 # ours
    rows = connection.execute(
        "SELECT number, substr(code, 1, ?), length(code), status, exit_status, started, ended,"  # noqa: S608
        f" cwd FROM blocks WHERE key IN ({keys}) {order}",
        (MOST_CHARACTERS, *values, wanted.limit, wanted.offset),
    )
    return [BlockSummary(*row) for row in rows], count


def _conditions(session: StoredSession, wanted: BlockQuery) -> tuple[str, list[object]]:
    conditions, values = ["session = ?"], list[object]([session.key])
    if wanted.status:
        conditions.append("status = ?")
        values.append(wanted.status)
    if wanted.failed is not None:
        conditions.append(f"status {'NOT IN' if wanted.failed else 'IN'} {NOT_FAILED}")
    if wanted.since is not None:
        # Without the sign SQLite would take the index of all sessions' times.
        conditions.append("+started >= ?")
        values.append(wanted.since)
    return " AND ".join(conditions), values
