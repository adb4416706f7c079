"""Record schema: the model of a block's record, which is stored in the notebook.

Stable facts are at the top level. Everything that differs between two identical runs
is in `volatile`, so that a comparison of notebooks can ignore one path. Readers
validate with this model and refuse newer versions. The kernel writes records without
it, since every reply waits for one: see `record`, which the tests check against it.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from effecttalk_kernel.block import Answerer, ShellFate, Status
from effecttalk_kernel.output.record import VERSION


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Directories(_Part):
    """The shell's working directory before and after the block."""

    before: str = Field(description="when the block started")
    after: str | None = Field(default=None, description="when its own commands ended")


class StreamFacts(_Part):
    """The size of one output stream, with late output."""

    size_bytes: int = Field(default=0, ge=0, description="number of bytes written")
    lines: int = Field(default=0, ge=0, description="number of line ends")
    left_out_bytes: int = Field(
        default=0, ge=0, description="number of bytes that are not in the notebook"
    )


class SpilledStream(_Part):
    """The bytes of one output stream that are stored in a file of the session."""

    size_bytes: int = Field(ge=0, description="number of bytes, from the first one on")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the stored bytes")


class SpillFacts(_Part):
    """The full output of a block; `effecttalk output NUMBER` prints it."""

    stdout: SpilledStream
    stderr: SpilledStream
    problem: str | None = Field(default=None, description="why it is incomplete")


class InputWait(_Part):
    """One wait for input; the answer is never stored."""

    process: str = Field(description="name of the program that waited")
    password: bool = Field(description="whether the terminal's echo was off")
    prompt: str = Field(default="", description="the unfinished line that it had printed")
    answered_by: Answerer


class Volatile(_Part):
    """Facts that differ between two identical runs."""

    session: str = Field(description="identity of the session")
    original: str | None = Field(
        default=None, description="the block, SESSION-NUMBER, whose cached output it shows"
    )
    started: datetime
    ended: datetime | None = Field(default=None, description="when its own commands ended")
    duration_seconds: float | None = Field(default=None, ge=0)
    background_ended: datetime | None = Field(
        default=None, description="when the last process with one of its terminals open ended"
    )
    host: str
    shell_pid: int


class Record(_Part):
    """One block of an EffectTalk session."""

    version: Literal[1] = VERSION
    number: int = Field(ge=1, description="its number in the session, from 1")
    status: Status
    exit_status: int | None = Field(default=None, ge=0, le=255)
    signal: str | None = Field(
        default=None, description="the signal that an exit status over 128 stands for"
    )
    pipestatus: tuple[int, ...] = Field(
        default=(), description="exit statuses of the last pipeline"
    )
    command: str | None = Field(default=None, description="the command that failed")
    line: int | None = Field(
        default=None, ge=0, description="line of that command in the cell, from 1"
    )
    problem: str | None = Field(
        default=None, description="why it failed, other than by its exit status"
    )
    cwd: Directories
    stdout: StreamFacts = StreamFacts()
    stderr: StreamFacts = StreamFacts()
    name: str | None = Field(default=None, description="name that later blocks use for it")
    part: int | None = Field(
        default=None,
        ge=2,
        description="its number among the blocks of its cell, unless it is the first",
    )
    fallback: bool = Field(default=False, description="whether it ran because another one failed")
    cached: bool = Field(
        default=False,
        description="whether it did not run, and shows the output of an earlier block",
    )
    tty: bool = Field(
        default=False, description="whether one terminal was its stdin, stdout and stderr"
    )
    merged: bool = Field(
        default=False, description="whether its standard error was merged into its standard output"
    )
    mime: str | None = Field(
        default=None, description="MIME type of its standard output, if it succeeds"
    )
    spill: SpillFacts | None = Field(
        default=None, description="its full output, if the notebook has only a part"
    )
    shell: ShellFate = Field(default=ShellFate.KEPT, description="what happened to the shell")
    background: bool = Field(default=False, description="whether its processes can still print")
    redacted: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="number of secrets that were masked, by rule"
    )
    signals_sent: tuple[str, ...] = Field(
        default=(), description="signals that were sent to stop it"
    )
    input: tuple[InputWait, ...] = ()
    volatile: Volatile | None = None
