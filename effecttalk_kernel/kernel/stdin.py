"""Stdin: questions to the user, from programs in blocks and before blocks run.

A question goes to the front end as an `input_request`, and to the clients of a comm: a page
that was reloaded gets no requests for cells that it did not run. The answer may come either
way, from any of several pages. The first one counts; others may already be on their way.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.kernel.front_ends import FrontEnds
from effecttalk_kernel.session.events import Event, Finished, InputAwaited, InputGiven, Started
from effecttalk_kernel.store.masked import MaskedText

# A client connects its channels one by one, and tries each again every 100 ms.
STDIN_RETRY_SECONDS: Final = 0.05
STDIN_RETRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the user; *block* is the one whose program asks, None before it starts."""

    number: int
    prompt: MaskedText
    is_password: bool
    block: int | None
    cell: str | None

    def to_message(self) -> dict[str, Any]:
        """Return the question as it is sent over a comm."""
        message = {"number": self.number, "prompt": self.prompt, "password": self.is_password}
        message |= {"block": self.block} if self.block else {}
        return message | ({"cell": self.cell} if self.cell else {})


class QuestionListener(Protocol):
    """Sends questions to the clients of a comm."""

    @property
    def has_clients(self) -> bool:
        """Whether any client could answer."""

    def question_changed(self) -> None:
        """Handle that another question is open, or none any more."""

    def ping(self) -> None:
        """Ask the clients whether they are there."""


@dataclass(frozen=True, slots=True)
class UserInputParts:
    """The parts of a kernel that user input needs.

    *front_ends* tells when no front end is left; *show* shows the prompt where the client does
    not; *send* sends an input_request and returns its id, None if the client cannot be reached;
    *take* receives the answer; *give_up* is called when no client can answer; *mask* masks
    secrets in prompts.
    """

    front_ends: FrontEnds
    show: Callable[[Question], None]
    send: Callable[[Question], str | None]
    take: Callable[[str], None]
    give_up: Callable[[], None]
    mask: Callable[[str], MaskedText]


class UserInput:
    """The open question, and an observer of blocks that wait for input."""

    def __init__(self, parts: UserInputParts) -> None:
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._listener: QuestionListener | None = None
        self._cell: str | None = None
        self._count = 0
        self._request: str | None = None
        self.question: Question | None = None

    def listen(self, listener: QuestionListener) -> None:
        """Notify *listener* of questions too."""
        self._listener = listener

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        match event:
            case Started(request):
                self._cell = request.cell
            case InputAwaited(prompt, password):
                self.ask(prompt, self._cell, is_password=password, block=block.number)
            case InputGiven() | Finished():
                if self.question is not None and self.question.block == block.number:
                    self.over()

    def ask(
        self,
        prompt: str,
        cell: str | None,
        *,
        is_password: bool = False,
        block: int | None = None,
    ) -> None:
        """Ask the user, for *cell*."""
        self._count += 1
        masked = self._parts.mask(prompt)
        self._request = None
        question = Question(self._count, masked, is_password, block, cell)
        self._parts.show(question)  # first, because a page shows its field behind the prompt
        self._set_question(question)
        self._send(question, STDIN_RETRIES)
        if self.question is question:
            listener = self._listener
            is_in_page = cell is not None and listener is not None and listener.has_clients
            ping = listener.ping if listener is not None and is_in_page else None
            self._parts.front_ends.watch(ping, self._give_up)

    def reply(self, text: str, parent: Mapping[str, Any]) -> None:
        """Handle an input_reply; *parent* is its parent header, if it has one."""
        names_request = parent.get("msg_type") == "input_request"
        if not names_request or parent.get("msg_id") == self._request:
            self._take(text)

    def answer(self, text: str, number: object) -> bool:
        """Answer the question with this number; return whether it was open."""
        if self.question is None or self.question.number != number:
            return False
        self._take(text)
        return True

    def note_page(self) -> None:
        """Note that a page is there, which could answer."""
        self._parts.front_ends.note_answer()

    def over(self) -> None:
        """Close the open question; later answers are refused."""
        if self.question is not None:
            self._request = None
            self._parts.front_ends.stop()
            self._set_question(None)

    def _take(self, text: str) -> None:
        self.over()
        self._parts.take(text)

    def _set_question(self, question: Question | None) -> None:
        self.question = question
        if self._listener is not None:
            self._listener.question_changed()

    def _send(self, question: Question, retries: int) -> None:
        """Send *question* when the client's stdin channel is connected."""
        if self.question is not question:
            return
        self._request = self._parts.send(question)
        if self._request is not None:
            return
        if retries > 0:
            self._loop.call_later(STDIN_RETRY_SECONDS, self._send, question, retries - 1)
        elif self._listener is None or not self._listener.has_clients:
            self._give_up()

    def _give_up(self) -> None:
        self.over()
        self._parts.give_up()
