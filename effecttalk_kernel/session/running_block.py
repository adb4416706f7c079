"""Run: a block while it runs, and its terminals as long as any process writes to them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from effecttalk_kernel.block import (
    Block,
    BlockEvent,
    InputUnavailable,
    Result,
    RunSpec,
    TimedOut,
    advance,
)
from effecttalk_kernel.session.block_terminals import BlockTerminals
from effecttalk_kernel.session.events import (
    Event,
    InputAwaited,
    InputEchoed,
    InputGiven,
    Notice,
    OutputRead,
    Paused,
)
from effecttalk_kernel.session.failing_command import find_failing_command
from effecttalk_kernel.session.input_wait import HOW_TO_GET_TERMINAL, InputHandler
from effecttalk_kernel.session.interrupt import Interrupter
from effecttalk_kernel.session.job_notices import JobNoticeFilter, waits_for_jobs
from effecttalk_kernel.session.output_reader import CONTROL, OutputReader
from effecttalk_kernel.session.program_terminal import ProgramTerminal
from effecttalk_kernel.session.resumed_jobs import ResumedJobs
from effecttalk_kernel.session.saved_screens import SavedScreens
from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.dialects.bash import Job
from effecttalk_kernel.shell.events import BlockEnded
from effecttalk_kernel.shell.proc import descendants, state
from effecttalk_kernel.shell.shell import Connection, Shell
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair
from effecttalk_kernel.shell.waiting_process import CONTROLLING_TERMINAL, WaitingProcess
from effecttalk_kernel.shell.write_order import WriteOrder

# A probe finds a wait for input within 200 ms; while output flows, none is needed.
FIRST_PROBE_SECONDS: Final = 0.02
PROBE_SECONDS: Final = 0.05
# After a second without output, looking less often costs a third: 0.4 % of a core.
CALM_PROBES: Final = 20
CALM_PROBE_SECONDS: Final = 0.15
# How often background jobs are looked at.
BACKGROUND_PROBES: Final = 16
# When something is about to happen, as after a signal.
HURRIED_PROBE_SECONDS: Final = 0.01
# The exit status that a shell gives a command ended by SIGINT.
INTERRUPTED: Final = 130
# Between two probes the shell may be on its way into or out of the block.
IDLE_PROBES: Final = 2
DEAF_PROBES: Final = 6
# A program may take this long from its prompt to its read; one that asks is not waiting for a
# moment when it draws its screen again.
PAUSE_SECONDS: Final = 0.1
BUSY_PAUSE_SECONDS: Final = 0.5
ABSENT_PROBES: Final = 3
# Why a shell is killed that waits although its block has not ended.
NO_MARK: Final = (
    "it cannot report that the block has ended, as after `set -r`, which forbids it to write"
)
NO_EFFECT: Final = (
    "it reads commands but runs none of them, as under a DEBUG trap with extdebug, or when"
    " `builtin` is disabled or a function"
)


class SharedByRuns:
    """What the runs of a session share; owns a descriptor."""

    def __init__(self) -> None:
        self.saved_screens = SavedScreens()
        self._order = WriteOrder()

    def watch_order(self, pair: TerminalPair, shell: Shell, spec: RunSpec) -> WriteOrder | None:
        """Watch in which order a block writes to its terminals, if it has more than one."""
        if spec.tty or spec.is_background:
            return None
        streams = {terminal.path: stream.value for stream, terminal in pair.streams()}
        # Each is a file of its own, although both are the same terminal.
        control = dict.fromkeys((shell.places.control, CONTROLLING_TERMINAL), CONTROL)
        self._order.watch({**streams, **control})
        return self._order

    def close(self) -> None:
        """Close the descriptor; may be called twice."""
        self._order.close()


class Run:
    """What one block needs to run; its facts are in *block*, which every event replaces."""

    def __init__(
        self,
        block: Block,
        shell: Shell,
        pair: TerminalPair,
        *,
        jobs: Callable[[], Sequence[Job]],
        take_news: Callable[[Shell], bytes],
        tell: Callable[[Block, Event], None],
        on_hangup: Callable[["Run"], None],
        on_failure: Callable[["Run", Exception], None],
        grace_seconds: float,
        saved_screens: SavedScreens,
        order: WriteOrder | None = None,
        earlier: Callable[[], Sequence["Run"]] = lambda: (),
        on_late_output: Callable[[], None] = lambda: None,
    ) -> None:
        self.callbacks = Callbacks(lambda error: on_failure(self, error))
        self.block = block
        self.shell = shell
        self.pair = pair
        self.result: Result | None = None
        self.has_begun = False
        self.state_is_saved = False
        self.starts = 1
        self._was_thrown_away = False
        self.done: asyncio.Future[Block] = asyncio.get_running_loop().create_future()
        self._tell = tell
        self._jobs = jobs
        self._take_news = take_news
        self._notices = JobNoticeFilter()
        self.is_watched = True
        self._on_late_output = on_late_output
        self._wrote = False
        self._has_news = True
        self._idle_probes = 0
        self._hurried_probes = 0
        self._quiet_probes = 0
        self._absent_probes = 0
        self._last_write = 0.0
        self._is_paused = True  # its observers know that it has printed nothing for a moment
        self.spec = spec = block.spec
        self.terminals = BlockTerminals(shell, None if spec.tty else pair)
        self.program = ProgramTerminal(self, saved_screens)
        self._jobs_here = ResumedJobs(self, earlier)
        self._take_elsewhere: Callable[[Stream, bytes], None] | None = None
        self.input = InputHandler(self, spec.input)
        self._errors = Stream.STDOUT if spec.is_merged or spec.tty else Stream.STDERR
        self.interrupter = Interrupter(self)
        self._grace_seconds = grace_seconds
        self._prober = self.callbacks.call_later(FIRST_PROBE_SECONDS, self._probe)
        self._family: set[int] = set()  # the processes of a block that takes too long
        # Finding those that were there before takes a tenth of a millisecond.
        is_limited = spec.timeout_seconds is not None
        self._others = set(descendants(shell.process.pid)) if is_limited else set()
        self._timeout = (
            None
            if spec.timeout_seconds is None
            else self.callbacks.call_later(
                spec.timeout_seconds, self._time_out, spec.timeout_seconds
            )
        )
        self.reader = OutputReader(
            pair,
            self._read,
            lambda: on_hangup(self),
            self.callbacks,
            order,
            self._read_control,
        )

    def apply(self, event: BlockEvent) -> None:
        """Note what has happened to the block."""
        self.block = advance(self.block, event)

    def move_to(self, shell: Shell) -> None:
        """Move to another shell because the previous one died before the block started."""
        self.shell = shell
        self.terminals = BlockTerminals(shell, None if self.spec.tty else self.pair)
        self.starts += 1

    def start(self, reports: str = "") -> None:
        """Let the shell run the block, whose code it has.

        With the path of a pipe for *reports*, it runs in the background.
        """
        self.shell.run(
            self.block.number,
            self.pair,
            self._connection,
            is_merged=self.spec.is_merged,
            reports=reports,
        )

    @property
    def _connection(self) -> Connection:
        """The file or terminal that standard input is connected to."""
        if self.spec.tty:
            return Connection.TERMINAL
        reads = self.spec.input.reads_terminal and not self.spec.is_background
        return Connection.INPUT if reads else Connection.NO_INPUT

    def begin(self) -> None:
        """Note that the shell has read the block: once it is idle again, the block has ended."""
        self.has_begun = True
        self._idle_probes = 0

    def read_result(self, event: BlockEnded) -> Result:
        """Return the result in an end mark, without anything that is not from this block."""
        if not self.has_begun:  # interrupted before its first command
            return Result(INTERRUPTED, (INTERRUPTED,))
        if event.exit_status == 0 or self._was_thrown_away:
            return Result(event.exit_status, event.pipestatus)
        command, line = find_failing_command(
            self.block.code, event.line, event.command, at_once=event.leaving
        )
        return Result(event.exit_status, event.pipestatus, command, line)

    def stop_watching(self) -> None:
        """Probe no more and send no more signals, but go on reading the terminals."""
        self.is_watched = False
        self._prober.cancel()
        self.input.stop_typing()
        self.interrupter.cancel()
        if self._timeout is not None:
            self._timeout.cancel()

    def close(self) -> None:
        """Stop everything and close the terminals."""
        self.stop_watching()
        self.reader.stop()
        self.pair.close()
        self.done.cancel()

    # Its timeout.

    def _time_out(self, seconds: float) -> None:
        """End the block and everything that it has started."""
        self.apply(TimedOut(seconds))
        self.find_family()
        self.interrupter.interrupt(self._grace_seconds)

    def find_family(self) -> set[int]:
        """Return the living processes that the block has started, and those found before."""
        self._family |= set(descendants(self.shell.process.pid)) - self._others
        return self._family

    # What its programs ask, and messages to the user.

    def tell(self, event: Event) -> None:
        """Tell the observers of the block."""
        self._tell(self.block, event)

    def say(self, text: str) -> None:
        """Show the user a line with the block's output."""
        self._tell(self.block, Notice(f"effecttalk: {text}"))

    def await_input(self, prompt: str, *, password: bool) -> None:
        """Let the user be asked."""
        self._tell(self.block, InputAwaited(prompt, password))

    def input_given(self) -> None:
        """Note that the question has its answer."""
        self._tell(self.block, InputGiven())

    def echo(self, text: str) -> None:
        """Note an answer that the terminal echoes."""
        self._tell(self.block, InputEchoed(text))

    def end_line(self, stream: str) -> None:
        """End the line of a prompt, because the echo that would do so is not shown."""
        self._read(Stream(stream), b"\n")

    def refuse_program(self, problem: str) -> None:
        """Stop a program that needs a terminal."""
        self.input.refuse_program(problem)

    def note_missing_terminal(self, result: Result) -> None:
        """Note why the block does not end as it should, if it is that nothing shows a terminal."""
        expected = self.spec.expected
        if expected is None or self.spec.is_background or self.block.problem:
            return
        failure = 0 if result.exit_status in expected else result.exit_status
        problem = self.program.find_problem(failure, result.command)
        if problem and not self.block.signals_sent:
            self.apply(InputUnavailable(problem, HOW_TO_GET_TERMINAL))

    def interrupt_asking(self) -> None:
        """Stop a program that asks endlessly."""
        self.interrupter.interrupt_asking()

    def look_again(self, probes: int) -> None:
        """Probe soon, *probes* times: after an answer, the next question may come at once."""
        self._hurried_probes = max(self._hurried_probes, probes)
        self._schedule_probe()

    def terminal_text(self, data: bytes) -> None:
        """Take text from the control terminal: a prompt there, or an echo."""
        if data := self.input.without_echo(self.shell.process.terminal, data):
            self.reader.place(Stream.STDERR if self.pair.is_piped else Stream.STDOUT, data)

    def _read_control(self) -> None:
        self.shell.read_terminals()

    def read_terminals(self) -> None:
        """Read everything that programs have written."""
        self._jobs_here.read()
        self.read_output()
        self.shell.read_terminals()

    def read_output(self) -> None:
        """Read everything that programs have written to the block's own terminals."""
        self.reader.read_all()

    def read_ahead(self) -> bytes:
        """Read everything that programs have written; return what was not passed on yet."""
        return self.reader.read_ahead()

    def find_resumed_jobs(self) -> None:
        """Find out whether the foreground job is one of an earlier block."""
        if self.is_watched:
            self._jobs_here.look()

    # Probes.

    def _read(self, stream: Stream, data: bytes) -> None:
        if not self.is_watched and self._take_elsewhere is None:
            self._on_late_output()  # the job that writes it may go on in another block
        if self._take_elsewhere is not None:
            self._take_elsewhere(stream, data)
        elif data := self.input.without_echo(getattr(self.pair, stream.value), data):
            self._jobs_here.read()
            self.take(stream, data)

    def send_output_to(self, take: Callable[[Stream, bytes], None] | None) -> None:
        """Pass output on to another block; None: no more."""
        if take is None:
            self.reader.read_all()  # what was written until now belongs where it was
        self._take_elsewhere = take

    def take(self, stream: Stream, data: bytes) -> None:
        """Take output of the block's programs."""
        self._wrote = True
        self._is_paused, self._last_write = False, self.done.get_loop().time()
        self._show_news()
        if self._quiet_probes:
            self._quiet_probes = 0
            self._schedule_probe()
        if stream is Stream.STDERR or not self.pair.is_piped:  # no prompt is written to a pipe
            self.input.prompt.feed(stream.value, data)
        if self.program.is_abandoned:  # asked once: a program may end between two questions
            drawn, data = self.program.split(data)
            if drawn:
                self._show(stream, drawn)
            if data:
                self.program.abandon()
        if data:
            self._show(stream, data)

    def _show(self, stream: Stream, data: bytes) -> None:
        self.program.feed(stream, data)
        if stream is self._errors:
            data = self._notices.feed(data)
        if data:
            self._tell(self.block, OutputRead(stream, data))

    def _show_news(self) -> None:
        """Show, before the block's own output, what has happened to jobs since the last block.

        Not before the shell has begun the block: until then, there may be more.
        """
        if not self._has_news:
            return
        self._has_news = False
        if news := self._take_news(self.shell):
            self._tell(self.block, OutputRead(self._errors, news))
        if not waits_for_jobs(self.block.code):
            self._notices = JobNoticeFilter(
                [job for job in self._jobs() if state(job.group) not in {"", "Z"}]
            )

    def finish_reading(self) -> None:
        """Read everything written so far, and hold nothing back any more."""
        self.reader.drain()
        self._show_news()
        if held := self._notices.flush():
            self._tell(self.block, OutputRead(self._errors, held))
        self.program.finish()
        self._jobs_here.let_go()

    def _schedule_probe(self) -> None:
        self._prober.cancel()
        if not self.is_watched:  # late output is read too
            return
        hurried = self._hurried_probes > 0
        self._hurried_probes -= hurried
        is_calm = self._quiet_probes >= CALM_PROBES
        usual = CALM_PROBE_SECONDS if is_calm else PROBE_SECONDS
        delay = HURRIED_PROBE_SECONDS if hurried else usual
        self._prober = self.callbacks.call_later(delay, self._probe)

    def _probe(self) -> None:
        """Find out what the block is doing, if it has been quiet."""
        if self.shell.is_dead:  # the next one is on its way
            self._schedule_probe()
            return
        self.terminals.share_modes()
        self.shell.read_terminals()
        if self.has_begun:
            self._show_news()
        if not self.interrupter.is_paused:
            self.program.check()
        wrote, self._wrote = self._wrote, False
        self._quiet_probes = 0 if wrote else self._quiet_probes + 1
        asks = self.input.asked is not None
        quiet = not wrote or self._hurried_probes > 0 or self.program.may_poll
        # The user may have interrupted instead of answering.
        if quiet and not self.interrupter.is_paused and self.shell.is_stopped():
            self.say("the shell was stopped: it is continued, because nothing else would do so")
            self.shell.process.go_on()
        may_be_left = quiet and (not asks or bool(self.block.signals_sent))
        if may_be_left and self.shell.has_dropped_block():
            self._idle_probes += 1
            self._handle_idle_shell()
        elif quiet and not asks:
            self._idle_probes = 0
            self._find_wait()
        elif asks:
            self._check_question()
        self._schedule_probe()

    def _handle_idle_shell(self) -> None:
        """End a block that the shell has left or never began."""
        if self.shell.awaits_release():
            # It has written the end mark by now, if it could write.
            self.shell.read_marks()
            if self.is_watched:
                self.shell.fail(NO_MARK)
        elif self._idle_probes == IDLE_PROBES and (self.has_begun or self.block.signals_sent):
            self._was_thrown_away = True
            self.shell.type_ending(self.block.number)
        elif self._idle_probes >= DEAF_PROBES and self.shell.is_at_prompt():
            # The shell read the line without effect: a DEBUG trap under extdebug skips
            # commands.
            self.shell.fail(NO_EFFECT)

    def _find_wait(self) -> None:
        self._jobs_here.look()
        waiting = self._find_waiting_process()
        may_ask = False
        if waiting is not None and self.terminals.move_input(waiting):
            may_ask = True
        elif waiting is not None:
            # It may have written its prompt since the last probe.
            self.read_terminals()
            is_calm = self._quiet_probes >= CALM_PROBES
            may_ask = self.input.handle_wait(waiting, is_calm=is_calm)
        elif self._quiet_probes % BACKGROUND_PROBES == 2:
            self.terminals.stop_background_readers()
        self._note_pause(may_ask=may_ask)

    def _find_waiting_process(self) -> WaitingProcess | None:
        return (
            self.terminals.find_waiting_process()
            or self.program.find_server()
            or self.program.find_poller()
        )

    def _note_pause(self, *, may_ask: bool) -> None:
        """Tell once that the block prints nothing, unless a program asks or may do so soon."""
        if self._is_paused or may_ask:
            return
        pause = self.done.get_loop().time() - self._last_write
        if pause >= BUSY_PAUSE_SECONDS or (pause >= PAUSE_SECONDS and not self._is_busy):
            self._is_paused = True
            self._tell(self.block, Paused())

    @property
    def _is_busy(self) -> bool:
        """Whether any of its processes computes, or waits for a processor."""
        root = self.shell.process.pid
        return any(state(pid) == "R" for pid in (root, *descendants(root)))

    def _check_question(self) -> None:
        """Close the open question when its program waits no more."""
        waiting = self._find_waiting_process()
        is_asking = self.input.is_still_asking(waiting)
        self._absent_probes = 0 if is_asking else self._absent_probes + 1
        if self._absent_probes == ABSENT_PROBES:
            self._absent_probes = 0
            self.input.withdraw()
