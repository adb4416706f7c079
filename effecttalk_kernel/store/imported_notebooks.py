"""Documents: sessions that came from a notebook, with what a block says nothing of.

A document is the notebook without the outputs of its blocks: instead of them, a cell
has the number of its block, whose outputs are kept as those of every other.
"""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from effecttalk_kernel.block import has_failed
from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.store import search_index
from effecttalk_kernel.store.outputs import LEVEL
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
    """One block of a notebook, and what its cell shows."""

    row: NewBlock
    outputs: Sequence[MaskedObject]


@dataclass(frozen=True, slots=True)
class ImportedNotebook:
    """A notebook as a session that has ended; *modified* is when it was imported."""

    session: NewSession
    modified: float
    blocks: Sequence[ImportedBlock]
    document: MaskedObject


def put_imported(connection: sqlite3.Connection, imported: ImportedNotebook) -> StoredSession:
    """Keep a session that came from a notebook, all or nothing."""
    document = _packed(imported.document)  # before anybody has to wait for the lock
    packed = [_packed(block.outputs) for block in imported.blocks]
    with transaction(connection):
        session = _insert_session(connection, imported, document, packed)
        keys = [
            _insert_block(connection, session, block.row, outputs)
            for block, outputs in zip(imported.blocks, packed, strict=True)
        ]
    try:
        # A block a transaction: a kernel that writes meanwhile does not wait for all.
        for key, block in zip(keys, imported.blocks, strict=True):
            search_index.index_block(connection, _indexed(key, imported.session.id, block))
    except BaseException:
        _remove(connection, session, keys)
        raise
    return find_session(connection, imported.session.id)


def find_document(connection: sqlite3.Connection, session: StoredSession) -> dict[str, Any] | None:
    """Return the document that a session came from; None: it ran in a kernel."""
    row = connection.execute(
        "SELECT document FROM sessions WHERE key = ?", (session.key,)
    ).fetchone()
    found: dict[str, Any] | None = json.loads(zlib.decompress(row[0])) if row and row[0] else None
    return found


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), LEVEL)


def _insert_session(
    connection: sqlite3.Connection,
    imported: ImportedNotebook,
    document: bytes,
    outputs: Sequence[bytes],
) -> int:
    new, rows = imported.session, [block.row for block in imported.blocks]
    put = connection.execute(
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
    assert put.lastrowid is not None
    return put.lastrowid


def _insert_block(
    connection: sqlite3.Connection, session: int, row: NewBlock, outputs: bytes
) -> int:
    put = connection.execute(
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
    assert put.lastrowid is not None
    connection.execute(
        "INSERT INTO outputs (block, size_bytes, data) VALUES (?, ?, ?)",
        (put.lastrowid, len(outputs), outputs),
    )
    return put.lastrowid


def _indexed(key: int, session: str, block: ImportedBlock) -> search_index.IndexedBlock:
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


def _remove(connection: sqlite3.Connection, session: int, keys: Sequence[int]) -> None:
    with transaction(connection):
        for key in keys:
            search_index.remove_block(connection, key)
        connection.execute("DELETE FROM sessions WHERE key = ?", (session,))
