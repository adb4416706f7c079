"""Merge: one session's rows from an attached backup into the store, within a transaction.

The backup is attached as `backup` and has the same schema. Columns are taken as they
are found, so that those of later schemas come along.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from effecttalk_kernel.store import search_index

# Above every number.
ALL: Final = 1 << 62
PIECES: Final = ("variables", "functions", "options")
_MEASURE: Final = """
SELECT modified,
    (SELECT count(*) FROM {0}.blocks WHERE session = s.key),
    (SELECT count(*) FROM {0}.blocks b JOIN {0}.outputs o ON o.block = b.key WHERE session = s.key),
    (SELECT count(*) FROM {0}.states WHERE session = s.key),
    (SELECT coalesce(min(number), 0) FROM {0}.blocks WHERE session = s.key)
FROM {0}.sessions s WHERE id = ?
"""


class Measure(NamedTuple):
    """How much there is of a session."""

    modified: float
    blocks: int
    outputs: int
    states: int
    first_block: int

    def has_all_of(self, other: "Measure") -> bool:
        """Whether nothing of *other* is missing here, as far as numbers tell."""
        return all(mine >= its for mine, its in zip(self[:4], other[:4], strict=True))


def measure(connection: sqlite3.Connection, database: str, session: str) -> Measure | None:
    """Return how much *database*, `main` or `backup`, has of a session; None: it has none."""
    row = connection.execute(_MEASURE.format(database), (session,)).fetchone()
    return None if row is None else Measure(*row)


def remove_session(connection: sqlite3.Connection, session: str) -> None:
    """Remove a session from the store."""
    keys = connection.execute(
        "SELECT key FROM blocks WHERE session = (SELECT key FROM main.sessions WHERE id = ?)",
        (session,),
    ).fetchall()
    for (key,) in keys:
        search_index.remove_block(connection, key)
    connection.execute("DELETE FROM main.sessions WHERE id = ?", (session,))


def insert_session(connection: sqlite3.Connection, session: str) -> int:
    """Put a session with all that it has into the store; returns how many blocks it has.

    Its kernel is gone, whatever the backup says.
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
    return insert_blocks(connection, session, before=ALL)


def insert_blocks(connection: sqlite3.Connection, session: str, *, before: int) -> int:
    """Put the blocks before that number into a session of the store; returns how many."""
    old, new = (_key(connection, database, session) for database in ("backup", "main"))
    values = {"old": old, "new": new, "before": before}
    count = _choose_keys(connection, values)
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
        {"rowid": f"s.rowid + (moved.new - moved.old) * {search_index.PARTS}"},
        f"temp.moved CROSS JOIN backup.texts s ON s.rowid >= moved.old * {search_index.PARTS}"
        f" AND s.rowid < (moved.old + 1) * {search_index.PARTS}",
        values,
    )
    _copy_states(connection, values)
    return count


def count_again(connection: sqlite3.Connection, session: str) -> None:
    """Put right what a session of the store says of its blocks, when earlier ones were added."""
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


def _choose_keys(connection: sqlite3.Connection, values: Mapping[str, int]) -> int:
    """Say in a table which key each block gets: its old one, if those of all are free.

    Searches have the highest keys first: with their old ones, blocks keep their place.
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
    used = " UNION ".join(f"SELECT {piece} FROM {chosen}" for piece in PIECES)  # noqa: S608 # ours
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
        {"session": ":new", **{piece: same.format(piece) for piece in PIECES}},
        chosen,
        values,
    )


def _copy(
    connection: sqlite3.Connection,
    into: str,
    changed: Mapping[str, str],
    source: str,
    values: Mapping[str, object],
) -> None:
    """Insert the rows of *source*, in which `s` is the table; *changed* has other expressions."""
    table = into.rpartition(" ")[2]
    found = connection.execute(f"PRAGMA main.table_info ({table})")
    columns = {row[1]: f"s.{row[1]}" for row in found} | dict(changed)
    connection.execute(
        f"{into} ({', '.join(columns)})"  # noqa: S608 # ours
        f" SELECT {', '.join(columns.values())} FROM {source}",
        values,
    )


def _key(connection: sqlite3.Connection, database: str, session: str) -> int:
    statement = f"SELECT key FROM {database}.sessions WHERE id = ?"  # noqa: S608 # ours
    return int(connection.execute(statement, (session,)).fetchone()[0])
