"""Shell: one living bash on its control terminal, from its start to its death.

Calls go down (run a block, signal it, type an answer); facts come up to one
listener as events. It knows no order of blocks and restores nothing by itself.
"""

import asyncio
import secrets
import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import BlockError, ShellStartError
from effecttalk_kernel.shell import foreground, proc
from effecttalk_kernel.shell.code_file import CodeFile
from effecttalk_kernel.shell.control_terminal import ControlTerminal
from effecttalk_kernel.shell.dialects import bash
from effecttalk_kernel.shell.events import (
    ShellDied,
    ShellEvent,
    ShellStarted,
    SnapshotTaken,
    block_ended,
)
from effecttalk_kernel.shell.fifo import Fifo
from effecttalk_kernel.shell.marks import Mark, MarkKind, MarkReader
from effecttalk_kernel.shell.process import ShellProcess
from effecttalk_kernel.shell.snapshots import SnapshotCollector
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair

STDOUT: Final = 1
OLDEST_BASH: Final = (4, 4)
# The FIFO in the runtime directory that blocks in the background report to.
REPORTS: Final = "reports"


class Connection(Enum):
    """What a block's three standard streams are connected to."""

    NO_INPUT = auto()  # two block terminals, and nothing to read
    INPUT = auto()  # two block terminals, and the control terminal to read from
    TERMINAL = auto()  # the control terminal alone


class Shell:
    """A living shell. Its files lie in a directory of its own, mode 0700."""

    def __init__(self, process: ShellProcess, directory: Path, size: TerminalSize) -> None:
        self.process = process
        self.before_next_block = ""
        self.is_dead = False
        self.is_restored = False
        self.nonce = nonce = secrets.token_hex(16)
        self._marks = MarkReader(nonce)
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._ready: asyncio.Future[Mark | None] | None = None
        marks, snapshot, go = (str(directory / name) for name in ("marks", "snapshot", "go"))
        with ExitStack() as on_failure:
            self._idle = Terminal.open(size)
            on_failure.callback(self._idle.close)
            self._mark_fifo = Fifo(marks)
            on_failure.callback(self._mark_fifo.close)
            self._snapshots = SnapshotCollector(snapshot, nonce)
            on_failure.callback(self._snapshots.close)
            self._go_fifo = Fifo(go)
            on_failure.callback(self._go_fifo.close)
            self._code = CodeFile()
            on_failure.pop_all()
        self._control = ControlTerminal(process.terminal, self._idle, nonce, size)
        self.places = bash.ShellPaths(
            control=process.terminal.path,
            idle=self._idle.path,
            marks=marks,
            snapshot=snapshot,
            go=go,
            code=self._code.path,
            reports=str(directory.parent / REPORTS),
        )

    def begin(self, script: Path, state: bytes) -> None:
        """Let the shell read *script*, which restores *state*; without one it tells its own."""
        self.is_restored = bool(state)
        if state:
            self.before_next_block = bash.exit_trap_line(state)
        self._control.type(bash.source_line(str(script), tells_state=not state))

    def attach(self, listener: Callable[[ShellEvent], None]) -> None:
        """Read from the shell in the running loop, and tell *listener* what happens."""
        loop = asyncio.get_running_loop()
        self._listener = listener
        self._control.listen(self._tell)
        self._ready = loop.create_future()
        self._snapshots.attach(self._take_snapshot)
        loop.add_reader(self._mark_fifo.descriptor, self._read_marks)
        loop.add_reader(self.process.pidfd, self._reap)

    async def ready(self, timeout_seconds: float) -> None:
        """Wait until the start script is through.

        Raises:
            ShellStartError: it is not in time, the shell ended, or it is too old.

        """
        assert self._ready is not None
        try:
            async with asyncio.timeout(timeout_seconds):
                mark = await asyncio.shield(self._ready)
        except TimeoutError:
            raise ShellStartError(
                f"the shell was not ready after {timeout_seconds:g} s (process_spawn_timeout)"
                f"{self._last_words()}"
            ) from None
        if mark is None:
            raise ShellStartError(f"the shell ended while it started{self._last_words()}")
        version = tuple(int(part) for part in mark.fields[0].split("(")[0].split(".")[:2])
        if version < OLDEST_BASH:
            raise ShellStartError(
                f"bash {mark.fields[0]} is too old, 4.4 or newer is needed: set EFFECTTALK_SHELL"
                " to the path of one"
            )

    def load(self, code: str, preamble: str = "", instead: str = "") -> None:
        """Put the code of the next block where the shell reads it.

        *preamble* is run before it, and *instead* in its place.

        Raises:
            BlockError: it can't be handed over; the shell is as it was.

        """
        try:
            self._code.write(bash.encode_code(code, self.before_next_block + preamble, instead))
        except ValueError as error:
            raise BlockError(str(error)) from error
        except OSError as error:
            raise BlockError(
                f"no memory for the block's code ({error.strerror}): end programs that use much"
            ) from error
        self.before_next_block = ""

    def run(
        self,
        number: int,
        pair: TerminalPair,
        connection: Connection,
        *,
        is_merged: bool = False,
        is_background: bool = False,
    ) -> None:
        """Let the shell run the block that was loaded; its terminals must be held.

        *is_merged*: standard error goes to the terminal of standard output. *is_background*:
        the block is a job, which the shell does not wait for.
        """
        self.read_terminals()
        control, is_terminal = self.places.control, connection is Connection.TERMINAL
        errors = pair.stdout if is_merged else pair.stderr
        line = bash.block_line(
            number,
            stdin=bash.NULL_INPUT if connection is Connection.NO_INPUT else control,
            stdout=control if is_terminal else pair.stdout.path,
            stderr=control if is_terminal else errors.path,
            is_piped=pair.is_piped and not is_terminal,
            is_background=is_background,
        )
        if is_terminal:
            self._control.watch()
        self._control.type(line)

    def resize(self, size: TerminalSize) -> None:
        """Give the control terminal another size, until the block has ended."""
        self.process.terminal.resize(size)

    def proceed(self) -> None:
        """Let the shell go back to its prompt, with nothing left to read there."""
        self._control.unwatch()
        self.process.terminal.reset()
        self.release()

    def release(self) -> None:
        """End the shell's wait after a block; what is typed already stays."""
        self._go_fifo.write(b"\n")
        self._snapshots.collect()

    def has_thrown_block_away(self) -> bool:
        """Whether the shell has left the running block without an end mark.

        While a block runs, its standard output is a block terminal; after an
        interrupt, bash drops the rest of the line and is idle again.
        """
        return proc.open_file(self.process.pid, STDOUT) == self.places.idle

    def is_at_prompt(self) -> bool:
        """Whether the shell itself waits for its next line."""
        waiting = self.waiting_process()
        return waiting is not None and waiting.pid == self.process.pid

    def is_stopped(self) -> bool:
        """Whether the shell does nothing after SIGSTOP."""
        return proc.state(self.process.pid) == "T"

    def type_ending(self, number: int) -> None:
        """Type the line that ends a block which was thrown away."""
        self.process.terminal.reset()
        self._control.type(bash.ending_line(number))

    def waiting_process(self) -> foreground.WaitingProcess | None:
        """Return the foreground process that waits for input from the terminal."""
        terminal = self.process.terminal
        # Looked at first: what was typed may be read while the processes are looked at, and
        # the one that reads it would seem to wait for more.
        if terminal.unread_bytes():
            return None
        return foreground.waiting_process(
            self.process.pid, terminal.foreground(), self.places.control
        )

    def close(self) -> None:
        """Stop reading and close everything; a process that still lives gets a hang-up."""
        if self._ready is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._mark_fifo.descriptor)
            loop.remove_reader(self.process.pidfd)
            self._control.unwatch()
            self._ready.cancel()
            self._ready = None
        self.process.close()
        self._idle.close()
        for opened in (self._mark_fifo, self._snapshots, self._go_fifo, self._code):
            opened.close()
        shutil.rmtree(Path(self.places.marks).parent, ignore_errors=True)

    def read_terminals(self) -> None:
        """Pass on what programs wrote to the control terminal so far."""
        self._control.read()

    def _read_marks(self) -> None:
        for mark in self._marks.feed(self._mark_fifo.read()):
            # What was written before the mark is read before it is told.
            self.read_terminals()
            if isinstance(mark, Mark):
                self._mark(mark)

    def _mark(self, mark: Mark) -> None:
        if mark.kind is MarkKind.READY and self._ready is not None and not self._ready.done():
            self._ready.set_result(mark)
            self._listener(ShellStarted(mark.fields[1]))
            if not self.is_restored:
                self._snapshots.collect()
        elif mark.kind is MarkKind.ENDED:
            self._control.end_block()
            ended = block_ended(mark)
            self._listener(ended)
            if ended.leaving:  # it waits for nobody
                self._snapshots.collect()

    def read_snapshot(self) -> None:
        """Take what the shell has written of a snapshot."""
        self._snapshots.read()

    def _take_snapshot(self, event: SnapshotTaken) -> None:
        self.before_next_block = bash.exit_trap_line(event.snapshot.written)
        self._listener(event)

    def retire(self, on_gone: Callable[["Shell"], None]) -> None:
        """End it at once, without its EXIT trap, and tell nothing more; it closes itself.

        Its background processes live on, as after any end of an interactive shell.
        """

        def hear(event: ShellEvent) -> None:
            if isinstance(event, ShellDied):
                self.close()
                on_gone(self)

        self._listener = hear
        self.process.send(signal.SIGKILL)

    def _reap(self) -> None:
        loop = asyncio.get_running_loop()
        self._read_marks()
        self.read_terminals()
        self.read_snapshot()
        ending = self.process.ending()
        if ending is None:
            return
        self.is_dead = True
        loop.remove_reader(self.process.pidfd)
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        self._listener(ShellDied(ending))

    def _tell(self, event: ShellEvent) -> None:
        self._listener(event)

    def _last_words(self) -> str:
        words = self._control.last_words()
        return f"; its start-up files printed: {words}" if words else ""

    def __repr__(self) -> str:
        return f"<Shell {self.process!r}>"
