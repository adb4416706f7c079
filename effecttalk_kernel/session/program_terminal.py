"""Program terminal: the terminal of a full-screen program, which a client shows while it runs.

It opens when a program that draws on the screen waits for single keys, and closes when that
program ends or leaves its screen.
"""

import os
import time
from typing import Final, Protocol

from effecttalk_kernel.block import Answerer, Block, BlockEvent, InputAnswered, InputWait
from effecttalk_kernel.session.block_terminals import BlockTerminals
from effecttalk_kernel.session.events import (
    Event,
    Resized,
    ScreenAbandoned,
    TerminalClosed,
    TerminalOpened,
)
from effecttalk_kernel.session.program_screen import ProgramScreen
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.waiting_process import WaitingProcess

# A program that enters or leaves the alternate screen waits or ends within milliseconds.
HURRIED_PROBES: Final = 10
# An editor leaves its screen while it runs a command, and a menu between two keys.
LEAVE_SECONDS: Final = 0.5


class ProgramRun(Protocol):
    """The run whose programs use the terminal."""

    block: Block
    shell: Shell
    terminals: BlockTerminals

    def apply(self, event: BlockEvent) -> None:
        """Note what has happened to the block."""

    def tell(self, event: Event) -> None:
        """Tell the observers of the block."""

    def read_terminals(self) -> None:
        """Read everything that programs have written."""

    def look_again(self, probes: int) -> None:
        """Check soon what the programs do."""


class ProgramTerminal:
    """Opens and closes the terminal of one block."""

    def __init__(self, run: ProgramRun) -> None:
        self._run = run
        self._screen = ProgramScreen(self._find_group)
        self._owner = 0  # the process for which it is open
        self._is_resized = False
        self._left_at: float | None = None  # when its program left the screen
        self.is_viewed = False  # by a client, which could show it

    @property
    def is_open(self) -> bool:
        """Whether clients show it."""
        return self._owner != 0

    @property
    def takes_keys(self) -> bool:
        """Whether the user types on a terminal that a client shows, and is not asked."""
        return self.is_open or (self._run.block.spec.tty and self.is_viewed)

    @property
    def is_drawn(self) -> bool:
        """Whether the program in the foreground draws on the screen."""
        return not self._run.block.spec.tty and self._screen.is_drawn

    def feed(self, data: bytes) -> None:
        """Take output of the block."""
        if self._is_abandoned() and not self._screen.leaves(data):
            self._leave_abandoned_screen()
        was_alternate = self._screen.is_alternate
        has_entered = self._screen.feed(data)
        if has_entered or was_alternate != self._screen.is_alternate:
            self._run.look_again(HURRIED_PROBES)

    def open_for(self, waiting: WaitingProcess) -> bool:
        """Open it for a program that draws and waits for keys; return whether that is possible."""
        spec = self._run.block.spec
        if not (self.is_viewed and spec.opens_terminal and spec.input.is_interactive):
            return False
        self._owner, self._left_at = waiting.pid, None
        self._run.shell.watch_terminal()
        asked = InputWait(waiting.name, password=False, answered_by=Answerer.USER)
        self._run.apply(InputAnswered(asked))
        self._run.tell(TerminalOpened(self._screen.redraw()))
        return True

    def resize(self, size: TerminalSize) -> None:
        """Change the size until it closes."""
        self._is_resized = True
        self._run.terminals.resize(size)
        self._run.tell(Resized(size))

    def check(self) -> None:
        """Close it if its program has ended, or has left the screen."""
        if self._is_abandoned():
            self._run.read_terminals()  # the program may have left it with its last words
            if self._is_abandoned():
                self._leave_abandoned_screen()
        if self.is_open and (proc.state(self._owner) in {"", "Z", "T"} or self._is_left()):
            self._run.read_terminals()
            self.close()

    def close(self) -> None:
        """Close it, and give the terminals the size from before."""
        if not self.is_open:
            return
        self._owner = 0
        self._screen.clear()
        self._run.shell.unwatch_terminal()
        self._run.tell(TerminalClosed())
        if self._is_resized:
            self._is_resized = False
            self._run.terminals.resize(self._run.shell.size)
            self._run.tell(Resized(self._run.shell.size))

    def _find_group(self) -> int:
        return self._run.shell.process.terminal.foreground()

    def _is_left(self) -> bool:
        """Whether the program reads lines on the usual screen, for some time."""
        now = time.monotonic()
        if self._screen.is_alternate or not self._run.terminals.are_canonical():
            self._left_at = None
        elif self._left_at is None:
            self._left_at = now
        return self._left_at is not None and now - self._left_at >= LEAVE_SECONDS

    def _is_abandoned(self) -> bool:
        """Whether a program was killed or stopped while it used the alternate screen."""
        group = self._screen.group
        is_shell = group == self._run.shell.process.pid
        return self._screen.is_alternate and not is_shell and not _is_active(group)

    def _leave_abandoned_screen(self) -> None:
        self._screen.leave()
        self._run.tell(ScreenAbandoned())


def _is_active(group: int) -> bool:
    """Whether any process of a group is there, and its leader is not stopped."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return proc.state(group) != "T"
