"""Models: what the routes tell; the OpenAPI description is made of them.

Where the `effecttalk` command has the same in its JSON, the names are the same.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from effecttalk_kernel.server.jobs import JobState
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.rows import SessionState


class Model(BaseModel):
    """What a route tells."""

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
    active_block: int | None = Field(description="number of the block that runs")
    continues: str = Field(description="the block whose state it began with, or nothing")
    kept_bytes: int = Field(description="of outputs in the store")


class SessionPage(Model):
    """A part of the sessions."""

    sessions: list[SessionModel]
    total: int


class SessionDetails(SessionModel):
    """One session, with what is kept beside its blocks."""

    states: int = Field(description="blocks after which the shell's state is kept")
    spills: int = Field(description="blocks whose whole output is kept in files")
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
    command: str = Field(description="the beginning of its code, in lists")
    command_characters: int = Field(description="how long its code is")


class BlockPage(Model):
    """A part of a session's blocks."""

    blocks: list[BlockLine]
    total: int = Field(description="how many there are, on all pages")
    next: int | None = Field(description="`after` of the page that follows; null: there is none")


class SpillModel(Model):
    """All that a block wrote, in files."""

    stdout_bytes: int
    stderr_bytes: int
    warning: str = Field(description="why it may not be all")


class BlockDetails(BlockLine):
    """One block."""

    record: dict[str, Any] = Field(description="as the notebook has it: record.schema.json")
    spill: SpillModel | None
    has_state: bool = Field(description="whether the shell's state after it is kept")


class OutputsModel(Model):
    """What the cell of a block shows, as far as it is kept."""

    block: str
    status: str
    is_running: bool = Field(description="whether more may come")
    is_part: bool = Field(description="whether it wrote more than this, or that had to go")
    outputs: list[dict[str, Any]] = Field(description="as in the notebook format")


class Piece(Model):
    """A part of the words around a match."""

    text: str
    is_match: bool


class Match(BlockLine):
    """A block that was found."""

    pieces: list[Piece]


class Matches(Model):
    """What was found, the newest first."""

    matches: list[Match]


class NotebookModel(Model):
    """A notebook, as nbformat has it."""

    model_config = ConfigDict(extra="allow")
    nbformat: int
    nbformat_minor: int
    metadata: dict[str, Any]
    cells: list[dict[str, Any]]


class BackupModel(Model):
    """One backup; what is not known of it is null."""

    name: str
    time: datetime | None
    reason: Reason | None
    sessions: int | None
    blocks: int | None
    size_bytes: int


class BackupList(Model):
    """The backups, the newest first."""

    backups: list[BackupModel]


class RefusedModel(Model):
    """A session that stays as it is, and why."""

    session: str
    reason: str


class RestoredModel(Model):
    """What a restore has done."""

    sessions: int
    blocks: int
    replaced: int
    unchanged: int
    refused: list[RefusedModel]
    safety_copy: str | None = Field(description="the backup that has what was replaced")


class JobModel(Model):
    """What takes longer than a request."""

    id: str
    kind: str
    state: JobState
    started: datetime | None
    ended: datetime | None
    result: BackupModel | RestoredModel | None
    problem: str = Field(description="why it failed")


class JobList(Model):
    """Jobs of this server, the newest first."""

    jobs: list[JobModel]


class CommandCount(Model):
    """How often a command was in blocks."""

    command: str
    blocks: int


class DirectoryCount(Model):
    """How many blocks ran in a directory."""

    directory: str
    blocks: int


class Figures(Model):
    """Sums over all that is kept."""

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
    """That the store can be read."""

    version: str
    data_directory: str
    has_store: bool = Field(description="whether anything has run")


class FieldProblem(Model):
    """What is wrong with a field."""

    field: str
    message: str


class Problem(Model):
    """Why a request was not answered."""

    message: str
    errors: list[FieldProblem] = []


def time_of(seconds: float | None) -> datetime | None:
    """Return Unix seconds as a time; None for one that no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a damaged or made-up record
        return None
