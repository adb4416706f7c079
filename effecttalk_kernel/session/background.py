"""Background: the blocks whose processes still write while the session has gone on.

Some were asked to run there (`background: true`), others have left processes behind.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import GOOD, Block
from effecttalk_kernel.session import outcomes as endings
from effecttalk_kernel.session.events import Event, Notice
from effecttalk_kernel.session.run import Run
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell import process_tree as members
from effecttalk_kernel.shell.shell import REPORTS

if TYPE_CHECKING:
    from effecttalk_kernel.session.background_reports import BackgroundReports

# What became of a block can be asked for until so many later ones have ended.
MOST_ENDED: Final = 1_000
KILL_SECONDS: Final = 0.5


class BackgroundBlocks:
    """Runs that are finished for the session, until nobody writes to their terminals."""

    def __init__(
        self,
        runtime_directory: Path,
        supervisor: ShellSupervisor,
        tell: Callable[[Block, Event], None],
        *,
        grace_seconds: float,
    ) -> None:
        self._supervisor = supervisor
        self._tell = tell
        self._grace_seconds = grace_seconds
        self._loop = asyncio.get_running_loop()
        self._path = runtime_directory / REPORTS
        self._reports: BackgroundReports | None = None
        self._launched: dict[int, Run] = {}
        self._runs: dict[int, Run] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._waiters: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[int, Block] = {}

    def open(self) -> None:
        """Be ready for a block that is to run here; raises BlockError when it can't."""
        if self._reports is None:
            # Not at start: few sessions have any.
            from effecttalk_kernel.session.background_reports import BackgroundReports

            self._reports = BackgroundReports(self._path, self._report)
        self._reports.open()

    def _read_reports(self) -> None:
        if self._reports is not None:
            self._reports.read()

    def expect(self, run: Run) -> None:
        """Hear how a block ends that its shell begins now."""
        self._launched[run.block.number] = run

    # Which there are.

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs, in the order of their blocks."""
        return tuple(self._runs.values())

    def __contains__(self, run: object) -> bool:
        """Whether *run* is here."""
        return isinstance(run, Run) and self._runs.get(run.block.number) is run

    def find(self, name: str) -> Block | None:
        """Return the block, in the background or ended there, with this number or name."""
        known = {**self._ended, **{number: run.block for number, run in self._runs.items()}}
        if name.isdecimal():
            return known.get(int(name))
        named = [block for block in known.values() if block.name == name]
        return max(named, key=lambda block: block.number, default=None)

    def processes(self, number: int) -> set[int]:
        """Return who writes for a block, and who descends from them; never the shell."""
        return self.all_processes([number]).get(number, set())

    def all_processes(self, numbers: Iterable[int]) -> dict[int, set[int]]:
        """Return the same for several blocks: one look at all processes takes some ms."""
        places = {
            terminal.path: number
            for number in numbers
            if number in self._runs
            for _, terminal in self._runs[number].pair.streams()
        }
        shell = self._supervisor.shell
        own = {os.getpid(), *(() if shell is None else (shell.process.pid,))}
        found: dict[int, set[int]] = {number: set() for number in places.values()}
        for path, holders in members.holders(places).items():
            family = holders - own
            for pid in holders - own:
                family |= {*proc.descendants(pid)}
            found[places[path]] |= family - own
        return found

    # What becomes of them.

    def add(self, run: Run) -> None:
        """Take a run whose session goes on without it."""
        number, seconds = run.block.number, run.manner.timeout_seconds
        self._runs[number] = run
        self._waiters[number] = asyncio.Event()
        run.reader.yield_to_others()
        if seconds is not None and run.block.is_background:
            self._timers[number] = self._loop.call_later(seconds, self._time_out, run, seconds)

    def hung_up(self, run: Run) -> None:
        """Note that nobody writes for a block any more."""
        self._read_reports()
        number = run.block.number
        self._runs.pop(number, None)
        self._launched.pop(number, None)
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        run.block = endings.hung_up(run.block)
        self._ended[number] = run.block
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        if (waiter := self._waiters.pop(number, None)) is not None:
            waiter.set()
        if run.block.is_background and run.block.status not in GOOD:
            self._tell(run.block, Notice(f"effecttalk: {_ending(run.block)}"))

    async def wait(self, number: int) -> None:
        """Wait until the own commands of a block are done, or nobody writes for it any more."""
        run = self._runs.get(number)
        if run is not None and not (run.block.is_background and run.block.ended):
            await self._waiters[number].wait()

    def _report(self, number: int, exit_status: int) -> None:
        run = self._launched.pop(number, None)
        if run is None:
            return
        run.block = endings.reported(run.block, exit_status)
        if (waiter := self._waiters.get(number)) is not None:
            waiter.set()

    # Ending them.

    def send(self, number: int, sent: signal.Signals) -> int:
        """Send all processes of a block one signal; returns how many there are."""
        found = self.processes(number)
        self._note(number, sent)
        members.send(found, sent)
        return len(found)

    async def end(self, number: int, steps: Iterable[signal.Signals]) -> None:
        """End all processes of a block, by one signal after the other."""
        for step in steps:
            if not (found := self.processes(number)):
                return
            self._note(number, step)
            members.send(found, step)
            last = step is signal.SIGKILL
            await members.wait(found, KILL_SECONDS if last else self._grace_seconds)

    def _note(self, number: int, sent: signal.Signals) -> None:
        run = self._runs.get(number)
        if run is not None:
            run.block = run.block.with_signal(sent.name)

    def _time_out(self, run: Run, seconds: float) -> None:
        run.block = replace(run.block, is_timed_out=True, problem=f"timed out after {seconds:g} s")
        steps = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
        task = self._loop.create_task(self.end(run.block.number, steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def expect_end(self) -> None:
        """Note that the session ends all that still runs."""
        self._read_reports()
        for number, run in self._runs.items():
            if run.block.is_background and run.block.ended is None:
                self._note(number, signal.SIGHUP)

    def close(self) -> None:
        """Hear no more; may be called twice."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._runs.clear()
        if self._reports is not None:
            self._reports.close()


def _ending(block: Block) -> str:
    """Return how a block in the background has ended, as its cell tells it."""
    result = block.result
    status = "" if result is None else f"exit status {result.exit_status}"
    if block.problem:
        return f"in the background: {block.problem} ({', '.join([*block.signals_sent, status])})"
    if block.signals_sent:
        return f"in the background: ended by {', '.join(block.signals_sent)} ({status})"
    if result is not None and result.signal:
        return f"in the background: ended by {result.signal} ({status})"
    return f"in the background: failed with {status}"
