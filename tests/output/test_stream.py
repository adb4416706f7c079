"""Output streams: bytes of a program in, text for messages out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.terminal.escapes import Clear
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions

LARGE = OutputLimits(100_000, 100_000)
MARKER = re.compile(r"^\[effecttalk: ([\d,]+) bytes of output omitted here\]\n", re.MULTILINE)
TEXT = "aé€😀\n\u0301z"


def open_stream(limits: OutputLimits = LARGE, encoding: str = "utf-8") -> OutputStream:
    return OutputStream(StreamOptions(limits, 24, 80, encoding))


def feed(stream: OutputStream, data: bytes) -> None:
    for piece in stream.feed(data):
        if isinstance(piece, Clear):
            stream.clear()


def rest(stream: OutputStream) -> str:
    return "".join(stream.take())


def shown(*chunks: bytes, limits: OutputLimits = LARGE, encoding: str = "utf-8") -> str:
    stream = open_stream(limits, encoding)
    for chunk in chunks:
        feed(stream, chunk)
    list(stream.finish())
    return rest(stream)


def pieces(data: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]


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
        (b"nul\0", "nul"),
    ],
)
def test_bytes_that_are_not_utf_8_become_replacement_characters(data: bytes, text: str) -> None:
    assert shown(data) == text


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t"),
        max_size=80,
    ),
    st.lists(st.integers(0, 300)),
)
def test_text_under_the_limit_is_passed_unchanged(text: str, places: list[int]) -> None:
    data = text.encode()
    limits = OutputLimits((len(data) + 2) // 2, len(data) // 2 + 1)
    assert shown(*pieces(data, places), limits=limits) == text


SEQUENCES = st.sampled_from(
    [
        b"\x1b[A",
        b"\x1b[2K",
        b"\r",
        b"\n",
        b"\x1b[3;4H",
        b"\x1b[31m",
        b"\x1b[0m",
        b"\x1b[J",
        b"\x1b]0;title\x07",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[2J",
        b"\x1b[H",
        b"\x1bc",
        b"\x1b[6n",
        b"\x1bPq\x1b\\",
        b"\x1b_Gx\x1b\\",
        b"\x1b]8;;u\x1b\\",
        b"\x1b",
        b"\x9b",
        b"\b",
    ]
)
STREAMS = st.lists(st.one_of(SEQUENCES, st.binary(max_size=9), st.text(max_size=9).map(str.encode)))


@given(STREAMS, st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_are_shown_the_same_for_any_chunking(
    parts: list[bytes], places: list[int]
) -> None:
    data = b"".join(parts)
    assert shown(*pieces(data, places)) == shown(data)


@given(STREAMS, st.lists(st.integers(0, 300), max_size=6))
def test_taking_text_earlier_changes_nothing(parts: list[bytes], places: list[int]) -> None:
    """Frozen text only grows, whenever it is taken."""
    data, stream, frozen = b"".join(parts), open_stream(), ""
    for chunk in pieces(data, places):
        for piece in stream.feed(chunk):
            if isinstance(piece, Clear):
                stream.clear()
                frozen = ""
        frozen += stream.take()[0]
    list(stream.finish())
    assert frozen + rest(stream) == shown(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b]0;title\x07shown\n", "shown\n"),
        (b"\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\\n", "link\n"),
        (b"\x1b]52;c;AAAA\x07x", "x"),
        (b"\x1b[6n\x1b[cx", "x"),
        (b"10%\r20%\r100%\n", "100%\n"),
        (b"one\ntwo\n\x1b[2A\x1b[2KONE\n\n", "ONE\ntwo\n"),
        (b"a\x1b[?1049hfull screen\x1b[?1049lb\n", "ab\n"),
        (b"a\x1b[?1049hnever closed", "a"),
        (b"gone\n\x1b[H\x1b[2J\x1b[3Jkept\n", "kept\n"),
        (b"gone\n\x1b[2Jkept\n", "kept\n"),
        (b"gone\n" * 5_000 + b"\x1bckept\n", "kept\n"),
        (b"\rgone\n" * 5_000 + b"\x1bckept\n", "kept\n"),
        (b"\r" + b"kept\n" * 5_000 + b"\x1b[3Jx\n", "kept\n" * 5_000 + "x\n"),
        (b"one\ntwo\x1b[A\r\x1b[M", "two"),
        (b"\x1b[1;38;5;200mx\x1b[m\n", "\x1b[1;38;5;200mx\x1b[m\n"),
        (b"a\x1b[", "a"),
        (b"dos\r\n", "dos\r\n"),
        (b"", ""),
    ],
)
def test_text_is_shown_as_on_a_terminal(data: bytes, text: str) -> None:
    assert shown(data) == text


def test_progress_of_megabytes_is_one_line() -> None:
    bar = b"".join(b"\r%5d of 100000" % number for number in range(100_001))
    assert shown(bar + b"\n") == "100000 of 100000\n"


def test_lines_that_scroll_out_of_a_screen_are_kept() -> None:
    lines = b"".join(b"line %d\n" % number for number in range(1_000))
    assert shown(b"\r" + lines) == lines.decode()


def test_a_stream_may_be_in_another_encoding() -> None:
    assert shown(b"caf\xe9 \xa4\n", encoding="iso8859-15") == "café €\n"


def test_characters_in_another_encoding_may_be_cut() -> None:
    data = "日本".encode("shift-jis")
    assert shown(*(bytes([byte]) for byte in data), encoding="shift-jis") == "日本"


def end_line(head: bytes) -> bytes:
    """Return *head* as it is before the line for left out output."""
    return head if not head or head.endswith(b"\n") else head + b"\n"


@given(
    st.lists(st.text(alphabet="aé€😀\n", max_size=12).map(str.encode), max_size=30),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_left_out_output_is_named_in_one_line(
    chunks: list[bytes], head_bytes: int, tail_bytes: int
) -> None:
    text = shown(*chunks, limits=OutputLimits(head_bytes, tail_bytes))
    head, *rest = MARKER.split(text)
    whole = b"".join(chunks)
    if rest:
        missing, tail = int(rest[0].replace(",", "")), rest[1]
        assert len(rest) == 2
        kept = whole[: len(whole) - missing - len(tail.encode())]
        assert head.encode() == end_line(kept)
        assert tail.encode() == whole[len(kept) + missing :]
    else:
        assert text.encode() == whole


@pytest.mark.parametrize("head", [b"one\n", b"one\n\n", b"one"])
def test_the_line_for_left_out_output_starts_a_line(head: bytes) -> None:
    text = shown(head, b"x" * 10, b"\n", b"end\n", limits=OutputLimits(len(head), 4))
    assert text.startswith(head.decode().removesuffix("\n") + "\n[effecttalk: ")


def test_the_size_counts_all_that_was_written() -> None:
    stream = open_stream(OutputLimits(3, 3))
    feed(stream, b"1\n2\n3\n4\n5\n6\n")
    feed(stream, b"7\n8\n")
    feed(stream, b"9\n0\n")
    list(stream.finish())
    text = rest(stream)
    head, missing, tail = MARKER.split(text)
    assert stream.size.size_bytes == 20
    assert stream.size.lines == 10
    assert (head, tail) == ("1\n", "0\n")
    assert stream.size.left_out_bytes == int(missing) == 20 - len(head) - len(tail)


def test_output_beyond_the_head_is_shown_at_the_end() -> None:
    stream = open_stream(OutputLimits(2, 10))
    feed(stream, b"abcd")
    assert rest(stream) == "ab"
    list(stream.finish())
    assert rest(stream) == "cd"


def test_a_character_cut_at_the_head_does_not_spoil_the_tail() -> None:
    chunks = [b"\xe2", *[b"\x82\xac"] * 5, *[b"x"] * 9]
    head, _, tail = MARKER.split(shown(*chunks, limits=OutputLimits(1, 4)))
    assert head == ""
    assert set(tail) == {"x"}


def test_a_background_process_may_write_after_the_end() -> None:
    stream = open_stream()
    feed(stream, b"one\n")
    list(stream.finish())
    feed(stream, "é\n".encode())
    list(stream.finish())
    assert rest(stream) == "one\né\n"


def test_a_second_finish_shows_nothing_twice() -> None:
    stream = open_stream(OutputLimits(1, 3))
    feed(stream, b"0123456789")
    feed(stream, b"abc")
    list(stream.finish())
    rest(stream)
    list(stream.finish())
    assert rest(stream) == ""


def test_an_added_line_starts_a_line() -> None:
    stream = open_stream()
    feed(stream, b"half")
    stream.add_line("ours")
    feed(stream, b"whole\n")
    stream.add_line("again")
    assert rest(stream) == "half\nours\nwhole\nagain\n"


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
def test_the_last_line_is_the_unfinished_one(chunks: list[bytes], line: str) -> None:
    stream = open_stream()
    for chunk in chunks:
        feed(stream, chunk)
    assert stream.last_line == line


def test_an_endless_last_line_stays_small() -> None:
    stream = open_stream(OutputLimits(1_000_000, 1))
    for _ in range(100):
        feed(stream, b"x" * 1_000)
    assert len(stream.last_line) == 1_000


def test_a_flood_leaves_only_head_and_tail_in_memory() -> None:
    stream = open_stream(OutputLimits(1_000, 1_000))
    for _ in range(1_000):
        feed(stream, b"y\n" * 2_000)
    list(stream.finish())
    assert len(rest(stream)) < 7_000
