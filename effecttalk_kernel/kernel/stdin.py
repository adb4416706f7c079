"""User input: what blocks ask the user, and the answer that comes first.

A question reaches the front end as an `input_request`, and whoever listens on a comm: a page
that was loaded anew gets no requests of cells that it did not run. An answer may come either
way, from any of several pages, and another one may be on its way already.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.masked import MaskedText
from effecttalk_kernel.session.events import Event, Finished, InputAwaited, InputGiven, Started

# A client connects its channels one by one, and tries each again every 100 ms.
STDIN_RETRY_SECONDS: Final = 0.05
STDIN_RETRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; *block* is the one whose program asks, None: it has not begun."""

    number: int
    prompt: MaskedText
    is_password: bool
    block: int | None
    cell: str | None

    def described(self) -> dict[str, Any]:
        """Return what goes over a comm."""
        told = {"number": self.number, "prompt": self.prompt, "password": self.is_password}
        told |= {"block": self.block} if self.block else {}
        return told | ({"cell": self.cell} if self.cell else {})


class Listener(Protocol):
    """Who tells clients on a comm of questions."""

    @property
    def has_clients(self) -> bool:
        """Whether there is somebody who may answer."""

    def question_changed(self) -> None:
        """Take note that another question is open, or none any more."""


@dataclass(frozen=True, slots=True)
class UserInputParts:
    """What user input needs of its kernel.

    *send* sends an input_request and returns its identity, None: the client cannot be
    reached; *take* hands an answer to who waits for it; *give_up* is called when nobody
    can answer; *mask* is for prompts.
    """

    send: Callable[[Question], str | None]
    take: Callable[[str], None]
    give_up: Callable[[], None]
    mask: Callable[[str], MaskedText]


class UserInput:
    """The one question that is open, and an observer of what blocks ask."""

    def __init__(self, parts: UserInputParts) -> None:
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._listener: Listener | None = None
        self._cell: str | None = None
        self._count = 0
        self._request: str | None = None
        self.question: Question | None = None

    def listen(self, listener: Listener) -> None:
        """Have questions told by *listener* as well."""
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
        self._request = None
        masked = self._parts.mask(prompt)
        question = Question(self._count, masked, is_password, block, cell)
        self._become(question)
        self._deliver(question, STDIN_RETRIES)

    def reply(self, text: str, parent: Mapping[str, Any]) -> None:
        """Take the answer of an input_reply; *parent* is its parent's header, if it has one."""
        names_request = parent.get("msg_type") == "input_request"
        if not names_request or parent.get("msg_id") == self._request:
            self._give(text)

    def answer(self, text: str, number: object) -> bool:
        """Take an answer to the question of this number; returns whether that is open."""
        if self.question is None or self.question.number != number:
            return False
        self._give(text)
        return True

    def over(self) -> None:
        """Take no more answers to the question that is open."""
        if self.question is not None:
            self._request = None
            self._become(None)

    def _give(self, text: str) -> None:
        self.over()
        self._parts.take(text)

    def _become(self, question: Question | None) -> None:
        self.question = question
        if self._listener is not None:
            self._listener.question_changed()

    def _deliver(self, question: Question, retries: int) -> None:
        """Send a question once the client's stdin channel is there."""
        if self.question is not question:
            return
        self._request = self._parts.send(question)
        if self._request is not None:
            return
        if retries > 0:
            self._loop.call_later(STDIN_RETRY_SECONDS, self._deliver, question, retries - 1)
        elif self._listener is None or not self._listener.has_clients:
            self.over()
            self._parts.give_up()
