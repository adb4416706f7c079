"""What pages are told of blocks, and in which order; with real kernels: tests/kernel."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from effecttalk_kernel.block import Block, Ended, Result, advance
from effecttalk_kernel.kernel.comms.blocks import Watchers
from effecttalk_kernel.kernel.stdin import UserInput
from effecttalk_kernel.output.publisher import Lane, Publisher
from effecttalk_kernel.session.events import CellRequest, Finished, Started


class HeldPublisher:
    """A publisher whose lanes have messages that are held back."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def call_after(self, _lane: Lane, function: Callable[[], None]) -> None:
        self._waiting.append(function)

    def send_all(self) -> None:
        for function in self._waiting:
            function()


class NoInput:
    """User input without a question."""

    question = None

    def listen(self, _: object) -> None:
        pass


def test_an_end_is_not_followed_by_the_beginning_that_was_to_be_told() -> None:
    """The next block has begun before the last output of a short one is shown."""

    async def tell() -> list[tuple[int, str]]:
        publisher, told = HeldPublisher(), list[tuple[int, str]]()
        second_runs = asyncio.Event()

        def note(_: str, data: Any) -> None:
            if data["event"] == "block":
                told.append((data["block"]["number"], data["block"]["status"]))
                if told[-1] == (2, "running"):
                    second_runs.set()

        watchers = Watchers(
            "3f9a2c41b07e",
            list,
            {},
            cast("Publisher", publisher),
            cast("UserInput", NoInput()),
            lambda _: None,
        )
        watchers.opened("page", note)
        first, second = (Block("s", number, "true", 1.0, "/") for number in (1, 2))
        watchers(first, Started(CellRequest()))
        watchers(advance(first, Ended(Result(0, (0,)), 2.0, "/")), Finished())
        watchers(second, Started(CellRequest()))
        publisher.send_all()
        async with asyncio.timeout(10):
            await second_runs.wait()
        return told

    assert asyncio.run(tell()) == [(1, "success"), (2, "running")]
