"""Block: one cell run once, as a value that every change replaces.

Pure: times and identities are passed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from signal import Signals
from typing import Final, Self

from effecttalk_kernel.errors import InternalError

SIGNAL_BASE: Final = 128


class Status(StrEnum):
    """Where a block is, or how it ended."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    TIMED_OUT = "timed_out"
    BACKGROUND = "background"
    SHELL_LOST = "shell_lost"
    REFUSED = "refused"


# `background`: its processes still write to the block's terminals. What was asked to run
# there may still fail; what a block has left behind was a success.
TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    Status.RUNNING: frozenset(Status) - {Status.RUNNING},
    Status.BACKGROUND: frozenset(
        {Status.SUCCESS, Status.FAILED, Status.INTERRUPTED, Status.TIMED_OUT}
    ),
    Status.SUCCESS: frozenset(),
    Status.FAILED: frozenset(),
    Status.INTERRUPTED: frozenset(),
    Status.TIMED_OUT: frozenset(),
    Status.SHELL_LOST: frozenset(),
    Status.REFUSED: frozenset(),
}
# Statuses of a block that has not failed, once it has ended or is left to the background.
GOOD: Final = frozenset({Status.SUCCESS, Status.BACKGROUND})


class InvalidTransitionError(InternalError):
    """A block was moved to a status that does not follow from its own."""


class ShellFate(StrEnum):
    """What became of the shell that ran the block."""

    KEPT = "kept"
    RESTARTED = "restarted"
    LOST = "lost"


class Answerer(StrEnum):
    """Who answers a program that asks."""

    USER = "user"
    OPTIONS = "options"
    END_OF_FILE = "end_of_file"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class InputPolicy:
    """Who answers when a program of a block asks.

    First the lines that are *given*, then a user who can be asked; without one, the
    program gets end of file, or the block *fails* at once.
    """

    is_interactive: bool
    given: tuple[str, ...] = ()
    fails: bool = False

    @property
    def reads_terminal(self) -> bool:
        """Whether the block's standard input is to be the terminal."""
        return self.is_interactive or bool(self.given) or self.fails


@dataclass(frozen=True, slots=True)
class Manner:
    """How a block is to run: on what, for how long, and with what end it has succeeded.

    *is_merged*: standard error goes the way of standard output. *expected* are the exit
    statuses of a success; None: all of them. *part* counts the
    blocks of one cell; the *notice* stands above what this one prints. Under its *name*
    later blocks know it; *exports* are variables that it finds. Directory *cwd* and
    variables *env* are those of this block only; *is_strict*: it ends with the first
    command that fails. *is_background*: the session does not wait for it. The *program*,
    a command line, runs its code in the place of the session's shell. Its standard output
    is shown as *mime*; *output_limit* bytes of each stream are shown, None: as the settings
    say.
    """

    policy: InputPolicy
    tty: bool = False
    is_merged: bool = False
    timeout_seconds: float | None = None
    expected: frozenset[int] | None = frozenset({0})
    part: int = 1
    is_fallback: bool = False
    notice: str = ""
    name: str = ""
    exports: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    cwd: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    is_background: bool = False
    program: str = ""
    mime: str = ""
    output_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One wait for input: who asked what, and who answered; never the answer."""

    process: str
    password: bool
    answered_by: Answerer
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the shell said when the block's last command was done."""

    exit_status: int
    pipestatus: tuple[int, ...]
    command: str = ""
    line: int | None = None

    @property
    def signal(self) -> str | None:
        """Name of the signal that an exit status above 128 stands for, as shells tell it."""
        try:
            return Signals(self.exit_status - SIGNAL_BASE).name
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a session; *number* counts from 1, times are Unix seconds."""

    session: str
    number: int
    code: str
    started: float
    cwd_before: str
    status: Status = Status.RUNNING
    result: Result | None = None
    cwd_after: str = ""
    ended: float | None = None
    shell: ShellFate = ShellFate.KEPT
    signals_sent: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    writers: bool = False
    background_ended: float | None = None
    problem: str = ""
    tty: bool = False
    is_merged: bool = False
    mime: str = ""
    output_limit: int | None = None
    part: int = 1
    name: str = ""
    is_fallback: bool = False
    is_timed_out: bool = False
    is_background: bool = False
    original: str = ""  # the block whose output this one shows, from the cache
    expected: frozenset[int] | None = frozenset({0})
    shell_pid: int = field(default=0, compare=False)

    @property
    def identity(self) -> str:
        """Unique name: session and number."""
        return f"{self.session}-{self.number}"

    @property
    def is_running(self) -> bool:
        """Whether the block's own commands still run."""
        return self.status is Status.RUNNING

    def become(self, status: Status, **changes: object) -> Self:
        """Return the block in its next status.

        Raises:
            InvalidTransitionError: that status does not follow.

        """
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransitionError(f"block {self.identity}: {status} while {self.status}")
        return replace(self, status=status, **changes)  # type: ignore[arg-type]

    def with_signal(self, name: str) -> Self:
        """Return the block with one more signal sent to it."""
        return replace(self, signals_sent=(*self.signals_sent, name))

    def with_asked(self, asked: Asked) -> Self:
        """Return the block with one more wait for input."""
        return replace(self, asked=(*self.asked, asked))


def has_failed(status: str) -> bool:
    """Return whether a block with this status ended in any other way than by success."""
    return status != Status.RUNNING and status not in GOOD


def outcome(block: Block, result: Result, *, by_signal: bool = False) -> Status:
    """Return how a block ended whose shell gave *result*; *by_signal*: the shell was killed."""
    if block.is_timed_out:
        return Status.TIMED_OUT
    if block.signals_sent and result.exit_status != 0:
        return Status.INTERRUPTED
    if by_signal:
        return Status.SHELL_LOST
    if block.expected is not None and (result.exit_status not in block.expected or block.problem):
        return Status.FAILED
    return Status.BACKGROUND if block.writers else Status.SUCCESS
