"""Control terminal: the kernel's side of a shell's control terminal and idle terminal.

The shell writes to the idle terminal between two blocks: prompts, and the output of its
start-up files.
"""

from collections.abc import Callable
from typing import Final

from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.echo import EchoRemover
from effecttalk_kernel.shell.events import BlockStarted, ShellEvent, TerminalText
from effecttalk_kernel.shell.marks import Mark, MarkKind, MarkReader
from effecttalk_kernel.shell.terminal import MAX_HELD_BYTES, Terminal, TerminalSize

IDLE_TAIL_BYTES: Final = 2_000
LONGEST_STARTUP_OUTPUT: Final = 500


class ControlTerminal:
    """Types on the control terminal and reads both terminals; owns neither."""

    def __init__(
        self,
        terminal: Terminal,
        idle: Terminal,
        nonce: str,
        size: TerminalSize,
        callbacks: Callbacks,
    ) -> None:
        self._terminal = terminal
        self._idle = idle
        self._size = size
        self._callbacks = callbacks
        self._marks = MarkReader(nonce)
        self._echo = EchoRemover()
        self._idle_tail = b""
        self._idle_text = b""
        self._is_watched = False
        self._is_resized = False
        self._follower: Callable[[bytes], None] | None = None
        self._listener: Callable[[ShellEvent], None] = lambda _: None

    def listen(self, listener: Callable[[ShellEvent], None]) -> None:
        """Pass starts of blocks, and text on the control terminal, to *listener*."""
        self._listener = listener

    def watch(self) -> None:
        """Read the control terminal whenever it has output, for a program that uses it."""
        self._is_watched = True
        self._callbacks.add_reader(self._terminal.master, self.read)

    @property
    def size(self) -> TerminalSize:
        """Its size while no program has another one."""
        return self._size

    def unwatch(self) -> None:
        """Undo `watch` and `resize`."""
        if self._is_watched:
            self._is_watched = False
            self._callbacks.remove_reader(self._terminal.master)
        if self._is_resized:
            self._is_resized = False
            self._terminal.resize(self._size)

    def resize(self, size: TerminalSize) -> None:
        """Change the size until `unwatch`."""
        self._is_resized = True
        self._terminal.resize(size)

    def follow(self, follower: Callable[[bytes], None] | None) -> None:
        """Pass what is written between two blocks to *follower* at once; None: no more."""
        self._follower = follower
        for terminal in (self._terminal, self._idle):
            if follower is None:
                self._callbacks.remove_reader(terminal.master)
            else:
                self._callbacks.add_reader(terminal.master, self.read)

    def type(self, line: str) -> None:
        """Type a line, and remove its echo from the output."""
        keys = line.encode(errors="surrogateescape")
        self._echo.expect(keys)
        self._terminal.write(keys)

    def read(self) -> None:
        """Pass on what programs wrote to the control terminal; keep what the idle shell printed.

        Called now and then while a block runs: most blocks write to neither terminal, and
        watching them would wake the loop for each prompt and echo.
        """
        self._read_terminal()
        self._read_idle()

    def _read_idle(self) -> None:
        size = 0
        while size < MAX_HELD_BYTES and (data := self._idle.read()):
            size += len(data)
            self._idle_tail = (self._idle_tail + data)[-IDLE_TAIL_BYTES:]
            self._idle_text = (self._idle_text + data)[-MAX_HELD_BYTES:]
            if self._follower is not None:
                self._follower(data)

    def take_idle_text(self) -> bytes:
        """Return what was printed to the idle terminal since the last call, or its end."""
        self._read_idle()
        text, self._idle_text = self._idle_text, b""
        return text

    def _read_terminal(self) -> None:
        written = b""
        while len(written) < MAX_HELD_BYTES and (data := self._terminal.read()):
            written += data
        for piece in self._marks.feed(written) if written else ():
            if isinstance(piece, Mark):
                if piece.kind is MarkKind.STARTED:
                    self._listener(BlockStarted())
            # The terminal wakes the shell before it echoes the line, so the echo may come
            # after the start mark.
            elif text := self._echo.feed(piece):
                self._show(text)

    def _show(self, text: bytes) -> None:
        if self._follower is None:
            self._listener(TerminalText(text))
        else:
            self._follower(text)

    def end_block(self) -> None:
        """Pass on what was held back because it could have been the beginning of the echo."""
        if text := self._echo.release():
            self._listener(TerminalText(text))

    def startup_output(self) -> str:
        """Return the end of what the idle shell has printed."""
        self.read()
        return self._idle_tail.decode(errors="replace").strip()[-LONGEST_STARTUP_OUTPUT:]
