"""Run: one block while it runs, and its terminals while anybody writes to them."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from effecttalk_kernel.block import Block, Manner, Result
from effecttalk_kernel.session.events import (
    Event,
    InputAwaited,
    InputGiven,
    Notice,
    OutputRead,
)
from effecttalk_kernel.session.failing_command import find_failing_command
from effecttalk_kernel.session.input import InputHandler
from effecttalk_kernel.session.interrupt import Interrupter
from effecttalk_kernel.session.job_notices import JobNoticeFilter
from effecttalk_kernel.session.output_reader import OutputReader
from effecttalk_kernel.shell.dialects.bash import Job, export_line, loan_lines
from effecttalk_kernel.shell.events import BlockEnded
from effecttalk_kernel.shell.proc import descendants
from effecttalk_kernel.shell.shell import Connection, Shell
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair

# A wait for input is to be seen within 200 ms; output that flows costs no probe.
FIRST_PROBE_SECONDS: Final = 0.02
PROBE_SECONDS: Final = 0.05
# After a second without output, looking less often costs a third: 0.4 % of a core.
CALM_PROBES: Final = 20
CALM_PROBE_SECONDS: Final = 0.15
# Where something is about to happen, as after a signal.
HURRIED_PROBE_SECONDS: Final = 0.01
# What a shell gives for a command that SIGINT ended.
INTERRUPTED: Final = 130
# Between two probes the shell may be on its way into or out of the block.
IDLE_PROBES: Final = 2
DEAF_PROBES: Final = 6


class Run:
    """The moving parts of one block; its facts are in *block*, replaced by each change."""

    def __init__(
        self,
        block: Block,
        shell: Shell,
        pair: TerminalPair,
        *,
        manner: Manner,
        jobs: Callable[[], Sequence[Job]],
        tell: Callable[["Run", Event], None],
        on_hangup: Callable[["Run"], None],
        grace_seconds: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.block = block
        self.shell = shell
        self.pair = pair
        self.result: Result | None = None
        self.begun = False
        self.state_is_saved = False
        self.starts = 1
        self.thrown_away = False
        self.done: asyncio.Future[Block] = loop.create_future()
        self._tell = tell
        self._jobs = jobs
        self._loop = loop
        self._is_watched = True
        self._wrote = False
        self._idle_probes = 0
        self._hurried_probes = 0
        self._quiet_probes = 0
        self.manner = manner
        self.asking = InputHandler(self, manner.policy)
        self._errors = Stream.STDOUT if manner.is_merged else Stream.STDERR
        self.stopping = Interrupter(self)
        self._grace_seconds = grace_seconds
        self._prober = loop.call_later(FIRST_PROBE_SECONDS, self._probe)
        self.family: set[int] = set()  # what a block that takes too long has started
        # A look at what was there before costs a tenth of a millisecond.
        is_limited = manner.timeout_seconds is not None
        self._others = set(descendants(shell.process.pid)) if is_limited else set()
        self._timeout = (
            None
            if manner.timeout_seconds is None
            else loop.call_later(manner.timeout_seconds, self._time_out, manner.timeout_seconds)
        )
        self.reader = OutputReader(pair, self._read, lambda: on_hangup(self))

    def move_to(self, shell: Shell) -> None:
        """Go on in another shell: the one before died without beginning the block."""
        self.shell = shell
        self.asking.move()
        self.starts += 1

    def begin(self) -> None:
        """Note that the shell has read the block: if it is idle again, it has left it."""
        self.begun = True
        self._idle_probes = 0

    def judge(self, event: BlockEnded) -> Result:
        """Return what an end mark says, less what is not of this block."""
        if not self.begun:  # interrupted before its first command
            return Result(INTERRUPTED, (INTERRUPTED,))
        if event.exit_status == 0 or self.thrown_away:
            return Result(event.exit_status, event.pipestatus)
        command, line = find_failing_command(
            self.block.code, event.line, event.command, at_once=event.leaving
        )
        return Result(event.exit_status, event.pipestatus, command, line)

    def stop_watching(self) -> None:
        """Probe no more and take no further step; the terminals are still read."""
        self._is_watched = False
        self._prober.cancel()
        self.asking.stop_typing()
        self.stopping.cancel()
        if self._timeout is not None:
            self._timeout.cancel()

    def close(self) -> None:
        """Give everything up."""
        self.stop_watching()
        self.reader.stop()
        self.pair.close()
        self.done.cancel()

    # Its time.

    def _time_out(self, seconds: float) -> None:
        """End the block, and all that it has started."""
        problem = f"timed out after {seconds:g} s"
        self.block = replace(self.block, is_timed_out=True, problem=problem)
        self.note_family()
        self.stopping.interrupt(self._grace_seconds)

    def note_family(self) -> set[int]:
        """Note what the block has started and what still lives; returns all noted so far."""
        self.family |= set(descendants(self.shell.process.pid)) - self._others
        return self.family

    # What its programs ask.

    def say(self, text: str) -> None:
        """Tell the user something that stands with the block's output."""
        self._tell(self, Notice(f"effecttalk: {text}"))

    def await_input(self, prompt: str, *, password: bool) -> None:
        """Let the user be asked."""
        self._tell(self, InputAwaited(prompt, password))

    def input_given(self) -> None:
        """Note that whoever asked has its answer."""
        self._tell(self, InputGiven())

    def end_line(self, stream: str) -> None:
        """End the line of a prompt: the echo that would do so is not shown."""
        self._read(Stream(stream), b"\n")

    def interrupt_asker(self) -> None:
        """Make a program stop that asks for ever."""
        self.stopping.interrupt_asker()

    def look_again(self, probes: int) -> None:
        """Look soon, so many times: after an answer, the next question may come at once."""
        self._hurried_probes = max(self._hurried_probes, probes)
        self._schedule_probe()

    def terminal_text(self, data: bytes) -> None:
        """Take what appeared on the control terminal: a prompt there, or an echo."""
        if data := self.asking.without_echo(data):
            self._read(Stream.STDERR if self.pair.is_piped else Stream.STDOUT, data)

    # Watching.

    def _read(self, stream: Stream, data: bytes) -> None:
        self._wrote = True
        if self._quiet_probes:
            self._quiet_probes = 0
            self._schedule_probe()
        if stream is Stream.STDERR or not self.pair.is_piped:  # in a pipe, nobody is asked
            self.asking.prompt.feed(stream.value, data)
        if stream is self._errors:
            data = self._notices.feed(data)
        if data:
            self._tell(self, OutputRead(stream, data))

    @cached_property
    def _notices(self) -> JobNoticeFilter:
        # Not before the block prints: the snapshot that names the jobs is
        # taken while the cell before is replied to.
        self.shell.read_snapshot()
        return JobNoticeFilter(self._jobs())

    def finish_reading(self) -> None:
        """Read all that was written so far, and hold nothing back any more."""
        self.reader.drain()
        if held := self._notices.flush():
            self._tell(self, OutputRead(self._errors, held))

    def _schedule_probe(self) -> None:
        self._prober.cancel()
        if not self._is_watched:  # late output is read too
            return
        hurried = self._hurried_probes > 0
        self._hurried_probes -= hurried
        is_calm = self._quiet_probes >= CALM_PROBES and self.asking.asked is None
        usual = CALM_PROBE_SECONDS if is_calm else PROBE_SECONDS
        delay = HURRIED_PROBE_SECONDS if hurried else usual
        self._prober = self._loop.call_later(delay, self._probe)

    def _probe(self) -> None:
        """Look what the block is doing, if it has been quiet."""
        if self.shell.is_dead:  # the next one is on its way
            self._schedule_probe()
            return
        self.shell.read_terminals()
        wrote, self._wrote = self._wrote, False
        self._quiet_probes = 0 if wrote else self._quiet_probes + 1
        asks = self.asking.asked is not None
        quiet = not wrote or self._hurried_probes > 0
        # Who was asked may have been interrupted instead of answering.
        may_be_left = quiet and (not asks or bool(self.block.signals_sent))
        if may_be_left and self.shell.has_thrown_block_away():
            self._idle_probes += 1
            self._look_at_idle_shell()
        elif quiet and not asks:
            self._idle_probes = 0
            self._look_for_wait()
        self._schedule_probe()

    def _look_at_idle_shell(self) -> None:
        """End a block that the shell has left, or never began."""
        if self._idle_probes == IDLE_PROBES and (self.begun or self.block.signals_sent):
            self.thrown_away = True
            self.shell.type_ending(self.block.number)
        elif self._idle_probes >= DEAF_PROBES and self.shell.is_at_prompt():
            # The line was read, and nothing came of it: a DEBUG trap under
            # extdebug skips commands, a restricted shell redirects nothing.
            self.say("the shell does not run blocks any more: it is killed")
            self.shell.process.send(signal.SIGKILL)

    def _look_for_wait(self) -> None:
        waiting = self.shell.waiting_process()
        if waiting is not None:
            # It may have written its prompt since the last look.
            self.reader.read()
            self.shell.read_terminals()
            is_calm = self._quiet_probes >= CALM_PROBES
            self.asking.look_at(waiting, self.shell.process.terminal.modes(), is_calm=is_calm)


def connection(manner: Manner) -> Connection:
    """Return what the standard streams of a block are connected to."""
    if manner.tty:
        return Connection.TERMINAL
    reads = manner.policy.reads_terminal and not manner.is_background
    return Connection.INPUT if reads else Connection.NO_INPUT


def preamble(manner: Manner) -> str:
    """Return what the shell runs before the block."""
    return export_line(manner.exports) + loan_lines(
        manner.cwd, manner.env, is_strict=manner.is_strict
    )
