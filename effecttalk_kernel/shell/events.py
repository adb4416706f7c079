"""Events: what a shell reports to its listener."""

import re
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.marks import Mark
from effecttalk_kernel.shell.process import ProcessExit

# PIPESTATUS as one text: '0' '1'
STATUS: Final = re.compile(r"'(\d+)'")


@dataclass(frozen=True, slots=True)
class ShellStarted:
    """The shell has read its start-up files or restored a state, and is in this directory."""

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
class ShellDied:
    """The shell's process has ended."""

    ending: ProcessExit


ShellEvent = ShellStarted | BlockStarted | BlockEnded | TerminalText | SnapshotTaken | ShellDied


def block_ended(mark: Mark) -> BlockEnded:
    """Return the event that an end mark reports."""
    number, kind, status, line, command, cwd, pipestatus = mark.fields
    return BlockEnded(
        number=int(number),
        leaving=kind == "exit",
        exit_status=int(status),
        pipestatus=tuple(map(int, STATUS.findall(pipestatus))),
        line=int(line) if line.isdigit() else None,
        command=command,
        cwd=cwd,
    )
