"""Program terminal: the terminal of a full-screen program, which a client shows while it runs.

It opens when a program that draws on the screen waits for single keys, and closes when that
program ends or leaves its screen.
"""

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
from effecttalk_kernel.session.missing_terminal import MissingTerminal
from effecttalk_kernel.session.program_screen import ProgramScreen
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.process_tree import find_living_groups
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.waiting_process import WaitingProcess

# A program that enters or leaves the alternate screen waits or ends within milliseconds.
HURRIED_PROBES: Final = 10
# An editor leaves its screen while it runs a command, and a menu between two keys.
LEAVE_SECONDS: Final = 0.5
# Looking for a server takes as long as a hundred other probes: after each time, it takes twice as
# long until the next one.
FIRST_SEARCH_SECONDS: Final = 0.1
LAST_SEARCH_SECONDS: Final = 10.0


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

    def refuse_program(self, problem: str) -> None:
        """Stop a program that needs a terminal."""

    def look_again(self, probes: int) -> None:
        """Check soon what the programs do."""


class ProgramTerminal:
    """Opens and closes the terminal of one block."""

    def __init__(self, run: ProgramRun) -> None:
        self._run = run
        self._screen = ProgramScreen(self._find_group)
        self._stopped: ProgramScreen | None = None  # that of a program that was stopped
        self._owner = 0  # the process for which it is open
        self._is_resized = False
        self._left_at: float | None = None  # when its program left the screen
        self._search = (0, 0.0, 0.0)  # for a server: the group, the next time, and the time between
        self.is_viewed = False  # by a client, which could show it
        policy = run.block.spec.input
        is_headless = not (policy.is_interactive or policy.given)
        self._missing = MissingTerminal() if is_headless else None

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
        if self._run.block.spec.tty or not self._screen.is_drawn:
            return False
        # A program that was stopped may have drawn something before.
        return self._screen.group == self._find_group() or not _exists(self._screen.group)

    def find_server(self) -> WaitingProcess | None:
        """Return the process that reads keys for a program that draws, and reads none itself.

        While the terminal is open, its program need not be found.
        """
        if self.takes_keys or not self._screen.is_alternate or self._run.terminals.are_canonical():
            return None
        now, group = time.monotonic(), self._find_group()
        searched, next_time, pause = self._search
        if searched == group and now < next_time:
            return None
        pause = min(pause * 2, LAST_SEARCH_SECONDS) if searched == group else FIRST_SEARCH_SECONDS
        found = self._run.terminals.find_server()
        self._search = (0, 0.0, 0.0) if found else (group, now + pause, pause)
        return found

    def give_screen(self) -> ProgramScreen:
        """Return the screen of a program that goes on in another block."""
        screen, stopped = self._screen, self._stopped
        self._screen, self._stopped = ProgramScreen(self._find_group), None
        if screen.is_alternate:
            self._run.tell(ScreenAbandoned())
        return screen if stopped is None or screen.is_drawn else stopped

    def use_screen(self, screen: ProgramScreen) -> None:
        """Take the screen of a program that has come from another block."""
        self._screen = screen

    def feed(self, data: bytes) -> None:
        """Take output of the block."""
        if self._is_abandoned() and not self._screen.leaves(data):
            self._leave_abandoned_screen()
        was_alternate = self._screen.is_alternate
        has_entered = self._screen.feed(data)
        if self._missing is not None:
            self._missing.feed(data)
            if has_entered:
                self._missing.enter(self._find_name(), uses_keys=self._uses_keys())
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
        missing = self._missing if self._screen.is_alternate else None
        if missing is not None and missing.is_endless(uses_keys=self._uses_keys()):
            self._run.refuse_program(missing.problem)

    def find_problem(self, exit_status: int, command: str) -> str:
        """Return why a headless block fails, "" if that has nothing to do with terminals.

        *exit_status*: 0 if it is one of a success. *command* is the one that failed, if any.
        """
        if self._missing is None:
            return ""
        return self._missing.find_problem(exit_status, command, self._run.block.code)

    def close(self) -> None:
        """Close it, and give the terminals the size from before."""
        if not self.is_open:
            return
        self._owner = 0
        self._forget_ended_program()
        self._run.shell.unwatch_terminal()
        self._run.tell(TerminalClosed())
        if self._is_resized:
            self._is_resized = False
            self._run.terminals.resize(self._run.shell.size)
            self._run.tell(Resized(self._run.shell.size))

    def _find_name(self) -> str:
        """Return the name of the program that draws, "" if it has ended."""
        is_shell = self._screen.group == self._run.shell.process.pid
        return "" if is_shell else proc.name(self._screen.group)

    def _find_group(self) -> int:
        return self._run.shell.process.terminal.foreground()

    def _uses_keys(self) -> bool:
        """Whether the program in the foreground reads single keys, or did before it left."""
        self._run.terminals.share_modes()
        if not self._run.terminals.are_canonical():
            return True
        has_left = not (self._screen.is_alternate and proc.state(self._screen.group))
        return (
            has_left and self._screen.uses_keypad and not proc.master_terminals(self._screen.group)
        )

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
        self._forget_ended_program()
        self._run.tell(ScreenAbandoned())

    def _forget_ended_program(self) -> None:
        """Forget what a program has drawn; keep it for another block if it is only stopped."""
        if proc.state(self._screen.group) == "T":
            self._stopped = self._screen
            self._screen = ProgramScreen(self._find_group)
        elif not _exists(self._screen.group):
            self._screen.clear()


def _is_active(group: int) -> bool:
    """Whether any process of a group is there, and its leader is not stopped."""
    return _exists(group) and proc.state(group) != "T"


def _exists(group: int) -> bool:
    """Whether any process of a group is there."""
    return bool(find_living_groups((group,)))
