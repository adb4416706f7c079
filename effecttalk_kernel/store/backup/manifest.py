"""Contents: what a database holds, counted, and what is written down of that with a backup."""

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass, field
from enum import StrEnum

# All that tells that something was kept or removed, without reading every block.
_CHANGES = """
SELECT id, modified, state, cwd, active_block, blocks, failed, kept_bytes FROM sessions ORDER BY id
"""
_NEWEST = """
SELECT (SELECT max(key) FROM blocks), (SELECT max(key) FROM pieces), (SELECT count(*) FROM states)
"""


class Reason(StrEnum):
    """Why a backup was made."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class StoreContents:
    """How much is in a database."""

    schema: int
    sessions: int
    blocks: int
    outputs: int
    states: int
    size_bytes: int
    # It changes with whatever is kept or removed; a later version may count other things in.
    fingerprint: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class BackupDescription:
    """What was written down when a backup was made; *sha256* is of its compressed file."""

    reason: Reason
    time: float
    sha256: str
    contents: StoreContents

    def to_json(self) -> str:
        """Return the text of the file beside the backup."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "BackupDescription":
        """Return what such a file says.

        Raises:
            ValueError: it is none of ours.

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
            raise ValueError(f"no description of a backup: {error}") from error


def count_contents(connection: sqlite3.Connection) -> StoreContents:
    """Count what is in the database as the connection's transaction sees it."""
    return StoreContents(
        schema=_number(connection, "PRAGMA user_version"),
        sessions=_number(connection, "SELECT count(*) FROM sessions"),
        blocks=_number(connection, "SELECT count(*) FROM blocks"),
        outputs=_number(connection, "SELECT count(*) FROM outputs"),
        states=_number(connection, "SELECT count(*) FROM states"),
        size_bytes=_number(connection, "PRAGMA page_count")
        * _number(connection, "PRAGMA page_size"),
        fingerprint=compute_fingerprint(connection),
    )


def compute_fingerprint(connection: sqlite3.Connection) -> str:
    """Return a text that changes with whatever is kept or removed."""
    digest = hashlib.sha256()
    for statement in (_CHANGES, _NEWEST):
        for row in connection.execute(statement):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
