"""Events: the facts that a living shell tells its listener."""

from dataclasses import dataclass

from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.marks import Mark
from effecttalk_kernel.shell.process import ProcessExit


@dataclass(frozen=True, slots=True)
class ShellStarted:
    """The shell has read its start-up files or what it restores, and is in this directory."""

    cwd: str


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """The shell has read the block and begins with it."""


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """The block's last command is done; *leaving*: so is the shell."""

    number: int
    leaving: bool
    exit_status: int
    pipestatus: tuple[int, ...]
    line: int | None
    command: str
    cwd: str


@dataclass(frozen=True, slots=True)
class TerminalText:
    """What a program wrote to /dev/tty, or the echo of an answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The session's whole state after a block, as the shell wrote it."""

    number: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ShellDied:
    """The shell's process is gone."""

    ending: ProcessExit


ShellEvent = ShellStarted | BlockStarted | BlockEnded | TerminalText | SnapshotTaken | ShellDied


def block_ended(mark: Mark) -> BlockEnded:
    """Return what an end mark says."""
    number, kind, status, line, command, cwd, *pipestatus = mark.fields
    return BlockEnded(
        number=int(number),
        leaving=kind == "exit",
        exit_status=int(status),
        pipestatus=tuple(map(int, pipestatus)),
        line=int(line) if line.isdigit() else None,
        command=command,
        cwd=cwd,
    )
