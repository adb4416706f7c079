"""Input: which programs of a block ask for input, and how they get an answer."""

from dataclasses import replace
from typing import Final, Protocol

from effecttalk_kernel.block import (
    Answerer,
    Block,
    BlockEvent,
    InputAnswered,
    InputPolicy,
    InputUnavailable,
    InputWait,
)
from effecttalk_kernel.session.block_terminals import BlockTerminals
from effecttalk_kernel.session.keyboard import Keyboard
from effecttalk_kernel.session.program_terminal import ProgramTerminal
from effecttalk_kernel.session.prompt import PromptReader, is_question
from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import LineDiscipline, Terminal, line_discipline_of
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess

# A program that asks again after two ends of file would ask endlessly.
MAX_ENDS_OF_FILE: Final = 2
# After an answer, the next question comes soon.
ANSWERED_PROBES: Final = 5
# What to do about a program that no user can answer.
HOW_TO_ANSWER: Final = "answer it with `#| stdin:` at the top of the cell"
HOW_TO_GET_TERMINAL: Final = (
    "run the cell in JupyterLab, where a terminal opens, or use a command or an option that only"
    " prints"
)
HOW_TO_DO_WITHOUT_KEYS: Final = f"it reads single keys: {HOW_TO_GET_TERMINAL}"
# What to do in a front end without a terminal.
HOW_TO_PRESS_KEYS: Final = (
    "{} uses the whole screen and reads single keys: answer with keys, after which Return is"
    " typed; JupyterLab with EffectTalk's extension shows a terminal"
)
QUOTE, QUOTED = b"\x16", b"^\b"  # VLNEXT, and its echo


class Asker(Protocol):
    """The run whose programs ask."""

    block: Block
    shell: Shell
    terminals: BlockTerminals
    program: ProgramTerminal
    callbacks: Callbacks

    def apply(self, event: BlockEvent) -> None:
        """Note what has happened to the block."""

    def say(self, text: str) -> None:
        """Show the user a line with the block's output."""

    def await_input(self, prompt: str, *, password: bool) -> None:
        """Let the user be asked."""

    def input_given(self) -> None:
        """Note that the question has its answer."""

    def echo(self, text: str) -> None:
        """Note an answer that the terminal echoes."""

    def end_line(self, stream: str) -> None:
        """End the line of a prompt, as Return does on a terminal."""

    def read_terminals(self) -> None:
        """Read everything that programs have written."""

    def interrupt_asking(self) -> None:
        """Stop a program that asks endlessly."""

    def look_again(self, probes: int) -> None:
        """Check soon whether a program asks again."""


class InputHandler:
    """Answers the programs of one block."""

    def __init__(self, asker: Asker, policy: InputPolicy) -> None:
        self._asker = asker
        self._policy = policy
        self.prompt = PromptReader()
        self.asked: InputWait | None = None  # the open question
        self._waiting: WaitingProcess | None = None  # which asked it, or the last one
        self._seen: tuple[WaitingProcess, str] | None = None  # at the last probe, and its prompt
        self._given = list(policy.given)
        self._ends_of_file = 0
        self._hinted = set[int]()  # processes
        self._is_stopping = False  # a program that no user can answer
        self._echoes: dict[Terminal, bytes] = {}  # what was typed and is still to be echoed
        self._keyboard = Keyboard(asker.callbacks, asker.read_terminals)

    @property
    def terminal(self) -> Terminal:
        """The terminal where keys are typed: that of the program that asked last."""
        return self._asker.terminals.find(self._waiting)

    def stop_typing(self) -> None:
        """Type no more of a long answer."""
        self._keyboard.stop()

    # Questions.

    def handle_wait(self, waiting: WaitingProcess, *, is_calm: bool) -> bool:
        """Answer a process that waits, or ask the user; return whether it asks, or may do so soon.

        *is_calm*: the block has been quiet for a second.
        """
        if self._keyboard.is_typing or self._asker.terminals.find(waiting).has_unread_input():
            return True  # it is about to read the last answer
        if not waiting.is_reachable and (self._policy.is_interactive or self._given):
            return False
        self._asker.program.restore_modes()
        discipline = self._discipline_of(waiting)
        if self._is_stopping or self._asker.program.takes_keys:
            return not self._is_stopping
        draws = self._draws(waiting, discipline)
        prompt = f"keys for {waiting.name}: " if draws else self.prompt.text
        if not (draws or _asks(waiting, discipline, prompt, is_calm=is_calm)):
            return _asks(waiting, discipline, prompt, is_calm=True)
        is_relayed = waiting.terminal != waiting.entry
        if self._seen != (waiting, prompt) or (is_relayed and not prompt and not is_calm):
            # A relay or a filter may still be about to pass its prompt on.
            self._seen = (waiting, prompt)
            return True
        is_password = discipline.is_canonical and not discipline.echo
        if self._asker.terminals.stop_background_readers():
            return True  # the answer would be theirs until they have stopped
        self._waiting = waiting
        self.asked = InputWait(waiting.name, is_password, Answerer.USER, prompt)
        if self._given:
            self._type(self._given.pop(0), Answerer.OPTIONS)
        elif draws and self._asker.program.open_for(waiting):
            self.asked = None
        elif self._policy.is_interactive:
            self._ask_user(waiting, prompt, draws=draws, is_password=is_password)
        else:
            self._refuse(waiting, canonical=discipline.is_canonical)
        return True

    def _draws(self, waiting: WaitingProcess, discipline: LineDiscipline) -> bool:
        """Whether a process draws on the screen and reads single keys.

        Of one on another machine only the alternate screen tells.
        """
        program = self._asker.program
        if not waiting.is_reachable and waiting.is_connected:
            return program.is_alternate
        return program.is_drawn and not discipline.is_canonical

    def _ask_user(
        self, waiting: WaitingProcess, prompt: str, *, draws: bool, is_password: bool
    ) -> None:
        if draws:
            self._give_hint(waiting)
        self._asker.await_input(prompt, password=is_password)

    def _discipline_of(self, waiting: WaitingProcess) -> LineDiscipline:
        """Return how the terminal treats keys that a process reads, through relays or not."""
        own = self._asker.terminals.find(waiting).line_discipline()
        if waiting.terminal == waiting.entry:
            return own
        return line_discipline_of(waiting.terminal) or own

    def _keys_discipline(self) -> LineDiscipline:
        """Return how keys are treated before the process that waits gets them.

        A relay passes them on as they are, once its own terminal is in a raw mode.
        """
        own = self.terminal.line_discipline()
        return (
            own if own.is_canonical or self._waiting is None else self._discipline_of(self._waiting)
        )

    def _give_hint(self, waiting: WaitingProcess) -> None:
        """Say once for a program that it would have a terminal elsewhere."""
        if waiting.pid not in self._hinted and self._asker.block.spec.opens_terminal:
            self._hinted.add(waiting.pid)
            self._asker.say(HOW_TO_PRESS_KEYS.format(waiting.name))

    def _refuse(self, waiting: WaitingProcess, *, canonical: bool) -> None:
        """Give a program that no user can answer an end of file, or an interrupt."""
        self._ends_of_file += 1
        problem = f"{waiting.name} waited for input, and no front end can answer"
        advice = HOW_TO_ANSWER if canonical else HOW_TO_DO_WITHOUT_KEYS
        can_end = self._ends_of_file <= MAX_ENDS_OF_FILE
        if canonical and not self._policy.fails and can_end and waiting.is_reachable:
            self._report(problem, advice, "end of file")
            self.end_of_file(Answerer.END_OF_FILE)
        else:
            self._interrupt(problem, advice)

    def refuse_program(self, problem: str) -> None:
        """Interrupt a program that needs a terminal, which no front end can show."""
        if not self._is_stopping:
            self._interrupt(problem, HOW_TO_GET_TERMINAL)

    def _interrupt(self, problem: str, advice: str) -> None:
        self._report(problem, advice, "an interrupt")
        self._note_answer(Answerer.INTERRUPT)
        self._is_stopping = True
        self._asker.interrupt_asking()

    def _report(self, problem: str, advice: str, result: str) -> None:
        self._asker.apply(InputUnavailable(problem, advice))
        self._asker.say(f"{problem}: it got {result}")

    def is_still_asking(self, waiting: WaitingProcess | None) -> bool:
        """Whether the process that asked waits still, *waiting* being the one that was found."""
        return (
            waiting is not None and self._waiting is not None and waiting.pid == self._waiting.pid
        )

    def withdraw(self) -> None:
        """Close the question: its process waits no more, as `read -t` after its time."""
        self.asked = None
        self._asker.input_given()

    # Answers.

    def answer(self, text: str) -> None:
        """Type the user's answer and Return for the process that waits."""
        if self.asked is not None:
            self._type(text, Answerer.USER)

    def press(self, keys: bytes) -> None:
        """Type keys that come from a terminal shown by a client."""
        if self.asked is not None:
            self.asked = None
            self._asker.input_given()
        for piece, terminal in self._asker.terminals.route_keys(keys, self._waiting):
            self._keyboard.press(piece, terminal)

    def end_of_file(self, answerer: Answerer = Answerer.USER) -> None:
        """Type the end-of-file character."""
        self._note_answer(answerer)
        self.terminal.write(self._keys_discipline().end_of_file_key)
        self._asker.look_again(0)

    def give_up(self) -> None:
        """Treat open and later questions as if there were no user."""
        self._policy, self.asked = replace(self._policy, is_interactive=False), None

    def without_echo(self, terminal: object, data: bytes) -> bytes:
        """Return *data* from *terminal* without the echo of what was typed.

        On one terminal the echo is a part of the output.
        """
        if isinstance(terminal, Terminal) and (typed := self._echoes.pop(terminal, b"")):
            typed, data = without_echo(typed, data)
            if typed:
                self._echoes[terminal] = typed
        return data

    def _type(self, text: str, answerer: Answerer) -> None:
        terminal = self.terminal
        echoes = terminal.line_discipline().echo and not self._asker.block.spec.tty
        if echoes and answerer is Answerer.USER:
            self._asker.echo(text)
        if echoes and self.prompt.text:
            self._asker.end_line(self.prompt.stream)
        self._note_answer(answerer)
        line = text.encode(errors="replace") + b"\n"
        self._asker.read_terminals()  # what comes after that is the echo
        keys = self._keyboard.type(line, terminal, self._keys_discipline())
        if echoes:
            self._echoes[terminal] = self._echoes.get(terminal, b"") + keys
        self._asker.look_again(ANSWERED_PROBES)

    def _note_answer(self, answerer: Answerer) -> None:
        if self.asked is not None:
            self._asker.apply(InputAnswered(replace(self.asked, answered_by=answerer)))
            self.asked = self._seen = None
            self.prompt = PromptReader()  # what follows is on a line of its own
            self._asker.input_given()


def _asks(
    waiting: WaitingProcess, discipline: LineDiscipline, prompt: str, *, is_calm: bool
) -> bool:
    """Whether a process waits for an answer, as far as can be seen.

    A process that polls may only watch for a key (a server, a build tool). One in a raw mode
    that is connected to another process (ssh, a client of tmux or docker) may pass on what
    that process never reads. For it and for a process of another user only a hidden echo and
    the prompt tell, once the block has been quiet for longer than a step of `configure` takes.
    """
    is_raw = not (discipline.is_canonical or discipline.echo)
    match waiting.evidence:
        case WaitEvidence.READS:
            is_certain = not (waiting.is_connected and is_raw)
        case WaitEvidence.POLLS if not waiting.is_connected:
            is_certain = not (discipline.is_canonical and discipline.echo) or bool(prompt.strip())
        case _:
            is_certain = discipline.is_canonical and not discipline.echo
    return is_certain or (is_calm and is_question(prompt))


def without_echo(typed: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Remove the echo of *typed* from *data*; return the rest of both.

    A terminal echoes a control character as ^X (ECHOCTL, termios(3)); so it does with the
    end of a line if a program reads single keys.
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
    """Return a key as a terminal echoes it without acting on it."""
    return b"^" + bytes([key[0] ^ 0x40]) if key[0] < 0x20 or key[0] == 0x7F else key
