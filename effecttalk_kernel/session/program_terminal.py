"""Program terminal: the terminal of a full-screen program, which a client shows while it runs.

It opens when a program that draws on the screen waits for single keys, or has the alternate screen
for some time and polls keys. It closes when that program ends or leaves its screen.
"""

import os
import signal
import time
from contextlib import suppress
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
from effecttalk_kernel.session.program_screen import ESCAPE, ProgramScreen
from effecttalk_kernel.session.saved_screens import SavedScreen, SavedScreens
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.process_tree import (
    find_group_members,
    find_groups_on,
    find_living_groups,
    is_group_stopped,
)
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import Modes, TerminalSize, reads_lines
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess

# A program that enters or leaves the alternate screen waits or ends within milliseconds.
HURRIED_PROBES: Final = 10
# An editor leaves its screen while it runs a command, and a menu between two keys.
LEAVE_SECONDS: Final = 0.5
# Looking for a server takes as long as a hundred other probes: after each time, it takes twice as
# long until the next one.
FIRST_SEARCH_SECONDS: Final = 0.1
LAST_SEARCH_SECONDS: Final = 10.0
# Editors that only run commands have left the alternate screen by then.
POLLING_SECONDS: Final = 0.5
# These set a mode for single keys, and read none.
ONLY_DRAWING: Final = {"watch"}
# The processes of a job stop one after the other.
STOP_SECONDS: Final = 0.5


class ProgramRun(Protocol):
    """The run whose programs use the terminal."""

    block: Block
    shell: Shell
    terminals: BlockTerminals

    def apply(self, event: BlockEvent) -> None:
        """Note what has happened to the block."""

    @property
    def is_watched(self) -> bool:
        """Whether the block still runs."""

    def tell(self, event: Event) -> None:
        """Tell the observers of the block."""

    def say(self, text: str) -> None:
        """Show the user a line with the block's output."""

    def take(self, stream: Stream, data: bytes) -> None:
        """Take output of the block's programs."""

    def read_terminals(self) -> None:
        """Read everything that programs have written."""

    def read_ahead(self) -> bytes:
        """Read everything that programs have written; return what was not passed on yet."""

    def refuse_program(self, problem: str) -> None:
        """Stop a program that needs a terminal."""

    def look_again(self, probes: int) -> None:
        """Check soon what the programs do."""


class ProgramTerminal:
    """Opens and closes the terminal of one block."""

    def __init__(self, run: ProgramRun, saved: SavedScreens) -> None:
        self._run = run
        self._saved = saved
        self._screen = ProgramScreen(self._find_group)
        self._stream = Stream.STDOUT  # on which it was drawn
        self._modes: Modes | None = None  # with which its program reads single keys
        self._resumed: SavedScreen | None = None  # of a program that has not waited since
        self._owner = 0  # the process for which it is open
        self._group = 0  # its process group, that of the job
        self._stopped_at: float | None = None  # when it was stopped, but not its job
        self._is_resized = False
        self._left_at: float | None = None  # when its program left the screen
        self._entered_at = 0.0  # when a program has entered the alternate screen
        self._search = (0, 0.0, 0.0)  # for a server: the group, the next time, and the time between
        self._relay = 0  # the last program that passes on what another one draws
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
        # Another job may have drawn something before.
        group = self._screen.group
        return group in {self._find_group(), self._run.shell.process.pid} or not _exists(group)

    @property
    def is_alternate(self) -> bool:
        """Whether a program uses the alternate screen."""
        return self._screen.is_alternate

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

    @property
    def may_poll(self) -> bool:
        """Whether a program may poll keys while it draws on the alternate screen.

        One that waits for none may do so between two drawings, without being seen to.
        """
        if self.takes_keys or not self._screen.is_alternate:
            return False
        has_drawn = time.monotonic() - self._entered_at >= POLLING_SECONDS
        may_open = has_drawn and self._run.block.spec.opens_terminal
        return may_open and not self._run.terminals.are_canonical() and self.is_drawn

    def find_poller(self) -> WaitingProcess | None:
        """Return the program in the foreground that may poll keys."""
        shell, group = self._run.shell.process.pid, self._screen.group
        if not self.may_poll or self._missing is not None or group != self._find_group():
            return None
        members = [] if group == shell else find_group_members(shell, group)
        if not members:
            return None
        pid = members[0]
        # It may be run by another program, such as sudo.
        if ONLY_DRAWING.intersection(map(proc.name, (*members, *proc.descendants(pid)))):
            return None
        path = self._run.terminals.guess_input(pid)
        return WaitingProcess(pid, proc.name(pid), WaitEvidence.POLLS, path, path)

    @property
    def is_abandoned(self) -> bool:
        """Whether a program was killed or stopped while it used the alternate screen."""
        group = self._screen.group
        if not self._screen.is_alternate or group == self._run.shell.process.pid:
            return False
        return not _exists(group) or self._is_stopped(group)

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Divide output, which comes next, after the last of a program that is gone."""
        end = self._screen.find_end(data, self._run.read_ahead())
        return data[:end], data[end:]

    def abandon(self) -> None:
        """Leave the alternate screen if a program has left it behind."""
        if self.is_abandoned:
            self._save_stopped_screen()
            self._forget_screen()

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take output of the block."""
        # What draws nothing may be the line that `fg` prints; the program before may still leave.
        if ESCAPE in data and not self._screen.is_alternate:
            self._resume()
        was_alternate = self._screen.is_alternate
        has_entered = self._screen.feed(data)
        if has_entered:
            self._stream, self._entered_at = stream, time.monotonic()
        if self._missing is not None:
            self._missing.feed(data)
            if has_entered:
                self._note_relay(self._screen.group)
                self._missing.enter(self._find_name(), uses_keys=self._uses_keys())
            elif was_alternate and not self._screen.is_alternate:
                self._missing.leave(uses_keys=self._uses_keys())
        if has_entered or was_alternate != self._screen.is_alternate:
            self._run.look_again(HURRIED_PROBES)

    def open_for(self, waiting: WaitingProcess) -> bool:
        """Open it for a program that draws and waits for keys; return whether that is possible."""
        spec = self._run.block.spec
        if not (self.is_viewed and spec.opens_terminal and spec.input.is_interactive):
            return False
        self._owner, self._left_at, self._stopped_at = waiting.pid, None, None
        self._group = self._find_group()
        self._run.shell.watch_terminal()
        self._run.terminals.share_modes()
        self._note_modes()
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
        """Close it if its program has ended, was stopped, or has left the screen."""
        if self._missing is not None:
            self._note_relay(self._find_group())
        self._note_modes()
        self._check_screen()
        if self._can_resume():
            self._run.read_terminals()  # the program before may have left the screen
            self._check_screen()
            self._resume()
        if self.is_open and (self._has_ended() or self._is_left()):
            self._run.read_terminals()
            self._check_screen()
            self.close()
        missing = self._missing if self._screen.is_alternate else None
        if missing is not None and missing.is_endless(uses_keys=self._uses_keys()):
            self._run.refuse_program(missing.problem)

    def finish(self) -> None:
        """Close it when the block has ended and all its output was read."""
        self._find_owner()
        self._check_screen()
        self._save_stopped_screen()
        self.close()

    # Programs that are stopped, and go on in this block or another one.

    def save_screen(self, group: int) -> None:
        """Save the screen for the block where its program, a process group, goes on."""
        screen, shell = self._screen, self._run.shell.process.pid
        if screen.group in {group, shell} and screen.is_drawn:
            output, is_alternate = screen.redraw(), screen.is_alternate
            saved = SavedScreen(group, self._stream, output, is_alternate, self._modes)
            self._saved.add(saved)
            self._forget_screen()

    def _can_resume(self) -> bool:
        """Whether a program with a saved screen goes on in the foreground of this block."""
        if self._saved.is_empty or not self._run.is_watched:
            return False
        group = self._find_group()
        return group in self._saved and not self._is_stopped(group)

    def _resume(self) -> None:
        """Show what a program had drawn that goes on."""
        if not self._can_resume():
            return
        saved = self._saved.take(self._find_group())
        self._resumed = saved
        if saved.is_alternate:
            self._run.take(saved.stream, saved.output)
        else:  # it is in the output of the block where it was drawn
            self._screen.feed(saved.output)

    def restore_modes(self) -> None:
        """Give a program that goes on and waits the modes that the shell has changed.

        One that handles SIGCONT has set them by then.
        """
        resumed = self._resumed
        if resumed is None or not self.is_drawn:
            return
        self._resumed = None
        # The program before may have restored the modes of one terminal since they were shared.
        self._run.terminals.share_modes()
        is_canonical = self._run.terminals.are_canonical()
        if resumed.modes is not None and resumed.group == self._find_group() and is_canonical:
            self._run.terminals.set_modes(resumed.modes)

    def _note_modes(self) -> None:
        """Note the modes of a program that reads single keys, for when it is stopped."""
        if not (self.is_open or self._screen.is_alternate):
            return
        modes = self._run.terminals.modes  # read first: the shell changes them after a stop
        if not (reads_lines(modes) or self._is_stopped(self._screen.group)):
            self._modes = modes

    def _is_stopped(self, group: int) -> bool:
        return is_group_stopped(self._run.shell.process.pid, group)

    def _save_stopped_screen(self) -> None:
        group = self._screen.group
        if group and self._is_stopped(group):
            self.save_screen(group)

    def _find_owner(self) -> None:
        """Find the job that has entered the alternate screen in the background, and was stopped."""
        shell = self._run.shell.process.pid
        if self._screen.is_alternate and self._screen.group == shell:
            paths = {terminal.path for terminal in self._run.terminals.others}
            stopped = filter(self._is_stopped, find_groups_on(shell, paths))
            self._screen.group = max(stopped, default=shell)

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
        self._save_stopped_screen()
        if not _exists(self._screen.group):
            self._forget_screen()
        self._run.shell.unwatch_terminal()
        self._run.tell(TerminalClosed())
        if self._is_resized:
            self._is_resized = False
            self._run.terminals.resize(self._run.shell.size)
            self._run.tell(Resized(self._run.shell.size))

    def _find_name(self) -> str:
        """Return the name of the program that draws, "" if it has ended.

        Then the foreground belongs to the shell, or to a child of it that runs no program.
        """
        name = proc.name(self._screen.group)
        return "" if name == proc.name(self._run.shell.process.pid) else name

    def _find_group(self) -> int:
        return self._run.shell.process.terminal.foreground()

    def _uses_keys(self) -> bool:
        """Whether the program in the foreground reads single keys, or did before it left."""
        self._run.terminals.share_modes()
        if not self._run.terminals.are_canonical():
            return True
        has_left = not (self._screen.is_alternate and proc.state(self._screen.group))
        return has_left and self._screen.uses_keypad and not self._is_relayed()

    def _note_relay(self, group: int) -> None:
        """Note a program with a terminal for another one: it closes that before it ends."""
        if group not in {self._relay, self._run.shell.process.pid} and proc.master_terminals(group):
            self._relay = group

    def _is_relayed(self) -> bool:
        """Whether another program has drawn the screen, or may have."""
        return self._relay != 0 and (self._relay == self._screen.group or not _exists(self._relay))

    def _has_ended(self) -> bool:
        """Whether its program has ended, or its job was stopped.

        A job whose shell ignores SIGTSTP would wait for a stopped program for ever.
        """
        state = proc.state(self._owner)
        if state != "T" or self._is_stopped(self._group):
            return state in {"", "Z", "T"}
        now = time.monotonic()
        self._stopped_at = self._stopped_at or now
        if now - self._stopped_at >= STOP_SECONDS:
            self._stopped_at = None
            self._run.say(
                f"{proc.name(self._owner)} was stopped, but not the job that waits for it:"
                " it is continued, because nothing else would do so"
            )
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._owner, signal.SIGCONT)
        return False

    def _is_left(self) -> bool:
        """Whether the program reads lines on the usual screen, for some time."""
        now = time.monotonic()
        if self._screen.is_alternate or not self._run.terminals.are_canonical():
            self._left_at = None
        elif self._left_at is None:
            self._left_at = now
        return self._left_at is not None and now - self._left_at >= LEAVE_SECONDS

    def _check_screen(self) -> None:
        if self.is_abandoned:
            self._run.read_terminals()  # the program may have left it with its last words
            self.abandon()

    def _forget_screen(self) -> None:
        was_alternate = self._screen.is_alternate
        self._screen, self._modes = ProgramScreen(self._find_group), None
        if was_alternate:
            self._run.tell(ScreenAbandoned())


def _exists(group: int) -> bool:
    """Whether any process of a group is there."""
    return bool(find_living_groups((group,)))
