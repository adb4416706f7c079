"""The pace: what a server that counts as Jupyter's does would let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.publisher import LONGEST_TEXT, parts
from effecttalk_kernel.output.rate_limit import ENVELOPE_BYTES, Pace, RateLimits, wire_bytes

LIMITS = RateLimits(bytes_per_second=100, messages_per_second=5, window_seconds=3)
SENDS = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 150)), max_size=40)


def paced(sends: list[tuple[float, int]], share: float) -> list[tuple[float, int]]:
    """When messages go out that come with these gaps between them."""
    pace, now, sent = Pace(LIMITS), 0.0, []
    for gap, size in sends:
        now += gap
        now += pace.wait_seconds(now, size, share)
        assert pace.wait_seconds(now, size, share) <= 1e-6
        pace.spend(now, size)
        sent.append((now, size))
    return sent


@given(SENDS, st.floats(0.5, 1))
def test_no_window_has_more_than_its_share(sends: list[tuple[float, int]], share: float) -> None:
    sent = paced(sends, share)
    for end, _ in sent:
        window = [size for time, size in sent if end - 2.999 < time <= end]
        assert sum(window) <= 300 * share
        assert len(window) <= 15 * share


@given(SENDS)
def test_nothing_waits_longer_than_a_window(sends: list[tuple[float, int]]) -> None:
    pace, now = Pace(LIMITS), 0.0
    for gap, size in sends:
        now += gap
        assert 0 <= pace.wait_seconds(now, size, 1.0) <= 3 + 1e-6
        pace.spend(now, size)


def test_what_is_over_the_limit_by_itself_waits_for_an_empty_window() -> None:
    pace = Pace(LIMITS)
    assert pace.wait_seconds(0.0, 1_000, 1.0) == 0
    pace.spend(0.0, 1_000)
    assert pace.wait_seconds(1.0, 1_000, 1.0) == 2


def test_when_the_kernel_is_idle_counting_begins_anew() -> None:
    pace = Pace(LIMITS)
    pace.spend(0.0, 300)
    pace.begin_anew()
    assert pace.wait_seconds(0.0, 300, 1.0) == 0


@pytest.mark.parametrize(
    ("text", "size"), [("", 0), ("a", 1), ("é", 2), ('a"\\\n', 7), ("\x1b[m", 8), ("\ud800", 1)]
)
def test_text_has_the_size_it_takes_in_json(text: str, size: int) -> None:
    assert wire_bytes(text) == ENVELOPE_BYTES + size


@given(st.lists(st.sampled_from(["a" * 100_000, "b" * 300_000, "\n", "c\n" * 50_000]), max_size=8))
def test_long_texts_are_cut_and_nothing_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = parts(text)
    assert "".join(found) == text
    assert max(map(len, found)) <= LONGEST_TEXT
    assert all(found[1:])


def test_long_texts_are_cut_behind_a_line() -> None:
    assert [part[-1] for part in parts("line\n" * 100_000)] == ["\n", "\n"]
