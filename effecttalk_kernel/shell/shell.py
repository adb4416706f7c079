"""Shell: one running bash on its control terminal, from start to end.

Calls go down (run a block, signal it, type an answer); events come up to one listener. The
order of blocks and the restart of a shell are the session's part.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from enum import Enum, auto
from typing import Final

from effecttalk_kernel.errors import BlockError, ShellStartError
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.callbacks import Callbacks, describe_failure
from effecttalk_kernel.shell.control_terminal import ControlTerminal
from effecttalk_kernel.shell.dialects import bash
from effecttalk_kernel.shell.dialects.bash_hints import (
    INHERITED,
    Traps,
    Words,
    find_hints,
    hints_line,
    may_debug,
    may_record,
    may_replace_keywords,
)
from effecttalk_kernel.shell.events import (
    BlockEnded,
    ChannelError,
    HookStarted,
    PromptReached,
    Report,
    ShellDied,
    ShellEvent,
    ShellStarted,
    SnapshotSkipped,
    SnapshotTaken,
    read_mark,
)
from effecttalk_kernel.shell.marks import Mark, MarkReader
from effecttalk_kernel.shell.memory_file import MemoryFile
from effecttalk_kernel.shell.private_pipe import PrivatePipe
from effecttalk_kernel.shell.process import ShellProcess
from effecttalk_kernel.shell.prompt_hooks import PromptHooks
from effecttalk_kernel.shell.snapshots import SnapshotCollector
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair
from effecttalk_kernel.shell.waiting_process import (
    WaitingProcess,
    find_background_readers,
    find_server,
    find_waiting_process,
    is_reading,
)

STDOUT: Final = 1
OLDEST_BASH: Final = (4, 4)


class ShellTimeoutError(ShellStartError):
    """The shell was not ready in time; another one may be."""


class Connection(Enum):
    """What the three standard streams of a block are connected to."""

    NO_INPUT = auto()  # two block terminals, and /dev/null as input
    INPUT = auto()  # two block terminals, and the control terminal as input
    TERMINAL = auto()  # the control terminal for all three


class Shell:
    """A running shell and the channels between it and the kernel; owns both."""

    def __init__(self, process: ShellProcess, size: TerminalSize) -> None:
        self.process = process
        self.before_next_block = ""
        self.is_dead = False
        self._restored_bytes = 0
        self._has_loaded = False  # a block, since the shell was let go on
        self._is_held = False  # until the state after the block before is written
        self.nonce = nonce = secrets.token_hex(16)
        self._callbacks = Callbacks(self._callback_failed)
        self._reason = ""  # for which the shell is killed
        self._marks = MarkReader(nonce)
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._ready: asyncio.Future[ShellStarted | None] | None = None
        self._start_files: list[MemoryFile] = []
        self._block = ""
        self.reads_groups = False  # the next block is a group of the shell's own input
        self._sets_debug_trap = False  # the loaded block may
        self._definitions: bash.Part = ()  # the functions and aliases of the session
        self._unread_hints: Words = frozenset()  # of blocks whose state is not read yet
        self._traps = Traps()
        with ExitStack() as on_failure:
            self._idle = Terminal.open(size)
            on_failure.callback(self._idle.close)
            self._mark_pipe = PrivatePipe()
            on_failure.callback(self._mark_pipe.close)
            self._snapshots = SnapshotCollector(
                nonce, self._callbacks, lambda: proc.data_size(process.pid)
            )
            on_failure.callback(self._snapshots.close)
            self._go_pipe = PrivatePipe()
            on_failure.callback(self._go_pipe.close)
            self._code = MemoryFile("block")
            on_failure.pop_all()
        self._control = ControlTerminal(process.terminal, self._idle, nonce, size, self._callbacks)
        self.hooks = PromptHooks(self, nonce, size, self._callbacks)
        self.places = bash.ShellPaths(
            control=process.terminal.path,
            idle=self._idle.path,
            marks=self._mark_pipe.path,
            snapshot=self._snapshots.path,
            last_snapshot=self._snapshots.last_path,
            turns=self._snapshots.turn_path,
            go=self._go_pipe.path,
            code=self._code.path,
            kernel=self._mark_pipe.writer_path,
        )

    def begin(self, state: bytes, *, load_rc: bool, broken_hooks: Sequence[str]) -> None:
        """Let the shell read its start script, which restores *state*, if there is one.

        Without one, it reads the user's start-up files if *load_rc*, and reports its own state.
        Hooks of its prompt that begin with one of *broken_hooks* do not run.

        Raises:
            OSError: there is no memory for the script, or no descriptor.

        """
        self._restored_bytes = len(state)
        restored, return_trap = bash.split_trap(state, "RETURN")
        restored, debug_trap = bash.split_trap(restored, "DEBUG")
        script = bash.start_script(
            self.places,
            self.nonce,
            load_rc=load_rc,
            restore=self._start_file("restore", restored) if restored else "",
            debug_trap=debug_trap.decode(errors="surrogateescape").rstrip("\n"),
            broken_hooks=broken_hooks,
        )
        line = bash.source_line(
            self._start_file("start", script.encode(errors="surrogateescape")),
            then=self._start_file("return_trap", return_trap) if return_trap else "",
            tells_state=not state,
        )
        if state:
            self.before_next_block = bash.exit_trap_line(state)
        self._control.type(line)

    def _start_file(self, name: str, content: bytes) -> str:
        file = MemoryFile(name)
        self._start_files.append(file)
        file.write(content)
        return file.path

    def attach(self, listener: Callable[[ShellEvent], None]) -> None:
        """Read from the shell in the running event loop, and pass its events to *listener*."""
        self._listener = listener
        self._control.listen(self._tell)
        self._ready = asyncio.get_running_loop().create_future()
        self._snapshots.attach(self._take_snapshot)
        self._callbacks.add_reader(self._mark_pipe.descriptor, self.read_marks)
        self._callbacks.add_reader(self.process.pidfd, self._reap)
        self.hooks.begin()  # its start-up files may ask the terminal, too

    async def wait_until_ready(self, timeout_seconds: float) -> None:
        """Wait until the start script has ended.

        Raises:
            ShellStartError: it takes too long, the shell ended, or it is too old.

        """
        assert self._ready is not None
        try:
            async with asyncio.timeout(timeout_seconds):
                started = await asyncio.shield(self._ready)
        except TimeoutError:
            raise ShellTimeoutError(
                f"the shell was not ready after {timeout_seconds:g} s (process_spawn_timeout)"
                f"{self._startup_output()}"
            ) from None
        if started is None:
            why = f": {self._reason}" if self._reason else ""
            raise ShellStartError(f"the shell ended while it started{why}{self._startup_output()}")
        if started.version < OLDEST_BASH:
            raise ShellStartError(
                f"bash {'.'.join(map(str, started.version))} is too old: set EFFECTTALK_SHELL to"
                " the path of bash 4.4 or newer"
            )

    def find_hints(self, code: str) -> Words:
        """Return the hints in *code*, and in the functions and aliases that it mentions."""
        return find_hints(code, self._definitions) | self._unread_hints

    def load(self, code: str, preamble: str = "", instead: str = "") -> None:
        """Write the code of the next block to the code file.

        *preamble* runs before it, and *instead* runs in its place.

        Raises:
            BlockError: it cannot be written; the shell is unchanged.

        """
        if self.settings is not None:
            self._note_traps(self.settings)
        try:
            hints = self.find_hints(code)
            self._sets_debug_trap = may_debug(hints)
            self._unread_hints = hints & INHERITED
            before = self.before_next_block + hints_line(hints, self._traps) + preamble
            content = bash.encode_code(
                code,
                before,
                instead,
                sets_debug_trap=self._sets_debug_trap,
                allows_tail=not (may_replace_keywords(hints) or may_record(hints)),
            )
            self._code.write(content)
            self._block = code
            self.reads_groups = False
        except ValueError as error:
            raise BlockError(str(error)) from error
        except OSError as error:
            raise BlockError(
                f"no memory for the block's code ({error.strerror}): end programs that use a lot"
            ) from error
        self.before_next_block = ""
        self._has_loaded = True

    def run(
        self,
        number: int,
        pair: TerminalPair,
        connection: Connection,
        *,
        is_merged: bool = False,
        reports: str = "",
    ) -> None:
        """Run the loaded block; its terminals must be held.

        *is_merged*: standard error goes to the terminal of standard output. With the path of a
        pipe for *reports*, the block is a job, for which the shell does not wait.
        """
        self.read_terminals()
        control, is_terminal = self.places.control, connection is Connection.TERMINAL
        errors = pair.stdout if is_merged else pair.stderr
        streams = bash.redirect(
            bash.NULL_INPUT if connection is Connection.NO_INPUT else control,
            control if is_terminal else pair.stdout.path,
            control if is_terminal else errors.path,
            is_piped=pair.is_piped and not is_terminal,
        )
        if self.reads_groups:
            script = bash.traced_script(
                self._block, number, streams, control, sets_debug_trap=self._sets_debug_trap
            )
            file = self._start_file("block", script.encode(errors="surrogateescape"))
            line = bash.traced_line(number, file)
        else:
            line = bash.block_line(number, streams, reports)
        if is_terminal:
            self.process.terminal.translate_line_ends()
            self._control.watch()
        self._control.type(line)
        if self.is_state_pending:
            # It is complete when the shell reads the line, and now the kernel has time for it.
            self._callbacks.call_soon(self.read_snapshot)

    @property
    def size(self) -> TerminalSize:
        """The size of the control terminal while no program has another one."""
        return self._control.size

    def resize(self, size: TerminalSize) -> None:
        """Change the size of the control terminal, until the block has ended."""
        self._control.resize(size)

    def watch_terminal(self) -> None:
        """Read the control terminal whenever it has output, for a program that uses it."""
        self._control.watch()

    def unwatch_terminal(self) -> None:
        """Undo `watch_terminal`."""
        self._control.unwatch()

    def proceed(self) -> None:
        """Let the shell go back to its prompt, after dropping unread input."""
        self._control.unwatch()
        self.process.terminal.reset()
        self.release()

    def release(self) -> None:
        """End the shell's wait after a block; keep unread input."""
        if self.hooks.is_expected:
            self.hooks.begin()
        self._is_held = True
        self._snapshots.expect_settings()
        self._snapshots.call_when_free(self._let_go)

    def _let_go(self) -> None:
        if not self.is_dead:
            is_large = self._snapshots.predict_large_state()
            try:
                self._snapshots.collect(is_forked=is_large)
            except OSError:  # no descriptor is free: those of the states before will be
                self._snapshots.call_when_read(self._let_go)
                return
            self._go_pipe.write(b"large\n" if is_large else b"\n")
        self._is_held = self._has_loaded = False

    @property
    def is_state_pending(self) -> bool:
        """Whether a state of the shell is not read yet."""
        return self._snapshots.is_pending

    @property
    def state_writers(self) -> Iterator[int]:
        """The children of the shell that write its states, or wait for their turn."""
        return self._snapshots.writers

    def skip_waiting_states(self) -> None:
        """Read no more of the states that wait for their turn, except the newest."""
        self._snapshots.skip_waiting()

    async def wait_for_settings(self) -> None:
        """Wait until options, traps and jobs after the last block are known."""
        await self._snapshots.wait_for_settings()

    @property
    def settings(self) -> bash.Snapshot | None:
        """Options, traps and jobs after the last block, while a child writes the rest."""
        return self._snapshots.settings

    def has_dropped_block(self) -> bool:
        """Return whether the shell has left the running block without an end mark.

        After an interrupt, bash drops the rest of the line, with the end mark: its standard
        output is the idle terminal again, instead of the block's.
        """
        stdout = proc.open_file(self.process.pid, STDOUT)
        return stdout == self.places.idle and not self._is_held

    def is_at_prompt(self) -> bool:
        """Return whether the shell itself waits for its next line."""
        waiting = self.find_waiting_process()
        return waiting is not None and waiting.pid == self.process.pid

    def awaits_release(self) -> bool:
        """Return whether the shell waits for `release`, so that its end mark is written."""
        pipe = proc.open_file(os.getpid(), self._go_pipe.descriptor)
        return is_reading(self.process.pid, pipe)

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

    def find_waiting_process(self, others: Sequence[Terminal] = ()) -> WaitingProcess | None:
        """Return the foreground process that waits for input from its terminal or *others*."""
        control = self.process.terminal
        # Looked at first: what was typed may be read while the processes are looked at, and
        # the one that reads it would seem to wait for more.
        paths = [each.path for each in (control, *others) if not each.has_unread_input()]
        if not paths:
            return None
        return find_waiting_process(
            self.process.pid, control.foreground(), paths, self.places.control
        )

    def find_server(self, others: Sequence[Terminal] = ()) -> WaitingProcess | None:
        """Return a process that is not of the shell and waits for input from its terminals."""
        paths = [each.path for each in (self.process.terminal, *others)]
        return find_server(self.process.pid, paths, {os.getpid()})

    def find_background_readers(self, terminals: Sequence[Terminal]) -> dict[int, WaitingProcess]:
        """Return a process of each background job that reads one of *terminals*, by its group."""
        group = self.process.terminal.foreground()
        return find_background_readers(self.process.pid, group, [each.path for each in terminals])

    def close(self) -> None:
        """Stop reading and close everything; a process that still runs gets a hang-up."""
        if self._ready is not None:
            self._callbacks.remove_reader(self._mark_pipe.descriptor)
            self._callbacks.remove_reader(self.process.pidfd)
            self.hooks.stop()
            self._control.unwatch()
            self._ready.cancel()
            self._ready = None
        self.process.close()
        self._idle.close()
        for opened in (self._mark_pipe, self._snapshots, self._go_pipe, self._code):
            opened.close()
        self._close_start_files()

    def _close_start_files(self) -> None:
        while self._start_files:
            self._start_files.pop().close()

    def read_terminals(self) -> None:
        """Pass on what programs have written to the control terminal."""
        self._control.read()

    def take_idle_text(self) -> bytes:
        """Return what was printed to the idle terminal since the last call, or its end."""
        return self._control.take_idle_text()

    def read_marks(self) -> None:
        """Read the marks that the shell has written."""
        for piece in self._marks.feed(self._mark_pipe.read()):
            # Pass on what was written before the mark first.
            self.read_terminals()
            try:
                if isinstance(piece, Mark):
                    self._handle(read_mark(piece))
                elif self._marks.is_damaged(piece):
                    raise ChannelError(f"it wrote a damaged mark of {len(piece):,} bytes")
            except ChannelError as error:
                self.fail(str(error))
                return  # what follows may be wrong, too

    def _handle(self, event: Report) -> None:
        match event:
            case ShellStarted():
                self._handle_start(event)
            case HookStarted(text):
                self.hooks.note(text)
            case PromptReached():
                self.hooks.end()
            case BlockEnded(leaving=leaving):
                self._control.end_block()
                self._close_start_files()
                self._listener(event)
                if leaving:  # it does not wait for `release`
                    self._snapshots.collect_last()

    def _handle_start(self, event: ShellStarted) -> None:
        if self._ready is not None and not self._ready.done():
            if not self.hooks.is_expected:
                self.hooks.end()
            self._ready.set_result(event)
            self._listener(event)
            self._snapshots.note_size(self._restored_bytes)
            if not self._restored_bytes:
                self._snapshots.collect()

    @property
    def is_lost(self) -> bool:
        """Whether the shell is being killed: its block ends with it."""
        return bool(self._reason)

    def fail(self, reason: str) -> None:
        """Kill the shell, because for this *reason* it cannot run blocks any more."""
        self._reason = self._reason or reason
        if not self.is_dead:
            self.process.send(signal.SIGKILL)

    def _callback_failed(self, error: Exception) -> None:
        """Kill the shell, so that its end is what its listener waits for."""
        self.fail(str(error) if isinstance(error, ChannelError) else describe_failure(error))

    def read_snapshot(self) -> None:
        """Read what the shell has written of a snapshot."""
        try:
            self._snapshots.read()
        except ChannelError as error:
            self.fail(str(error))

    def _take_snapshot(self, event: SnapshotTaken | SnapshotSkipped) -> None:
        # A state may be older than what a block has set.
        if isinstance(event, SnapshotTaken) and not (self._has_loaded or self.is_state_pending):
            self._note_traps(event.snapshot)
            self._definitions = event.snapshot.parts[1]
            self._unread_hints = frozenset()
        self._listener(event)

    def _note_traps(self, state: bash.Snapshot) -> None:
        settings = state.settings
        self.before_next_block = bash.exit_trap_line(settings) + bash.debug_trap_line(settings)
        self._traps = bash.other_traps(settings)

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
        ending = self.process.ending()
        if ending is None:
            return
        self._callbacks.remove_reader(self.process.pidfd)
        self.is_dead = True
        for read in (self.read_marks, self.read_terminals, self.read_snapshot):
            self._callbacks.run(read)
        self.hooks.stop()
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        self._snapshots.end(lambda: self._listener(ShellDied(ending, self._reason)))

    def _tell(self, event: ShellEvent) -> None:
        self._listener(event)

    def _startup_output(self) -> str:
        text = self._control.startup_output()
        return f"; its start-up files printed: {text}" if text else ""

    def __repr__(self) -> str:
        return f"<Shell {self.process!r}>"
