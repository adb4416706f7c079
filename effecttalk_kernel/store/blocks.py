"""Blocks: those of one session or of all, by their numbers, ends, places and words."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.block import Status, has_failed
from effecttalk_kernel.store import search_index
from effecttalk_kernel.store.errors import BlockNotFoundError
from effecttalk_kernel.store.rows import StoredBlock
from effecttalk_kernel.store.sessions import find_session

COLUMNS: Final = (
    "blocks.key, sessions.id, number, code, status, exit_status, started, ended, blocks.cwd, record"
)
TABLES: Final = "blocks JOIN sessions ON sessions.key = blocks.session"
# The statuses of blocks that have not failed, as a list in SQL.
NOT_FAILED: Final = tuple(status.value for status in Status if not has_failed(status))
# "12", or "3f9a2c41b07e-12".
IDENTITY: Final = re.compile(r"(?:(?P<session>[0-9A-Za-z]+)-)?(?P<number>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class BlockFilter:
    """Which blocks; times are Unix seconds, a directory stands for those below it too."""

    session: str = ""
    failed: bool | None = None
    cwd: str = ""
    since: float | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A block that a search found, and the words around a match."""

    block: StoredBlock
    snippet: str


def find_block(connection: sqlite3.Connection, name: str, session: str = "") -> StoredBlock:
    """Return the block of that name; *session* is meant by a number alone.

    Raises:
        BlockNotFoundError: there is none.
        SessionNotFoundError: its session is not there.

    """
    found = IDENTITY.fullmatch(name)
    if found is None:
        raise BlockNotFoundError(
            f"{name!r} is no block: give its number, or SESSION-NUMBER for one of another session"
        )
    session = found["session"] or session
    if not session:
        raise BlockNotFoundError(f"which session's block {name}? Give SESSION-NUMBER")
    row = connection.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE sessions.key = ? AND number = ?",  # noqa: S608
        (find_session(connection, session).key, int(found["number"])),
    ).fetchone()
    if row is None:
        raise BlockNotFoundError(f"session {session} has no block {found['number']}")
    return _block(row)


def list_blocks(connection: sqlite3.Connection, wanted: BlockFilter) -> Sequence[StoredBlock]:
    """Return the last blocks that are wanted, the newest first."""
    where, values = _conditions(connection, wanted)
    # First only the keys: an index has what they are sorted by.
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE blocks.key IN"  # noqa: S608 # ours
        f" (SELECT key FROM blocks WHERE {where} ORDER BY started DESC, key DESC LIMIT ?)"
        " ORDER BY started DESC, blocks.key DESC",
        (*values, wanted.limit),
    )
    return [_block(row) for row in rows]


def list_session_blocks(connection: sqlite3.Connection, session: str) -> Iterator[StoredBlock]:
    """Yield all blocks of a session in their order."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE id = ? ORDER BY number",  # noqa: S608 # ours
        (session,),
    )
    return (_block(row) for row in rows)


def search(
    connection: sqlite3.Connection, text: str, wanted: BlockFilter, *, marks: str = "[]"
) -> Sequence[SearchHit]:
    """Return the newest blocks in whose command or output all words of *text* are.

    Where no block has the words as they are, those count that begin with them.
    """
    words = search_index.words_expression(text)
    if not words:
        return []
    if next(search_index.find_matches(connection, words), None) is None:
        words = search_index.words_expression(text, begins=True)
    return [*_matching(connection, words, wanted, marks)]


def _matching(
    connection: sqlite3.Connection, words: str, wanted: BlockFilter, marks: str
) -> Iterator[SearchHit]:
    session = find_session(connection, wanted.session).id if wanted.session else ""
    narrowing = search_index.SearchFilter(wanted.failed, wanted.cwd, wanted.since, session)
    expression = search_index.narrow(words, narrowing, now=time.time())
    where, values = _conditions(connection, wanted)
    left = wanted.limit
    for key in search_index.find_matches(connection, expression):
        if left == 0:
            return
        row = connection.execute(
            f"SELECT {COLUMNS} FROM {TABLES} WHERE blocks.key = ? AND {where}",  # noqa: S608 # ours
            (key, *values),
        ).fetchone()
        if row is not None:
            left -= 1
            yield SearchHit(_block(row), search_index.snippet(connection, words, key, marks))


def _conditions(connection: sqlite3.Connection, wanted: BlockFilter) -> tuple[str, list[object]]:
    conditions, values = ["1"], list[object]()
    if wanted.session:
        conditions.append("blocks.session = ?")
        values.append(find_session(connection, wanted.session).key)
    if wanted.failed is not None:
        conditions.append(f"status {'NOT IN' if wanted.failed else 'IN'} {NOT_FAILED}")
    if wanted.cwd:
        path = wanted.cwd.rstrip("/")
        # A range instead of LIKE: the index serves it. "0" comes behind "/".
        conditions.append("(blocks.cwd IN (?, ?) OR (blocks.cwd > ? AND blocks.cwd < ?))")
        values += [path, path or "/", f"{path}/", f"{path}0"]
    if wanted.since is not None:
        conditions.append("started >= ?")
        values.append(wanted.since)
    return " AND ".join(conditions), values


def _block(row: tuple[object, ...]) -> StoredBlock:
    return StoredBlock(*row[:-1], json.loads(str(row[-1])))  # type: ignore[call-arg, arg-type]
