"""An output stream: bytes of a program in, text for messages out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.limit import Limits
from effecttalk_kernel.output.stream import OutputStream

LARGE = Limits(10_000, 10_000)
MARKER = re.compile(r"\n\[effecttalk: ([\d,]+) bytes of output left out here\]\n")
TEXT = "aé€😀\n\u0301z"


def shown(*chunks: bytes, limits: Limits = LARGE) -> str:
    stream = OutputStream(limits, 0.04)
    text = ""
    for chunk in chunks:
        stream.feed(chunk)
        text += stream.take(0.0)
    stream.finish()
    return text + stream.take(0.0)


@pytest.mark.parametrize("cut", range(len(TEXT.encode()) + 1))
def test_utf_8_may_be_cut_at_every_byte(cut: int) -> None:
    data = TEXT.encode()
    assert shown(data[:cut], data[cut:]) == TEXT


def test_utf_8_may_come_byte_by_byte() -> None:
    assert shown(*(bytes([byte]) for byte in TEXT.encode())) == TEXT


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\xffb", "a\ufffdb"),
        (b"\xc3(", "\ufffd("),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"end\xe2\x82", "end\ufffd"),
        (b"nul\0", "nul\0"),
    ],
)
def test_bytes_that_are_not_utf_8_become_replacement_characters(data: bytes, text: str) -> None:
    assert shown(data) == text


@given(st.binary(max_size=80), st.integers(0, 80))
def test_bytes_read_alike_however_they_are_cut(data: bytes, place: int) -> None:
    assert shown(data[:place], data[place:]) == data.decode(errors="replace")


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.lists(st.integers(0, 300)))
def test_text_under_the_limit_is_passed_unchanged(text: str, places: list[int]) -> None:
    data = text.encode()
    size = len(data) or 1
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    chunks = [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    limits = Limits((size + 1) // 2, size // 2 + 1)
    assert shown(*chunks, limits=limits) == text


@given(
    st.lists(st.text(alphabet="aé€😀\n", max_size=12).map(str.encode), max_size=30),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_what_is_left_out_is_named_in_one_line(
    chunks: list[bytes], head_bytes: int, tail_bytes: int
) -> None:
    text = shown(*chunks, limits=Limits(head_bytes, tail_bytes))
    head, *rest = MARKER.split(text)
    whole = b"".join(chunks)
    if rest:
        missing, tail = int(rest[0].replace(",", "")), rest[1]
        assert len(rest) == 2
        assert len(head.encode()) + missing + len(tail.encode()) == len(whole)
    else:
        assert text.encode() == whole


def test_the_count_is_of_what_was_written() -> None:
    stream = OutputStream(Limits(3, 3), 0.04)
    stream.feed(b"1\n2\n3\n4\n5\n6\n")
    stream.feed(b"7\n8\n")
    stream.feed(b"9\n0\n")
    stream.finish()
    text = stream.take(0.0)
    head, missing, tail = MARKER.split(text)
    assert stream.count.size_bytes == 20
    assert stream.count.lines == 10
    assert stream.count.left_out_bytes == int(missing) == 20 - len(head) - len(tail)


def test_what_is_over_the_head_is_shown_at_the_end() -> None:
    stream = OutputStream(Limits(2, 10), 0.04)
    stream.feed(b"abcd")
    assert stream.take(0.0) == "ab"
    stream.finish()
    assert stream.take(0.0) == "cd"


def test_a_character_cut_by_what_is_left_out_does_not_spoil_the_tail() -> None:
    chunks = [b"\xe2", *[b"\x82\xac"] * 5, *[b"x"] * 9]
    head, _, tail = MARKER.split(shown(*chunks, limits=Limits(1, 4)))
    assert head == "\ufffd"
    assert set(tail) == {"x"}


def test_a_background_process_may_write_on_after_the_end() -> None:
    stream = OutputStream(LARGE, 0.04)
    stream.feed(b"one\n")
    stream.finish()
    stream.feed("é\n".encode())
    stream.finish()
    assert stream.take(0.0) == "one\né\n"


def test_a_second_finish_shows_nothing_twice() -> None:
    stream = OutputStream(Limits(1, 3), 0.04)
    stream.feed(b"0123456789")
    stream.feed(b"abc")
    stream.finish()
    stream.take(0.0)
    stream.finish()
    assert stream.take(0.0) == ""


def test_a_line_of_our_own_stands_on_a_line_of_its_own() -> None:
    stream = OutputStream(LARGE, 0.04)
    stream.feed(b"half")
    stream.add_line("ours")
    stream.feed(b"whole\n")
    stream.add_line("again")
    assert stream.take(0.0) == "half\nours\nwhole\nagain\n"


@pytest.mark.parametrize(
    ("chunks", "line"),
    [
        ([b"Name: "], "Name: "),
        ([b"a\nNa", b"me: "], "Name: "),
        ([b"a\nb\n"], ""),
        ([b"a", b"\n"], ""),
        ([], ""),
    ],
)
def test_the_last_line_is_what_has_no_end_yet(chunks: list[bytes], line: str) -> None:
    stream = OutputStream(LARGE, 0.04)
    for chunk in chunks:
        stream.feed(chunk)
    assert stream.last_line == line


def test_a_last_line_without_end_stays_small() -> None:
    stream = OutputStream(Limits(1_000_000, 1), 0.04)
    for _ in range(100):
        stream.feed(b"x" * 1_000)
    assert len(stream.last_line) == 1_000


def test_what_a_flood_leaves_in_memory_is_head_and_tail() -> None:
    stream = OutputStream(Limits(1_000, 1_000), 0.04)
    for _ in range(1_000):
        stream.feed(b"y\n" * 2_000)
    stream.finish()
    assert len(stream.take(0.0)) < 7_000
