"""Run: one block while it runs, and its terminals while anybody writes to them."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from effecttalk_kernel.block import Answerer, Asked, Block, InputPolicy, Result
from effecttalk_kernel.session.events import Event, InputAwaited, Notice, OutputRead
from effecttalk_kernel.session.ladder import Ladder
from effecttalk_kernel.session.notices import NoticeFilter
from effecttalk_kernel.session.prompt import PromptReader, is_question
from effecttalk_kernel.session.reader import PairReader
from effecttalk_kernel.session.typist import Typist
from effecttalk_kernel.shell.dialects.bash import Job
from effecttalk_kernel.shell.foreground import Sight, Waiting
from effecttalk_kernel.shell.pool import Stream, TerminalPair
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import Modes

# A wait for input is to be seen within 200 ms; output that flows costs no probe.
FIRST_PROBE_SECONDS: Final = 0.02
PROBE_SECONDS: Final = 0.05
# After a second without output, looking less often costs a third: 0.4 % of a core.
CALM_PROBES: Final = 20
CALM_PROBE_SECONDS: Final = 0.15
# After a signal the shell is back at its prompt within milliseconds.
HURRIED_PROBE_SECONDS: Final = 0.01
HURRIED_PROBES: Final = 50
# Between two probes the shell may be on its way into or out of the block.
IDLE_PROBES: Final = 2
DEAF_PROBES: Final = 6
# A program that asks again after two ends of file will ask for ever.
ENDS_OF_FILE: Final = 2
# After an answer, the next question comes soon.
ANSWERED_PROBES: Final = 5
# A second without output: as long as a step of `configure` may take.
HIDDEN_QUIET_PROBES: Final = CALM_PROBES


class Run:
    """The moving parts of one block; its facts are in *block*, replaced by each change."""

    def __init__(
        self,
        block: Block,
        shell: Shell,
        pair: TerminalPair,
        *,
        policy: InputPolicy,
        jobs: Callable[[], Sequence[Job]],
        tell: Callable[["Run", Event], None],
        on_hangup: Callable[["Run"], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.block = block
        self.shell = shell
        self.pair = pair
        self.result: Result | None = None
        self.begun = False
        self.state_is_saved = False
        self.starts = 1
        self.policy = policy
        self.thrown_away = False
        self.done: asyncio.Future[Block] = loop.create_future()
        self._tell = tell
        self._jobs = jobs
        self._loop = loop
        self._wrote = False
        self._idle_probes = 0
        self._hurried_probes = 0
        self._ends_of_file = 0
        self._quiet_probes = 0
        self._prompt = PromptReader()
        self._given = list(policy.given)
        self._asked: Asked | None = None
        self._typist = Typist(shell.process.terminal)
        self._echo = b""
        self._ladder: Ladder | None = None
        self._step: asyncio.TimerHandle | None = None
        self._grace_seconds = 0.0
        self._prober = loop.call_later(FIRST_PROBE_SECONDS, self._probe)
        self.reader = PairReader(pair, self._read, lambda: on_hangup(self))

    def move_to(self, shell: Shell) -> None:
        """Go on in another shell: the one before died without beginning the block."""
        self.shell = shell
        self._typist = Typist(shell.process.terminal)
        self.starts += 1

    def begin(self) -> None:
        """Note that the shell has read the block: if it is idle again, it has left it."""
        self.begun = True
        self._idle_probes = 0

    def stop_watching(self) -> None:
        """Probe no more and take no further step; the terminals are still read."""
        self._prober.cancel()
        self._typist.stop()
        if self._step is not None:
            self._step.cancel()

    def close(self) -> None:
        """Give everything up."""
        self.stop_watching()
        self.reader.stop()
        self.pair.close()
        self.done.cancel()

    # Stopping.

    def interrupt(self, grace_seconds: float) -> None:
        """Take the first step of the ladder, or the next one at once."""
        if self.shell.is_dead:
            return
        self._grace_seconds = grace_seconds
        self._ladder = self._ladder or Ladder()
        self._climb()

    def _climb(self) -> None:
        assert self._ladder is not None
        if self._step is not None:
            self._step.cancel()
        process = self.shell.process
        if self._ladder.is_exhausted:
            self._say("the block still runs: its shell is killed")
            process.send(signal.SIGKILL)
            return
        step = self._ladder.next_step()
        if self.block.signals_sent:
            self._say(f"not stopped by {self.block.signals_sent[-1]}: {step.name} is sent")
        self.block = self.block.with_signal(step.name)
        # Nothing that was typed for the block may reach the prompt.
        self._typist.stop()
        process.terminal.drop_input()
        if process.terminal.foreground() != process.pid and step is signal.SIGINT:
            # The shell must not go on with the rest of the cell.
            process.send(step)
        process.send_to_foreground(step)
        self._hurried_probes = HURRIED_PROBES
        self._schedule_probe()
        self._step = self._loop.call_later(self._grace_seconds, self._climb)

    def _say(self, text: str) -> None:
        self._tell(self, Notice(f"effecttalk: {text}"))

    # Input.

    @property
    def is_awaited(self) -> bool:
        """Whether somebody was asked and has not answered yet."""
        return self._asked is not None

    def answer(self, text: str) -> None:
        """Type the user's answer and Return for the process that waits."""
        if self._asked is not None:
            self._type(text, Answerer.USER)

    def _type(self, text: str, answerer: Answerer) -> None:
        self._note(answerer)
        echoes = self.shell.process.terminal.modes().echo
        keys = self._typist.type(text.encode(errors="replace") + b"\n")
        if echoes:
            self._echo += keys
        self._hurried_probes = max(self._hurried_probes, ANSWERED_PROBES)
        self._schedule_probe()

    def end_of_file(self, answerer: Answerer = Answerer.USER) -> None:
        """Type the end-of-file character."""
        if self._asked is not None:
            self._note(answerer)
        terminal = self.shell.process.terminal
        terminal.write(terminal.end_of_file_character())
        self._schedule_probe()

    def give_up_asking(self) -> None:
        """Answer whoever waits, now or later, as if nobody could be asked."""
        self.policy, self._asked = replace(self.policy, is_interactive=False), None

    def _note(self, answerer: Answerer) -> None:
        if self._asked is not None:
            self.block = self.block.with_asked(replace(self._asked, answered_by=answerer))
            self._asked = None
            self._prompt = PromptReader()  # what follows stands on a line of its own

    def terminal_text(self, data: bytes) -> None:
        """Take what appeared on the control terminal: a prompt there, or an echo."""
        self._echo, data = without_echo(self._echo, data)
        if data:
            self._read(Stream.STDOUT, data)

    # Watching.

    def _read(self, stream: Stream, data: bytes) -> None:
        self._wrote = True
        if self._quiet_probes:
            self._quiet_probes = 0
            self._schedule_probe()
        self._prompt.feed(stream.value, data)
        if stream is Stream.STDERR:
            data = self._notices.feed(data)
        if data:
            self._tell(self, OutputRead(stream, data))

    @cached_property
    def _notices(self) -> NoticeFilter:
        # Not before the block prints: the snapshot that names the jobs is
        # taken while the cell before is replied to.
        self.shell.read_snapshot()
        return NoticeFilter(self._jobs())

    def finish_reading(self) -> None:
        """Read all that was written so far, and hold nothing back any more."""
        self.reader.drain()
        if held := self._notices.flush():
            self._tell(self, OutputRead(Stream.STDERR, held))

    def _schedule_probe(self) -> None:
        self._prober.cancel()
        hurried = self._hurried_probes > 0
        self._hurried_probes -= hurried
        is_calm = self._quiet_probes >= CALM_PROBES and self._asked is None
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
        quiet = self._asked is None and not (wrote and not self._hurried_probes)
        if quiet and self.shell.has_thrown_block_away():
            self._idle_probes += 1
            self._look_at_idle_shell()
        elif quiet:
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
            self._say("the shell does not run blocks any more: it is killed")
            self.shell.process.send(signal.SIGKILL)

    def _look_for_wait(self) -> None:
        waiting = self.shell.waiting_process()
        if waiting is None:
            return
        # It may have written its prompt since the last look.
        self.reader.read()
        self.shell.read_terminals()
        modes = self.shell.process.terminal.modes()
        prompt = self._prompt.text()
        if not self._asks(waiting, modes, prompt):
            return
        is_password = modes.canonical and not modes.echo
        self._asked = Asked(waiting.name, is_password, Answerer.USER, prompt)
        if self._given:
            self._type(self._given.pop(0), Answerer.OPTIONS)
        elif self.policy.is_interactive:
            self._tell(self, InputAwaited(prompt, is_password))
        else:
            self._refuse(waiting, canonical=modes.canonical)

    def _asks(self, waiting: Waiting, modes: Modes, prompt: str) -> bool:
        """Whether a process waits for an answer, as far as can be seen.

        One that polls may only want to notice a key (a server, a build tool); one
        of another user is seen by the terminal's modes and its prompt alone.
        """
        if waiting.sight is Sight.READS or not (modes.canonical and modes.echo):
            return True
        if waiting.sight is Sight.POLLS:
            return bool(prompt.strip())
        return self._quiet_probes >= HIDDEN_QUIET_PROBES and is_question(prompt)

    def _refuse(self, waiting: Waiting, *, canonical: bool) -> None:
        """Nobody can answer: the program gets end of file, or an interrupt."""
        self._ends_of_file += 1
        problem = f"{waiting.name} waited for input, and no front end can answer"
        self.block = replace(self.block, problem=problem)
        ends = canonical and not self.policy.fails and self._ends_of_file <= ENDS_OF_FILE
        self._say(f"{problem}: it got {'end of file' if ends else 'an interrupt'}")
        if ends:
            self.end_of_file(Answerer.END_OF_FILE)
        else:
            self._note(Answerer.INTERRUPT)
            self.interrupt(self._grace_seconds or 1.0)


QUOTE, QUOTED = b"\x16", b"^\b"  # VLNEXT, and its echo


def without_echo(typed: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Take the echo of what was typed out of *data*; returns what is left of both.

    A terminal echoes a control character as ^X (ECHOCTL, termios(3)), and the
    end of a line so if a program reads single keys.
    """
    at = 0
    while typed and at < len(data):
        key = typed[:1]
        echoes = (key, caret(key), QUOTED) if key == QUOTE else (key, caret(key))
        shown = next((echo for echo in echoes if data.startswith(echo, at)), b"")
        if not shown:
            return b"", data[at:]
        typed, at = typed[1:], at + len(shown)
    return typed, data[at:]


def caret(key: bytes) -> bytes:
    """Return a key as a terminal shows it that does not act on it."""
    return b"^" + bytes([key[0] ^ 0x40]) if key[0] < 0x20 or key[0] == 0x7F else key
