"""ControlTerminal: what the kernel reads and types on a shell's control terminal, and the idle one.

On the idle terminal the shell writes between two blocks: prompts, and what its start-up
files print.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.shell.echo import EchoRemover
from effecttalk_kernel.shell.events import BlockStarted, ShellEvent, TerminalText
from effecttalk_kernel.shell.marks import Mark, MarkReader
from effecttalk_kernel.shell.terminal import MOST_HELD_BYTES, Terminal, TerminalSize

IDLE_TAIL_BYTES: Final = 2_000
LAST_WORDS: Final = 500


class ControlTerminal:
    """The shell's two own terminals; owns neither."""

    def __init__(self, terminal: Terminal, idle: Terminal, nonce: str, size: TerminalSize) -> None:
        self._terminal = terminal
        self._idle = idle
        self._size = size
        self._marks = MarkReader(nonce)
        self._echo = EchoRemover()
        self._idle_tail = b""
        self._is_watched = False
        self._listener: Callable[[ShellEvent], None] = lambda _: None

    def listen(self, listener: Callable[[ShellEvent], None]) -> None:
        """Tell *listener* what programs write to the control terminal, and when a block starts."""
        self._listener = listener

    def watch(self) -> None:
        """Read the control terminal as soon as something is there: a block is on it."""
        self._terminal.translate_line_ends()
        self._is_watched = True
        asyncio.get_running_loop().add_reader(self._terminal.master, self.read)

    def unwatch(self) -> None:
        """Undo what a block on the terminal has needed."""
        if self._is_watched:
            self._is_watched = False
            asyncio.get_running_loop().remove_reader(self._terminal.master)
            self._terminal.resize(self._size)

    def type(self, line: str) -> None:
        """Type a line, of which nobody is to see the echo."""
        keys = line.encode()
        self._echo.expect(keys)
        self._terminal.write(keys)

    def read(self) -> None:
        """Pass on what programs wrote to the control terminal; drop what the idle shell printed.

        Called now and then while a block runs: most blocks write to neither, and
        a terminal that is watched would wake the loop for every prompt and echo.
        """
        self._read_terminal()
        size = 0
        while size < MOST_HELD_BYTES and (data := self._idle.read()):
            size += len(data)
            self._idle_tail = (self._idle_tail + data)[-IDLE_TAIL_BYTES:]

    def _read_terminal(self) -> None:
        size = 0
        while size < MOST_HELD_BYTES and (data := self._terminal.read()):
            size += len(data)
            for piece in self._marks.feed(data):
                if isinstance(piece, Mark):
                    self._listener(BlockStarted())
                # The terminal wakes the shell before it echoes the line, so the
                # echo may come behind the start mark.
                elif text := self._echo.feed(piece):
                    self._listener(TerminalText(text))

    def end_block(self) -> None:
        """Pass on what might have been the beginning of an echo."""
        if text := self._echo.release():
            self._listener(TerminalText(text))

    def last_words(self) -> str:
        """Return the last that the idle shell has printed."""
        self.read()
        return self._idle_tail.decode(errors="replace").strip()[-LAST_WORDS:]
