"""The output limiter: head, tail and counts, for any bytes in any chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.terminal.limit import (
    OutputLimiter,
    OutputLimits,
    largest_size,
    omission_line,
)

limits = st.builds(OutputLimits, st.integers(0, 40), st.integers(0, 40))
data = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="aé€😀\n", max_size=100).map(str.encode),
)
cuts = st.lists(st.integers(0, 200), max_size=10)


def pieces(text: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in zip(ends, ends[1:], strict=False)]


def passed(limiter: OutputLimiter, chunks: list[bytes]) -> tuple[bytes, bytes, int]:
    """Return head, tail and the number of bytes missing between them."""
    head = b"".join(limiter.feed(chunk) for chunk in chunks)
    tail, missing = limiter.take_tail()
    return head, tail, missing


@given(st.integers(0, 10**9))
def test_limits_of_a_size_show_that_many_bytes(size: int) -> None:
    bounds = OutputLimits.of(size)
    assert bounds.head_bytes + bounds.tail_bytes == size
    assert bounds.head_bytes >= 3 * bounds.tail_bytes


@given(st.integers(0, 10**9))
def test_the_largest_size_is_within_what_is_allowed(max_bytes: int) -> None:
    largest = largest_size(max_bytes)
    assert OutputLimits.of(largest).max_bytes <= max_bytes < OutputLimits.of(largest + 2).max_bytes


def test_the_head_is_passed_on_at_once() -> None:
    assert OutputLimiter(OutputLimits(10, 10)).feed(b"0123456789") == b"0123456789"


def test_output_after_the_head_is_held_back() -> None:
    limiter = OutputLimiter(OutputLimits(4, 10))
    assert limiter.feed(b"0123456789") == b"0123"
    assert limiter.feed(b"ab") == b""
    assert limiter.take_tail() == (b"456789ab", 0)


def test_the_head_ends_after_a_line_if_possible() -> None:
    assert OutputLimiter(OutputLimits(8, 10)).feed(b"one\ntwo\nthree\n") == b"one\ntwo\n"


def test_the_tail_starts_with_a_line_if_possible() -> None:
    limiter = OutputLimiter(OutputLimits(4, 10))
    head, tail, missing = passed(limiter, [b"%03d\n" % n for n in range(20)])
    assert (head, tail) == (b"000\n", b"018\n019\n")
    assert missing == 80 - 4 - 8


@pytest.mark.parametrize("head_bytes", range(1, 9))
def test_the_head_cuts_no_character(head_bytes: int) -> None:
    head, _, _ = passed(OutputLimiter(OutputLimits(head_bytes, 4)), ["é€😀é€😀".encode()])
    head.decode()


@pytest.mark.parametrize("tail_bytes", range(1, 12))
def test_the_tail_cuts_no_character(tail_bytes: int) -> None:
    chunks = [bytes([byte]) for byte in ("€é😀" * 9).encode()]
    _, tail, missing = passed(OutputLimiter(OutputLimits(1, tail_bytes)), chunks)
    assert missing
    tail.decode()


@given(limits, data, cuts)
def test_shown_and_left_out_bytes_add_up(
    bounds: OutputLimits, text: bytes, places: list[int]
) -> None:
    limiter = OutputLimiter(bounds)
    head, tail, missing = passed(limiter, pieces(text, places))
    assert len(head) + missing + len(tail) == len(text)
    assert limiter.left_out_bytes == missing


@given(limits, data, cuts)
def test_head_and_tail_are_the_ends_of_the_text(
    bounds: OutputLimits, text: bytes, places: list[int]
) -> None:
    head, tail, _ = passed(OutputLimiter(bounds), pieces(text, places))
    assert text.startswith(head)
    assert text.endswith(tail)


@given(limits, data, cuts)
def test_text_under_the_limit_is_passed_unchanged(
    bounds: OutputLimits, text: bytes, places: list[int]
) -> None:
    text = text[: bounds.head_bytes + bounds.tail_bytes]
    head, tail, missing = passed(OutputLimiter(bounds), pieces(text, places))
    assert (head + tail, missing) == (text, 0)


@given(limits, data, cuts)
def test_no_more_than_the_head_is_passed_on(
    bounds: OutputLimits, text: bytes, places: list[int]
) -> None:
    head, _, _ = passed(OutputLimiter(bounds), pieces(text, places))
    assert len(head) <= bounds.head_bytes


@given(limits, st.lists(st.binary(max_size=30), max_size=40))
def test_no_more_is_held_than_the_tail_and_one_chunk(
    bounds: OutputLimits, chunks: list[bytes]
) -> None:
    limiter = OutputLimiter(bounds)
    for chunk in chunks:
        limiter.feed(chunk)
        assert sum(map(len, limiter._tail)) <= bounds.tail_bytes + 30


def test_a_flood_is_counted_and_not_stored() -> None:
    limiter = OutputLimiter(OutputLimits(1_000, 1_000))
    for _ in range(10_000):
        limiter.feed(b"y\n" * 2_000)
    assert sum(map(len, limiter._tail)) <= 5_000
    assert limiter.left_out_bytes >= 40_000_000 - 6_000


def test_the_tail_is_taken_once() -> None:
    limiter = OutputLimiter(OutputLimits(1, 5))
    passed(limiter, [b"0", b"123456789", b"abc"])
    assert limiter.take_tail() == (b"", 0)


@given(limits, data, data, cuts)
def test_missing_bytes_are_counted_for_each_tail(
    bounds: OutputLimits, first: bytes, second: bytes, places: list[int]
) -> None:
    """A background process may write after its block has ended."""
    limiter = OutputLimiter(bounds)
    before = passed(limiter, pieces(first, places))
    after = passed(limiter, pieces(second, places))
    shown = sum(len(head) + len(tail) for head, tail, _ in (before, after))
    assert shown + before[2] + after[2] == len(first) + len(second)
    assert limiter.left_out_bytes == before[2] + after[2]


def test_the_line_for_omitted_output_is_one_line() -> None:
    assert (
        omission_line(1_234_567, "; more")
        == "[effecttalk: 1,234,567 bytes of output omitted here; more]\n"
    )


@given(limits, data, st.integers(0, 40))
def test_shown_output_stays_shown(bounds: OutputLimits, text: bytes, seen: int) -> None:
    seen = min(seen, bounds.head_bytes, len(text))
    assert len(OutputLimiter(bounds).feed(text, seen)) >= seen


def test_a_reset_limiter_has_a_new_head() -> None:
    limiter = OutputLimiter(OutputLimits(4, 4))
    limiter.feed(b"0123456789")
    limiter.reset()
    assert (limiter.feed(b"abcd"), limiter.take_tail()) == (b"abcd", (b"", 0))
