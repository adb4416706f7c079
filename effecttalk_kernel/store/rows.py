"""Rows: what the store holds, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from effecttalk_kernel.masked import MaskedObject, MaskedText


class SessionState(StrEnum):
    """Where a session is in its life."""

    LIVE = "live"
    CLOSED = "closed"
    LOST = "lost"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class NewSession:
    """What is known of a session when its first block runs; times are Unix seconds."""

    id: str
    notebook: str
    shell: str
    host: str
    pid: int
    created: float
    continues: str = ""
    environment: Mapping[str, MaskedText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session."""

    key: int
    id: str
    notebook: str
    shell: str
    host: str
    pid: int
    created: float
    modified: float
    state: SessionState
    cwd: str
    active_block: int | None
    continues: str
    blocks: int
    failed: int
    kept_bytes: int

    @property
    def facts(self) -> dict[str, Any]:
        """What the command and the server tell of it, by the names that both have; times aside."""
        return {
            "id": self.id,
            "state": self.state.value,
            "blocks": self.blocks,
            "failed": self.failed,
            "directory": self.cwd,
            "notebook": self.notebook,
            "shell": self.shell,
            "host": self.host,
            "pid": self.pid,
            "active_block": self.active_block,
            "continues": self.continues,
            "kept_bytes": self.kept_bytes,
        }


@dataclass(frozen=True, slots=True)
class NewBlock:
    """One block as it is written."""

    number: int
    code: MaskedText
    status: str
    exit_status: int | None
    started: float
    ended: float | None
    cwd: MaskedText
    cwd_after: MaskedText
    record: MaskedObject | None

    @property
    def is_running(self) -> bool:
        """Whether its own commands still run."""
        return self.ended is None


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """One block; *session* is its session's identity."""

    key: int
    session: str
    number: int
    code: str
    status: str
    exit_status: int | None
    started: float
    ended: float | None
    cwd: str
    record: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """Unique name, as the command takes it: session and number."""
        return f"{self.session}-{self.number}"

    @property
    def duration_seconds(self) -> float | None:
        """How long its own commands ran; None: they still do, or were lost."""
        return None if self.ended is None else max(0.0, self.ended - self.started)


# An output as in the notebook format.
Output = Mapping[str, Any]
Outputs = Sequence[Output]
