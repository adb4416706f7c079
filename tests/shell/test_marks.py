"""The mark reader, with any bytes in any chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.marks import LONGEST_MARK, LONGEST_START, Mark, MarkKind, MarkReader

NONCE = "0123456789abcdef0123456789abcdef"
FOREIGN = "f" * 32


def written(kind: str, *fields: str, nonce: str = NONCE) -> bytes:
    """Return a mark as bash.sh prints it."""
    text = "".join(f";{nonce};{field}" for field in fields)
    return f"\x1b]133;{kind}{text};{nonce}\a".encode(errors="surrogateescape")


def joined(pieces: list[Mark | bytes]) -> list[Mark | bytes]:
    """Join neighbouring texts: where a text is split does not matter."""
    result: list[Mark | bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes) and result and isinstance(result[-1], bytes):
            result[-1] += piece
        else:
            result.append(piece)
    return result


def read(*chunks: bytes) -> list[Mark | bytes]:
    reader = MarkReader(NONCE)
    return joined([piece for chunk in chunks for piece in reader.feed(chunk)])


def text_of(pieces: list[Mark | bytes]) -> bytes:
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


WIRE = (
    b"before"
    + written("C", "7")
    + "é\x1b[31mred\x1b[0m\n".encode()
    + written("C", "8", nonce=FOREIGN)
    + written("D", "7", "end", "0", "", "", "/tmp/a;b\nc", "0", "141")
    + written("S")
    + b"\x1b\x1b]133;after"
)
kinds = st.sampled_from(MarkKind)
fields = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(lambda t: NONCE not in t),
    min_size=1,
    max_size=5,
)
marks = st.builds(lambda kind, texts: Mark(kind, tuple(texts)), kinds, fields)
# Makes bytes that look like marks more likely than by chance.
lookalikes = st.sampled_from(
    [b"\x1b", b"\x1b]", b"\x1b]133;", b"\x1b]133;C;", b"\x1b]133;D;ab", b"\a", b";", b"133;C"]
)
texts = st.lists(
    st.one_of(lookalikes, st.binary(max_size=6), st.just(written("D", "1", nonce=FOREIGN))),
    max_size=5,
).map(b"".join)
streams = st.lists(st.one_of(marks, texts), max_size=6)


def on_the_wire(pieces: list[Mark | bytes]) -> bytes:
    return b"".join(
        piece if isinstance(piece, bytes) else written(piece.kind, *piece.fields)
        for piece in pieces
    )


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(data) + 1) for place in cuts), len(data)]
    return [data[start:end] for start, end in zip(places, places[1:], strict=False)]


def test_marks_are_separated_from_the_text_around_them() -> None:
    assert read(b"a" + written("C", "7") + b"b" + written("D", "7", "end")) == [
        b"a",
        Mark(MarkKind.STARTED, ("7",)),
        b"b",
        Mark(MarkKind.ENDED, ("7", "end")),
    ]


def test_a_field_keeps_semicolons_newlines_and_emptiness() -> None:
    assert read(written("D", "", ";a;\n\a", "")) == [Mark(MarkKind.ENDED, ("", ";a;\n\a", ""))]


def test_a_field_keeps_bytes_that_are_not_utf_8() -> None:
    (mark,) = read(written("D", "/tmp/\udcff"))
    assert isinstance(mark, Mark)
    assert mark.fields == ("/tmp/\udcff",)


@pytest.mark.parametrize("place", range(len(WIRE) + 1))
def test_where_the_stream_is_cut_does_not_matter(place: int) -> None:
    assert read(WIRE[:place], WIRE[place:]) == read(WIRE)


def test_single_bytes_give_what_one_piece_gives() -> None:
    assert read(*(bytes([byte]) for byte in WIRE)) == read(WIRE)


@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
def test_chunking_does_not_matter(pieces: list[Mark | bytes], cuts: list[int]) -> None:
    wire = on_the_wire(pieces)
    assert read(*cut(wire, cuts)) == read(wire)


@given(streams)
def test_every_mark_is_found_in_its_order(pieces: list[Mark | bytes]) -> None:
    found = [piece for piece in read(on_the_wire(pieces)) if isinstance(piece, Mark)]
    assert found == [piece for piece in pieces if isinstance(piece, Mark)]


@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
def test_text_between_marks_is_kept_byte_for_byte(
    pieces: list[Mark | bytes], cuts: list[int]
) -> None:
    ended = [*pieces, b"\n"]  # nothing before a newline can still become a mark
    assert text_of(read(*cut(on_the_wire(ended), cuts))) == text_of(ended)


@given(streams)
def test_no_empty_text_is_returned(pieces: list[Mark | bytes]) -> None:
    assert b"" not in MarkReader(NONCE).feed(on_the_wire(pieces))


def test_a_mark_with_a_foreign_nonce_is_text() -> None:
    """A program that prints marks cannot end a block."""
    forged = written("D", "1", "end", "0", nonce=FOREIGN)
    assert read(forged) == [forged]


def test_a_forged_end_does_not_end_a_true_mark() -> None:
    forged = written("D", "1", nonce=FOREIGN).decode()
    assert read(written("D", "1", forged)) == [Mark(MarkKind.ENDED, ("1", forged))]


def test_a_mark_of_an_unknown_kind_is_text() -> None:
    assert read(written("Z", "1")) == [written("Z", "1")]


@pytest.mark.parametrize("place", range(1, len(written("C", "7"))))
def test_an_unfinished_mark_is_kept_until_its_end_comes(place: int) -> None:
    mark = written("C", "7")
    reader = MarkReader(NONCE)
    assert reader.feed(b"text" + mark[:place]) == [b"text"]
    assert reader.feed(mark[place:]) == [Mark(MarkKind.STARTED, ("7",))]


@pytest.mark.parametrize("place", range(1, LONGEST_START - 2))
def test_the_beginning_of_a_mark_can_become_text(place: int) -> None:
    start = written("C", "7")[:place]
    assert read(b"text" + start, b"!") == [b"text" + start + b"!"]


def test_a_beginning_of_any_length_that_is_not_a_mark_is_returned() -> None:
    looks = b"\x1b]133;C;" + b"a" * 100
    assert text_of(read(looks)) == looks


def test_a_mark_of_the_longest_size_is_read_in_two_pieces() -> None:
    frame = len(written("D", ""))
    mark = written("D", "x" * (LONGEST_MARK - frame))
    assert read(mark[:-1], mark[-1:]) == [Mark(MarkKind.ENDED, ("x" * (LONGEST_MARK - frame),))]


def test_a_mark_without_end_becomes_text() -> None:
    start = written("D", "x" * LONGEST_MARK)[:-1]
    assert read(start) == [start]


def test_a_mark_after_one_without_end_is_read() -> None:
    start = written("D", "x" * LONGEST_MARK)[:-1]
    assert read(start, written("C", "7")) == [start, Mark(MarkKind.STARTED, ("7",))]


@pytest.mark.parametrize(
    "piece", [b"x" * 4096, b"\x1b" * 4096, b"\x1b]133;C;", written("C", "7")[:-1], b"a" * 31]
)
def test_what_is_held_back_is_bounded(piece: bytes) -> None:
    reader = MarkReader(NONCE)
    given_back = 0
    start = written("D", "7")[:-1]
    reader.feed(start)
    for number in range(1, 100):
        given_back += len(text_of(reader.feed(piece)))
        held = len(start) + number * len(piece) - given_back
        assert held <= LONGEST_MARK
