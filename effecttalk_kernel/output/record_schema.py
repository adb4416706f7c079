"""Record: a block's description as it stands in the notebook.

Stable facts are at the top; everything that differs between two identical runs
is in `volatile`, so that one path can be ignored when notebooks are compared.
Readers validate with this model, and refuse newer versions by name. The kernel,
which writes records on the path of every reply, does so without it: see
`description`, which the tests hold to this model.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from effecttalk_kernel.block import Answerer, ShellFate, Status
from effecttalk_kernel.output.record import VERSION


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


class SpilledFacts(_Part):
    """The bytes of one output stream that are kept in a file of the session."""

    size_bytes: int = Field(ge=0, description="how many are kept, from the first one on")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of those that are kept")


class SpillFacts(_Part):
    """All that the block wrote; `effecttalk output NUMBER` prints it."""

    stdout: SpilledFacts
    stderr: SpilledFacts
    problem: str | None = Field(default=None, description="why not all is kept")


class InputWait(_Part):
    """One wait for input; the answer is never kept."""

    process: str = Field(description="name of the program that asked")
    password: bool = Field(description="whether the terminal's echo was off")
    prompt: str = Field(default="", description="the line that it had begun")
    answered_by: Answerer


class Volatile(_Part):
    """What differs between two identical runs."""

    session: str = Field(description="identity of the session")
    original: str | None = Field(
        default=None, description="the block, SESSION-NUMBER, whose output a cached one shows"
    )
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
    name: str | None = Field(default=None, description="by which later blocks know it")
    part: int | None = Field(
        default=None, ge=2, description="its place among the blocks of its cell, the first but one"
    )
    fallback: bool = Field(default=False, description="whether it stands in for one that failed")
    cached: bool = Field(
        default=False, description="whether it did not run, and shows what one before has printed"
    )
    tty: bool = Field(default=False, description="whether all its streams were one terminal")
    merged: bool = Field(
        default=False, description="whether its standard error went the way of standard output"
    )
    mime: str | None = Field(
        default=None, description="type as which its standard output is shown when it has succeeded"
    )
    spill: SpillFacts | None = Field(default=None, description="where the notebook has only a part")
    shell: ShellFate = Field(default=ShellFate.KEPT, description="what became of the shell")
    background: bool = Field(default=False, description="whether processes still write")
    redacted: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="secrets that the block wrote and that are not kept, by rule"
    )
    signals_sent: tuple[str, ...] = Field(default=(), description="what it took to stop it")
    input: tuple[InputWait, ...] = ()
    volatile: Volatile | None = None
