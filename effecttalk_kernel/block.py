"""Block: one cell run once, as a value that every change replaces.

All changes go through `advance`, which takes a block and an event and returns the block
after it. Pure: times and identities are passed in.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from signal import Signals
from typing import ClassVar, Final

from effecttalk_kernel.errors import InternalError

SIGNAL_BASE: Final = 128
KILLED: Final = SIGNAL_BASE + Signals.SIGKILL


class State(StrEnum):
    """Where a block is in its life."""

    RUNNING = "running"  # the session waits for its own commands
    LAUNCHED = "launched"  # its own commands run in the background, as its options ask
    LINGERING = "lingering"  # its own commands are done; processes they started still write
    FINISHED = "finished"  # nothing of it writes any more


class Outcome(StrEnum):
    """How a block ended."""

    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    TIMED_OUT = "timed_out"
    SHELL_LOST = "shell_lost"
    REFUSED = "refused"


class Status(StrEnum):
    """State and outcome in one word, as users, records and the store have it."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    TIMED_OUT = "timed_out"
    BACKGROUND = "background"
    SHELL_LOST = "shell_lost"
    REFUSED = "refused"


# Statuses of a block that has not failed, once it has ended or is left to the background.
GOOD: Final = frozenset({Status.SUCCESS, Status.BACKGROUND})


def has_failed(status: str) -> bool:
    """Return whether a block with this status ended in any other way than by success."""
    return status != Status.RUNNING and status not in GOOD


class ShellFate(StrEnum):
    """What became of the shell that ran the block."""

    KEPT = "kept"
    RESTARTED = "restarted"
    LOST = "lost"


class Answerer(StrEnum):
    """Who answered a program that asked for input."""

    USER = "user"
    OPTIONS = "options"
    END_OF_FILE = "end_of_file"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class InputPolicy:
    """How a program of a block that asks for input gets its answer.

    First come the lines in *given*, then a user if the front end is interactive. Without
    one, the program gets an end of file, or an interrupt if *fails*.
    """

    is_interactive: bool = False
    given: tuple[str, ...] = ()
    fails: bool = False

    @property
    def reads_terminal(self) -> bool:
        """Whether the block's standard input is to be the terminal."""
        return self.is_interactive or bool(self.given) or self.fails


@dataclass(frozen=True, slots=True)
class RunSpec:
    """How a block is to run, by the options of its cell and the settings."""

    input: InputPolicy = InputPolicy()
    tty: bool = False  # all its streams are one terminal
    opens_terminal: bool = True  # for a full-screen program, if a client can show it
    is_merged: bool = False  # standard error goes the way of standard output
    timeout_seconds: float | None = None
    expected: frozenset[int] | None = frozenset({0})  # exit statuses of a success; None: all
    part: int = 1  # its place among the blocks of its cell
    is_fallback: bool = False
    notice: str = ""  # a line above its output
    name: str = ""  # by which later blocks refer to it
    exports: Mapping[str, str] = field(default_factory=dict)  # variables about named blocks
    is_strict: bool = False  # it ends with the first command that fails
    cwd: str = ""  # directory of this block only
    env: Mapping[str, str] = field(default_factory=dict)  # variables of this block only
    is_background: bool = False  # the session does not wait for it
    program: str = ""  # command line that runs the code instead of the session's shell
    mime: str = ""  # type of its standard output
    output_limit: int | None = None  # bytes of each stream that are shown; None: by the settings


@dataclass(frozen=True, slots=True)
class InputWait:
    """One wait for input: the program that asked, and what answered, but never the answer."""

    process: str
    password: bool
    answered_by: Answerer
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the shell reported when the block's last command was done."""

    exit_status: int
    pipestatus: tuple[int, ...]
    command: str = ""
    line: int | None = None

    @property
    def signal(self) -> str | None:
        """Name of the signal that a shell reports as an exit status above 128."""
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
    spec: RunSpec = RunSpec()
    state: State = State.RUNNING
    outcome: Outcome | None = None  # None: not known yet
    result: Result | None = None
    cwd_after: str = ""
    ended: float | None = None
    shell: ShellFate = ShellFate.KEPT
    signals_sent: tuple[str, ...] = ()
    asked: tuple[InputWait, ...] = ()
    background_ended: float | None = None
    problem: str = ""
    advice: str = ""  # what to do about the problem
    original: str = ""  # the block whose cached output this one shows
    shell_pid: int = field(default=0, compare=False)

    @property
    def identity(self) -> str:
        """Unique name: session and number."""
        return f"{self.session}-{self.number}"

    @property
    def is_running(self) -> bool:
        """Whether the session waits for its own commands."""
        return self.state is State.RUNNING

    @property
    def has_writers(self) -> bool:
        """Whether processes of the block may still write although the session goes on."""
        return self.state in {State.LAUNCHED, State.LINGERING}

    @property
    def status(self) -> Status:
        """State and outcome in one word."""
        if self.is_running:
            return Status.RUNNING
        if self.outcome is None or self.state is State.LAUNCHED:
            return Status.BACKGROUND
        if self.state is State.LINGERING and self.outcome is Outcome.SUCCESS:
            return Status.BACKGROUND
        return Status(self.outcome.value)

    def judge(self, result: Result, *, is_shell_killed: bool = False) -> Outcome:
        """Return how the block ends if its own commands end with *result*."""
        if self.outcome is Outcome.TIMED_OUT:
            return Outcome.TIMED_OUT
        if self.signals_sent and result.exit_status != 0:
            return Outcome.INTERRUPTED
        if is_shell_killed:
            return Outcome.SHELL_LOST
        expected = self.spec.expected
        if expected is not None and (result.exit_status not in expected or self.problem):
            return Outcome.FAILED
        return Outcome.SUCCESS


class InvalidTransitionError(InternalError):
    """An event came to a block whose state does not allow it."""


def advance(block: Block, event: "BlockEvent") -> Block:
    """Return *block* as *event* leaves it.

    Raises:
        InvalidTransitionError: the block's state does not allow that event.

    """
    if block.state not in event.allowed:
        name = type(event).__name__
        raise InvalidTransitionError(f"block {block.identity}: {name} while {block.state}")
    return event.apply(block)


# Events: what can happen to a block, in which states, and what each of them changes.

RUNNING: Final = frozenset({State.RUNNING})
ALIVE: Final = frozenset({State.RUNNING, State.LAUNCHED, State.LINGERING})


@dataclass(frozen=True, slots=True)
class BlockEvent(ABC):
    """Something that happens to a block in one of the states *allowed*; see `advance`."""

    allowed: ClassVar[frozenset[State]] = RUNNING

    @abstractmethod
    def apply(self, block: Block) -> Block:
        """Return *block* after the event."""


@dataclass(frozen=True, slots=True)
class Ended(BlockEvent):
    """Its own commands are done; *has_writers*: processes that they started still write."""

    result: Result
    at: float
    cwd: str
    shell: ShellFate = ShellFate.KEPT
    is_shell_killed: bool = False
    has_writers: bool = False
    problem: str = ""  # why EffectTalk has killed the shell

    def apply(self, block: Block) -> Block:
        """Return *block* with its outcome."""
        outcome = block.judge(self.result, is_shell_killed=self.is_shell_killed)
        return replace(
            block,
            state=State.LINGERING if self.has_writers else State.FINISHED,
            outcome=Outcome.SHELL_LOST if self.problem else outcome,
            result=self.result,
            ended=self.at,
            cwd_after=self.cwd,
            shell=self.shell,
            problem=self.problem or block.problem,
        )


@dataclass(frozen=True, slots=True)
class Launched(BlockEvent):
    """The shell has started it in the background."""

    cwd: str

    def apply(self, block: Block) -> Block:
        """Return *block* in the background."""
        return replace(block, state=State.LAUNCHED, cwd_after=self.cwd)


@dataclass(frozen=True, slots=True)
class Reported(BlockEvent):
    """The own commands of a block in the background are done."""

    # A short one may be done before its launch is seen.
    allowed = ALIVE
    exit_status: int
    at: float

    def apply(self, block: Block) -> Block:
        """Return *block* with its result; the outcome waits for its last process."""
        result = Result(self.exit_status, (self.exit_status,))
        return replace(block, result=result, ended=self.at)


@dataclass(frozen=True, slots=True)
class HungUp(BlockEvent):
    """The last process that wrote to its terminals is gone."""

    allowed = frozenset({State.LAUNCHED, State.LINGERING})
    at: float

    def apply(self, block: Block) -> Block:
        """Return *block* finished, with an outcome if it had none."""
        finished = replace(block, state=State.FINISHED, background_ended=self.at)
        if block.state is State.LINGERING:
            return finished
        result, ended = block.result, block.ended
        if result is None:
            # Only SIGKILL, which no process can catch, keeps it from reporting its end.
            result, ended = Result(KILLED, (KILLED,)), self.at
        return replace(finished, outcome=block.judge(result), result=result, ended=ended)


@dataclass(frozen=True, slots=True)
class SessionClosed(BlockEvent):
    """The session closed while its own commands ran."""

    at: float
    cwd: str

    def apply(self, block: Block) -> Block:
        """Return *block* as one whose shell is lost."""
        return replace(
            block,
            state=State.FINISHED,
            outcome=Outcome.SHELL_LOST,
            ended=self.at,
            cwd_after=self.cwd,
            shell=ShellFate.LOST,
        )


@dataclass(frozen=True, slots=True)
class Refused(BlockEvent):
    """It may not run, for the reason *problem*."""

    problem: str

    def apply(self, block: Block) -> Block:
        """Return *block* finished without having run."""
        return replace(
            block,
            state=State.FINISHED,
            outcome=Outcome.REFUSED,
            problem=self.problem,
            ended=block.started,
            cwd_after=block.cwd_before,
        )


@dataclass(frozen=True, slots=True)
class TimedOut(BlockEvent):
    """It took longer than it may, and is about to be stopped."""

    allowed = frozenset({State.RUNNING, State.LAUNCHED})
    seconds: float

    def apply(self, block: Block) -> Block:
        """Return *block* with an outcome that its end does not change."""
        problem = f"timed out after {self.seconds:g} s"
        return replace(block, outcome=Outcome.TIMED_OUT, problem=problem)


@dataclass(frozen=True, slots=True)
class SignalSent(BlockEvent):
    """A signal was sent to it."""

    allowed = ALIVE
    name: str

    def apply(self, block: Block) -> Block:
        """Return *block* with one more signal."""
        return replace(block, signals_sent=(*block.signals_sent, self.name))


@dataclass(frozen=True, slots=True)
class InputUnavailable(BlockEvent):
    """A program waited for input, and nothing could answer; *problem* says so."""

    problem: str
    advice: str = ""

    def apply(self, block: Block) -> Block:
        """Return *block* with that problem."""
        return replace(block, problem=self.problem, advice=self.advice)


@dataclass(frozen=True, slots=True)
class InputAnswered(BlockEvent):
    """A program that waited for input got its answer."""

    asked: InputWait

    def apply(self, block: Block) -> Block:
        """Return *block* with one more wait for input."""
        return replace(block, asked=(*block.asked, self.asked))
