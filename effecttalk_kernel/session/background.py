"""BackgroundBlocks: the blocks whose processes still write while the session goes on.

Some were started in the background by their options (`background: true`); others have ended
and left processes behind.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from signal import Signals
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import (
    Block,
    HungUp,
    Reported,
    SignalSent,
    State,
    TimedOut,
    has_failed,
)
from effecttalk_kernel.session.events import Event, Notice
from effecttalk_kernel.session.interrupt import SIGNAL_STEPS
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell import proc, process_tree
from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.terminal import line_discipline_of
from effecttalk_kernel.shell.waiting_process import WaitingProcess

if TYPE_CHECKING:
    from effecttalk_kernel.session.background_reports import BackgroundReports
    from effecttalk_kernel.session.running_block import Run

# How many blocks that have ended can still be found by number or name.
MAX_ENDED: Final = 1_000
KILL_SECONDS: Final = 0.5
# How often a block is looked at for processes that read its terminals: ever less often.
FIRST_LOOK_SECONDS: Final = 0.2
LONGEST_LOOK_SECONDS: Final = 60.0


class BackgroundBlocks:
    """Runs that the session does not wait for, until no process writes to their terminals."""

    def __init__(
        self,
        supervisor: ShellSupervisor,
        tell: Callable[[Block, Event], None],
        *,
        grace_seconds: float,
    ) -> None:
        self._supervisor = supervisor
        self._tell = tell
        self._grace_seconds = grace_seconds
        self._callbacks = Callbacks(lambda _: None)  # no block waits for what failed
        self._reports: BackgroundReports | None = None
        self._launched: dict[int, Run] = {}
        self._runs: dict[int, Run] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._looks: dict[int, asyncio.TimerHandle] = {}
        self._waiters: dict[int, asyncio.Event] = {}
        self._ended: dict[int, Block] = {}

    def open(self) -> str:
        """Return the path of the pipe to which a block in the background reports its end.

        Raises:
            BlockError: no block can run there.

        """
        if self._reports is None:
            # Imported here: few sessions have such blocks.
            from effecttalk_kernel.session.background_reports import BackgroundReports

            self._reports = BackgroundReports(self._note_report, self._callbacks)
        return self._reports.open()

    def expect_report(self, run: "Run") -> None:
        """Wait for the report about the end of a block that its shell starts now."""
        self._launched[run.block.number] = run

    # Finding blocks and their processes.

    @property
    def runs(self) -> "tuple[Run, ...]":
        """The runs, in the order of their blocks."""
        return tuple(self._runs.values())

    def __contains__(self, run: object) -> bool:
        """Whether *run* is in the background."""
        return any(run is each for each in self._runs.values())

    def find(self, name: str) -> Block | None:
        """Return the block with this number or name that is in the background, or was."""
        known = {**self._ended, **{number: run.block for number, run in self._runs.items()}}
        if name.isdecimal():
            return known.get(int(name))
        named = [block for block in known.values() if block.spec.name == name]
        return max(named, key=lambda block: block.number, default=None)

    def processes(self, number: int) -> set[int]:
        """Return the processes that write for a block, and their descendants; not the shell."""
        return self.all_processes([number]).get(number, set())

    def all_processes(self, numbers: Iterable[int]) -> dict[int, set[int]]:
        """Return the processes of several blocks; each look at all processes takes some ms."""
        terminals = {
            terminal.name: number
            for number in numbers
            if number in self._runs
            for _, terminal in self._runs[number].pair.streams()
        }
        shell = self._supervisor.shell
        excluded = {os.getpid(), *(() if shell is None else (shell.process.pid,))}
        found: dict[int, set[int]] = {number: set() for number in terminals.values()}
        for path, holders in process_tree.find_holders(terminals).items():
            family = holders - excluded
            for pid in holders - excluded:
                family |= set(proc.descendants(pid))
            found[terminals[path]] |= family - excluded
        return found

    # Input, which nothing would give them.

    def _look_for_readers(self, run: "Run", seconds: float) -> None:
        """End the reads of a block, and look again after twice as long."""
        number = run.block.number
        if run.block.state is State.LAUNCHED:
            for reader in run.terminals.find_background_readers().values():
                self._end_read(run, reader)
        else:
            run.terminals.stop_background_readers()
        self._looks[number] = self._callbacks.call_later(
            seconds, self._look_for_readers, run, min(2 * seconds, LONGEST_LOOK_SECONDS)
        )

    def _end_read(self, run: "Run", reader: WaitingProcess) -> None:
        """Give a process an end of file; end the block if it reads single keys."""
        discipline = line_discipline_of(reader.terminal)
        can_end = discipline is not None and discipline.is_canonical
        what = "it got end of file" if can_end else "the block is ended"
        run.say(f"{reader.name} waited for input in the background: {what}")
        if discipline is not None and can_end:
            run.terminals.find(reader).write(discipline.end_of_file_key)
        else:
            # A program that reads single keys takes SIGINT for one of them.
            self._callbacks.create_task(self.end(run.block.number, SIGNAL_STEPS[1:]))

    # What happens to them.

    def add(self, run: "Run") -> None:
        """Take a run that the session no longer waits for."""
        number, seconds = run.block.number, run.spec.timeout_seconds
        self._runs[number] = run
        self._waiters[number] = asyncio.Event()
        run.reader.yield_to_others()
        self._looks[number] = self._callbacks.call_later(
            FIRST_LOOK_SECONDS, self._look_for_readers, run, FIRST_LOOK_SECONDS
        )
        if seconds is not None and run.block.state is State.LAUNCHED:
            self._timers[number] = self._callbacks.call_later(seconds, self._time_out, run, seconds)

    def remove(self, run: "Run") -> None:
        """Let go of a run that no process writes for any more."""
        self._read_reports()
        number = run.block.number
        self._runs.pop(number, None)
        self._launched.pop(number, None)
        if (look := self._looks.pop(number, None)) is not None:
            look.cancel()
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        run.apply(HungUp(time.time()))
        self._ended[number] = run.block
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]
        if (waiter := self._waiters.pop(number, None)) is not None:
            waiter.set()
        if run.spec.is_background and has_failed(run.block.status):
            self._tell(run.block, Notice(f"effecttalk: {_describe_failure(run.block)}"))

    async def wait(self, number: int) -> None:
        """Wait until a block's own commands are done, or no process writes for it any more."""
        run = self._runs.get(number)
        if run is not None and not (run.spec.is_background and run.block.ended):
            await self._waiters[number].wait()

    def _read_reports(self) -> None:
        if self._reports is not None:
            self._reports.read()

    def _note_report(self, number: int, exit_status: int) -> None:
        run = self._launched.pop(number, None)
        if run is None:
            return
        run.apply(Reported(exit_status, time.time()))
        if (waiter := self._waiters.get(number)) is not None:
            waiter.set()

    # Ending them.

    def send(self, number: int, sent: Signals) -> int:
        """Send one signal to all processes of a block; return how many there are."""
        found = self.processes(number)
        self._note_signal(number, sent)
        _send_in_order(found, sent)
        return len(found)

    async def end(self, number: int, steps: Iterable[Signals]) -> None:
        """End all processes of a block, by one signal after the other."""
        for step in steps:
            if not (found := self.processes(number)):
                return
            self._note_signal(number, step)
            _send_in_order(found, step)
            is_last = step is Signals.SIGKILL
            await process_tree.wait_for_end(found, KILL_SECONDS if is_last else self._grace_seconds)

    def _note_signal(self, number: int, sent: Signals) -> None:
        run = self._runs.get(number)
        if run is not None:
            run.apply(SignalSent(sent.name))

    def _time_out(self, run: "Run", seconds: float) -> None:
        run.apply(TimedOut(seconds))
        self._callbacks.create_task(self.end(run.block.number, SIGNAL_STEPS))

    def note_session_end(self) -> None:
        """Note that the session is about to end everything that still runs."""
        self._read_reports()
        for number, run in self._runs.items():
            if run.spec.is_background and run.block.ended is None:
                self._note_signal(number, Signals.SIGHUP)

    def close(self) -> None:
        """Read no more reports and stop all timers; may be called twice."""
        for timer in (*self._timers.values(), *self._looks.values()):
            timer.cancel()
        self._callbacks.cancel_tasks()
        self._runs.clear()
        if self._reports is not None:
            self._reports.close()


def _send_in_order(processes: set[int], sent: Signals) -> None:
    """Send a signal, parents first: a shell whose child ends before it would go on."""
    process_tree.send_signal(sorted(processes), sent)


def _describe_failure(block: Block) -> str:
    """Describe for its cell how a block in the background has failed."""
    result = block.result
    status = "" if result is None else f"exit status {result.exit_status}"
    if block.problem:
        return f"in the background: {block.problem} ({', '.join([*block.signals_sent, status])})"
    if block.signals_sent:
        return f"in the background: ended by {', '.join(block.signals_sent)} ({status})"
    if result is not None and result.signal:
        return f"in the background: ended by {result.signal} ({status})"
    return f"in the background: failed with {status}"
