"""When a process that waits for input is a question for the user."""

import termios
from typing import cast

import pytest

from effecttalk_kernel.block import InputPolicy
from effecttalk_kernel.session.input_wait import Asker, InputHandler
from effecttalk_kernel.shell.terminal import LineDiscipline
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess

TERMINAL = "/dev/pts/1"
READER = WaitingProcess(1, "bash", WaitEvidence.READS, TERMINAL, TERMINAL)


class StubTerminal:
    """A terminal with nothing typed."""

    def has_unread_input(self) -> bool:
        return False

    def line_discipline(self) -> LineDiscipline:
        return LineDiscipline(termios.ICANON | termios.ECHO, ())


class StubTerminals:
    """The terminals of a block without background jobs."""

    def find(self, waiting: WaitingProcess | None) -> StubTerminal:
        return StubTerminal()

    def stop_background_readers(self) -> bool:
        return False


class StubProgram:
    """A program without a terminal."""

    takes_keys = is_drawn = False

    def restore_modes(self) -> None:
        pass


class StubAsker:
    """A block that notes what the user is asked."""

    def __init__(self) -> None:
        self.terminals = StubTerminals()
        self.program = StubProgram()
        self.callbacks = None
        self.questions: list[str] = []

    def read_terminals(self) -> None:
        pass

    def await_input(self, prompt: str, *, password: bool) -> None:
        self.questions.append(prompt)


@pytest.fixture
def asker() -> StubAsker:
    return StubAsker()


@pytest.fixture
def handler(asker: StubAsker) -> InputHandler:
    return InputHandler(cast("Asker", asker), InputPolicy(is_interactive=True))


def test_a_question_waits_until_its_prompt_is_passed_on(
    asker: StubAsker, handler: InputHandler
) -> None:
    handler.handle_wait(READER, is_calm=False)
    handler.prompt.feed("stdout", b"name? ")  # a relay or a filter had it until now
    handler.handle_wait(READER, is_calm=False)
    assert asker.questions == []
    handler.handle_wait(READER, is_calm=False)
    assert asker.questions == ["name? "]


def test_a_question_of_another_process_is_seen_twice(
    asker: StubAsker, handler: InputHandler
) -> None:
    other = WaitingProcess(2, "cat", WaitEvidence.READS, TERMINAL, TERMINAL)
    for waiting in (READER, other, READER):
        handler.handle_wait(waiting, is_calm=False)
    assert asker.questions == []
