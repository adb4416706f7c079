"""The rate limit, compared with a server that counts messages as Jupyter Server does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.publisher import LONGEST_TEXT, split_text
from effecttalk_kernel.output.rate_limit import ENVELOPE_BYTES, RateLimiter, RateLimits, wire_bytes

LIMITS = RateLimits(bytes_per_second=100, messages_per_second=5, window_seconds=3)
SENDS = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 150)), max_size=40)


def send_limited(sends: list[tuple[float, int]], share: float) -> list[tuple[float, int]]:
    """Return when messages are sent that come with these gaps between them."""
    limiter, now, sent = RateLimiter(LIMITS), 0.0, []
    for gap, size in sends:
        now += gap
        now += limiter.wait_seconds(now, size, share)
        assert limiter.wait_seconds(now, size, share) <= 1e-6
        limiter.count(now, size)
        sent.append((now, size))
    return sent


@given(SENDS, st.floats(0.5, 1))
def test_no_window_exceeds_its_share(sends: list[tuple[float, int]], share: float) -> None:
    sent = send_limited(sends, share)
    for end, _ in sent:
        window = [size for time, size in sent if end - 2.999 < time <= end]
        assert sum(window) <= 300 * share
        assert len(window) <= 15 * share


@given(SENDS)
def test_no_message_waits_longer_than_a_window(sends: list[tuple[float, int]]) -> None:
    limiter, now = RateLimiter(LIMITS), 0.0
    for gap, size in sends:
        now += gap
        assert 0 <= limiter.wait_seconds(now, size, 1.0) <= 3 + 1e-6
        limiter.count(now, size)


def test_a_message_over_the_limit_waits_for_an_empty_window() -> None:
    limiter = RateLimiter(LIMITS)
    assert limiter.wait_seconds(0.0, 1_000, 1.0) == 0
    limiter.count(0.0, 1_000)
    assert limiter.wait_seconds(1.0, 1_000, 1.0) == 2


def test_a_reset_limiter_counts_from_zero() -> None:
    limiter = RateLimiter(LIMITS)
    limiter.count(0.0, 300)
    limiter.reset()
    assert limiter.wait_seconds(0.0, 300, 1.0) == 0


@pytest.mark.parametrize(
    ("text", "size"), [("", 0), ("a", 1), ("é", 2), ('a"\\\n', 7), ("\x1b[m", 8), ("\ud800", 1)]
)
def test_text_has_the_size_it_takes_in_json(text: str, size: int) -> None:
    assert wire_bytes(text) == ENVELOPE_BYTES + size


@given(st.lists(st.sampled_from(["a" * 100_000, "b" * 300_000, "\n", "c\n" * 50_000]), max_size=8))
def test_long_texts_are_cut_and_nothing_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = split_text(text)
    assert "".join(found) == text
    assert max(map(len, found)) <= LONGEST_TEXT
    assert all(found[1:])


def test_long_texts_are_cut_after_a_line_end() -> None:
    assert [part[-1] for part in split_text("line\n" * 100_000)] == ["\n", "\n"]
