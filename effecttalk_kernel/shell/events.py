"""Events: what a shell reports to its listener, and how they are read from its marks."""

import re
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.errors import ShellError
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.marks import Mark, MarkKind
from effecttalk_kernel.shell.process import ProcessExit

# Longer ones are not the number of a block, a line or a status.
NUMBER: Final = re.compile(r"[0-9]{1,9}")
# '0' '141', with the first character of IFS between them
STATUS: Final = re.compile(r"'([0-9]{1,9})'")
# Of a mark that cannot be read, for the message.
LONGEST_SHOWN: Final = 80


class ChannelError(ShellError):
    """What the shell sent cannot be read; the message says what it is."""


@dataclass(frozen=True, slots=True)
class ShellStarted:
    """The shell has read its start-up files or restored a state, and is in this directory.

    *version* is the version of bash, such as (5, 2).
    """

    version: tuple[int, int]
    cwd: str


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """The shell has read the block and begins to run it."""


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """The block's last command has ended; *leaving*: the shell ends, too."""

    number: int
    leaving: bool
    exit_status: int
    pipestatus: tuple[int, ...]
    line: int | None
    command: str
    cwd: str


@dataclass(frozen=True, slots=True)
class TerminalText:
    """Text that a program wrote to /dev/tty, or the echo of an answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The shell has written its whole state after a block."""

    number: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class SnapshotSkipped:
    """A state is not read, because there are too many newer ones."""


@dataclass(frozen=True, slots=True)
class HookStarted:
    """The shell begins to run a hook of its prompt; "": hooks will follow."""

    text: str


@dataclass(frozen=True, slots=True)
class PromptReached:
    """The shell has run the hooks of its prompt."""


@dataclass(frozen=True, slots=True)
class ShellDied:
    """The shell's process has ended; *reason* says why EffectTalk has killed it, if it has."""

    ending: ProcessExit
    reason: str = ""


ShellEvent = (
    ShellStarted
    | BlockStarted
    | BlockEnded
    | TerminalText
    | SnapshotTaken
    | SnapshotSkipped
    | ShellDied
)


# What a mark in the mark pipe reports.
Report = ShellStarted | HookStarted | PromptReached | BlockEnded


def read_mark(mark: Mark) -> Report:
    """Return the event that a mark in the mark pipe reports.

    Raises:
        ChannelError: it reports none.

    """
    match mark:
        case Mark(MarkKind.READY, (major, minor, cwd)):
            return ShellStarted((_number(mark, major), _number(mark, minor)), cwd)
        case Mark(MarkKind.HOOK, (text,)):
            return HookStarted(text)
        case Mark(MarkKind.PROMPT, _):
            return PromptReached()
        case Mark(
            MarkKind.ENDED, (number, "end" | "exit" as kind, status, line, command, cwd, statuses)
        ):
            return BlockEnded(
                number=_number(mark, number),
                leaving=kind == "exit",
                exit_status=_number(mark, status),
                pipestatus=tuple(map(int, STATUS.findall(statuses))),
                line=int(line) if NUMBER.fullmatch(line) else None,
                command=command,
                cwd=cwd,
            )
    raise _unreadable(mark)


def read_state(mark: Mark, snapshot: Snapshot) -> SnapshotTaken:
    """Return the event that the mark after a state reports.

    Raises:
        ChannelError: the mark or the state before it is damaged.

    """
    match mark:
        case Mark(MarkKind.SNAPSHOT, (number,)) if snapshot.is_whole:
            return SnapshotTaken(_number(mark, number), snapshot)
        case Mark(MarkKind.SNAPSHOT, (_,)):
            raise ChannelError(f"it wrote an incomplete state of {snapshot.size:,} bytes")
    raise _unreadable(mark)


def _number(mark: Mark, text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise _unreadable(mark)
    return int(text)


def _unreadable(mark: Mark) -> ChannelError:
    shown = ascii(";".join((mark.kind, *mark.fields)))[:LONGEST_SHOWN]
    return ChannelError(f"it reported {shown}, which has no meaning")
