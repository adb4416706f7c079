"""What pages are told of blocks, and in which order; with real kernels: tests/kernel."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from effecttalk_kernel.block import Block, Ended, Result, advance
from effecttalk_kernel.kernel.comms.blocks import Watchers
from effecttalk_kernel.kernel.stdin import UserInput
from effecttalk_kernel.output.publisher import Publisher
from effecttalk_kernel.session.events import Finished, Started


class HeldOutlets:
    """A publisher both of whose outlets have still something to show."""

    def __init__(self) -> None:
        self.foreground = self.background = self
        self.waiting: list[Callable[[], None]] = []

    def behind(self, then: Callable[[], None]) -> None:
        self.waiting.append(then)

    def show_all(self) -> None:
        for then in self.waiting:
            then()


class NoInput:
    """Nobody asks."""

    question = None

    def listen(self, _: object) -> None:
        pass


def test_an_end_is_not_followed_by_the_beginning_that_was_to_be_told() -> None:
    """The next block has begun before the last output of a short one is shown."""

    async def tell() -> list[tuple[int, str]]:
        outlets, told = HeldOutlets(), list[tuple[int, str]]()
        second_runs = asyncio.Event()

        def note(_: str, data: Any) -> None:
            if data["event"] == "block":
                told.append((data["block"]["number"], data["block"]["status"]))
                if told[-1] == (2, "running"):
                    second_runs.set()

        watchers = Watchers(
            "3f9a2c41b07e", list, {}, cast("Publisher", outlets), cast("UserInput", NoInput())
        )
        watchers.opened("page", note)
        first, second = (Block("s", number, "true", 1.0, "/") for number in (1, 2))
        watchers(first, Started(), {})
        watchers(advance(first, Ended(Result(0, (0,)), 2.0, "/")), Finished(), {})
        watchers(second, Started(), {})
        outlets.show_all()
        async with asyncio.timeout(10):
            await second_runs.wait()
        return told

    assert asyncio.run(tell()) == [(1, "success"), (2, "running")]
