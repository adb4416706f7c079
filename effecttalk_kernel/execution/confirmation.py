"""Confirming: questions of our own that the user answers before a block runs."""

import asyncio
from collections.abc import Callable
from typing import Final

YES: Final = frozenset({"y", "yes"})


class Confirmation:
    """One question at a time; who else asks the user asks while a block runs."""

    def __init__(self, ask: Callable[[str], None], over: Callable[[], None]) -> None:
        self._ask = ask
        self._over = over
        self._answer: asyncio.Future[bool] | None = None

    async def confirm(self, question: str) -> bool:
        """Ask, and return whether the answer is yes; an interrupt is none."""
        self._answer = asyncio.get_running_loop().create_future()
        self._ask(f"{question} [y/N] ")
        try:
            return await self._answer
        finally:
            self._answer = None
            self._over()

    def answer(self, text: str) -> bool:
        """Take an answer; returns whether a question of ours was open."""
        if self._answer is None:
            return False
        if not self._answer.done():
            self._answer.set_result(text.strip().lower() in YES)
        return True

    def give_up(self) -> None:
        """Take it for a no: the user has interrupted, or cannot be reached."""
        self.answer("")
