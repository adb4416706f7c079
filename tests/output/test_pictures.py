"""Pictures that programs send to a terminal: which are shown, and which are refused."""

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import LARGEST_BYTES, ContentError, make_picture
from effecttalk_kernel.output.content.pictures import kitty, sixel
from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder
from effecttalk_kernel.output.content.pictures.png import encode
from effecttalk_kernel.output.terminal.escapes import LONGEST_PICTURE, PictureKind

ITERM, KITTY, SIXEL, DISPLAY = (
    PictureKind.ITERM,
    PictureKind.KITTY,
    PictureKind.SIXEL,
    PictureKind.DISPLAY,
)
TOKEN = "0123abcd"
RED, GREEN, BLUE, WHITE = b"\xff\0\0\xff", b"\0\xff\0\xff", b"\0\0\xff\xff", b"\xcc\xcc\xcc\xff"
BLACK, CLEAR = b"\0\0\0\xff", b"\0\0\0\0"
PNG = encode([RED + GREEN, BLUE + CLEAR], 4)
SMALL = b"#1;2;100;0;0#2;2;0;100;0#1~#2!2@-#1A"
b64 = base64.b64encode
sides = st.integers(1, 6)
rows = st.tuples(sides, sides, st.sampled_from([3, 4])).flatmap(
    lambda size: st.tuples(
        st.lists(
            st.binary(min_size=size[0] * size[2], max_size=size[0] * size[2]),
            min_size=size[1],
            max_size=size[1],
        ),
        st.just(size[2]),
    )
)
cuts = st.lists(st.integers(0, 1_000), max_size=5)
# Bytes that look like pictures, more often than random bytes would.
words = st.sampled_from(
    [
        *(b"inline=1:", b"a=T,", b"a=p,i=1;", b"i=1,", b"f=100;", b"s=1,v=1;", b"m=1;", b"o=z;"),
        *(b"AAAA", b64(PNG), b'q"1;1;9;9', b"#1;2;9;9;9", b"#2;1;9;9;9", b"!9", b"~", b"$-"),
        *(TOKEN.encode() + b";", b"type=html;", b"name=YQ==;", b":"),
    ]
)
junk = st.lists(st.one_of(words, st.binary(max_size=5)), max_size=8).map(b"".join)


def feed(kind: PictureKind, *pieces: bytes) -> MimeBundle | None:
    """Return the bundle of the last piece."""
    decoder = PictureDecoder(TOKEN)
    for piece in pieces[:-1]:
        assert decoder.feed(kind, piece) is None
    return decoder.feed(kind, pieces[-1])


def shown(kind: PictureKind, *pieces: bytes) -> bytes:
    bundle = feed(kind, *pieces)
    assert bundle is not None
    return base64.b64decode(str(bundle.data["image/png"]))


def problem(kind: PictureKind, *pieces: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        feed(kind, *pieces)
    return str(caught.value)


def pixels(png: bytes) -> list[list[bytes]]:
    """Return the rows of a PNG from `encode`."""
    width, height, _, form = struct.unpack_from(">IIBB", png, 16)
    (length,) = struct.unpack_from(">I", png, 33)
    data, channels = zlib.decompress(png[41 : 41 + length]), {2: 3, 6: 4}[form]
    step = 1 + width * channels
    assert len(data) == height * step
    lines = [data[at : at + step] for at in range(0, len(data), step)]
    assert {line[0] for line in lines} == {0}
    return [[line[at : at + channels] for at in range(1, step, channels)] for line in lines]


def drawn(data: bytes) -> list[list[bytes]]:
    return pixels(shown(SIXEL, data))


# PNG


@given(rows)
def test_a_png_has_the_pixels_it_was_made_of(made: tuple[list[bytes], int]) -> None:
    lines, channels = made
    assert [b"".join(row) for row in pixels(encode(lines, channels))] == lines


@given(rows)
def test_an_encoded_png_is_complete(made: tuple[list[bytes], int]) -> None:
    lines, channels = made
    plain = str(make_picture(encode(*made)).data["text/plain"])
    assert f" {len(lines[0]) // channels}x{len(lines)}, " in plain


# iTerm


def test_an_iterm_picture_is_shown() -> None:
    assert shown(ITERM, b"name=YS5wbmc=;size=9;inline=1:" + b64(PNG)) == PNG


def test_base64_may_be_split_into_lines() -> None:
    assert shown(ITERM, b"inline=1:" + base64.encodebytes(PNG).replace(b"\n", b"\r\n")) == PNG


@pytest.mark.parametrize("header", [b"", b"inline=0", b"name=YQ==;size=5"])
def test_a_download_is_not_shown(header: bytes) -> None:
    assert feed(ITERM, header + b":" + b64(PNG)) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [
        (b"width=100px;height=50px", {"width": 100, "height": 50}),
        (b"width=10;height=50px", {"height": 50}),
    ],
)
def test_a_size_in_pixels_is_sent(header: bytes, size: dict[str, int]) -> None:
    bundle = feed(ITERM, header + b";inline=1:" + b64(PNG))
    assert bundle is not None
    assert bundle.metadata == {"image/png": size}


@pytest.mark.parametrize("header", [b"width=10", b"width=50%;height=auto", b"width=px", b"width"])
def test_a_size_in_cells_or_percent_is_ignored(header: bytes) -> None:
    bundle = feed(ITERM, header + b";inline=1:" + b64(PNG))
    assert bundle is not None
    assert bundle.metadata == {}


@pytest.mark.parametrize("content", [b"<svg/>", b"<html><script>", b'{"a": 1}', b"text"])
def test_markup_is_not_accepted_as_a_picture(content: bytes) -> None:
    """Any printed text, a log or a mail, may contain such a sequence."""
    assert problem(ITERM, b"inline=1:" + b64(content)) == "not a valid picture"


def test_an_iterm_picture_without_data_is_refused() -> None:
    assert problem(ITERM, b"inline=1") == "the picture has no data"


def test_an_iterm_picture_that_is_not_base64_is_refused() -> None:
    assert "base64" in problem(ITERM, b"inline=1:%%%%")


# Kitty


def test_a_kitty_png_is_shown() -> None:
    assert shown(KITTY, b"a=T,f=100,q=2;" + b64(PNG)) == PNG


@pytest.mark.parametrize(("form", "channels"), [(b"f=24,", 3), (b"f=32,", 4), (b"", 4)])
@pytest.mark.parametrize("compressed", [False, True])
def test_kitty_pixels_are_shown(form: bytes, channels: int, compressed: bool) -> None:
    data = bytes(range(2 * 3 * channels))
    sent = b64(zlib.compress(data) if compressed else data)
    control = b"a=T," + form + (b"o=z," if compressed else b"") + b"s=2,v=3;"
    found = pixels(shown(KITTY, control + sent))
    assert [len(found), b"".join(b"".join(row) for row in found)] == [3, data]


def test_a_compressed_kitty_png_is_shown() -> None:
    assert shown(KITTY, b"a=T,f=100,o=z;" + b64(zlib.compress(PNG))) == PNG


@given(cuts)
def test_a_kitty_picture_may_be_split_into_chunks(places: list[int]) -> None:
    sent = b64(PNG)
    ends = [0, *sorted(place % len(sent) for place in places), len(sent)]
    pieces = [b"m=1;" + sent[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    assert shown(KITTY, b"a=T,f=100,m=1", *pieces, b"m=0;") == PNG


def test_a_picture_in_chunks_ends_without_m() -> None:
    assert shown(KITTY, b"a=T,f=100,m=1;" + b64(PNG)[:8], b"q=1;" + b64(PNG)[8:]) == PNG


def test_a_new_picture_replaces_an_incomplete_one() -> None:
    assert shown(KITTY, b"a=T,f=100,m=1;AAAA", b"a=T,f=100;" + b64(PNG)) == PNG


@pytest.mark.parametrize("action", [b"a=t,", b"", b"a=T,"])
def test_a_stored_picture_is_shown_by_its_id(action: bytes) -> None:
    decoder = PictureDecoder(TOKEN)
    decoder.feed(KITTY, action + b"i=7,f=100;" + b64(PNG))
    first, second = (decoder.feed(KITTY, b"a=p,i=7") for _ in range(2))
    assert first == second == make_picture(PNG)


def test_an_unknown_id_is_refused() -> None:
    assert problem(KITTY, b"a=p,i=8") == "unknown picture '8': it was not sent before"


def test_no_more_pictures_are_stored_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = kitty.KittyDecoder()
    for number in range(kitty.MAX_STORED + 1):
        decoder.feed(b"i=%d,f=100;" % number + b64(PNG))
    assert [*decoder._stored] == [str(number) for number in range(1, kitty.MAX_STORED + 1)]
    monkeypatch.setattr(kitty, "MAX_STORED_BYTES", 3 * len(b64(PNG)))
    decoder.feed(b"i=new,f=100;" + b64(PNG))
    assert [*decoder._stored] == ["63", "64", "new"]


@pytest.mark.parametrize(
    "data", [b"a=q,i=1,t=f,s=1,v=1;AAAA", b"a=d", b"a=d,d=I,i=3", b"a=f,i=1;AAAA", b"m=1;AAAA", b""]
)
def test_queries_deletions_and_leftovers_show_nothing(data: bytes) -> None:
    assert feed(KITTY, data) is None


@pytest.mark.parametrize("medium", [b"f", b"t", b"s"])
def test_printed_text_cannot_make_the_kernel_read_files(medium: bytes) -> None:
    message = problem(KITTY, b"a=T,f=100,t=" + medium + b";" + b64(b"/etc/passwd"))
    assert message == "pictures in files or shared memory are not supported"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a=T,f=99,s=1,v=1;AAAA", "pictures of format '99' are not supported"),
        (b"a=T;AAAA", "the picture has no valid width and height"),
        (b"a=T,s=-1,v=1;AAAA", "the picture has no valid width and height"),
        (b"a=T,s=0,v=1;AAAA", "a picture of 0x1 pixels cannot be shown"),
        (b"a=T,s=9999,v=9999;AAAA", "a picture of 9999x9999 pixels cannot be shown"),
        (b"a=T,s=1,v=1;AAAA", "the picture is cut off: 3 bytes of 4"),
        (b"a=T,s=1,v=1,o=z;AAAA", "the compressed data of the picture is damaged"),
        (b"a=T,f=100;AAAA", "not a valid PNG picture"),
        (b"a=T,f=100;!", "the content is not valid base64: Only base64 data is allowed"),
    ],
)
def test_a_damaged_kitty_picture_is_refused(data: bytes, message: str) -> None:
    assert problem(KITTY, data) == message


def test_a_decompression_bomb_is_refused() -> None:
    bomb = b64(zlib.compress(PNG + bytes(LARGEST_BYTES * 2)))
    assert "bytes are too large" in problem(KITTY, b"a=T,f=100,o=z;" + bomb)


def test_an_endless_picture_is_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kitty, "LONGEST_PICTURE", LONGEST_PICTURE >> 14)
    decoder = PictureDecoder(TOKEN)
    decoder.feed(KITTY, b"a=T,f=100,m=1;" + b"A" * 1_000)
    with pytest.raises(ContentError, match="larger than"):
        decoder.feed(KITTY, b"m=1;" + b"A" * 1_000)
    assert decoder.feed(KITTY, b"m=0;AAAA") is None


# Sixel


def test_a_sixel_picture_has_its_pixels() -> None:
    assert drawn(b"0;1;0q" + SMALL) == [
        [RED, GREEN, GREEN],
        *[[RED, CLEAR, CLEAR]] * 5,
        [CLEAR, CLEAR, CLEAR],
        [RED, CLEAR, CLEAR],
    ]


@pytest.mark.parametrize("parameters", [b"", b"0;0", b"7;2;3", b"9"])
def test_unpainted_pixels_have_the_background_colour(parameters: bytes) -> None:
    assert drawn(parameters + b"q#0;2;0;0;100" + SMALL)[1] == [RED, BLUE, BLUE]


def test_black_is_not_taken_for_the_background() -> None:
    assert drawn(b"q#0;2;0;0;100#5;2;0;0;0!3@$A") == [[BLACK] * 3, [BLACK, BLUE, BLUE]]


@pytest.mark.parametrize("data", [b"#1~\n~\r\n-", b"#1!2~", b"#1?~$~", b"#1!1~!0~", b"#1~~!9?"])
def test_the_same_picture_can_be_written_in_several_ways(data: bytes) -> None:
    blue = bytes([51, 51, 204, 255])
    assert drawn(b"q" + data) == [[blue, blue]] * 6


def test_the_declared_size_is_kept_and_may_be_exceeded() -> None:
    found = drawn(b'0;1q"1;1;3;2#1;2;100;0;0@')
    assert found == [[RED, CLEAR, CLEAR], [CLEAR] * 3]
    assert [len(row) for row in drawn(b'q"1;1;1;1!4~')] == [4] * 6


def test_the_default_colour_is_the_last_of_the_palette() -> None:
    assert drawn(b"q@") == [[WHITE]]


@pytest.mark.parametrize(
    ("colour", "pixel"),
    [
        (b"#9;1;0;50;100", BLUE),
        (b"#9;1;120;50;100", RED),
        (b"#9;1;240;50;100", GREEN),
        (b"#9;1;360;50;100", BLUE),
        (b"#9;1;0;0;0", BLACK),
        (b"#9;2;999;0;0", RED),
        (b"#9;2;50;0;0", b"\x7f\0\0\xff"),
        (b"#31", WHITE),
    ],
)
def test_colours_come_from_rgb_hls_or_the_palette(colour: bytes, pixel: bytes) -> None:
    assert drawn(b"q" + colour + b"@") == [[pixel]]


def test_redefining_a_colour_keeps_painted_pixels() -> None:
    """Programs make pictures with more than 256 colours this way."""
    assert drawn(b"q#1;2;100;0;0@#1;2;0;100;0@") == [[RED, GREEN]]


@given(st.lists(st.lists(st.integers(0, 63), min_size=1, max_size=20), min_size=1, max_size=4))
def test_every_bit_is_a_pixel(bands: list[list[int]]) -> None:
    bands = [[63, *band] for band in bands]
    body = b"-".join(bytes(63 + bits for bits in band) for band in bands)
    found = drawn(b"0;1q" + body)
    for number, band in enumerate(bands):
        for x, bits in enumerate(band):
            column = [x < len(row := found[6 * number + y]) and row[x] == WHITE for y in range(6)]
            assert column == [bool(bits >> y & 1) for y in range(6)]


@pytest.mark.parametrize("body", [b"", b"?", b"!9?-$", b'"1;1', b"12 ;:"])
def test_an_empty_sixel_picture_is_refused(body: bytes) -> None:
    assert problem(SIXEL, b"q" + body) == "the sixel picture is empty"


@pytest.mark.parametrize(
    "body",
    [
        b'"1;1;99999;1',
        b'"1;1;9999;9999',
        b"!99999~",
        b"!9999?" * 9 + b"~",
        b"-" * 9_999 + b"~",
        (b"!9999~-" * 999),
        b"!9999~$" * 9_999,
    ],
    ids=["wide", "many", "repeated", "skipped", "high", "painted", "painted over"],
)
def test_a_sixel_picture_that_is_too_large_is_refused(body: bytes) -> None:
    assert "too" in problem(SIXEL, b"q" + body)


def test_too_much_sixel_data_is_refused() -> None:
    with pytest.raises(ContentError, match="too large"):
        sixel.decode(b"q" + b"$" * LARGEST_BYTES)


# The `display` command


@pytest.mark.parametrize(
    ("fields", "content", "mime"),
    [
        (b";type=;name=", PNG, "image/png"),
        (b";type=html;name=", b"<b>", "text/html"),
        (b";type=;name=" + b64(b"a/b.md"), b"# b", "text/markdown"),
        (b"", b"{}", "application/json"),
    ],
)
def test_content_from_display_is_shown(fields: bytes, content: bytes, mime: str) -> None:
    bundle = feed(DISPLAY, TOKEN.encode() + fields + b":" + b64(content))
    assert bundle is not None
    assert mime in bundle.data


@pytest.mark.parametrize("session", [TOKEN, ""])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "0", TOKEN.upper()])
def test_content_with_a_wrong_token_is_refused(session: str, token: str) -> None:
    data = f"{token};type=html;name=:".encode() + b64(b"<script>")
    with pytest.raises(ContentError) as caught:
        PictureDecoder(session).feed(DISPLAY, data)
    assert str(caught.value) == "content was not sent by the session's `display` command"


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (b";type=html", "`display` sent no content"),
        (b";type=html:!", "the content is not valid base64: Only base64 data is allowed"),
        (
            b";type=json;name=" + b64(b"a.csv") + b":" + b64(b"x"),
            ("a.csv: invalid JSON: line 1, column 1: Expecting value"),
        ),
    ],
)
def test_damaged_content_from_display_is_refused(rest: bytes, message: str) -> None:
    assert problem(DISPLAY, TOKEN.encode() + rest) == message


@given(st.sampled_from(PictureKind), st.lists(junk, max_size=4))
def test_any_bytes_are_shown_or_refused(kind: PictureKind, pieces: list[bytes]) -> None:
    decoder = PictureDecoder(TOKEN)
    for piece in pieces:
        try:
            decoder.feed(kind, piece)
        except ContentError as refused:
            assert "\n" not in str(refused)
