"""Models of the requests: the parameters in path, query and body.

A name that the store would not have given, above all one that could be a path, is invalid.
"""

import re
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from effecttalk_kernel.block import Status

WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,18}")
FLAG_VALUES: Final = {"true": True, "false": False}
# RFC 3339.
TIME_PATTERN: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,}([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
MAX_LIMIT: Final = 1_000
MAX_SEARCH_LIMIT: Final = 200
MAX_INTEGER: Final = 2**53 - 1  # largest exact integer of JavaScript


def _parse_number(value: object) -> object:
    """Accept only what the schema says, not all that Python accepts: ` 1_0 `."""
    if isinstance(value, str):
        if not WHOLE_NUMBER.fullmatch(value):
            raise ValueError("it must be a whole number")
        return int(value)
    return value


def _check_time(value: object) -> object:
    """Reject a bare number: pydantic would read a year as Unix seconds."""
    if isinstance(value, str) and not TIME_PATTERN.fullmatch(value):
        raise ValueError("it must be a date and time with a time zone: 2026-11-01T12:30:00Z")
    return value


def _parse_flag(value: object) -> object:
    if isinstance(value, str):
        if value not in FLAG_VALUES:
            raise ValueError("it must be true or false")
        return FLAG_VALUES[value]
    return value


SessionId = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Za-z]{1,64}$"),
    Field(description="Identity of a session."),
]
BlockId = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Za-z]{1,64}-[0-9]{1,9}$"),
    Field(description="Identity of a block: SESSION-NUMBER."),
]
BackupName = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Za-z][0-9A-Za-z-]{0,63}$"),
    Field(description="Name of a backup, or `latest`."),
]
JobId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
# The validator of the text comes last, so that the schema shows the type and the bounds.
Natural = Annotated[int, Field(ge=0, le=MAX_INTEGER), BeforeValidator(_parse_number)]
Flag = Annotated[bool, BeforeValidator(_parse_flag)]
Time = Annotated[AwareDatetime, BeforeValidator(_check_time)]
Path = Annotated[str, StringConstraints(max_length=4_096, pattern="^[^\\x00]*$")]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_parse_number)]
ShortLimit = Annotated[int, Field(ge=1, le=MAX_SEARCH_LIMIT), BeforeValidator(_parse_number)]


class Input(BaseModel):
    """Base class of the parameters of a route."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Input):
    """No parameters."""


class ListSessions(Input):
    """Which sessions to list."""

    text: str = Field(
        default="",
        max_length=200,
        description="Text in their identity, notebook or directory.",
    )
    notebook: Path = Field(
        default="",
        description="Only sessions of this notebook: a path, absolute or from the server's root.",
    )
    archived: Literal["false", "true", "all"] = Field(
        default="false", description="Sessions that are not archived, that are archived, or all."
    )
    limit: Limit = Field(default=50, description="Return at most this many.")
    offset: Natural = Field(default=0, description="Skip this many first.")


class OneSession(Input):
    """One session."""

    session: SessionId


class ChangeSession(OneSession):
    """How to change a session."""

    archived: StrictBool = Field(description="Whether lists hide the session.")


class RestoreSession(OneSession):
    """A session to restore from a backup."""

    backup: BackupName = "latest"
    force: StrictBool = Field(
        default=False, description="Replace the session if it has changed since the backup."
    )


class ListBlocks(OneSession):
    """Which blocks of a session to list."""

    status: Status | None = None
    failed: Flag | None = None
    since: Time | None = Field(default=None, description="Only blocks that started since then.")
    order: Literal["newest", "oldest"] = Field(
        default="newest", description="Which blocks come first."
    )
    after: Natural | None = Field(
        default=None, description="Only blocks that follow the block of this number in the list."
    )
    limit: Limit = Field(default=50, description="Return at most this many.")
    offset: Natural = Field(default=0, description="Skip this many first.")


class OneBlock(Input):
    """One block."""

    block: BlockId


class ReadOutput(OneBlock):
    """A part of the output of a block."""

    stream: Literal["stdout", "stderr"] = "stdout"
    offset: Natural = Field(default=0, description="Position of the first byte.")
    length: Natural | None = Field(default=None, description="Number of bytes; all by default.")
    download: Flag = Field(default=False, description="Let the browser save the output as a file.")


class Search(Input):
    """What to search for, and where."""

    q: str = Field(
        min_length=1, max_length=200, description="Words; a block must have all of them."
    )
    session: SessionId | None = None
    failed: Flag | None = None
    cwd: Path = Field(
        default="",
        description="Only blocks that ran in this directory, as records have it, or below it.",
    )
    since: Time | None = Field(default=None, description="Only blocks that started since then.")
    limit: ShortLimit = 20


class RestoreBackup(Input):
    """A backup to restore."""

    name: BackupName
    session: SessionId | None = Field(default=None, description="Restore only this session.")
    force: StrictBool = Field(
        default=False, description="Replace sessions that have changed since the backup."
    )


class OneJob(Input):
    """One job."""

    job: JobId


class ReadFigures(Input):
    """Which blocks to count."""

    since: Time | None = Field(default=None, description="Only blocks that started since then.")


# Later times would overflow in SQLite and `datetime`.
LATEST_SECONDS: Final = 32_503_680_000.0  # 3000-01-01


def to_timestamp(time: datetime | None) -> float | None:
    """Return a time as Unix seconds."""
    return None if time is None else min(max(0.0, time.timestamp()), LATEST_SECONDS)
