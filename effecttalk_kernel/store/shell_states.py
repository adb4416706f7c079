"""The shell's state after each block: scripts in pieces, each of which is stored once."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from effecttalk_kernel.store.masked import MaskedBytes, MaskedText
from effecttalk_kernel.store.sqlite import transaction

# The functions of bash-completion: from 60 kB to 12 kB in 1 ms.
COMPRESSION_LEVEL = 1


@dataclass(frozen=True, slots=True)
class NewState:
    """The state after one block as it is written: a script in three pieces, and the jobs.

    Each piece is a sequence of statements.
    """

    number: int
    parts: tuple[Sequence[MaskedBytes], Sequence[MaskedBytes], Sequence[MaskedBytes]]
    jobs: tuple[MaskedText, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredState:
    """The state after one block: a script in three pieces, and the jobs that were running."""

    number: int
    parts: tuple[bytes, bytes, bytes]
    jobs: tuple[str, ...] = ()

    @property
    def script(self) -> bytes:
        """The script that restores the state."""
        return b"".join(self.parts)


def put_state(connection: sqlite3.Connection, session: str, state: NewState) -> None:
    """Store *state*; do nothing if the session is not in the store."""
    with transaction(connection):
        keys = [_put_piece(connection, part) for part in state.parts]
        connection.execute(
            "INSERT OR REPLACE INTO states (session, number, variables, functions, options, jobs)"
            " SELECT key, ?, ?, ?, ?, ? FROM sessions WHERE id = ?",
            (state.number, *keys, json.dumps(state.jobs), session),
        )


def find_state(
    connection: sqlite3.Connection, session: str, number: int | None = None
) -> StoredState | None:
    """Return the state after block *number*, or the last state; None if it is not stored."""
    row = connection.execute(
        """
        SELECT number, v.data, f.data, o.data, jobs
        FROM states
        JOIN pieces v ON v.key = variables
        JOIN pieces f ON f.key = functions
        JOIN pieces o ON o.key = options
        WHERE states.session = (SELECT key FROM sessions WHERE id = ?1)
          AND (?2 IS NULL OR number = ?2)
        ORDER BY number DESC LIMIT 1
        """,
        (session, number),
    ).fetchone()
    if row is None:
        return None
    variables, functions, options = (zlib.decompress(data) for data in row[1:4])
    return StoredState(row[0], (variables, functions, options), tuple(json.loads(row[4])))


def remove_unused_pieces(connection: sqlite3.Connection) -> int:
    """Delete the pieces that no state uses; return how many."""
    with transaction(connection):
        return connection.execute(
            """
            DELETE FROM pieces WHERE NOT EXISTS (SELECT 1 FROM states WHERE variables = pieces.key)
                AND NOT EXISTS (SELECT 1 FROM states WHERE functions = pieces.key)
                AND NOT EXISTS (SELECT 1 FROM states WHERE options = pieces.key)
            """
        ).rowcount


def _put_piece(connection: sqlite3.Connection, statements: Sequence[MaskedBytes]) -> int:
    # Not joined: that would take as much memory again.
    hashed = hashlib.sha256()
    for statement in statements:
        hashed.update(statement)
    digest = hashed.digest()
    found = connection.execute("SELECT key FROM pieces WHERE hash = ?", (digest,)).fetchone()
    if found is not None:
        return int(found[0])
    compressor = zlib.compressobj(COMPRESSION_LEVEL)
    data = [*map(compressor.compress, statements), compressor.flush()]
    inserted = connection.execute(
        "INSERT INTO pieces (hash, data) VALUES (?, ?)", (digest, b"".join(data))
    )
    assert inserted.lastrowid is not None
    return inserted.lastrowid


def list_state_numbers(connection: sqlite3.Connection, session: str) -> Sequence[int]:
    """Return the numbers of the blocks whose state is stored, in order."""
    rows = connection.execute(
        "SELECT number FROM states WHERE session = (SELECT key FROM sessions WHERE id = ?)"
        " ORDER BY number",
        (session,),
    )
    return [row[0] for row in rows]
