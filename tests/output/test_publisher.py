"""The publisher: everything goes out, in its order, and no faster than it may."""

import asyncio
from collections.abc import Callable

from effecttalk_kernel.output.publisher import Outlet, Publisher
from effecttalk_kernel.output.rate_limit import RateLimits

# A window that a test can wait for.
SLOW = RateLimits(bytes_per_second=200_000, messages_per_second=10_000, window_seconds=0.05)
FAST = RateLimits(bytes_per_second=1e9, messages_per_second=1e9, window_seconds=0.05)


class Wire:
    """What was sent, and when."""

    def __init__(self, limits: RateLimits) -> None:
        self.sent: list[str] = []
        self.times: list[float] = []
        self.publisher = Publisher(self._send, limits)

    def _send(self, kind: str, content: object, _parent: object) -> None:
        self.sent.append(str(content) if kind == "stream" else kind)
        self.times.append(asyncio.get_running_loop().time())

    def text(self, text: str, outlet: Outlet | None = None) -> None:
        (outlet or self.publisher.foreground).text("stdout", text, {})


def run(limits: RateLimits, play: Callable[[Wire], None]) -> Wire:
    async def act() -> Wire:
        wire = Wire(limits)
        play(wire)
        await wire.publisher.foreground.drained()
        return wire

    return asyncio.run(act())


def flood(wire: Wire) -> None:
    for number in range(20):
        wire.text(str(number))
    wire.publisher.foreground.display("display_data", {}, {})


def test_what_is_within_the_limits_goes_out_at_once() -> None:
    async def act() -> None:
        wire = Wire(FAST)
        flood(wire)
        assert len(wire.sent) == 21

    asyncio.run(act())


def test_what_waits_keeps_its_order() -> None:
    wire = run(SLOW, flood)
    texts = [str({"name": "stdout", "text": str(number)}) for number in range(20)]
    assert wire.sent == [*texts, "display_data"]


def test_what_waits_is_spread_over_time() -> None:
    wire = run(SLOW, flood)  # 20 kB of envelopes, 8 kB in a window
    assert wire.times[-2] - wire.times[0] >= 0.099


def test_a_running_block_waits_sooner_than_a_final_text() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(8):
            wire.text("x")
        assert len(wire.sent) == 8
        assert wire.publisher.foreground.wait_seconds() > 0

    asyncio.run(act())


def test_the_foreground_does_not_wait_for_the_background() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(100):
            wire.text("background", wire.publisher.background)
        before = len(wire.sent)
        wire.text("foreground")
        assert (before < 100, "foreground" in wire.sent[-1]) == (True, True)
        await wire.publisher.background.drained()
        assert len(wire.sent) == 101

    asyncio.run(act())


def test_an_idle_kernel_sends_on_at_once() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(8):
            wire.text("x")
        wire.publisher.idle()
        assert wire.publisher.foreground.wait_seconds() == 0

    asyncio.run(act())


def test_at_the_end_nothing_waits() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        flood(wire)
        wire.publisher.close()
        assert len(wire.sent) == 21
        await wire.publisher.foreground.drained()

    asyncio.run(act())
