"""ShellSession: the blocks of one notebook, in order, in a shell that is replaced when it dies.

Commands come as calls; facts go to the observer as events. This module knows nothing of
Jupyter: the kernel decides what becomes of output, questions and results.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from signal import Signals
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import (
    KILLED,
    Block,
    Ended,
    Launched,
    Outcome,
    Refused,
    Result,
    RunSpec,
    SessionClosed,
    ShellFate,
    State,
    advance,
)
from effecttalk_kernel.errors import BlockError, EffectTalkError
from effecttalk_kernel.session.background import BackgroundBlocks
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    CellRequest,
    Finished,
    Notice,
    Observers,
    OutputRead,
    Started,
)
from effecttalk_kernel.session.session_end import end_processes
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.session.state_saver import SAVING_SECONDS, StateListener, StateSaver
from effecttalk_kernel.shell import process_tree
from effecttalk_kernel.shell.callbacks import Callbacks, describe_failure
from effecttalk_kernel.shell.dialects.bash import (
    Snapshot,
    borrowed_settings_lines,
    can_be_group,
    export_line,
    is_blank,
)
from effecttalk_kernel.shell.dialects.bash_hints import (
    Words,
    may_change_traps,
    may_replace_keywords,
    may_trace,
)
from effecttalk_kernel.shell.events import (
    BlockEnded,
    BlockStarted,
    ShellDied,
    ShellEvent,
    ShellStarted,
    SnapshotSkipped,
    SnapshotTaken,
    TerminalText,
)
from effecttalk_kernel.shell.open_files import open_files
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair, TerminalPool

if TYPE_CHECKING:
    from effecttalk_kernel.session.running_block import Run, SharedByRuns
    from effecttalk_kernel.session.scripts import ScriptFiles

# A shell that dies before it begins a block (TMOUT, PROMPT_COMMAND=exit) has run nothing
# of it, so the next shell may run it; four deaths in a row are not an accident.
MAX_STARTS: Final = 4
STATE_LOST: Final = (
    "effecttalk: the shell ended before it could save its state; the new one has the state"
    " from before this block"
)
NO_REQUEST: Final = CellRequest()


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session behaves."""

    identity: str
    supervisor: SupervisorOptions
    interrupt_grace_seconds: float
    spare_terminals: int = 1  # pairs of terminals that are kept ready
    continues: str = ""  # the block of another session whose state this one begins with


class ShellSession:
    """Blocks in order, one of them running at a time; owns the shell and the terminals."""

    def __init__(
        self,
        options: SessionOptions,
        supervisor: ShellSupervisor,
        on_state: StateListener = lambda _number, _state: None,
    ) -> None:
        self._options = options
        self.observers = Observers(lambda block, text: self.observers.tell(block, Notice(text)))
        self._callbacks = Callbacks(self._fail)
        self._supervisor = supervisor
        supervisor.listen(partial(self._callbacks.run, self._handle))
        self._pool = TerminalPool(options.supervisor.shell.size, options.spare_terminals)
        self._state_saver = StateSaver(supervisor, on_state)
        self.background = BackgroundBlocks(
            supervisor,
            self.observers.tell,
            grace_seconds=options.interrupt_grace_seconds,
        )
        self._run: Run | None = None  # the block that runs
        self._ended: Run | None = None  # the last one, until the shell is ready for the next
        self._count = 0
        self._changes_settings = False  # the last block may have changed traps or `set -x`
        self._shell_wait: asyncio.Future[Shell] | None = None
        self._is_closing = False
        self._is_viewed = False
        self.cwd = options.supervisor.shell.cwd
        self.on_moved: Callable[[], None] = lambda: None  # by a new shell, not by a block

    # State.

    @property
    def count(self) -> int:
        """How many blocks have started."""
        return self._count

    @property
    def is_running(self) -> bool:
        """Whether a block runs."""
        return self._run is not None

    @property
    def is_on_terminal(self) -> bool:
        """Whether the running block has a terminal that a client may show."""
        return self._run is not None and (self._run.spec.tty or self._run.program.is_open)

    @property
    def shells(self) -> tuple[int, ...]:
        """The shells so far that have processes; each led a session of them, setsid(2)."""
        return tuple(self._supervisor.sessions)

    @property
    def open_files(self) -> dict[int, str]:
        """The files that the living shell holds open above stderr, by descriptor."""
        shell = self._supervisor.shell
        return {} if shell is None else open_files(shell.process.pid)

    @property
    def known_state(self) -> Snapshot:
        """The newest saved state; the last block may have changed it since."""
        return self._supervisor.snapshot

    async def state(self) -> Snapshot:
        """Return the state after the last block; wait while the shell writes it."""
        if self._count == 0:
            self._supervisor.prepare()
        if self._run is None:
            self._tidy_up()
        await self._state_saver.wait()
        return self._supervisor.snapshot

    def restore(self, state: Snapshot) -> None:
        """After the running block, replace the shell with one that starts from *state*.

        The old shell ends without its EXIT trap; its background processes live on.
        """
        self._state_saver.request(state)
        if self._run is None:
            self._tidy_up()
            self._state_saver.restore(self._count)

    def prepare(self) -> None:
        """Get ready what the first block needs: a shell, its state, terminals."""
        if not self._is_closing:
            self._supervisor.prepare()
            if self._count == 0:
                # Before a client has its first answer, importing what a run needs would delay that.
                import effecttalk_kernel.session.running_block  # noqa: F401

                self._pool.fill()

    # Blocks.

    async def run(
        self, code: str, spec: RunSpec, request: CellRequest = NO_REQUEST
    ) -> Block | None:
        """Run one block and return it when its own commands are done.

        Return None if the code holds no command.

        Raises:
            ShellStartError: there is no shell and none can be started.
            TerminalError: no pseudo-terminal is free.
            BlockError: the code cannot be handed to the shell.

        """
        if is_blank(code):
            return None
        self._tidy_up()
        if self._changes_settings:
            # The last block may have set an EXIT trap; the hook that saves the state is added to
            # that trap when the shell has written its settings, which also tell of `set -x`.
            await self._wait_for_settings()
        shell = await self._wait_for_shell()
        if not self._count:  # start-up files may have set an EXIT trap, too
            await self._wait_for_settings()
        hints = shell.find_hints(code)
        if may_change_traps(hints):  # and list those that bash hides from functions
            await self._wait_for_settings()
        is_group = await self._is_group(code, spec, hints)
        shell = await self._wait_for_shell()
        reports = self.background.open() if spec.is_background else ""
        pair = self._pool.acquire(is_piped=bool(spec.mime))
        try:
            self._load(shell, code, spec, self._count + 1)
            self._changes_settings = may_change_traps(hints) or may_trace(hints)
            shell.reads_groups = is_group
        except Exception:
            pair.close()
            raise
        block = self._new_block(code, spec, shell_pid=shell.process.pid)
        run = self._run = self._new_run(block, shell, pair)
        # Observers know the block before it can do anything.
        self.observers.tell(block, Started(request))
        run.callbacks.run(self._start, run, reports)
        if spec.notice:
            self.observers.tell(block, Notice(f"effecttalk: {spec.notice}"))
        for warning in (*self._supervisor.take_warnings(), shell.hooks.take_message()):
            if warning:
                self.observers.tell(block, Notice(f"effecttalk: {warning}"))
        return await run.done

    def _new_run(self, block: Block, shell: Shell, pair: TerminalPair) -> "Run":
        from effecttalk_kernel.session.running_block import Run

        run = Run(
            block,
            shell,
            pair,
            jobs=lambda: self._supervisor.settings.jobs,
            take_news=self._take_job_news,
            tell=self.observers.tell,
            on_hangup=self._handle_hangup,
            on_failure=self._handle_failure,
            grace_seconds=self._options.interrupt_grace_seconds,
            order=self._shared.watch_order(pair, shell, block.spec),
            earlier=lambda: self.background.runs,
            saved_screens=self._shared.saved_screens,
            on_late_output=self._find_resumed_jobs,
        )
        run.program.is_viewed = self._is_viewed
        return run

    @cached_property
    def _shared(self) -> "SharedByRuns":
        from effecttalk_kernel.session.running_block import SharedByRuns

        return SharedByRuns()

    def refuse(self, code: str, spec: RunSpec, request: CellRequest, problem: str) -> Block:
        """Return the block for *code*, refused for the reason *problem*; nothing runs."""
        block = self._new_block(code, spec)
        self.observers.tell(block, Started(request))
        block = advance(block, Refused(problem))
        self.observers.tell(block, Finished())
        return block

    def replay(
        self,
        code: str,
        spec: RunSpec,
        request: CellRequest,
        output: Iterable[tuple[str, bytes]],
        result: Result,
        original: str,
    ) -> Block:
        """Return the block for *code* with output and result of the block *original*."""
        block = self._new_block(code, spec, original=original)
        self.observers.tell(block, Started(request))
        for stream, data in output:
            self.observers.tell(block, OutputRead(Stream(stream), data))
        block = advance(block, Ended(result, time.time(), self.cwd))
        self.observers.tell(block, Finished())
        return block

    def _new_block(
        self, code: str, spec: RunSpec, *, original: str = "", shell_pid: int = 0
    ) -> Block:
        self._count += 1
        return Block(
            session=self._options.identity,
            number=self._count,
            code=code,
            started=time.time(),
            cwd_before=spec.cwd or self.cwd,
            spec=spec,
            original=original,
            shell_pid=shell_pid,
        )

    async def _wait_for_settings(self) -> None:
        """Wait until options and traps after the last block are known, for a short time at most."""
        if self._supervisor.shell is None:
            await self._state_saver.wait()
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._supervisor.shell.wait_for_settings(), SAVING_SECONDS)

    async def _is_group(self, code: str, spec: RunSpec, hints: Words) -> bool:
        """Return whether the shell reads the block as a group, which traces it as in a terminal."""
        traces = may_trace(hints) or self._supervisor.settings.is_traced
        if not traces or spec.is_background or spec.program or not can_be_group(code):
            return False
        if may_replace_keywords(hints):
            return False
        # Imported here: few blocks are traced.
        from effecttalk_kernel.shell.syntax import is_valid

        return await is_valid(self._options.supervisor.shell.program, code)

    async def _wait_for_shell(self) -> Shell:
        """Return the shell when the hooks of its prompt have ended."""
        shell = self._supervisor.shell
        if shell is not None and not shell.hooks.is_running:
            return shell
        self._shell_wait = asyncio.ensure_future(self._find_shell())
        try:
            return await asyncio.shield(self._shell_wait)
        except asyncio.CancelledError:
            if self._shell_wait.cancelled():
                raise BlockError(
                    "interrupted before the shell was ready: run the cell again"
                ) from None
            raise
        finally:
            self._shell_wait = None

    async def _find_shell(self) -> Shell:
        while True:
            shell = await self._supervisor.get()
            await shell.hooks.wait()
            if shell is self._supervisor.shell:
                return shell

    @cached_property
    def _scripts(self) -> "ScriptFiles":
        # Imported here: few blocks are run by another program.
        from effecttalk_kernel.session.scripts import ScriptFiles

        return ScriptFiles(self._options.supervisor.runtime_directory / "scripts")

    def _load(self, shell: Shell, code: str, spec: RunSpec, number: int) -> None:
        """Hand the code of a block to *shell*.

        Raises:
            BlockError: it cannot be handed over.

        """
        instead = self._scripts.line(spec.program, number, code) if spec.program else ""
        before = export_line(spec.exports) + borrowed_settings_lines(
            spec.cwd, spec.env, is_strict=spec.is_strict
        )
        shell.load(code, before, instead)

    def _start(self, run: "Run", reports: str) -> None:
        if reports:
            self.background.expect_report(run)
        run.start(reports)

    # What a user does to the running block; without one, nothing happens.

    def interrupt(self) -> None:
        """Stop the running block, or the one that waits for a shell.

        Called again, take the next harder step at once.
        """
        if self._shell_wait is not None:
            self._shell_wait.cancel()
        if self._run is not None:
            self._run.interrupter.interrupt(self._options.interrupt_grace_seconds)

    def signal(self, number: Signals) -> None:
        """Send one signal to the foreground of the running block."""
        if self._run is not None:
            self._run.interrupter.signal(number, self._options.interrupt_grace_seconds)

    def _find_resumed_jobs(self) -> None:
        """Find out whether the running block continues a job of an earlier one."""
        if self._run is not None:
            self._run.find_resumed_jobs()

    def press(self, keys: bytes) -> None:
        """Type keys on the terminal of the running block."""
        if self._run is not None:
            self._run.input.press(keys)

    def resize(self, size: TerminalSize) -> None:
        """Resize the terminal of the running block."""
        if self._run is not None:
            self._run.program.resize(size)

    def view(self, *, is_viewed: bool) -> None:
        """Note whether a client shows the terminals of blocks that have one."""
        self._is_viewed = is_viewed
        if self._run is not None:
            self._run.program.is_viewed = is_viewed

    def forget_viewers(self, *, are_gone: bool) -> None:
        """Close the terminal of a program because no client shows it.

        If the clients *are_gone* that did, nothing answers the block any more.
        """
        if self._run is not None:
            self._run.program.is_viewed = False
            self._run.program.close()
            if are_gone:
                self._run.input.give_up()

    def answer(self, text: str) -> None:
        """Type the user's answer for the process that waits for input."""
        if self._run is not None:
            self._run.input.answer(text)

    def end_of_file(self) -> None:
        """Give the process that waits for input an end of file."""
        if self._run is not None:
            self._run.input.end_of_file()

    def give_up_asking(self) -> None:
        """Continue headless because the front end cannot be reached."""
        if self._run is not None:
            self._run.input.give_up()

    # What the shell reports.

    def _handle(self, event: ShellEvent) -> None:
        run = self._run
        if isinstance(event, SnapshotTaken | SnapshotSkipped):
            self._state_saver.note_state()
        elif isinstance(event, ShellDied):
            self._state_saver.end_wait()
        match event:
            case ShellStarted(cwd=cwd) if run is None or not run.has_begun:
                self._handle_start(cwd)
            case SnapshotTaken(number, state):
                self._handle_state(number, state)
            case BlockEnded():
                self._handle_block_end(event)
            case ShellDied():
                self._handle_death(event)
            case BlockStarted() if run is not None:
                run.begin()
            case TerminalText(data) if run is not None and run.has_begun:
                run.terminal_text(data)

    def _handle_start(self, cwd: str) -> None:
        has_moved, self.cwd = cwd != self.cwd, cwd
        self._state_saver.save_initial()
        if has_moved:
            self.on_moved()

    def _handle_state(self, number: int, state: Snapshot) -> None:
        run = self._run
        if run is not None and run.block.number == number:
            run.state_is_saved = True
        if number == 0:  # the initial state of a shell, which need not be the first one
            number = self._count if run is None else self._count - 1
        self._state_saver.save(number, state)

    def _take_job_news(self, shell: Shell) -> bytes:
        """Return what bash has printed about jobs since the last block."""
        if shell.is_state_pending:
            shell.read_snapshot()
        idle = shell.take_idle_text()
        if b"[" not in idle:
            return b""
        # Imported here: few sessions have jobs.
        from effecttalk_kernel.session.job_notices import find_notices

        return find_notices(idle, self._supervisor.settings.jobs)

    def _handle_block_end(self, event: BlockEnded) -> None:
        run = self._run
        if run is None or run.block.number != event.number:
            if self._supervisor.shell is not None:  # the end was typed just too late
                self._supervisor.shell.release()
            return
        if run.shell.is_state_pending:  # of the block before, if it took that long
            run.shell.read_snapshot()
        self.cwd = event.cwd
        run.result = run.read_result(event)
        if not event.leaving and not run.shell.is_lost:
            self._finish(run, run.result, ShellFate.KEPT)

    def _handle_death(self, died: ShellDied) -> None:
        run = self._run
        may_restart = run is not None and not run.has_begun and run.starts < MAX_STARTS
        if run is not None and may_restart and not died.reason:
            self._callbacks.create_task(self._restart(run))
        else:
            if run is not None:
                self._finish_with_shell(run, died)
            elif died.reason:
                self._supervisor.warn(f"the shell was killed after the last block: {died.reason}")
            self._state_saver.save_last(self._count)
        if not self._is_closing and not self._state_saver.is_restoring:
            self._supervisor.prepare()

    async def _restart(self, run: "Run") -> None:
        """Run a block that has not begun in the next shell."""
        try:
            run.move_to(await self._supervisor.get())
            self._load(run.shell, run.block.code, run.spec, run.block.number)
            self._start(run, self.background.open() if run.spec.is_background else "")
        except EffectTalkError as error:
            self.observers.tell(run.block, Notice(f"effecttalk: {error}"))
            self._finish(run, Result(KILLED, (KILLED,)), ShellFate.LOST, by_signal=True)

    # What must not happen.

    def _handle_failure(self, run: "Run", error: Exception) -> None:
        """End a run of which a callback has failed."""
        if run is self._run:
            self._fail(error)
        else:
            # Nothing more of it is shown; its processes may go on.
            run.reader.stop()
            self._callbacks.run(self._handle_hangup, run)

    def _fail(self, error: Exception) -> None:
        """End the running block because EffectTalk itself has failed, and replace the shell."""
        reason = describe_failure(error)
        shell = self._supervisor.shell
        if shell is not None:
            shell.fail(reason)  # the block ends with it
        elif self._run is not None:
            self._lose(self._run, reason)

    def _lose(self, run: "Run", reason: str) -> None:
        """End a block whose usual end has failed, with as little as possible."""
        self._run = None
        for stop in (run.stop_watching, run.reader.stop):
            with suppress(Exception):
                stop()
        if run.block.is_running:
            result = Result(KILLED, (KILLED,))
            run.apply(Ended(result, time.time(), self.cwd, ShellFate.LOST, problem=reason))
        self.observers.tell(run.block, Finished())
        if not run.done.done():
            run.done.set_result(run.block)
        if not self._is_closing:
            self._supervisor.prepare()

    # How a block ends.

    def _finish_with_shell(self, run: "Run", died: ShellDied) -> None:
        """Finish a block whose shell has died."""
        ending = died.ending
        fate = ShellFate.RESTARTED if run.state_is_saved else ShellFate.LOST
        if fate is ShellFate.LOST and not self._state_saver.is_restoring:
            self.observers.tell(run.block, Notice(STATE_LOST))
        result = run.result
        if result is None or ending.by_signal:  # the EXIT trap did not know of the signal
            result = Result(ending.exit_status, (ending.exit_status,))
        self._finish(run, result, fate, by_signal=ending.by_signal, problem=died.reason)

    def _finish(
        self,
        run: "Run",
        result: Result,
        fate: ShellFate,
        *,
        by_signal: bool = False,
        problem: str = "",
    ) -> None:
        run.stop_watching()
        run.finish_reading()
        run.note_missing_terminal(result)
        if run.block.outcome is Outcome.TIMED_OUT:
            self._callbacks.create_task(process_tree.end_processes(run.find_family()))
        if run.spec.is_background and fate is ShellFate.KEPT and result.exit_status == 0:
            run.apply(Launched(self.cwd))
        else:
            run.apply(
                Ended(
                    result,
                    time.time(),
                    self.cwd,
                    fate,
                    is_shell_killed=by_signal,
                    has_writers=run.reader.is_open,
                    problem=problem,
                )
            )
        if run.block.has_writers:
            self.background.add(run)
        self._run = None  # not before, so that a failure above finds the block
        self.observers.tell(run.block, Finished())
        if not run.done.done():
            run.done.set_result(run.block)
        self._ended = run
        if run.block.state is State.LAUNCHED and not run.reader.is_open:  # it has ended already
            self._callbacks.call_soon(self._handle_hangup, run)
        # After the reply: nothing waits for the rest.
        self._callbacks.call_later(0, self._tidy_up)

    def _handle_hangup(self, run: "Run") -> None:
        """Note that the last process that wrote to the terminals of a finished block is gone."""
        if run not in self.background:  # the session closed before the loop came to this
            return
        self.background.remove(run)
        if run is not self._ended:  # otherwise _tidy_up() releases it
            self._release(run)
        self.observers.tell(run.block, BackgroundEnded())

    def _tidy_up(self) -> None:
        """Make shell and terminals of the block that ended ready for the next one."""
        run, self._ended = self._ended, None
        if run is None or self._is_closing:  # then close() closes its terminals
            return
        if self._state_saver.is_restoring:
            self._state_saver.restore(run.block.number)
        elif run.shell is self._supervisor.shell:
            self._state_saver.expect()
            run.shell.proceed()
        if run not in self.background:
            self._release(run)
        self._pool.fill()

    def _release(self, run: "Run") -> None:
        """Give back the terminals of a run that no process has open, and its script."""
        self._pool.give_back(run.pair)
        if run.spec.program:
            self._scripts.remove(run.block.number)

    # The end.

    async def close(self) -> None:
        """End the session's processes except those the user detached; may be called twice."""
        if self._is_closing:
            return
        self._tidy_up()
        self._is_closing = True
        self._state_saver.request(None)
        running = [] if self._run is None else [self._run]
        for run in running:
            run.stop_watching()
        if self._count and not running:
            self._tidy_up()
            if self._supervisor.shell is not None:
                self._supervisor.shell.skip_waiting_states()
            await self.state()  # its table of jobs tells which ones were disowned
        self.background.note_session_end()
        await end_processes(self._supervisor, self._run)
        self._ended = None  # a block that has ended meanwhile is closed here
        for run in [*self.background.runs, *running]:
            self._abandon(run)
        self.background.close()
        self._run = None
        await self._supervisor.close()
        self._pool.close()
        if "_shared" in vars(self):
            self._shared.close()

    def _abandon(self, run: "Run") -> None:
        """Tell observers the last events of a run, because the session closes."""
        run.finish_reading()
        if run.block.is_running:
            run.apply(SessionClosed(time.time(), self.cwd))
            self.observers.tell(run.block, Finished())
        elif not run.reader.is_open:  # otherwise a detached process still writes
            self._handle_hangup(run)
        run.close()
