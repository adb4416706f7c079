"""Models of the replies, from which the schemas of the OpenAPI document are made.

Fields that `effecttalk --json` also has are named as there.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from effecttalk_kernel.server.jobs import JobState
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.rows import SessionState


class Model(BaseModel):
    """Base class of all replies."""

    model_config = ConfigDict(frozen=True)


class SessionModel(Model):
    """One session."""

    id: str
    state: SessionState
    created: datetime | None
    modified: datetime | None
    blocks: int
    failed: int
    directory: str
    notebook: str
    shell: str
    host: str
    pid: int
    active_block: int | None = Field(description="Number of the running block.")
    continues: str = Field(
        description="Block (SESSION-NUMBER) whose state the session started from; empty if none."
    )
    kept_bytes: int = Field(description="Size of its outputs in the store.")


class SessionPage(Model):
    """A page of sessions."""

    sessions: list[SessionModel]
    total: int


class SessionDetails(SessionModel):
    """One session, with its stored states and output files."""

    states: int = Field(description="Number of blocks after which the shell's state is stored.")
    spills: int = Field(description="Number of blocks whose full output is in files.")
    spill_bytes: int


class BlockLine(Model):
    """One block in a list."""

    block: str
    session: str
    number: int
    status: str
    exit_status: int | None
    started: datetime | None
    ended: datetime | None
    duration_seconds: float | None
    directory: str
    command: str = Field(description="Code of the block; in lists, only its beginning.")
    command_characters: int = Field(description="Length of the full code.")


class BlockPage(Model):
    """A page of a session's blocks."""

    blocks: list[BlockLine]
    total: int = Field(description="Number of blocks on all pages.")
    next: int | None = Field(
        description="Value of `after` for the next page; null if this is the last."
    )


class SpillModel(Model):
    """The files with the full output of a block."""

    stdout_bytes: int
    stderr_bytes: int
    warning: str = Field(description="Why the output may be incomplete.")


class BlockDetails(BlockLine):
    """One block."""

    record: dict[str, Any] = Field(
        description="The record in the notebook: see record.schema.json."
    )
    spill: SpillModel | None
    has_state: bool = Field(description="Whether the shell's state after the block is stored.")


class OutputsModel(Model):
    """The stored outputs in the cell of a block."""

    block: str
    status: str
    is_running: bool = Field(description="Whether more output may follow.")
    is_part: bool = Field(
        description="Whether the block wrote more than this, or outputs were removed."
    )
    outputs: list[dict[str, Any]] = Field(description="Outputs in the notebook format.")


class Piece(Model):
    """A part of the snippet of a match."""

    text: str
    is_match: bool


class Match(BlockLine):
    """A block that matches a search."""

    pieces: list[Piece]


class Matches(Model):
    """The matching blocks, the newest first."""

    matches: list[Match]


class NotebookModel(Model):
    """A notebook in the notebook format."""

    model_config = ConfigDict(extra="allow")
    nbformat: int
    nbformat_minor: int
    metadata: dict[str, Any]
    cells: list[dict[str, Any]]


class BackupModel(Model):
    """One backup; unknown facts are null."""

    name: str
    time: datetime | None
    reason: Reason | None
    sessions: int | None
    blocks: int | None
    size_bytes: int


class BackupList(Model):
    """All backups, the newest first."""

    backups: list[BackupModel]


class RefusedModel(Model):
    """A session that was not restored, and why."""

    session: str
    reason: str


class RestoredModel(Model):
    """The result of a restore."""

    sessions: int
    blocks: int
    replaced: int
    unchanged: int
    refused: list[RefusedModel]
    safety_copy: str | None = Field(description="Backup that contains the replaced sessions.")


class JobModel(Model):
    """A job, which takes longer than a request."""

    id: str
    kind: str
    state: JobState
    started: datetime | None
    ended: datetime | None
    result: BackupModel | RestoredModel | None
    problem: str = Field(description="Why the job failed.")


class JobList(Model):
    """The latest jobs of this server, the newest first."""

    jobs: list[JobModel]


class CommandCount(Model):
    """Number of blocks with a command."""

    command: str
    blocks: int


class DirectoryCount(Model):
    """Number of blocks that ran in a directory."""

    directory: str
    blocks: int


class Figures(Model):
    """Statistics of all stored blocks and sessions."""

    blocks: int
    blocks_by_status: dict[str, int]
    failed_share: float | None
    total_seconds: float
    median_seconds: float | None
    commands: list[CommandCount]
    directories: list[DirectoryCount]
    sessions_by_state: dict[str, int]
    store_bytes: int
    spill_bytes: int
    backup_bytes: int


class Health(Model):
    """The store is readable."""

    version: str
    data_directory: str
    has_store: bool = Field(description="Whether a store exists yet.")


class FieldProblem(Model):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Model):
    """Why a request failed."""

    message: str
    errors: list[FieldProblem] = []


def to_datetime(seconds: float | None) -> datetime | None:
    """Return Unix seconds as a time; None if it is out of range."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a damaged or forged record
        return None
