"""Screens of programs that end, stop and go on, whatever the order in which the kernel sees it."""

import os
import signal
import subprocess
import termios
from collections.abc import Iterator
from itertools import product

import pytest

from effecttalk_kernel.block import Block, BlockEvent, InputPolicy, RunSpec
from effecttalk_kernel.session.events import Event, OutputRead, ScreenAbandoned, TerminalClosed
from effecttalk_kernel.session.program_terminal import ProgramTerminal
from effecttalk_kernel.session.saved_screens import SavedScreens
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.terminal import Modes
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess
from tests.support.notebook import eventually

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
RAW: Modes = (0, 0, 0, 0, 0, ())
COOKED: Modes = (0, 0, termios.ICANON, 0, 0, ())


class StubTerminals:
    """Terminals with these modes."""

    others = ()

    def __init__(self, modes: Modes = RAW) -> None:
        self.modes = modes

    def are_canonical(self) -> bool:
        return self.modes == COOKED

    def share_modes(self) -> None:
        pass

    def set_modes(self, modes: Modes) -> None:
        self.modes = modes


class StubRun:
    """A block whose shell is this process; *unread* is what its programs have written."""

    def __init__(self, saved: SavedScreens) -> None:
        self.group = self.pid = os.getpid()  # in the foreground
        self.shell = self.process = self.terminal = self
        self.terminals = StubTerminals()
        self.is_watched = True
        self.unread: list[bytes] = []
        self.events: list[Event] = []
        self.notices: list[str] = []
        spec = RunSpec(input=InputPolicy(is_interactive=True))
        self.block = Block("session", 1, "", 0.0, "/", spec)
        self.program = ProgramTerminal(self, saved)  # type: ignore[arg-type]
        self.program.is_viewed = True

    def read_ahead(self) -> bytes:
        return b"".join(self.unread)

    def read_terminals(self) -> None:
        while self.unread:
            self.take(Stream.STDOUT, self.unread.pop(0))

    def foreground(self) -> int:
        return self.group

    def look_again(self, probes: int) -> None:
        pass

    def apply(self, event: BlockEvent) -> None:
        pass

    def watch_terminal(self) -> None:
        pass

    def unwatch_terminal(self) -> None:
        pass

    def take(self, stream: Stream, data: bytes) -> None:
        if self.program.is_abandoned:
            drawn, data = self.program.split(data)
            if drawn:
                self.show(stream, drawn)
            if data:
                self.program.abandon()
        if data:
            self.show(stream, data)

    def show(self, stream: Stream, data: bytes) -> None:
        self.program.feed(stream, data)
        self.events.append(OutputRead(stream, data))

    def say(self, text: str) -> None:
        self.notices.append(text.partition(":")[0])

    def tell(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[bytes]]:
    """A job of this process."""
    with subprocess.Popen(["sleep", "60"], process_group=0) as process:
        yield process
        process.kill()


def draw(run: StubRun, program: subprocess.Popen[bytes]) -> None:
    """Let the program draw in the foreground, wait, and get a terminal."""
    run.group = program.pid
    run.take(Stream.STDERR, ENTER + b"\x1b[Hdrawn")
    evidence = WaitEvidence.READS
    assert run.program.open_for(WaitingProcess(program.pid, "sleep", evidence, "", ""))
    run.events.clear()


def end(run: StubRun, program: subprocess.Popen[bytes]) -> None:
    program.kill()
    program.wait()
    run.group = run.pid


def stop(program: subprocess.Popen[bytes]) -> None:
    program.send_signal(signal.SIGSTOP)
    eventually(lambda: proc.state(program.pid) == "T", "a stop")


def go_on(program: subprocess.Popen[bytes]) -> None:
    program.send_signal(signal.SIGCONT)
    eventually(lambda: proc.state(program.pid) != "T", "a continuation")


def test_the_last_drawing_of_a_program_that_is_killed_is_not_shown(
    program: subprocess.Popen[bytes],
) -> None:
    run = StubRun(SavedScreens())
    draw(run, program)
    end(run, program)
    run.unread = [b"1\x1b[H2", b"3\x1b[Hafter"]
    run.program.check()
    pieces = (b"1\x1b[H2", b"3\x1b[H", ScreenAbandoned(), b"after")
    assert run.events[:4] == [
        OutputRead(Stream.STDOUT, each) if isinstance(each, bytes) else each for each in pieces
    ]


@pytest.mark.parametrize("last", [[b"saved", LEAVE], [b"saved\x1b[?104", b"9l"], [LEAVE]])
def test_the_last_words_of_a_program_may_come_in_pieces(
    program: subprocess.Popen[bytes], last: list[bytes]
) -> None:
    run = StubRun(SavedScreens())
    draw(run, program)
    end(run, program)
    run.unread = [*last, b"after"]
    run.program.check()
    assert run.events == [
        *(OutputRead(Stream.STDOUT, piece) for piece in [*last, b"after"]),
        TerminalClosed(),
    ]


def test_a_screen_that_is_left_behind_is_left_before_other_output(
    program: subprocess.Popen[bytes],
) -> None:
    run = StubRun(SavedScreens())
    draw(run, program)
    end(run, program)
    run.unread = [b"after", b"more"]
    run.program.check()
    assert run.events[:2] == [ScreenAbandoned(), OutputRead(Stream.STDOUT, b"after")]


def test_a_screen_that_is_left_behind_is_left_at_the_end(program: subprocess.Popen[bytes]) -> None:
    run = StubRun(SavedScreens())
    draw(run, program)
    end(run, program)
    run.program.finish()
    assert run.events == [ScreenAbandoned(), TerminalClosed()]


@pytest.mark.parametrize("looks", [*product([False, True], repeat=5)], ids=str)
def test_a_stopped_program_goes_on_whenever_the_kernel_looks(
    program: subprocess.Popen[bytes], looks: tuple[bool, ...]
) -> None:
    """The shell puts its own modes back after a stop, and does not restore those of a job."""
    saved = SavedScreens()
    first, second = StubRun(saved), StubRun(saved)

    def look(run: StubRun, number: int) -> None:
        if looks[number]:
            run.program.check()

    draw(first, program)
    stop(program)
    look(first, 0)
    first.terminals.modes = COOKED
    look(first, 1)
    first.group = first.pid
    look(first, 2)
    first.take(Stream.STDERR, b"[1]+  Stopped\n")
    first.program.finish()
    assert first.events.count(ScreenAbandoned()) == 1

    second.terminals.modes = COOKED
    second.group = program.pid
    look(second, 3)
    go_on(program)
    if looks[4]:  # otherwise the program draws before the kernel looks
        second.program.check()
    second.take(Stream.STDOUT, b"\x1b[2Hnews")
    second.program.check()
    second.program.restore_modes()
    assert second.terminals.modes == RAW
    assert second.program.is_drawn
    assert second.events == [
        OutputRead(Stream.STDERR, ENTER + b"\x1b[Hdrawn"),
        OutputRead(Stream.STDOUT, b"\x1b[2Hnews"),
    ]


def test_modes_that_the_program_has_set_itself_stay(program: subprocess.Popen[bytes]) -> None:
    """It handles SIGCONT."""
    saved = SavedScreens()
    first, second = StubRun(saved), StubRun(saved)
    draw(first, program)
    stop(program)
    first.program.finish()
    go_on(program)
    second.terminals.modes = own = (1, *RAW[1:])
    second.group = program.pid
    second.program.check()
    second.program.restore_modes()
    assert second.terminals.modes == own


def test_a_program_is_continued_that_is_stopped_without_its_job(
    program: subprocess.Popen[bytes],
) -> None:
    run = StubRun(SavedScreens())
    draw(run, program)
    stop(program)
    run.program._group = run.pid  # a job whose shell ignores the signal

    def is_continued() -> bool:
        run.program.check()
        return proc.state(program.pid) != "T"

    eventually(is_continued, "a continuation")
    assert run.program.is_open
    assert run.notices == ["sleep was stopped, but not the job that waits for it"]
