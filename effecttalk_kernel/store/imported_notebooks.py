"""Sessions that were imported from a notebook.

Their document is the notebook without outputs: instead, each cell has the number of its block,
whose outputs are stored like those of any block.
"""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from effecttalk_kernel.block import has_failed
from effecttalk_kernel.store import search_index
from effecttalk_kernel.store.masked import MaskedObject
from effecttalk_kernel.store.outputs import COMPRESSION_LEVEL
from effecttalk_kernel.store.rows import NewBlock, NewSession, StoredSession
from effecttalk_kernel.store.sessions import find_session
from effecttalk_kernel.store.sqlite import transaction

_INSERT_SESSION: Final = """
INSERT INTO sessions (id, notebook, shell, host, pid, created, modified, state, cwd, blocks, failed,
                      kept_bytes, document)
VALUES (?, ?, ?, ?, ?, ?, ?, 'closed', ?, ?, ?, ?, ?)
"""
_INSERT_BLOCK: Final = """
INSERT INTO blocks (session, number, code, status, exit_status, started, ended, cwd, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class ImportedBlock:
    """One block of a notebook, and the outputs of its cell."""

    row: NewBlock
    outputs: Sequence[MaskedObject]


@dataclass(frozen=True, slots=True)
class ImportedNotebook:
    """A notebook as a session that has ended; *modified* is the time of the import."""

    session: NewSession
    modified: float
    blocks: Sequence[ImportedBlock]
    document: MaskedObject


def put_imported(connection: sqlite3.Connection, imported: ImportedNotebook) -> StoredSession:
    """Store an imported session, all or nothing."""
    document = _compress(imported.document)  # before the lock is taken
    packed = [_compress(block.outputs) for block in imported.blocks]
    with transaction(connection):
        session = _insert_session(connection, imported, document, packed)
        keys = [
            _insert_block(connection, session, block.row, outputs)
            for block, outputs in zip(imported.blocks, packed, strict=True)
        ]
    try:
        # One transaction per block: a kernel that writes meanwhile does not wait for all.
        for key, block in zip(keys, imported.blocks, strict=True):
            search_index.index_block(
                connection, _make_indexed_block(key, imported.session.id, block)
            )
    except BaseException:
        _remove_session(connection, session, keys)
        raise
    return find_session(connection, imported.session.id)


def find_document(connection: sqlite3.Connection, session: StoredSession) -> dict[str, Any] | None:
    """Return the document of an imported session, or None for a session that ran in a kernel."""
    row = connection.execute(
        "SELECT document FROM sessions WHERE key = ?", (session.key,)
    ).fetchone()
    found: dict[str, Any] | None = json.loads(zlib.decompress(row[0])) if row and row[0] else None
    return found


def _compress(value: object) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), COMPRESSION_LEVEL)


def _insert_session(
    connection: sqlite3.Connection,
    imported: ImportedNotebook,
    document: bytes,
    outputs: Sequence[bytes],
) -> int:
    new, rows = imported.session, [block.row for block in imported.blocks]
    inserted = connection.execute(
        _INSERT_SESSION,
        (
            new.id,
            new.notebook,
            new.shell,
            new.host,
            new.pid,
            new.created,
            imported.modified,
            (rows[-1].cwd_after or rows[-1].cwd) if rows else "",
            len(rows),
            sum(has_failed(row.status) for row in rows),
            sum(map(len, outputs)),
            document,
        ),
    )
    assert inserted.lastrowid is not None
    return inserted.lastrowid


def _insert_block(
    connection: sqlite3.Connection, session: int, row: NewBlock, outputs: bytes
) -> int:
    inserted = connection.execute(
        _INSERT_BLOCK,
        (
            session,
            row.number,
            row.code,
            row.status,
            row.exit_status,
            row.started,
            row.ended,
            row.cwd,
            json.dumps(row.record or {}),
        ),
    )
    assert inserted.lastrowid is not None
    connection.execute(
        "INSERT INTO outputs (block, size_bytes, data) VALUES (?, ?, ?)",
        (inserted.lastrowid, len(outputs), outputs),
    )
    return inserted.lastrowid


def _make_indexed_block(key: int, session: str, block: ImportedBlock) -> search_index.IndexedBlock:
    row = block.row
    return search_index.IndexedBlock(
        key=key,
        session=session,
        code=row.code,
        outputs=block.outputs,
        started=row.started,
        cwd=row.cwd,
        has_failed=has_failed(row.status),
    )


def _remove_session(connection: sqlite3.Connection, session: int, keys: Sequence[int]) -> None:
    with transaction(connection):
        for key in keys:
            search_index.remove_block(connection, key)
        connection.execute("DELETE FROM sessions WHERE key = ?", (session,))
