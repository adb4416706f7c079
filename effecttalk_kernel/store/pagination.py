"""Pages of long lists of sessions and blocks."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.store.blocks import NOT_FAILED
from effecttalk_kernel.store.identities import IS_VALID
from effecttalk_kernel.store.rows import SessionState, StoredSession
from effecttalk_kernel.store.sessions import SESSION_COLUMNS, session_from_row

# How much of a command a list has: each of a thousand blocks may have a megabyte.
MAX_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions; *text* must be in the identity, the notebook's path or the directory."""

    states: Collection[SessionState] = tuple(SessionState)
    text: str = ""
    notebook: str = ""
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BlockQuery:
    """Which blocks of a session; *after* is the number of the last block of the page before."""

    status: str = ""
    failed: bool | None = None
    since: float | None = None
    after: int | None = None
    newest_first: bool = True
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BlockSummary:
    """A block in a list; *code* is the beginning of its code."""

    number: int
    code: str
    characters: int
    status: str
    exit_status: int | None
    started: float
    ended: float | None
    cwd: str


def read_session_page(
    connection: sqlite3.Connection, query: SessionQuery
) -> tuple[Sequence[StoredSession], int]:
    """Return a page of sessions, most recently modified first, and the total number."""
    placeholders = ", ".join("?" * len(query.states))
    where = (
        f"state IN ({placeholders}) AND (? = '' OR notebook = ?) AND {IS_VALID}"
        " AND (? = '' OR instr(lower(id || char(10) || notebook || char(10) || cwd), lower(?)))"
    )
    values = [state.value for state in query.states]
    values += [query.notebook, query.notebook, query.text, query.text]
    rows = connection.execute(
        f"SELECT {SESSION_COLUMNS} FROM sessions WHERE {where}"  # noqa: S608 # ours
        " ORDER BY modified DESC, key DESC LIMIT ? OFFSET ?",
        (*values, query.limit, query.offset),
    )
    found = [session_from_row(row) for row in rows]
    (count,) = connection.execute(
        f"SELECT count(*) FROM sessions WHERE {where}",  # noqa: S608 # ours
        values,
    ).fetchone()
    return found, count


def read_block_page(
    connection: sqlite3.Connection, session: StoredSession, query: BlockQuery
) -> tuple[Sequence[BlockSummary], int]:
    """Return a page of a session's blocks, and the total number regardless of *after*."""
    where, values = _build_conditions(session, query)
    (count,) = connection.execute(
        f"SELECT count(*) FROM blocks WHERE {where}",  # noqa: S608 # ours
        values,
    ).fetchone()
    if query.after is not None:
        where += f" AND number {'<' if query.newest_first else '>'} ?"
        values.append(query.after)
    order = f"ORDER BY number {'DESC' if query.newest_first else 'ASC'}"
    # Select only the keys first: an index has the columns of the order.
    keys = f"SELECT key FROM blocks WHERE {where} {order} LIMIT ? OFFSET ?"  # noqa: S608 # ours
    rows = connection.execute(
        "SELECT number, substr(code, 1, ?), length(code), status, exit_status, started, ended,"  # noqa: S608
        f" cwd FROM blocks WHERE key IN ({keys}) {order}",
        (MAX_CHARACTERS, *values, query.limit, query.offset),
    )
    return [BlockSummary(*row) for row in rows], count


def _build_conditions(session: StoredSession, query: BlockQuery) -> tuple[str, list[object]]:
    conditions, values = ["session = ?"], list[object]([session.key])
    if query.status:
        conditions.append("status = ?")
        values.append(query.status)
    if query.failed is not None:
        conditions.append(f"status {'NOT IN' if query.failed else 'IN'} {NOT_FAILED}")
    if query.since is not None:
        # Without the plus sign, SQLite would use the index of all sessions' times.
        conditions.append("+started >= ?")
        values.append(query.since)
    return " AND ".join(conditions), values
