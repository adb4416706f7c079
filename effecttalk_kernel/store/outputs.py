"""Outputs: what the cells of blocks show, within what a session may keep."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.store.rows import Outputs
from effecttalk_kernel.store.sqlite import transaction

LEVEL = 1


@dataclass(frozen=True, slots=True)
class KeptOutputs:
    """Where a block's outputs were put: its key, and what its session keeps of outputs now."""

    block: int
    session_bytes: int


def put_outputs(
    connection: sqlite3.Connection,
    session: str,
    number: int,
    outputs: Sequence[MaskedObject],
    most_bytes: int,
) -> KeptOutputs | None:
    """Keep what a block shows, in place of what is kept of it; None: the block is not there.

    When the session has more than *most_bytes* then, the outputs of its oldest blocks go.
    """
    text = json.dumps(outputs, ensure_ascii=False).encode(errors="replace")
    data = zlib.compress(text, LEVEL)
    with transaction(connection):
        row = connection.execute(
            "SELECT blocks.key, session, coalesce(size_bytes, 0), kept_bytes FROM blocks"
            " JOIN sessions ON sessions.key = session LEFT JOIN outputs ON block = blocks.key"
            " WHERE id = ? AND number = ?",
            (session, number),
        ).fetchone()
        if row is None:
            return None
        block, session_key, old_bytes, session_bytes = row
        connection.execute(
            "INSERT OR REPLACE INTO outputs (block, size_bytes, data) VALUES (?, ?, ?)",
            (block, len(data), data),
        )
        session_bytes += len(data) - old_bytes
        if session_bytes > most_bytes:
            excess = session_bytes - most_bytes
            session_bytes -= _make_room(connection, session_key, block, excess)
        connection.execute(
            "UPDATE sessions SET kept_bytes = ? WHERE key = ?", (session_bytes, session_key)
        )
    return KeptOutputs(block, session_bytes)


def find_outputs(connection: sqlite3.Connection, block: int) -> list[dict[str, Any]]:
    """Return the outputs of the block with that key; none, where they had to go."""
    row = connection.execute("SELECT data FROM outputs WHERE block = ?", (block,)).fetchone()
    found: list[dict[str, Any]] = [] if row is None else json.loads(zlib.decompress(row[0]))
    return found


def text_of(outputs: Outputs, stream: str = "") -> str:
    """Return the text of a stream, or of all outputs that have a text, in their order."""
    return "".join(_text(output, stream) for output in outputs)


def _text(output: Mapping[str, Any], stream: str) -> str:
    if output["output_type"] == "stream":
        return str(output["text"]) if stream in {"", output["name"]} else ""
    text = "" if stream else output.get("data", {}).get("text/plain")
    return f"{text}\n" if text else ""


def _make_room(connection: sqlite3.Connection, session: int, newest: int, excess: int) -> int:
    """Remove outputs of the session's oldest blocks; returns how many bytes they had."""
    rows = connection.execute(
        "SELECT block, size_bytes FROM outputs JOIN blocks ON blocks.key = block"
        " WHERE session = ? AND block <> ? ORDER BY number",
        (session, newest),
    ).fetchall()
    removed_bytes = 0
    for block, size_bytes in rows:
        if removed_bytes >= excess:
            break
        connection.execute("DELETE FROM outputs WHERE block = ?", (block,))
        removed_bytes += size_bytes
    return removed_bytes
