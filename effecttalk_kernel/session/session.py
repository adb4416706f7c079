"""Session: the blocks of one notebook, one after the other, in a shell that never stays dead.

Commands come as calls, facts go to the observer as events. It knows nothing of
Jupyter: whoever wires it says what becomes of output, input and results.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Final

from effecttalk_kernel.block import Block, Manner, Result, ShellFate
from effecttalk_kernel.errors import BlockError, EffectTalkError
from effecttalk_kernel.session import endings
from effecttalk_kernel.session.doomed import end_processes
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    Notice,
    Observer,
    Started,
)
from effecttalk_kernel.session.keeper import KeeperOptions, ShellKeeper
from effecttalk_kernel.session.run import Run, connection, preamble
from effecttalk_kernel.session.saving import Saving, StateListener
from effecttalk_kernel.session.steering import Steering
from effecttalk_kernel.shell import members
from effecttalk_kernel.shell.descriptors import open_files
from effecttalk_kernel.shell.dialects.bash import Snapshot, is_blank
from effecttalk_kernel.shell.events import (
    BlockEnded,
    BlockStarted,
    ShellDied,
    ShellEvent,
    ShellStarted,
    SnapshotTaken,
    TerminalText,
)
from effecttalk_kernel.shell.pool import TerminalPool
from effecttalk_kernel.shell.process import Ending
from effecttalk_kernel.shell.shell import Shell

log = logging.getLogger("effecttalk.session")

KILLED: Final = 137
# A shell that dies before it begins a block (TMOUT, PROMPT_COMMAND=exit) has
# done nothing of it; twice is no accident.
STARTS: Final = 3
LOST: Final = (
    "effecttalk: the shell ended before it could tell its state; a new one has the state"
    " from before this block"
)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session behaves."""

    identity: str
    keeper: KeeperOptions
    interrupt_grace_seconds: float
    continues: str = ""  # the block whose state it begins with, of another session


class Session(Steering):
    """Ordered blocks, one running at a time; owns the shell and the terminals."""

    def __init__(
        self,
        options: SessionOptions,
        keeper: ShellKeeper,
        observer: Observer,
        on_state: StateListener = lambda _number, _state: None,
    ) -> None:
        super().__init__(options.interrupt_grace_seconds)
        self._options = options
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._keeper = keeper
        keeper.listen(self._hear)
        self._pool = TerminalPool(options.keeper.shell.size)
        self._count = 0
        self._ended: Run | None = None
        self._again: asyncio.Task[None] | None = None
        self._saving = Saving(keeper, on_state)
        self._is_closing = False
        self._code = ""
        self._waiting: asyncio.Future[Shell] | None = None
        self._background: set[Run] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.cwd = options.keeper.shell.cwd

    def prepare(self) -> None:
        """Have the first shell ready, and its state known, before the first block needs it."""
        if not self._is_closing:
            self._keeper.prepare()

    async def snapshot(self) -> bytes:
        """Return the state after the last block, as a script; the shell may just be writing it."""
        if self._count == 0:
            self._keeper.prepare()
        if self._run is None:
            self._tidy_up()
        await self._saving.wait()
        return self._keeper.snapshot.script

    def restore(self, script: bytes) -> None:
        """Replace the shell by one that begins with *script*, behind the block that runs.

        The old one ends without its EXIT trap; its background processes live on.
        """
        self._saving.want(Snapshot(script))
        if self._run is None:
            self._tidy_up()
            self._saving.restore(self._count)

    @property
    def count(self) -> int:
        """How many blocks have begun."""
        return self._count

    @property
    def open_files(self) -> dict[int, str]:
        """What the living shell holds open above stderr, by descriptor."""
        shell = self._keeper.shell
        return {} if shell is None else open_files(shell.process.pid)

    async def run(self, code: str, manner: Manner) -> Block | None:
        """Run one block and return it when its own commands are done; None: it has none.

        Raises:
            ShellStartError: there is no shell and none can be started.
            TerminalError: no pseudo-terminal is free.
            BlockError: the code can't be handed to the shell.

        """
        if is_blank(code):
            return None
        self._tidy_up()
        if "trap" in self._code:
            # Ours goes behind an EXIT trap that the block before may have set.
            await self.snapshot()
        self._code = code
        shell = self._keeper.shell or await self._ready_shell()
        pair = self._pool.acquire()
        try:
            shell.load(code, preamble(manner))
        except Exception:
            pair.close()
            raise
        self._count += 1
        block = Block(
            session=self._options.identity,
            number=self._count,
            code=code,
            started=time.time(),
            cwd_before=manner.cwd or self.cwd,
            tty=manner.tty,
            is_merged=manner.is_merged,
            expected=manner.expected,
            part=manner.part,
            name=manner.name,
            is_fallback=manner.is_fallback,
            shell_pid=shell.process.pid,
        )
        run = self._run = Run(
            block,
            shell,
            pair,
            manner=manner,
            jobs=lambda: self._keeper.snapshot.jobs,
            tell=self._tell_run,
            on_hangup=self._hung_up,
            grace_seconds=self._options.interrupt_grace_seconds,
        )
        self._tell(block, Started())  # it is known before it can do anything
        shell.run(block.number, pair, connection(manner), is_merged=manner.is_merged)
        if manner.notice:
            self._tell(block, Notice(f"effecttalk: {manner.notice}"))
        if warning := self._keeper.take_warning():
            self._tell(block, Notice(f"effecttalk: {warning}"))
        return await run.done

    async def _ready_shell(self) -> Shell:
        self._waiting = asyncio.ensure_future(self._keeper.get())
        try:
            return await asyncio.shield(self._waiting)
        except asyncio.CancelledError:
            if self._waiting.cancelled():
                raise BlockError("interrupted before the shell was ready") from None
            raise
        finally:
            self._waiting = None

    def interrupt(self) -> None:
        """Make the running block stop, or the one that waits for a shell."""
        if self._waiting is not None:
            self._waiting.cancel()
        super().interrupt()

    async def close(self) -> None:
        """End the session's processes but those the user detached; may be called twice."""
        if self._is_closing:
            return
        self._is_closing = True
        self._saving.want(None)
        running = [] if self._run is None else [self._run]
        for run in running:
            run.stop_watching()
        if self._count and not running:
            await self.snapshot()  # its table of jobs is the last word on disown
        await end_processes(self._keeper, self._run)
        for run in [*self._background, *running]:
            self._end(run)
        self._background.clear()
        self._run = None
        await self._keeper.close()
        self._pool.close()

    def _end(self, run: Run) -> None:
        """Tell the last facts of a run whose session closes."""
        run.finish_reading()
        if run.block.is_running:
            run.block = endings.lost(run.block, self.cwd)
            self._tell(run.block, Finished())
        elif not run.reader.is_open:  # else somebody who was detached still writes
            self._hung_up(run)
        run.close()

    # What a run reports.

    def _tell_run(self, run: Run, event: Event) -> None:
        self._tell(run.block, event)

    def _hung_up(self, run: Run) -> None:
        """The last process that wrote to a finished block's terminals is gone."""
        self._background.discard(run)
        if run is not self._ended:  # or it is given back when that is tidied up
            self._pool.give_back(run.pair)
        run.block = endings.hung_up(run.block)
        self._tell(run.block, BackgroundEnded())

    # What the shell reports.

    def _hear(self, event: ShellEvent) -> None:
        run = self._run
        if isinstance(event, SnapshotTaken | ShellDied):
            self._saving.end()
        match event:
            case ShellStarted(cwd) if run is None or not run.begun:
                self._shell_started(cwd)
            case SnapshotTaken(number, state):
                self._state_taken(number, state)
            case BlockEnded():
                self._block_ended(event)
            case ShellDied(ending):
                self._shell_died(ending)
            case BlockStarted() if run is not None:
                run.begin()
            case TerminalText(data) if run is not None and run.begun:
                run.terminal_text(data)

    def _shell_started(self, cwd: str) -> None:
        self.cwd = cwd
        self._saving.begun()

    def _state_taken(self, number: int, state: Snapshot) -> None:
        run = self._run
        if run is not None and run.block.number == number:
            run.state_is_saved = True
        if number == 0:  # a shell that has begun with nothing, be it the first one or not
            number = self._count if run is None else self._count - 1
        self._saving.taken(number, state)

    def _block_ended(self, event: BlockEnded) -> None:
        run = self._run
        if run is None or run.block.number != event.number:
            if self._keeper.shell is not None:  # an ending typed just too late
                self._keeper.shell.release()
            return
        self.cwd = event.cwd
        run.result = run.judge(event)
        if not event.leaving:
            self._finish(run, run.result, ShellFate.KEPT)

    def _shell_died(self, ending: Ending) -> None:
        run = self._run
        if run is not None and not run.begun and run.starts < STARTS:
            self._again = self._loop.create_task(self._run_again(run))
        else:
            if run is not None:
                self._shell_died_in(run, ending)
            self._saving.lost(self._count)
        if not self._is_closing and not self._saving.is_restoring:
            self._keeper.prepare()

    def _shell_died_in(self, run: Run, ending: Ending) -> None:
        fate = ShellFate.RESTARTED if run.state_is_saved else ShellFate.LOST
        if fate is ShellFate.LOST and not self._saving.is_restoring:
            self._tell(run.block, Notice(LOST))
        result = run.result
        if result is None or ending.by_signal:  # its EXIT trap did not know of the signal
            result = Result(ending.exit_status, (ending.exit_status,))
        self._finish(run, result, fate, by_signal=ending.by_signal)

    async def _run_again(self, run: Run) -> None:
        """Run a block that has not begun in the next shell."""
        try:
            run.move_to(await self._keeper.get())
            run.shell.load(run.block.code, preamble(run.manner))
            run.shell.run(
                run.block.number,
                run.pair,
                connection(run.manner),
                is_merged=run.manner.is_merged,
            )
        except EffectTalkError as error:
            self._tell(run.block, Notice(f"effecttalk: {error}"))
            self._finish(run, Result(KILLED, (KILLED,)), ShellFate.LOST, by_signal=True)

    def _finish(
        self, run: Run, result: Result, fate: ShellFate, *, by_signal: bool = False
    ) -> None:
        run.shell.read_snapshot()  # the one before, if it took that long
        self._run = None
        run.stop_watching()
        run.finish_reading()
        if run.block.is_timed_out:
            self._end_family(run)
        block = replace(run.block, writers=run.reader.is_open)
        run.block = endings.finished(block, result, fate, cwd=self.cwd, by_signal=by_signal)
        if run.reader.is_open:
            self._background.add(run)
            run.reader.yield_to_others()
        self._tell(run.block, Finished())
        if not run.done.done():
            run.done.set_result(run.block)
        self._ended = run
        # After the reply: nobody waits for the rest.
        self._loop.call_later(0, self._tidy_up)

    def _end_family(self, run: Run) -> None:
        """End what a block has started that took too long."""
        task = self._loop.create_task(members.end(run.note_family()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tidy_up(self) -> None:
        """Make shell and terminals of the block that ended ready for the next one."""
        run, self._ended = self._ended, None
        if run is None:
            return
        if self._saving.is_restoring:
            self._saving.restore(run.block.number)
        elif run.shell is self._keeper.shell:
            self._saving.expect()
            run.shell.proceed()
        if run not in self._background:
            self._pool.give_back(run.pair)

    def _tell(self, block: Block, event: Event) -> None:
        try:
            self._observer(block, event)
        except Exception:
            # An observer's failure must not lose the block that is running.
            log.exception("observer.failed")
