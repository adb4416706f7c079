"""Shell: one running bash on its control terminal, from start to end.

Calls go down (run a block, signal it, type an answer); events come up to one listener. The
order of blocks and the restart of a shell are the session's part.
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
from effecttalk_kernel.shell import proc
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
from effecttalk_kernel.shell.prompt_hooks import PromptHooks
from effecttalk_kernel.shell.snapshots import SnapshotCollector
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair
from effecttalk_kernel.shell.waiting_process import WaitingProcess, find_waiting_process

STDOUT: Final = 1
OLDEST_BASH: Final = (4, 4)
# The FIFO in the runtime directory to which background blocks report their end.
REPORTS: Final = "reports"


class Connection(Enum):
    """What the three standard streams of a block are connected to."""

    NO_INPUT = auto()  # two block terminals, and /dev/null as input
    INPUT = auto()  # two block terminals, and the control terminal as input
    TERMINAL = auto()  # the control terminal for all three


class Shell:
    """A running shell; its files are in a directory with mode 0700."""

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
        self.hooks = PromptHooks(self, nonce, size)
        self.places = bash.ShellPaths(
            control=process.terminal.path,
            idle=self._idle.path,
            marks=marks,
            snapshot=snapshot,
            go=go,
            code=self._code.path,
            reports=str(directory.parent / REPORTS),
        )

    def begin(self, script: Path, state: bytes, return_trap: Path | None) -> None:
        """Let the shell read *script*, which restores *state*; without one it reports its own.

        The file *return_trap* has the command for the state's RETURN trap, if there is one.
        """
        self.is_restored = bool(state)
        if state:
            self.before_next_block = bash.exit_trap_line(state)
        then = "" if return_trap is None else str(return_trap)
        self._control.type(bash.source_line(str(script), then=then, tells_state=not state))

    def attach(self, listener: Callable[[ShellEvent], None]) -> None:
        """Read from the shell in the running event loop, and pass its events to *listener*."""
        loop = asyncio.get_running_loop()
        self._listener = listener
        self._control.listen(self._tell)
        self._ready = loop.create_future()
        self._snapshots.attach(self._take_snapshot)
        loop.add_reader(self._mark_fifo.descriptor, self.read_marks)
        loop.add_reader(self.process.pidfd, self._reap)
        self.hooks.begin()  # its start-up files may ask the terminal, too

    async def wait_until_ready(self, timeout_seconds: float) -> None:
        """Wait until the start script has ended.

        Raises:
            ShellStartError: it takes too long, the shell ended, or it is too old.

        """
        assert self._ready is not None
        try:
            async with asyncio.timeout(timeout_seconds):
                mark = await asyncio.shield(self._ready)
        except TimeoutError:
            raise ShellStartError(
                f"the shell was not ready after {timeout_seconds:g} s (process_spawn_timeout)"
                f"{self._startup_output()}"
            ) from None
        if mark is None:
            raise ShellStartError(f"the shell ended while it started{self._startup_output()}")
        version = tuple(int(part) for part in mark.fields[0].split("(")[0].split(".")[:2])
        if version < OLDEST_BASH:
            raise ShellStartError(
                f"bash {mark.fields[0]} is too old: set EFFECTTALK_SHELL to the path of bash 4.4"
                " or newer"
            )

    def load(self, code: str, preamble: str = "", instead: str = "") -> None:
        """Write the code of the next block to the code file.

        *preamble* runs before it, and *instead* runs in its place.

        Raises:
            BlockError: it cannot be written; the shell is unchanged.

        """
        try:
            self._code.write(bash.encode_code(code, self.before_next_block + preamble, instead))
        except ValueError as error:
            raise BlockError(str(error)) from error
        except OSError as error:
            raise BlockError(
                f"no memory for the block's code ({error.strerror}): end programs that use a lot"
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
        """Run the loaded block; its terminals must be held.

        *is_merged*: standard error goes to the terminal of standard output. *is_background*:
        the block is a job, for which the shell does not wait.
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
        """Change the size of the control terminal, until the block has ended."""
        self.process.terminal.resize(size)

    def proceed(self) -> None:
        """Let the shell go back to its prompt, after dropping unread input."""
        self._control.unwatch()
        self.process.terminal.reset()
        self.release()

    def release(self) -> None:
        """End the shell's wait after a block; keep unread input."""
        if self.hooks.is_expected:
            self.hooks.begin()
        self._go_fifo.write(b"\n")
        self._snapshots.collect()

    def has_dropped_block(self) -> bool:
        """Return whether the shell has left the running block without an end mark.

        After an interrupt, bash drops the rest of the line, with the end mark: its standard
        output is the idle terminal again, instead of the block's.
        """
        return proc.open_file(self.process.pid, STDOUT) == self.places.idle

    def is_at_prompt(self) -> bool:
        """Return whether the shell itself waits for its next line."""
        waiting = self.find_waiting_process()
        return waiting is not None and waiting.pid == self.process.pid

    def is_stopped(self) -> bool:
        """Return whether the shell is stopped, as after SIGSTOP."""
        return proc.state(self.process.pid) == "T"

    def follow(self, listener: Callable[[bytes], None] | None) -> None:
        """Pass what is written between two blocks to *listener*; None: no more."""
        self._control.follow(listener)

    def type_ending(self, number: int) -> None:
        """Type the line that ends a block whose own line bash has dropped."""
        self.process.terminal.reset()
        self._control.type(bash.ending_line(number))

    def find_waiting_process(self) -> WaitingProcess | None:
        """Return the foreground process that waits for input from the terminal."""
        terminal = self.process.terminal
        # Looked at first: what was typed may be read while the processes are looked at, and
        # the one that reads it would seem to wait for more.
        if terminal.has_unread_input():
            return None
        return find_waiting_process(self.process.pid, terminal.foreground(), self.places.control)

    def close(self) -> None:
        """Stop reading and close everything; a process that still runs gets a hang-up."""
        if self._ready is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._mark_fifo.descriptor)
            loop.remove_reader(self.process.pidfd)
            self.hooks.stop()
            self._control.unwatch()
            self._ready.cancel()
            self._ready = None
        self.process.close()
        self._idle.close()
        for opened in (self._mark_fifo, self._snapshots, self._go_fifo, self._code):
            opened.close()
        shutil.rmtree(Path(self.places.marks).parent, ignore_errors=True)

    def read_terminals(self) -> None:
        """Pass on what programs have written to the control terminal."""
        self._control.read()

    def read_marks(self) -> None:
        """Handle what the shell has reported so far."""
        for mark in self._marks.feed(self._mark_fifo.read()):
            # Pass on what was written before the mark first.
            self.read_terminals()
            if isinstance(mark, Mark):
                self._mark(mark)

    def _mark(self, mark: Mark) -> None:
        if mark.kind is MarkKind.READY and self._ready is not None and not self._ready.done():
            if not self.hooks.is_expected:
                self.hooks.end()
            self._ready.set_result(mark)
            self._listener(ShellStarted(mark.fields[1]))
            if not self.is_restored:
                self._snapshots.collect()
        elif mark.kind is MarkKind.HOOK:
            self.hooks.note(mark.fields[0])
        elif mark.kind is MarkKind.PROMPT:
            self.hooks.end()
        elif mark.kind is MarkKind.ENDED:
            self._control.end_block()
            ended = block_ended(mark)
            self._listener(ended)
            if ended.leaving:  # it does not wait for `release`
                self._snapshots.collect()

    def read_snapshot(self) -> None:
        """Read what the shell has written of a snapshot."""
        self._snapshots.read()

    def _take_snapshot(self, event: SnapshotTaken) -> None:
        self.before_next_block = bash.exit_trap_line(event.snapshot.written)
        self._listener(event)

    def retire(self, on_gone: Callable[["Shell"], None]) -> None:
        """Kill the shell without running its EXIT trap, report nothing more, and close it.

        Its background processes go on, as after any end of an interactive shell.
        """

        def hear(event: ShellEvent) -> None:
            if isinstance(event, ShellDied):
                self.close()
                on_gone(self)

        self._listener = hear
        self.process.send(signal.SIGKILL)

    def _reap(self) -> None:
        loop = asyncio.get_running_loop()
        self.read_marks()
        self.read_terminals()
        self.read_snapshot()
        ending = self.process.ending()
        if ending is None:
            return
        self.is_dead = True
        self.hooks.stop()
        loop.remove_reader(self.process.pidfd)
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        self._listener(ShellDied(ending))

    def _tell(self, event: ShellEvent) -> None:
        self._listener(event)

    def _startup_output(self) -> str:
        text = self._control.startup_output()
        return f"; its start-up files printed: {text}" if text else ""

    def __repr__(self) -> str:
        return f"<Shell {self.process!r}>"
