"""Record: a block's description as it stands in the notebook.

Stable facts are at the top; everything that differs between two identical runs
is in `volatile`, so that one path can be ignored when notebooks are compared.
Readers accept versions up to theirs and refuse newer ones by name.
"""

import os
import socket
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from effecttalk_kernel.block import Block, ShellFate, Status
from effecttalk_kernel.output.counts import StreamCounts

MIME_TYPE: Final = "application/vnd.effecttalk.block+json"
VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Directories(_Part):
    """The shell's working directory at both ends of the block."""

    before: str = Field(description="when the block started")
    after: str | None = Field(default=None, description="when its own commands were done")


class StreamFacts(_Part):
    """What went over one output stream, late output included."""

    size_bytes: int = Field(default=0, ge=0, description="bytes the block wrote")
    lines: int = Field(default=0, ge=0, description="line ends among them")
    left_out_bytes: int = Field(default=0, ge=0, description="bytes that are not in the notebook")


class Question(_Part):
    """One wait for input; the answer is never kept."""

    process: str = Field(description="name of the program that asked")
    password: bool = Field(description="whether the terminal's echo was off")
    answered_by: Literal["user", "end_of_file"]


class Volatile(_Part):
    """What differs between two identical runs."""

    session: str = Field(description="identity of the session")
    started: datetime
    ended: datetime | None = Field(default=None, description="when its own commands were done")
    duration_seconds: float | None = Field(default=None, ge=0)
    background_ended: datetime | None = Field(
        default=None, description="when the last process that wrote to its terminals was gone"
    )
    host: str
    shell_pid: int


class Record(_Part):
    """One block of an EffectTalk session."""

    version: Literal[1] = VERSION
    number: int = Field(ge=1, description="the block's place in its session")
    status: Status
    exit_status: int | None = Field(default=None, ge=0, le=255)
    signal: str | None = Field(default=None, description="signal that an exit status > 128 means")
    pipestatus: tuple[int, ...] = Field(default=(), description="of the last pipeline")
    command: str | None = Field(default=None, description="the command that failed")
    line: int | None = Field(default=None, ge=0, description="its line in the cell, from 1")
    problem: str | None = Field(default=None, description="why a block failed whatever its status")
    cwd: Directories
    stdout: StreamFacts = StreamFacts()
    stderr: StreamFacts = StreamFacts()
    shell: ShellFate = Field(default=ShellFate.KEPT, description="what became of the shell")
    background: bool = Field(default=False, description="whether processes still write")
    signals_sent: tuple[str, ...] = Field(default=(), description="what it took to stop it")
    input: tuple[Question, ...] = ()
    volatile: Volatile | None = None

    @classmethod
    def of(cls, block: Block, counts: StreamCounts, *, volatile: bool) -> Self:
        """Describe *block*; with *volatile* off, two identical runs give one record."""
        result = block.result
        failed = result is not None and bool(result.command)
        return cls(
            number=block.number,
            status=block.status,
            exit_status=result.exit_status if result else None,
            signal=result.signal if result else None,
            pipestatus=result.pipestatus if result else (),
            command=result.command if result and failed else None,
            line=result.line if result and failed else None,
            problem=block.problem or None,
            cwd=Directories(before=block.cwd_before, after=block.cwd_after or None),
            stdout=_facts(counts, "stdout"),
            stderr=_facts(counts, "stderr"),
            shell=block.shell,
            background=block.writers,
            signals_sent=block.signals_sent,
            input=tuple(
                Question(process=q.process, password=q.password, answered_by=q.answered_by)
                for q in block.asked
            ),
            volatile=_volatile(block) if volatile else None,
        )

    def as_json(self) -> dict[str, object]:
        """Return the record as it goes into a message: nothing that says nothing."""
        return self.model_dump(mode="json", exclude_none=True)


def _facts(counts: StreamCounts, stream: str) -> StreamFacts:
    count = counts.get(stream)
    if count is None:
        return StreamFacts()
    return StreamFacts(
        size_bytes=count.size_bytes, lines=count.lines, left_out_bytes=count.left_out_bytes
    )


def _volatile(block: Block) -> Volatile:
    return Volatile(
        session=block.session,
        started=_moment(block.started),
        ended=_moment(block.ended) if block.ended else None,
        duration_seconds=round(max(0.0, block.ended - block.started), 6) if block.ended else None,
        background_ended=_moment(block.background_ended) if block.background_ended else None,
        host=_host(),
        shell_pid=block.shell_pid,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@cache
def _host() -> str:
    return os.environ.get("HOSTNAME") or socket.gethostname()
