"""Blocks: find, list and search them."""

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
from effecttalk_kernel.store.identities import IS_VALID
from effecttalk_kernel.store.rows import StoredBlock
from effecttalk_kernel.store.sessions import find_session

BLOCK_COLUMNS: Final = (
    "blocks.key, sessions.id, number, code, status, exit_status, started, ended, blocks.cwd, record"
)
BLOCK_TABLES: Final = f"blocks JOIN sessions ON sessions.key = blocks.session AND {IS_VALID}"
# The statuses of blocks that have not failed, as a list in SQL.
NOT_FAILED: Final = tuple(status.value for status in Status if not has_failed(status))
# "12", or "3f9a2c41b07e-12".
BLOCK_NAME: Final = re.compile(r"(?:(?P<session>[0-9A-Za-z]+)-)?(?P<number>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class BlockFilter:
    """Which blocks; *cwd* includes its subdirectories, *since* is in Unix seconds."""

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
    """Return the block with this name; a number alone is of *session*.

    Raises:
        BlockNotFoundError: there is no such block.
        SessionNotFoundError: there is no such session.

    """
    found = BLOCK_NAME.fullmatch(name)
    if found is None:
        raise BlockNotFoundError(
            f"{name!r} is not a block: give its number, or SESSION-NUMBER for another session"
        )
    session = found["session"] or session
    if not session:
        raise BlockNotFoundError(
            f"block {name} is ambiguous outside a notebook cell: give it as SESSION-{name}"
            " (`effecttalk blocks list` shows the sessions)"
        )
    row = connection.execute(
        f"SELECT {BLOCK_COLUMNS} FROM {BLOCK_TABLES} WHERE sessions.key = ? AND number = ?",  # noqa: S608
        (find_session(connection, session).key, int(found["number"])),
    ).fetchone()
    if row is None:
        raise BlockNotFoundError(f"session {session} has no block {found['number']}")
    return _block_from_row(row)


def list_blocks(connection: sqlite3.Connection, block_filter: BlockFilter) -> Sequence[StoredBlock]:
    """Return the newest blocks that match, newest first."""
    where, values = _build_conditions(connection, block_filter)
    # Select only the keys first: an index has the columns of the order.
    rows = connection.execute(
        f"SELECT {BLOCK_COLUMNS} FROM {BLOCK_TABLES} WHERE blocks.key IN"  # noqa: S608 # ours
        f" (SELECT key FROM blocks WHERE {where} ORDER BY started DESC, key DESC LIMIT ?)"
        " ORDER BY started DESC, blocks.key DESC",
        (*values, block_filter.limit),
    )
    return [_block_from_row(row) for row in rows]


def list_session_blocks(connection: sqlite3.Connection, session: str) -> Iterator[StoredBlock]:
    """Yield all blocks of a session in order."""
    rows = connection.execute(
        f"SELECT {BLOCK_COLUMNS} FROM {BLOCK_TABLES} WHERE id = ? ORDER BY number",  # noqa: S608 # ours
        (session,),
    )
    return (_block_from_row(row) for row in rows)


def search(
    connection: sqlite3.Connection, text: str, block_filter: BlockFilter, *, marks: str = "[]"
) -> Sequence[SearchHit]:
    """Return the newest blocks whose code or output has all words of *text*.

    If no block has these words, words that begin with them match too.
    """
    words = search_index.build_words_expression(text)
    if not words:
        return []
    if next(search_index.find_matches(connection, words), None) is None:
        words = search_index.build_words_expression(text, as_prefixes=True)
    return [*_find_hits(connection, words, block_filter, marks)]


def _find_hits(
    connection: sqlite3.Connection, words: str, block_filter: BlockFilter, marks: str
) -> Iterator[SearchHit]:
    session = find_session(connection, block_filter.session).id if block_filter.session else ""
    search_filter = search_index.SearchFilter(
        block_filter.failed, block_filter.cwd, block_filter.since, session
    )
    expression = search_index.narrow(words, search_filter, now=time.time())
    where, values = _build_conditions(connection, block_filter)
    remaining = block_filter.limit
    for key in search_index.find_matches(connection, expression):
        if remaining == 0:
            return
        row = connection.execute(
            f"SELECT {BLOCK_COLUMNS} FROM {BLOCK_TABLES} WHERE blocks.key = ? AND {where}",  # noqa: S608 # ours
            (key, *values),
        ).fetchone()
        if row is not None:
            remaining -= 1
            yield SearchHit(
                _block_from_row(row), search_index.read_snippet(connection, words, key, marks)
            )


def _build_conditions(
    connection: sqlite3.Connection, block_filter: BlockFilter
) -> tuple[str, list[object]]:
    conditions, values = ["1"], list[object]()
    if block_filter.session:
        conditions.append("blocks.session = ?")
        values.append(find_session(connection, block_filter.session).key)
    if block_filter.failed is not None:
        conditions.append(f"status {'NOT IN' if block_filter.failed else 'IN'} {NOT_FAILED}")
    if block_filter.cwd:
        path = block_filter.cwd.rstrip("/")
        # A range instead of LIKE, because it uses the index. "0" follows "/".
        conditions.append("(blocks.cwd IN (?, ?) OR (blocks.cwd > ? AND blocks.cwd < ?))")
        values += [path, path or "/", f"{path}/", f"{path}0"]
    if block_filter.since is not None:
        conditions.append("started >= ?")
        values.append(block_filter.since)
    return " AND ".join(conditions), values


def _block_from_row(row: tuple[object, ...]) -> StoredBlock:
    return StoredBlock(*row[:-1], json.loads(str(row[-1])))  # type: ignore[call-arg, arg-type]
