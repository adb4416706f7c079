"""Session: the blocks of one notebook, one after the other, in a shell that never stays dead.

Commands come as calls, facts go to the observer as events. It knows nothing of
Jupyter: whoever wires it says what becomes of output, input and results.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace

from effecttalk_kernel.block import Block, Manner, Result, ShellFate
from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.session import outcomes as endings
from effecttalk_kernel.session.events import Finished, Notice, Observer, OutputRead, Started
from effecttalk_kernel.session.run import Run
from effecttalk_kernel.session.shell_events import Following, SessionOptions
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.session.state_saver import StateListener
from effecttalk_kernel.session.termination import end_processes
from effecttalk_kernel.shell.dialects.bash import Snapshot, is_blank
from effecttalk_kernel.shell.open_files import open_files
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal_pool import Stream


class ShellSession(Following):
    """Ordered blocks, one running at a time; owns the shell and the terminals."""

    def __init__(
        self,
        options: SessionOptions,
        supervisor: ShellSupervisor,
        observer: Observer,
        on_state: StateListener = lambda _number, _state: None,
    ) -> None:
        super().__init__(options, supervisor, observer, on_state)
        self._code = ""
        self._waiting: asyncio.Future[Shell] | None = None

    def prepare(self) -> None:
        """Have what the first block needs ready: a shell, its state, terminals."""
        if not self._is_closing:
            self._supervisor.prepare()
            if self._count == 0:
                self._pool.fill()

    async def snapshot(self) -> bytes:
        """Return the state after the last block, as a script; the shell may just be writing it."""
        if self._count == 0:
            self._supervisor.prepare()
        if self._run is None:
            self._tidy_up()
        await self._saving.wait()
        return self._supervisor.snapshot.script

    @property
    def known_state(self) -> bytes:
        """The newest state that was told, as a script; the last block may have changed it."""
        return self._supervisor.snapshot.script

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
    def shells(self) -> tuple[int, ...]:
        """Every shell that there was; each has led a session of processes, setsid(2)."""
        return tuple(self._supervisor.sessions)

    @property
    def open_files(self) -> dict[int, str]:
        """What the living shell holds open above stderr, by descriptor."""
        shell = self._supervisor.shell
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
        shell = self._supervisor.shell or await self._ready_shell()
        if manner.is_background:
            self.background.open()
        pair = self._pool.acquire(is_piped=bool(manner.mime))
        try:
            self._load(shell, code, manner, self._count + 1)
        except Exception:
            pair.close()
            raise
        block = replace(self._new_block(code, manner), shell_pid=shell.process.pid)
        run = self._run = Run(
            block,
            shell,
            pair,
            manner=manner,
            jobs=lambda: self._supervisor.snapshot.jobs,
            tell=self._tell_run,
            on_hangup=self._hung_up,
            grace_seconds=self._options.interrupt_grace_seconds,
        )
        self._tell(block, Started())  # it is known before it can do anything
        self._begin(run)
        if manner.notice:
            self._tell(block, Notice(f"effecttalk: {manner.notice}"))
        for warning in self._supervisor.take_warnings():
            self._tell(block, Notice(f"effecttalk: {warning}"))
        return await run.done

    def refuse(self, code: str, manner: Manner, problem: str) -> Block:
        """Return the block that *code* is, and that does not run for this reason."""
        block = self._new_block(code, manner)
        self._tell(block, Started())
        block = endings.refused(block, problem)
        self._tell(block, Finished())
        return block

    def replay(
        self,
        code: str,
        manner: Manner,
        output: Iterable[tuple[str, bytes]],
        result: Result,
        original: str,
    ) -> Block:
        """Return the block that *code* is, with what the block *original* printed and came to."""
        block = replace(self._new_block(code, manner), original=original)
        self._tell(block, Started())
        for stream, data in output:
            self._tell(block, OutputRead(Stream(stream), data))
        block = endings.finished(block, result, ShellFate.KEPT, cwd=self.cwd)
        self._tell(block, Finished())
        return block

    def _new_block(self, code: str, manner: Manner) -> Block:
        self._count += 1
        return Block(
            session=self._options.identity,
            number=self._count,
            code=code,
            started=time.time(),
            cwd_before=manner.cwd or self.cwd,
            tty=manner.tty,
            is_merged=manner.is_merged,
            mime=manner.mime,
            output_limit=manner.output_limit,
            expected=manner.expected,
            part=manner.part,
            name=manner.name,
            is_fallback=manner.is_fallback,
            is_background=manner.is_background,
        )

    async def _ready_shell(self) -> Shell:
        self._waiting = asyncio.ensure_future(self._supervisor.get())
        try:
            return await asyncio.shield(self._waiting)
        except asyncio.CancelledError:
            if self._waiting.cancelled():
                raise BlockError(
                    "interrupted before the shell was ready: run the cell again"
                ) from None
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
        self.background.expect_end()
        await end_processes(self._supervisor, self._run)
        for run in [*self.background.runs, *running]:
            self._end(run)
        self.background.close()
        self._run = None
        await self._supervisor.close()
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
