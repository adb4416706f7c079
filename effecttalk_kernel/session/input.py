"""Asking: what the programs of a block ask, and who answers them."""

from dataclasses import replace
from typing import Final, Protocol

from effecttalk_kernel.block import Answerer, Asked, Block, InputPolicy
from effecttalk_kernel.session.keyboard import Keyboard
from effecttalk_kernel.session.prompt import PromptReader, is_question
from effecttalk_kernel.shell.foreground import Sight, Waiting
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import Modes

# A program that asks again after two ends of file will ask for ever.
ENDS_OF_FILE: Final = 2
# After an answer, the next question comes soon.
ANSWERED_PROBES: Final = 5
QUOTE, QUOTED = b"\x16", b"^\b"  # VLNEXT, and its echo


class Asker(Protocol):
    """The run whose programs ask."""

    block: Block
    shell: Shell

    def say(self, text: str) -> None:
        """Tell the user something."""

    def await_input(self, prompt: str, *, password: bool) -> None:
        """Let the user be asked."""

    def input_given(self) -> None:
        """Note that whoever asked has its answer."""

    def end_line(self, stream: str) -> None:
        """End the line of a prompt, as Return does on a terminal."""

    def interrupt_asker(self) -> None:
        """Make the program stop."""

    def look_again(self, probes: int) -> None:
        """Look soon whether it asks again."""


class InputHandler:
    """Questions and answers of one block."""

    def __init__(self, asker: Asker, policy: InputPolicy) -> None:
        self._asker = asker
        self.policy = policy
        self.prompt = PromptReader()
        self.asked: Asked | None = None
        self._given = list(policy.given)
        self._ends_of_file = 0
        self._echo = b""
        self.is_attached = False
        self.move()

    def move(self) -> None:
        """Go on with the asker's new shell."""
        self._terminal = self._asker.shell.process.terminal
        self._typist = Keyboard(self._terminal)

    def stop_typing(self) -> None:
        """Type no more of a long answer."""
        self._typist.stop()

    # Questions.

    def look_at(self, waiting: Waiting, modes: Modes, *, is_calm: bool) -> None:
        """See to it that a process which waits gets its answer; *is_calm*: for a second now."""
        prompt = self.prompt.text
        if self._terminal.unread_bytes():  # it is about to read the last answer
            return
        if self.is_attached or not _asks(waiting, modes, prompt, is_calm=is_calm):
            return
        is_password = modes.canonical and not modes.echo
        self.asked = Asked(waiting.name, is_password, Answerer.USER, prompt)
        if self._given:
            self._type(self._given.pop(0), Answerer.OPTIONS)
        elif self.policy.is_interactive:
            self._asker.await_input(prompt, password=is_password)
        else:
            self._refuse(waiting, canonical=modes.canonical)

    def _refuse(self, waiting: Waiting, *, canonical: bool) -> None:
        """Nobody can answer: the program gets end of file, or an interrupt."""
        self._ends_of_file += 1
        problem = f"{waiting.name} waited for input, and no front end can answer"
        self._asker.block = replace(self._asker.block, problem=problem)
        ends = canonical and not self.policy.fails and self._ends_of_file <= ENDS_OF_FILE
        self._asker.say(f"{problem}: it got {'end of file' if ends else 'an interrupt'}")
        if ends:
            self.end_of_file(Answerer.END_OF_FILE)
        else:
            self._note(Answerer.INTERRUPT)
            self._asker.interrupt_asker()

    # Answers.

    def answer(self, text: str) -> None:
        """Type the user's answer and Return for the process that waits."""
        if self.asked is not None:
            self._type(text, Answerer.USER)

    def press(self, keys: bytes) -> None:
        """Type keys as they come from a terminal that a client shows."""
        if self.asked is not None:
            self.asked = None
            self._asker.input_given()
        self._typist.press(keys)

    def end_of_file(self, answerer: Answerer = Answerer.USER) -> None:
        """Type the end-of-file character."""
        self._note(answerer)
        self._terminal.write(self._terminal.end_of_file_character())
        self._asker.look_again(0)

    def give_up(self) -> None:
        """Answer whoever waits, now or later, as if nobody could be asked."""
        self.policy, self.asked = replace(self.policy, is_interactive=False), None

    def without_echo(self, data: bytes) -> bytes:
        """Return *data* from the terminal without the echo of what was typed.

        On a block's own terminal the echo is a part of what it shows.
        """
        if self._asker.block.tty:
            return data
        self._echo, data = without_echo(self._echo, data)
        return data

    def _type(self, text: str, answerer: Answerer) -> None:
        echoes = self._terminal.modes().echo
        if echoes and self.prompt.text and not self._asker.block.tty:
            self._asker.end_line(self.prompt.stream)
        self._note(answerer)
        keys = self._typist.type(text.encode(errors="replace") + b"\n")
        if echoes:
            self._echo += keys
        self._asker.look_again(ANSWERED_PROBES)

    def _note(self, answerer: Answerer) -> None:
        if self.asked is not None:
            asked = replace(self.asked, answered_by=answerer)
            self._asker.block = self._asker.block.with_asked(asked)
            self.asked = None
            self.prompt = PromptReader()  # what follows stands on a line of its own
            self._asker.input_given()


def _asks(waiting: Waiting, modes: Modes, prompt: str, *, is_calm: bool) -> bool:
    """Whether a process waits for an answer, as far as can be seen.

    One that polls may only want to notice a key (a server, a build tool); one of
    another user is seen by the terminal's modes and its prompt alone, when it was
    quiet for longer than a step of `configure`.
    """
    if waiting.sight is Sight.READS or not (modes.canonical and modes.echo):
        return True
    if waiting.sight is Sight.POLLS:
        return bool(prompt.strip())
    return is_calm and is_question(prompt)


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
