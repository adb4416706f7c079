"""The messages about blocks, in their order; test_blocks.py tests them with real kernels."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from effecttalk_kernel.block import Block, Ended, Result, advance
from effecttalk_kernel.kernel.comms.blocks import BlocksComm
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


def test_the_end_of_a_short_block_is_not_followed_by_its_start() -> None:
    """The next block starts before the last output of a short one is shown."""

    async def act() -> list[tuple[int, str]]:
        publisher, received = HeldPublisher(), list[tuple[int, str]]()
        second_runs = asyncio.Event()

        def receive(_: str, data: Any) -> None:
            if data["event"] == "block":
                received.append((data["block"]["number"], data["block"]["status"]))
                if received[-1] == (2, "running"):
                    second_runs.set()

        comm = BlocksComm(
            "3f9a2c41b07e",
            list,
            {},
            cast("Publisher", publisher),
            cast("UserInput", NoInput()),
            lambda _: None,
        )
        comm.open("page", receive)
        first, second = (Block("s", number, "true", 1.0, "/") for number in (1, 2))
        comm(first, Started(CellRequest()))
        comm(advance(first, Ended(Result(0, (0,)), 2.0, "/")), Finished())
        comm(second, Started(CellRequest()))
        publisher.send_all()
        async with asyncio.timeout(10):
            await second_runs.wait()
        return received

    assert asyncio.run(act()) == [(1, "success"), (2, "running")]
