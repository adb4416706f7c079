"""The publisher sends everything, in order, and no faster than the limits allow."""

import asyncio
from collections.abc import Callable

import pytest

from effecttalk_kernel.output.publisher import Lane, Publisher
from effecttalk_kernel.output.rate_limit import RateLimits

# The window is short enough for a test to wait for.
SLOW = RateLimits(bytes_per_second=200_000, messages_per_second=10_000, window_seconds=0.05)
FAST = RateLimits(bytes_per_second=1e9, messages_per_second=1e9, window_seconds=0.05)


class Wire:
    """The messages that were sent, and when."""

    def __init__(self, limits: RateLimits) -> None:
        self.sent: list[str] = []
        self.times: list[float] = []
        self.publisher = Publisher(self._send, limits)

    def _send(self, kind: str, content: object, _parent: object) -> None:
        self.sent.append(str(content) if kind == "stream" else kind)
        self.times.append(asyncio.get_running_loop().time())

    def text(self, text: str, lane: Lane = Lane.FOREGROUND) -> None:
        self.publisher.send_text("stdout", text, {}, lane)


def run(limits: RateLimits, play: Callable[[Wire], None]) -> Wire:
    async def act() -> Wire:
        wire = Wire(limits)
        play(wire)
        await wire.publisher.wait_until_drained(Lane.FOREGROUND)
        return wire

    return asyncio.run(act())


def flood(wire: Wire) -> None:
    for number in range(20):
        wire.text(str(number))
    wire.publisher.send("display_data", {}, {}, Lane.FOREGROUND)


def test_messages_within_the_limits_are_sent_at_once() -> None:
    async def act() -> None:
        wire = Wire(FAST)
        flood(wire)
        wire.publisher.flush()
        assert len(wire.sent) == 21

    asyncio.run(act())


def test_messages_are_sent_at_the_end_of_the_turn() -> None:
    """Making them must not delay the caller, which may have just started a block."""

    async def act() -> None:
        wire = Wire(FAST)
        wire.text("x")
        assert wire.sent == []
        await asyncio.sleep(0)
        assert len(wire.sent) == 1

    asyncio.run(act())


def test_lanes_that_are_not_held_back_keep_their_common_order() -> None:
    async def act() -> None:
        wire = Wire(FAST)
        wire.publisher.send("execute_input", {}, {})
        wire.publisher.send("display_data", {}, {}, Lane.FOREGROUND)
        wire.publisher.send("update_display_data", {}, {}, Lane.BACKGROUND)
        wire.publisher.send("status", {}, {})
        wire.publisher.flush()
        assert wire.sent == ["execute_input", "display_data", "update_display_data", "status"]

    asyncio.run(act())


def test_messages_that_are_held_back_keep_their_order() -> None:
    wire = run(SLOW, flood)
    texts = [str({"name": "stdout", "text": str(number)}) for number in range(20)]
    assert wire.sent == [*texts, "display_data"]


def test_messages_that_are_held_back_are_spread_over_time() -> None:
    wire = run(SLOW, flood)  # 20 kB of envelopes, 8 kB in a window
    assert wire.times[-2] - wire.times[0] >= 0.099


def test_running_output_is_limited_before_final_output() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(8):
            wire.text("x")
        wire.publisher.flush()
        assert len(wire.sent) == 8
        assert wire.publisher.wait_seconds(Lane.FOREGROUND) > 0

    asyncio.run(act())


def test_the_foreground_does_not_wait_for_the_background() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(100):
            wire.text("background", Lane.BACKGROUND)
        wire.publisher.flush()
        before = len(wire.sent)
        wire.text("foreground")
        wire.publisher.flush()
        assert (before < 100, "foreground" in wire.sent[-1]) == (True, True)
        await wire.publisher.wait_until_drained(Lane.BACKGROUND)
        assert len(wire.sent) == 101

    asyncio.run(act())


@pytest.mark.parametrize("lane", [Lane.FOREGROUND, Lane.BACKGROUND])
def test_status_messages_wait_for_no_other_lane(lane: Lane) -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(100):
            wire.text("x", lane)
        wire.publisher.send("status", {}, {})
        wire.publisher.flush()
        assert len(wire.sent) < 100
        assert wire.sent[-1] == "status"

    asyncio.run(act())


@pytest.mark.parametrize("lane", [Lane.FOREGROUND, Lane.BACKGROUND])
def test_a_call_waits_for_the_messages_before_it_in_its_lane(lane: Lane) -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for number in range(20):
            wire.text(str(number), lane)
        wire.publisher.call_after(lane, lambda: wire.publisher.send("comm_msg", {}, {}))
        wire.publisher.flush()
        assert "comm_msg" not in wire.sent
        await wire.publisher.wait_until_drained(lane)
        assert wire.sent.index("comm_msg") == 20

    asyncio.run(act())


def test_an_idle_kernel_counts_from_zero() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        for _ in range(8):
            wire.text("x")
        wire.publisher.reset_limits()
        wire.publisher.flush()
        assert wire.publisher.wait_seconds(Lane.FOREGROUND) == 0

    asyncio.run(act())


def test_a_message_that_fails_does_not_stop_the_others() -> None:
    async def act() -> None:
        wire = Wire(FAST)

        def fail() -> None:
            raise ZeroDivisionError

        wire.publisher.call_after(Lane.FOREGROUND, fail)
        wire.text("x")
        with pytest.raises(ZeroDivisionError):
            wire.publisher.flush()
        await asyncio.sleep(0)
        assert len(wire.sent) == 1

    asyncio.run(act())


def test_all_messages_are_sent_at_once_when_the_kernel_ends() -> None:
    async def act() -> None:
        wire = Wire(SLOW)
        flood(wire)
        wire.publisher.send_all()
        assert len(wire.sent) == 21
        await wire.publisher.wait_until_drained(Lane.FOREGROUND)

    asyncio.run(act())
