"""Copies the rows of one session from an attached backup, within a transaction.

The backup is attached as `backup` and has the same schema. The columns are read from the schema,
so that those of later versions are copied too.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from effecttalk_kernel.store import search_index

# Larger than every block number.
MAX_BLOCK_NUMBER: Final = 1 << 62
PIECE_COLUMNS: Final = ("variables", "functions", "options")
MEASURE_SESSION: Final = """
SELECT modified,
    (SELECT count(*) FROM {0}.blocks WHERE session = s.key),
    (SELECT count(*) FROM {0}.blocks b JOIN {0}.outputs o ON o.block = b.key WHERE session = s.key),
    (SELECT count(*) FROM {0}.states WHERE session = s.key),
    (SELECT coalesce(min(number), 0) FROM {0}.blocks WHERE session = s.key)
FROM {0}.sessions s WHERE id = ?
"""


class SessionSize(NamedTuple):
    """How much of a session a database has."""

    modified: float
    blocks: int
    outputs: int
    states: int
    first_block: int

    def contains(self, other: "SessionSize") -> bool:
        """Whether it has at least as much as *other*."""
        return all(
            own_count >= other_count
            for own_count, other_count in zip(self[:4], other[:4], strict=True)
        )


def measure_session(
    connection: sqlite3.Connection, database: str, session: str
) -> SessionSize | None:
    """Return how much *database* (`main` or `backup`) has of a session; None for nothing."""
    row = connection.execute(MEASURE_SESSION.format(database), (session,)).fetchone()
    return None if row is None else SessionSize(*row)


def remove_session(connection: sqlite3.Connection, session: str) -> None:
    """Delete a session from the store."""
    keys = connection.execute(
        "SELECT key FROM blocks WHERE session = (SELECT key FROM main.sessions WHERE id = ?)",
        (session,),
    ).fetchall()
    for (key,) in keys:
        search_index.remove_block(connection, key)
    connection.execute("DELETE FROM main.sessions WHERE id = ?", (session,))


def insert_session(connection: sqlite3.Connection, session: str) -> int:
    """Copy a whole session into the store; return how many blocks it has.

    A session that is live in the backup becomes lost: its kernel has ended.
    """
    free = "EXISTS (SELECT 1 FROM main.sessions m WHERE m.key = s.key)"
    _copy(
        connection,
        "INSERT INTO sessions",
        {
            "key": f"CASE WHEN {free} THEN NULL ELSE s.key END",
            "state": "CASE WHEN s.state = 'live' THEN 'lost' ELSE s.state END",
            "active_block": "NULL",
        },
        "backup.sessions s WHERE s.id = :session",
        {"session": session},
    )
    return insert_blocks(connection, session, before=MAX_BLOCK_NUMBER)


def insert_blocks(connection: sqlite3.Connection, session: str, *, before: int) -> int:
    """Copy the blocks before that number into a session of the store; return how many."""
    old, new = (_find_key(connection, database, session) for database in ("backup", "main"))
    values = {"old": old, "new": new, "before": before}
    count = _write_new_keys(connection, values)
    moved = "temp.moved CROSS JOIN backup.{0} s ON s.{1} = moved.old"
    _copy(
        connection,
        "INSERT INTO blocks",
        {"key": "moved.new", "session": ":new"},
        moved.format("blocks", "key"),
        values,
    )
    _copy(
        connection,
        "INSERT INTO outputs",
        {"block": "moved.new"},
        moved.format("outputs", "block"),
        values,
    )
    _copy(
        connection,
        "INSERT OR REPLACE INTO texts",
        {"rowid": f"s.rowid + (moved.new - moved.old) * {search_index.MAX_PARTS}"},
        f"temp.moved CROSS JOIN backup.texts s ON s.rowid >= moved.old * {search_index.MAX_PARTS}"
        f" AND s.rowid < (moved.old + 1) * {search_index.MAX_PARTS}",
        values,
    )
    _copy_states(connection, values)
    return count


def update_totals(connection: sqlite3.Connection, session: str) -> None:
    """Update the totals of a session after earlier blocks were added to it."""
    connection.execute(
        """
        UPDATE main.sessions SET
            created = min(created,
                (SELECT created FROM backup.sessions b WHERE b.id = sessions.id)),
            failed = (SELECT count(*) FROM main.blocks WHERE session = sessions.key
                AND status NOT IN ('running', 'success', 'background')),
            kept_bytes = (SELECT coalesce(sum(size_bytes), 0) FROM main.outputs
                JOIN main.blocks ON blocks.key = block WHERE session = sessions.key)
        WHERE id = ?
        """,
        (session,),
    )


def _write_new_keys(connection: sqlite3.Connection, values: Mapping[str, int]) -> int:
    """Write to a temporary table which key each block gets: its old one, if all are free.

    Searches return the highest keys first: with their old keys, blocks keep their place.
    """
    connection.execute("DROP TABLE IF EXISTS temp.moved")
    connection.execute("CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
    chosen = "FROM backup.blocks b WHERE b.session = :old AND b.number < :before"
    taken = f"SELECT EXISTS (SELECT 1 {chosen} AND b.key IN (SELECT key FROM main.blocks))"  # noqa: S608 # ours
    if connection.execute(taken, values).fetchone()[0]:
        last = "(SELECT coalesce(max(key), 0) FROM main.blocks)"
        new = f"{last} + row_number() OVER (ORDER BY b.number)"
    else:
        new = "b.key"
    return connection.execute(
        f"INSERT INTO temp.moved SELECT b.key, {new} {chosen}", values
    ).rowcount


def _copy_states(connection: sqlite3.Connection, values: Mapping[str, int]) -> None:
    chosen = "backup.states s WHERE s.session = :old AND s.number < :before"
    used = " UNION ".join(f"SELECT {piece} FROM {chosen}" for piece in PIECE_COLUMNS)  # noqa: S608 # ours
    _copy(
        connection,
        "INSERT OR IGNORE INTO pieces",
        {"key": "NULL"},
        f"backup.pieces s WHERE s.key IN ({used})",
        values,
    )
    same = "(SELECT m.key FROM backup.pieces b JOIN main.pieces m USING (hash) WHERE b.key = s.{0})"
    _copy(
        connection,
        "INSERT OR IGNORE INTO states",
        {"session": ":new", **{piece: same.format(piece) for piece in PIECE_COLUMNS}},
        chosen,
        values,
    )


def _copy(
    connection: sqlite3.Connection,
    insert_clause: str,
    changed: Mapping[str, str],
    source: str,
    values: Mapping[str, object],
) -> None:
    """Insert the rows of *source*, whose table is `s`; *changed* has expressions for columns."""
    table = insert_clause.rpartition(" ")[2]
    found = connection.execute(f"PRAGMA main.table_info ({table})")
    columns = {row[1]: f"s.{row[1]}" for row in found} | dict(changed)
    connection.execute(
        f"{insert_clause} ({', '.join(columns)})"  # noqa: S608 # ours
        f" SELECT {', '.join(columns.values())} FROM {source}",
        values,
    )


def _find_key(connection: sqlite3.Connection, database: str, session: str) -> int:
    statement = f"SELECT key FROM {database}.sessions WHERE id = ?"  # noqa: S608 # ours
    return int(connection.execute(statement, (session,)).fetchone()[0])
