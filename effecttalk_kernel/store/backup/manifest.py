"""The description of a backup: when and why it was made, and what it contains."""

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass, field
from enum import StrEnum

# These change whenever something is stored or deleted; they do not read every block.
_SESSION_ROWS = """
SELECT id, modified, state, cwd, active_block, blocks, failed, kept_bytes FROM sessions ORDER BY id
"""
_NEWEST_KEYS = """
SELECT (SELECT max(key) FROM blocks), (SELECT max(key) FROM pieces), (SELECT count(*) FROM states)
"""


class Reason(StrEnum):
    """Why a backup was made."""

    SCHEDULED = "scheduled"
    REQUESTED = "asked"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class StoreContents:
    """How much a database contains."""

    schema: int
    sessions: int
    blocks: int
    outputs: int
    states: int
    size_bytes: int
    # It changes whenever something is stored or deleted; later versions may compute it otherwise.
    fingerprint: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class BackupDescription:
    """The description of a backup; *sha256* is that of its compressed file."""

    reason: Reason
    time: float
    sha256: str
    contents: StoreContents

    def to_json(self) -> str:
        """Return the text of the file beside the backup."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "BackupDescription":
        """Read the text of such a file.

        Raises:
            ValueError: it does not describe a backup.

        """
        try:
            fields = json.loads(text)
            return cls(
                Reason(fields["reason"]),
                float(fields["time"]),
                str(fields["sha256"]),
                StoreContents(**fields["contents"]),
            )
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a description of a backup: {error}") from error


def count_contents(connection: sqlite3.Connection) -> StoreContents:
    """Count the content of the database, as the connection's transaction sees it."""
    return StoreContents(
        schema=_read_number(connection, "PRAGMA user_version"),
        sessions=_read_number(connection, "SELECT count(*) FROM sessions"),
        blocks=_read_number(connection, "SELECT count(*) FROM blocks"),
        outputs=_read_number(connection, "SELECT count(*) FROM outputs"),
        states=_read_number(connection, "SELECT count(*) FROM states"),
        size_bytes=_read_number(connection, "PRAGMA page_count")
        * _read_number(connection, "PRAGMA page_size"),
        fingerprint=compute_fingerprint(connection),
    )


def compute_fingerprint(connection: sqlite3.Connection) -> str:
    """Return a digest that changes whenever something is stored or deleted."""
    digest = hashlib.sha256()
    for statement in (_SESSION_ROWS, _NEWEST_KEYS):
        for row in connection.execute(statement):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _read_number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
