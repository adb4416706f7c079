"""Block terminals: the control terminal and the terminals of a block, which act as one.

A program has one terminal in mind: it may set the modes of its standard output and read its
standard input (ncurses), or read its standard error (less).
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from signal import SIGTTIN
from typing import Final

from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import Modes, Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair
from effecttalk_kernel.shell.waiting_process import (
    CONTROLLING_TERMINAL,
    WaitEvidence,
    WaitingProcess,
)

# The parts of `Modes`, see `termios.tcgetattr`.
FLAGS: Final = (0, 1, 2)  # of input, control and local modes
SPEEDS: Final = (3, 4)
KEYS: Final = 5


def merge_changes(before: Sequence[Modes], after: Sequence[Modes]) -> Modes:
    """Return the modes with everything that has changed on any terminal."""
    merged = [*before[0]]
    for old, new in zip(before, after, strict=True):
        for at in FLAGS:
            merged[at] |= new[at] & ~old[at]
            merged[at] &= ~(old[at] & ~new[at])
        for at in SPEEDS:
            merged[at] = new[at] if new[at] != old[at] else merged[at]
        merged[KEYS] = [
            key if key != old_key else merged_key
            for merged_key, old_key, key in zip(merged[KEYS], old[KEYS], new[KEYS], strict=True)
        ]
    return tuple(merged)


class BlockTerminals:
    """The terminals of one block, only the control terminal without a pair; owns none."""

    def __init__(self, shell: Shell, pair: TerminalPair | None) -> None:
        self._shell = shell
        self.control = shell.process.terminal
        self.others: tuple[Terminal, ...] = () if pair is None else pair.terminals()
        self._all = (self.control, *self.others)
        self._stopped = set[int]()  # process groups
        self._modes = [terminal.initial_modes for terminal in self._all]
        self._raw = self.control  # where a program has set a raw mode last

    def adopt(self, terminals: Sequence[Terminal]) -> None:
        """Add terminals of an earlier block, whose job was brought to the foreground."""
        for terminal in terminals:
            terminal.hold()
        self.others += tuple(terminals)
        self._all = (self.control, *self.others)
        self._modes += [self._modes[0]] * len(terminals)

    def find(self, waiting: WaitingProcess | None) -> Terminal:
        """Return the terminal where the input of a process is typed."""
        if waiting is not None and waiting.evidence is WaitEvidence.HIDDEN:
            return self._raw
        entry = None if waiting is None else waiting.entry
        return next((each for each in self.others if each.path == entry), self.control)

    def guess_input(self, pid: int) -> str:
        """Return the terminal from which a process most likely reads keys.

        Programs read standard input; if that is a file, they open the terminal, or read standard
        error.
        """
        files = proc.open_files(pid)
        opened = sorted(files.keys() - {0, 1, 2})
        ordered = [files.get(descriptor, "") for descriptor in (0, *opened, 2, 1)]
        paths = {CONTROLLING_TERMINAL, *(terminal.path for terminal in self._all)}
        found = next((path for path in ordered if path in paths), CONTROLLING_TERMINAL)
        return self.control.path if found == CONTROLLING_TERMINAL else found

    def route_keys(
        self, keys: bytes, last: WaitingProcess | None
    ) -> Iterator[tuple[bytes, Terminal]]:
        """Yield *keys* in pieces, each with the terminal where it is typed.

        That is the terminal that a process reads, or the process *last* has read. The control
        terminal gets the keys that send signals, because only that one has a foreground group.
        """
        self.share_modes()
        signal_keys = self.control.line_discipline().signal_keys if self.others else b""
        pieces = re.split(b"([" + re.escape(signal_keys) + b"])", keys) if signal_keys else [keys]
        for piece in filter(None, pieces):
            is_signal = len(piece) == 1 and piece in signal_keys
            waiting = None if is_signal or not self.others else self.find_waiting_process()
            if waiting is not None:
                self.move_input(waiting)  # earlier keys come first
            yield piece, self.find(None if is_signal else waiting or last)

    def are_canonical(self) -> bool:
        """Whether programs read lines; the modes of all terminals are the same."""
        return self.control.line_discipline().is_canonical

    def find_waiting_process(self) -> WaitingProcess | None:
        """Return the foreground process that waits for input from one of them."""
        return self._shell.find_waiting_process(self.others)

    def move_input(self, waiting: WaitingProcess) -> bool:
        """Move keys that were typed elsewhere to the terminal that a process reads or polls.

        A program may wait for keys on one of its files and read them from another: `more` polls
        its standard input and reads its standard error. Return whether there were any.
        """
        is_certain = waiting.evidence is not WaitEvidence.HIDDEN
        is_direct = waiting.terminal == waiting.entry
        if not self.others or not (is_certain and is_direct) or self.are_canonical():
            return False
        reader = self.find(waiting)
        unread = [each for each in self._all if each is not reader and each.has_unread_input()]
        keys = b"".join(each.take_input() for each in unread)
        if keys:
            reader.write(keys)
        return bool(keys)

    def find_server(self) -> WaitingProcess | None:
        """Return a process that is not of the block and waits for input from one of them."""
        return self._shell.find_server(self.others)

    @property
    def modes(self) -> Modes:
        """How they treat input."""
        return self.control.modes()

    def set_modes(self, modes: Modes) -> None:
        """Let all of them treat input so."""
        for terminal in self._all:
            terminal.set_modes(modes)
        self._modes = [terminal.modes() for terminal in self._all]

    def share_modes(self) -> None:
        """Give the modes that a program has set on one terminal to the others.

        A program may set some on one and some on another (nano). It restores them when it ends;
        a shell does that when a program is killed.
        """
        if not self.others or not all(terminal.is_held for terminal in self.others):
            return
        modes = [terminal.modes() for terminal in self._all]
        if modes == self._modes:
            return
        changed = merge_changes(self._modes, modes)
        self._raw = self.control
        for terminal, own, old in zip(self._all, modes, self._modes, strict=True):
            if own != old and changed != self.control.initial_modes:
                self._raw = terminal
            if own != changed:
                terminal.set_modes(changed)
        self._modes = [terminal.modes() for terminal in self._all]

    def resize(self, size: TerminalSize) -> None:
        """Set the size of all; the control terminal is the one that sends SIGWINCH."""
        for terminal in self.others:
            terminal.resize(size)
        self._shell.resize(size)

    def drop_input(self) -> None:
        """Drop typed input that was not read yet."""
        for terminal in self._all:
            terminal.drop_input()

    def stop_background_readers(self) -> bool:
        """Stop background jobs that read a terminal of the block: they would get its answers.

        So does Linux on the control terminal. Return whether any job is told so that was not
        told the last time: it may have ignored that.
        """
        if not self.others:
            return False
        before, self._stopped = self._stopped, {*self.find_background_readers()}
        for group in self._stopped:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, SIGTTIN)
        return not self._stopped <= before

    def find_background_readers(self) -> dict[int, WaitingProcess]:
        """Return a process of each background job that reads them, by its group."""
        return self._shell.find_background_readers(self.others)
