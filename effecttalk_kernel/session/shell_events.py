"""Following: what a session does when its shell, or one of its runs, says something.

Every way in which a block can end comes together here.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import Block, Manner, Result, ShellFate
from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.session import outcomes as endings
from effecttalk_kernel.session.background import BackgroundBlocks
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, Notice, Observer
from effecttalk_kernel.session.run import Run, connection, preamble
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.session.state_saver import StateListener, StateSaver
from effecttalk_kernel.session.user_actions import Steering
from effecttalk_kernel.shell import process_tree as members
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import (
    BlockEnded,
    BlockStarted,
    ShellDied,
    ShellEvent,
    ShellStarted,
    SnapshotTaken,
    TerminalText,
)
from effecttalk_kernel.shell.process import Ending
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal_pool import TerminalPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from effecttalk_kernel.session.scripts import ScriptFiles

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
    supervisor: SupervisorOptions
    interrupt_grace_seconds: float
    spare_terminals: int = 1  # pairs of them that are kept ready
    continues: str = ""  # the block whose state it begins with, of another session


class Following(Steering):
    """A session's side towards its shell; knows which block is where in its life."""

    def __init__(
        self,
        options: SessionOptions,
        supervisor: ShellSupervisor,
        observer: Observer,
        on_state: StateListener,
    ) -> None:
        super().__init__(options.interrupt_grace_seconds)
        self._options = options
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._supervisor = supervisor
        supervisor.listen(self._hear)
        self._pool = TerminalPool(
            options.supervisor.shell.size,
            options.supervisor.runtime_directory,
            options.spare_terminals,
        )
        self._count = 0
        self._ended: Run | None = None
        self._again: asyncio.Task[None] | None = None
        self._saving = StateSaver(supervisor, on_state)
        self._is_closing = False
        self.background = BackgroundBlocks(
            options.supervisor.runtime_directory,
            supervisor,
            self._tell,
            grace_seconds=options.interrupt_grace_seconds,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self.cwd = options.supervisor.shell.cwd
        self.on_moved: Callable[[], None] = lambda: None  # by a new shell, not by a block

    @cached_property
    def _scripts(self) -> "ScriptFiles":
        # Not at start: few blocks are run by another program.
        from effecttalk_kernel.session.scripts import ScriptFiles

        return ScriptFiles(self._options.supervisor.runtime_directory / "scripts")

    # How a block gets to its shell.

    def _load(self, shell: Shell, code: str, manner: Manner, number: int) -> None:
        """Hand a block's code to *shell*; raises BlockError when that can't be."""
        instead = self._scripts.line(manner.program, number, code) if manner.program else ""
        shell.load(code, preamble(manner), instead)

    def _begin(self, run: Run) -> None:
        """Let the shell of *run* run its block."""
        manner = run.manner
        if manner.is_background:
            self.background.expect(run)
        run.shell.run(
            run.block.number,
            run.pair,
            connection(manner),
            is_merged=manner.is_merged,
            is_background=manner.is_background,
        )

    # What a run reports.

    def _tell_run(self, run: Run, event: Event) -> None:
        self._tell(run.block, event)

    def _hung_up(self, run: Run) -> None:
        """The last process that wrote to a finished block's terminals is gone."""
        self.background.hung_up(run)
        if run is not self._ended:  # or it is given back when that is tidied up
            self._give_back(run)
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
        is_elsewhere, self.cwd = cwd != self.cwd, cwd
        self._saving.begun()
        if is_elsewhere:
            self.on_moved()

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
            if self._supervisor.shell is not None:  # an ending typed just too late
                self._supervisor.shell.release()
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
            self._supervisor.prepare()

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
            run.move_to(await self._supervisor.get())
            self._load(run.shell, run.block.code, run.manner, run.block.number)
            self._begin(run)
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
        is_launched = run.block.is_background and fate is ShellFate.KEPT and not result.exit_status
        if is_launched:
            run.block = endings.launched(run.block, self.cwd)
        else:
            block = replace(run.block, writers=run.reader.is_open)
            run.block = endings.finished(block, result, fate, cwd=self.cwd, by_signal=by_signal)
        if run.reader.is_open or is_launched:
            self.background.add(run)
        self._tell(run.block, Finished())
        if not run.done.done():
            run.done.set_result(run.block)
        self._ended = run
        if is_launched and not run.reader.is_open:  # it was as fast as that
            self._loop.call_soon(self._hung_up, run)
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
        elif run.shell is self._supervisor.shell:
            self._saving.expect()
            run.shell.proceed()
        if run not in self.background:
            self._give_back(run)
        self._pool.fill()

    def _give_back(self, run: Run) -> None:
        """Give up what a run had that nobody writes for any more."""
        self._pool.give_back(run.pair)
        if run.manner.program:
            self._scripts.remove(run.block.number)

    def _tell(self, block: Block, event: Event) -> None:
        try:
            self._observer(block, event)
        except Exception:
            # An observer's failure must not lose the block that is running.
            log.exception("observer.failed")
