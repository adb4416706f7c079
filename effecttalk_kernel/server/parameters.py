"""Inputs: what a client may ask, checked; names from addresses first of all.

A name that could be a path, or anything but what the store gives as a name, is no input.
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

WHOLE: Final = re.compile(r"[0-9]{1,18}")
FLAGS: Final = {"true": True, "false": False}
# RFC 3339.
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,}([Zz]|[+-][0-9]{2}:[0-9]{2})")
MOST: Final = 1_000
MOST_FOUND: Final = 200
LARGEST: Final = 2**53 - 1  # what JavaScript counts to


def _whole(value: object) -> object:
    """Take what the schema says, not all that Python would: ` 1_0 `."""
    if isinstance(value, str):
        if not WHOLE.fullmatch(value):
            raise ValueError("it must be a whole number")
        return int(value)
    return value


def _time(value: object) -> object:
    """Take no Unix seconds: whoever means a year would have 1970."""
    if isinstance(value, str) and not TIME.fullmatch(value):
        raise ValueError("it must be a date and time with a time zone: 2026-11-01T12:30:00Z")
    return value


def _flag(value: object) -> object:
    if isinstance(value, str):
        if value not in FLAGS:
            raise ValueError("it must be true or false")
        return FLAGS[value]
    return value


SessionId = Annotated[
    str, StringConstraints(pattern="^[0-9A-Za-z]{1,64}$"), Field(description="a session's identity")
]
BlockId = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Za-z]{1,64}-[0-9]{1,9}$"),
    Field(description="a block: SESSION-NUMBER"),
]
BackupName = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Za-z][0-9A-Za-z-]{0,63}$"),
    Field(description="a backup's name, or `latest`"),
]
JobId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
# What looks at the text comes last, so that what is inside of it is in the schema.
Natural = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Time = Annotated[AwareDatetime, BeforeValidator(_time)]
Path = Annotated[str, StringConstraints(max_length=4_096, pattern="^[^\\x00]*$")]
Limit = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(_whole)]
ShortLimit = Annotated[int, Field(ge=1, le=MOST_FOUND), BeforeValidator(_whole)]


class Input(BaseModel):
    """What one route takes: from the address, the query or the body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Input):
    """Nothing is asked but the route itself."""


class ListSessions(Input):
    """Which sessions."""

    text: str = Field(
        default="",
        max_length=200,
        description="what their identity, notebook or directory has in it",
    )
    notebook: Path = Field(
        default="", description="only those of that notebook: its path, or as the server names it"
    )
    archived: Literal["false", "true", "all"] = Field(
        default="false", description="those that are not archived, those that are, or all"
    )
    limit: Limit = Field(default=50, description="most that are returned")
    offset: Natural = Field(default=0, description="how many are left out before")


class OneSession(Input):
    """One session."""

    session: SessionId


class ChangeSession(OneSession):
    """What is to become of a session."""

    archived: StrictBool = Field(description="whether it is taken out of the lists")


class RestoreSession(OneSession):
    """A session that is to come back from a backup."""

    backup: BackupName = "latest"
    force: StrictBool = Field(default=False, description="replace it if it has changed since")


class ListBlocks(OneSession):
    """Which blocks of a session."""

    status: Status | None = None
    failed: Flag | None = None
    since: Time | None = Field(default=None, description="begun since then")
    order: Literal["newest", "oldest"] = Field(default="newest", description="which come first")
    after: Natural | None = Field(
        default=None, description="only what comes after the block of that number"
    )
    limit: Limit = Field(default=50, description="most that are returned")
    offset: Natural = Field(default=0, description="how many are left out before")


class OneBlock(Input):
    """One block."""

    block: BlockId


class ReadOutput(OneBlock):
    """A part of what a block wrote to a stream."""

    stream: Literal["stdout", "stderr"] = "stdout"
    offset: Natural = Field(default=0, description="first byte")
    length: Natural | None = Field(default=None, description="bytes; all by default")
    download: Flag = Field(default=False, description="as a file that the browser saves")


class Search(Input):
    """Words to look for, and where."""

    q: str = Field(min_length=1, max_length=200, description="words, all of which have to be there")
    session: SessionId | None = None
    failed: Flag | None = None
    cwd: Path = Field(default="", description="run in that directory or one below it")
    since: Time | None = Field(default=None, description="begun since then")
    limit: ShortLimit = 20


class RestoreBackup(Input):
    """A backup that is to come back."""

    name: BackupName
    session: SessionId | None = Field(default=None, description="only this session")
    force: StrictBool = Field(default=False, description="replace what has changed since")


class OneJob(Input):
    """One job."""

    job: JobId


class ReadFigures(Input):
    """Of which time."""

    since: Time | None = Field(default=None, description="begun since then")


# SQLite and `datetime` count further than any clock has been.
LATEST_SECONDS: Final = 32_503_680_000.0  # 3000-01-01


def seconds_of(time: datetime | None) -> float | None:
    """Return a time as Unix seconds."""
    return None if time is None else min(max(0.0, time.timestamp()), LATEST_SECONDS)
