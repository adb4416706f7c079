"""Block terminals: the control terminal and the terminals of a block, which act as one.

A program has one terminal in mind: it may set the modes of its standard output and read its
standard input (ncurses), or read its standard error (less).
"""

import os
from contextlib import suppress
from signal import SIGTTIN

from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair
from effecttalk_kernel.shell.waiting_process import WaitingProcess


class BlockTerminals:
    """The terminals of one block, only the control terminal without a pair; owns none."""

    def __init__(self, shell: Shell, pair: TerminalPair | None) -> None:
        self._shell = shell
        self.control = shell.process.terminal
        self.others: tuple[Terminal, ...] = () if pair is None else pair.terminals()
        self._all = (self.control, *self.others)
        self._stopped = set[int]()  # process groups
        self._modes = [terminal.initial_modes for terminal in self._all]

    def find(self, waiting: WaitingProcess | None) -> Terminal:
        """Return the terminal where the input of a process is typed."""
        entry = None if waiting is None else waiting.entry
        return next((each for each in self.others if each.path == entry), self.control)

    def find_waiting_process(self) -> WaitingProcess | None:
        """Return the foreground process that waits for input from one of them."""
        return self._shell.find_waiting_process(self.others)

    def share_modes(self) -> None:
        """Give the modes that a program has set on one terminal to the others.

        So does what a program restores when it ends, and a shell when a program is killed.
        """
        if not self.others:
            return
        modes = [terminal.modes() for terminal in self._all]
        if modes == self._modes:
            return
        changed = next(new for new, old in zip(modes, self._modes, strict=True) if new != old)
        for terminal, own in zip(self._all, modes, strict=True):
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
