"""The escape filter keeps text, loses nothing after a sequence, and bounds its memory."""

import base64
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.output.terminal.escapes import (
    LONGEST_PICTURE,
    LONGEST_STRING,
    BrokenPicture,
    Clear,
    Drawing,
    EscapeFilter,
    PictureData,
    PictureKind,
    Piece,
    Text,
)
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions

LIMITS = OutputLimits(500, 500)
# The longest sequence that is not a string.
LONGEST_SEQUENCE = 80
# Output of real programs.
REAL = [
    b"drwxr-xr-x 2 root \x1b[0m\x1b[01;34mbin\x1b[0m -> \x1b[01;36musr\x1b[0m\n",
    b"\x1b[01m\x1b[Kt.c:2:26:\x1b[m\x1b[K \x1b[01;35m\x1b[Kwarning: \x1b[m\x1b[K \xe2\x80\x98x\xe2\x80\x99\n",
    b"\x1b[1mdiff --git a/x b/x\x1b[m\n\x1b[31m-old\x1b[m\n\x1b[32m+\x1b[m\x1b[32mnew\x1b[m\n",
    b"\x1b[35m\x1b[Kfile\x1b[m\x1b[K\x1b[36m\x1b[K:\x1b[m\x1b[K\x1b[01;31m\x1b[Kfound\x1b[m\x1b[K\n",
    b"\r 10%|#         | 1/10 [00:01<00:09]\r 20%|##        | 2/10 [00:02<00:08]\n",
    b"one: Waiting\ntwo: Waiting\n\x1b[2A\x1b[2K\rone: Pull complete\r\x1b[2B",
    b"\x1b7\x1b[0;23r\x1b8\x1b[1A\x1b7\x1b[24;0f\x1b[42mProgress: [ 50%]\x1b[49m\x1b8",
    b"\x1b[?1049h\x1b[1;24r\x1b[H\x1b[2J\x1b[1;1H\x1b[7m top \x1b[27m\x1b[K\x1b[24;1H\x1b[?1049l",
    b"\x1b[H\x1b[2J\x1b[3J",
    b"\x1b[?25l\xe2\xa0\x8b installing\x1b[1G\x1b[0K\xe2\xa0\x99 installing\x1b[?25h\n",
    b"\x1b]0;user@host: ~\x07\x1b]133;A\x07$ \x1b[?2004h\x1b[?2004l\r\n",
    b"\x1b]8;;file:///etc/x\x1b\\x\x1b]8;;\x1b\\ \x1b]8;;http://a/b?c=d\x07y\x1b]8;;\x07\n",
    b"\x1b[31mfailed\x1b(B\x1b[m\n\x1b(0lqqk\x1b(B\n",
    b"N\bNA\bAM\bME\bE\n_\bu_\bn_\bd\n",
    b"dos\r\nlines\r\n",
    "aé€😀 日本語 e\u0301\n".encode(),
    b"\x1b]1337;File=inline=1;size=4:" + base64.b64encode(b"\x89PNG") + b"\x07\n",
    b"\x1b_Ga=T,f=100,m=1;AAAA\x1b\\\x1b_Gm=0;BBBB\x1b\\",
    b'\x1bP0;1;0q"1;1;2;6#1;2;100;0;0#1~~$-\n\x1b\\',
    b"\x1b]52;c;QUJD\x07\x1bP+q544e\x1b\\\x1b[6n\x1b[c\x1b[>c\x1bc",
    bytes(range(256)),
]


def split(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """Return the pieces of *chunks*, with a screen from the first drawing on."""
    escapes = EscapeFilter()
    for chunk in chunks:
        for piece in escapes.feed(chunk):
            escapes.draws |= isinstance(piece, Drawing)
            yield piece
        assert escapes.held_bytes <= LONGEST_PICTURE + LONGEST_SEQUENCE
    yield from escapes.finish()
    assert escapes.held_bytes == 0


def join_text(pieces: Iterable[Piece]) -> list[Piece]:
    """Join consecutive pieces of text."""
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Text) and result and isinstance(result[-1], Text):
            result.append(Text(result.pop().data + piece.data))
        else:
            result.append(piece)
    return result


def text_of(*chunks: bytes) -> bytes:
    return b"".join(piece.data for piece in split(chunks) if isinstance(piece, Text))


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]


def parts(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def shown(chunks: Iterable[bytes]) -> str:
    stream = OutputStream(StreamOptions(LIMITS, 5, 20))
    text = ""
    for chunk in chunks:
        for piece in stream.feed(chunk):
            if isinstance(piece, Clear):
                stream.clear()
                text = ""
        text += stream.take()[0]
    list(stream.finish())
    return text + "".join(stream.take())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return real output with bytes changed, inserted, removed and repeated."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(REAL), min_size=1, max_size=4))))
    edits = st.tuples(
        st.sampled_from("=+-*"),
        st.integers(0, 2_000),
        st.one_of(st.sampled_from(b"\x1b[]P_K;m\r\n\x07\\\x08 q"), st.integers(0, 255)),
    )
    for kind, place, byte in draw(st.lists(edits, max_size=8)):
        at = place % (len(data) + 1)
        match kind:
            case "=":
                data[at : at + 1] = bytes([byte])
            case "+":
                data[at:at] = bytes([byte])
            case "-":
                del data[at : at + byte // 16]
            case _:
                data[at:at] = data[at : at + byte]
    return bytes(data)


CUTS = st.lists(st.integers(0, 5_000), max_size=12)


@pytest.mark.parametrize("data", REAL, ids=range(len(REAL)))
def test_chunking_does_not_matter(data: bytes) -> None:
    whole = join_text(split([data]))
    for at in range(1, len(data)):
        assert join_text(split([data[:at], data[at:]])) == whole
    assert join_text(split(parts(data, 1))) == whole


@settings(max_examples=300)
@given(st.one_of(mutated(), st.binary(max_size=300)), CUTS)
def test_damaged_output_gives_the_same_pieces_for_any_chunking(
    data: bytes, places: list[int]
) -> None:
    assert join_text(split(cut(data, places))) == join_text(split([data]))


@settings(max_examples=300, deadline=None)
@given(mutated(), CUTS)
def test_damaged_output_is_shown_the_same_for_any_chunking(data: bytes, places: list[int]) -> None:
    text = shown(cut(data, places))
    assert text == shown([data])
    assert len(text) <= LIMITS.head_bytes + LIMITS.tail_bytes + 100  # for the line between


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t")), CUTS)
def test_plain_text_is_unchanged(text: str, places: list[int]) -> None:
    data = text.encode()
    assert text_of(*cut(data, places)) == data


@given(mutated(), CUTS)
def test_text_has_only_colours(data: bytes, places: list[int]) -> None:
    escapes = EscapeFilter()
    pieces = [piece for chunk in cut(data, places) for piece in escapes.feed(chunk)]
    text = b"".join(piece.data for piece in [*pieces, *escapes.finish()] if isinstance(piece, Text))
    assert text_of(text) == text
    assert b"\r" not in text.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "erasure", [b"\x1b[K", b"\x1b[0K", b"\x1b[J", b"\x1b[0J", b"\x1b[3J", b"\x1b(B"]
)
def test_erasing_nothing_needs_no_screen(erasure: bytes) -> None:
    """Compilers write ESC[K after each of their colours."""
    data = b"\x1b[1mred" + erasure + b"\x1b[m" + erasure + b"\n"
    assert join_text(split([data])) == [Text(b"\x1b[1mred\x1b[m\n")]
    for at in range(len(data)):
        assert join_text(split([data[:at], data[at:]])) == [Text(b"\x1b[1mred\x1b[m\n")]


@pytest.mark.parametrize("erasure", [b"\x1b[1K", b"\x1b[2K", b"\x1b[1J", b"\x1b[12K"])
def test_erasing_text_needs_a_screen(erasure: bytes) -> None:
    assert [*split([b"a" + erasure])] == [Text(b"a"), Drawing(erasure)]


def test_a_screen_gets_all_erasures() -> None:
    assert join_text(split([b"abc\r\x1b[Kd\x1b[J"])) == [
        *(Text(b"abc"), Drawing(b"\r"), Text(b"\x1b[Kd\x1b[J"))
    ]


# Starts of sequences that never end.
BEGUN = [
    *(b"\x1b", b"\x1b[", b"\x1b[1;3", b"\x1b[38;5;", b"\x1b(", b"\x1b]", b"\x1b]0;title"),
    *(b"\x1b]8;;http://a", b"\x1b]1337;File=inline=1:AAAA", b"\x1b]5522;x", b"\x1bP", b"\x1bP0;1"),
    *(b"\x1bP0;1q#1~~", b"\x1b_", b"\x1b_Ga=T;AAAA", b"\x1b^x", b"\x1bXx", b"\x1bkname"),
]


@pytest.mark.parametrize("begun", BEGUN)
def test_an_unfinished_sequence_takes_no_later_line(begun: bytes) -> None:
    later = b"\nthe first line behind it\nand more\n" * 500
    data = b"before " + begun + later
    for size in (1_000_000, 64, 7):
        found = text_of(*parts(data, size))
        assert found.startswith(b"before ")
        assert found.endswith(later.removeprefix(b"\nthe "))


@pytest.mark.parametrize("begun", BEGUN)
def test_an_unfinished_sequence_ends_with_its_block(begun: bytes) -> None:
    escapes = EscapeFilter()
    list(escapes.feed(b"before" + begun))
    list(escapes.finish())
    assert escapes.held_bytes == 0
    assert [*escapes.feed(b"mafter\x07\n")] == [Text(b"mafter\n")]


@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize("filler", [b"A", b"1"])
def test_an_unfinished_sequence_takes_bounded_memory(begun: bytes, filler: bytes) -> None:
    escapes = EscapeFilter()
    list(escapes.feed(begun))
    chunk = filler * (1 << 20)
    for _ in range(64):
        list(escapes.feed(chunk))
        assert escapes.held_bytes <= LONGEST_PICTURE


@pytest.mark.parametrize("chunk", [65_536, 65_537, LONGEST_STRING * 2])
def test_a_string_is_given_up_at_the_same_byte_for_any_chunking(chunk: int) -> None:
    data = b"\x1b]" + b"x" * LONGEST_STRING + b"y\x07z"
    assert join_text(split(parts(data, chunk))) == [Text(b"x" * LONGEST_STRING + b"yz")]
    data = b"\x1b]" + b"x" * (LONGEST_STRING - 1) + b"\x07z"
    assert join_text(split(parts(data, chunk))) == [Text(b"z")]


@pytest.mark.parametrize("over", [0, 1])
def test_a_picture_that_is_too_large_is_reported(over: int) -> None:
    data = b"\x1b_G" + b"A" * (LONGEST_PICTURE + over) + b"\x1b\\"
    (found,) = split(parts(data, 1_000_000))
    if over:
        assert found == BrokenPicture("a picture of 25,165,825 bytes is too large")
    else:
        assert found == PictureData(PictureKind.KITTY, b"A" * LONGEST_PICTURE)


def test_an_incomplete_picture_does_not_take_the_log_after_it() -> None:
    data = b"\x1b]1337;File=inline=1:" + b"QUJD\n" * 2_000 + b"a line\n" * 2_000
    found = [*split([data])]
    assert found[0] == BrokenPicture("a picture is incomplete")
    assert text_of(data).endswith(b"a line\n" * 1_999)
