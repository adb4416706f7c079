"""The outputs of cells, up to the size limit of a session."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from effecttalk_kernel.store.masked import MaskedObject
from effecttalk_kernel.store.rows import Outputs, StoredBlock
from effecttalk_kernel.store.sqlite import transaction

COMPRESSION_LEVEL = 1


@dataclass(frozen=True, slots=True)
class StoredOutputs:
    """The key of the block whose outputs were stored, and the size of its session's outputs."""

    block: int
    session_bytes: int


def put_outputs(
    connection: sqlite3.Connection,
    session: str,
    number: int,
    outputs: Sequence[MaskedObject],
    max_bytes: int,
) -> StoredOutputs | None:
    """Store the outputs of a block, replacing older ones; return None if it has no row.

    If the session then has more than *max_bytes*, the outputs of its oldest blocks are deleted.
    """
    text = json.dumps(outputs, ensure_ascii=False).encode(errors="replace")
    data = zlib.compress(text, COMPRESSION_LEVEL)
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
        if session_bytes > max_bytes:
            excess_bytes = session_bytes - max_bytes
            session_bytes -= _remove_oldest(connection, session_key, block, excess_bytes)
        connection.execute(
            "UPDATE sessions SET kept_bytes = ? WHERE key = ?", (session_bytes, session_key)
        )
    return StoredOutputs(block, session_bytes)


def find_outputs(connection: sqlite3.Connection, block: int) -> list[dict[str, Any]]:
    """Return the outputs of the block with that key; an empty list if they were deleted."""
    row = connection.execute("SELECT data FROM outputs WHERE block = ?", (block,)).fetchone()
    found: list[dict[str, Any]] = [] if row is None else json.loads(zlib.decompress(row[0]))
    return found


def extract_text(outputs: Outputs, stream: str = "") -> str:
    """Return the text of *stream*, or of all outputs that have text, in order."""
    return "".join(_read_text(output, stream) for output in outputs)


def is_truncated(block: StoredBlock, outputs: Outputs, stream: str) -> bool:
    """Whether the block wrote more than its cell shows, or its outputs were removed."""
    value = block.record.get(stream)
    counts = value if isinstance(value, dict) else {}
    return bool(counts.get("left_out_bytes") or (counts.get("size_bytes") and not outputs))


def _read_text(output: Mapping[str, Any], stream: str) -> str:
    if output["output_type"] == "stream":
        return str(output["text"]) if stream in {"", output["name"]} else ""
    text = "" if stream else output.get("data", {}).get("text/plain")
    return f"{text}\n" if text else ""


def _remove_oldest(
    connection: sqlite3.Connection, session: int, newest: int, excess_bytes: int
) -> int:
    """Delete outputs of the session's oldest blocks; return how many bytes they had."""
    rows = connection.execute(
        "SELECT block, size_bytes FROM outputs JOIN blocks ON blocks.key = block"
        " WHERE session = ? AND block <> ? ORDER BY number",
        (session, newest),
    ).fetchall()
    removed_bytes = 0
    for block, size_bytes in rows:
        if removed_bytes >= excess_bytes:
            break
        connection.execute("DELETE FROM outputs WHERE block = ?", (block,))
        removed_bytes += size_bytes
    return removed_bytes
