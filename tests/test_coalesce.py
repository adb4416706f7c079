"""The coalescer: no clock but the one that is passed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.coalesce import Coalescer


def test_nothing_waits_at_first() -> None:
    assert Coalescer(0.5).wait_seconds(100.0) is None


def test_the_first_text_is_due_at_once() -> None:
    coalescer = Coalescer(0.5)
    coalescer.add("a")
    assert coalescer.wait_seconds(100.0) == 0.0


def test_empty_text_does_not_wait() -> None:
    coalescer = Coalescer(0.5)
    coalescer.add("")
    assert coalescer.wait_seconds(100.0) is None


def test_text_after_a_message_waits_for_the_interval() -> None:
    coalescer = Coalescer(0.5)
    coalescer.take(100.0)
    coalescer.add("b")
    assert coalescer.wait_seconds(100.125) == 0.375


def test_text_after_a_silence_is_due_at_once() -> None:
    coalescer = Coalescer(0.5)
    coalescer.take(100.0)
    coalescer.add("b")
    assert coalescer.wait_seconds(101.0) == 0.0


def test_small_pieces_become_one_message() -> None:
    coalescer = Coalescer(0.5)
    for piece in "abc":
        coalescer.add(piece)
    assert coalescer.take(100.0) == "abc"


def test_what_was_taken_waits_no_more() -> None:
    coalescer = Coalescer(0.5)
    coalescer.add("a")
    coalescer.take(100.0)
    assert coalescer.wait_seconds(200.0) is None


def test_nothing_that_is_taken_is_empty_text() -> None:
    assert Coalescer(0.5).take(0.0) == ""


@pytest.mark.parametrize("now", [0.0, 99.0, 1e9])
def test_a_wait_is_never_negative_nor_longer_than_the_interval(now: float) -> None:
    coalescer = Coalescer(0.5)
    coalescer.take(now)
    coalescer.add("a")
    for later in (0.0, 0.25, 0.5, 7.0):
        wait = coalescer.wait_seconds(now + later)
        assert wait is not None
        assert 0.0 <= wait <= 0.5


@given(st.lists(st.one_of(st.text(max_size=5), st.none()), max_size=30))
def test_no_text_is_lost_or_changed(steps: list[str | None]) -> None:
    coalescer = Coalescer(0.1)
    sent = ""
    for step in steps:
        if step is None:
            sent += coalescer.take(0.0)
        else:
            coalescer.add(step)
    assert sent + coalescer.take(0.0) == "".join(step or "" for step in steps)


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=40))
def test_messages_keep_the_interval(times: list[float]) -> None:
    """Whoever sends only when the wait is over never sends two within an interval."""
    coalescer = Coalescer(0.5)
    sent: list[float] = []
    for now in sorted(times):
        coalescer.add("a")
        if coalescer.wait_seconds(now) == 0.0:
            coalescer.take(now)
            sent.append(now)
    assert all(b >= a + 0.5 for a, b in zip(sent, sent[1:], strict=False))
