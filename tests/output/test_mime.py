"""MIME bundles: their types, their content, and which content is refused."""

import base64
import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.content.mime import (
    DEEPEST_JSON,
    LARGEST_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    TYPES,
    ContentError,
    decode_base64,
    make_bundle,
    make_picture,
)
from effecttalk_kernel.output.content.pictures.png import encode

PNG = encode([b"\xff\0\0" * 3, b"\0\0\xff" * 3], 3)
# Start; a comment; the size; a scan of two bytes; end.
JPEG = (
    b"\xff\xd8\xff\xfe\0\x04hi\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0"
    b"\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\xd9"
)
GIF = b"GIF89a\x03\0\x02\0\0\0\0;"
WEBP_BODY = {
    "lossy": b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x03\0\x02\0",
    "lossless": b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 2 | 1 << 14) + b"\0" * 5,
    "extended": b"VP8X\0\0\0\0\0\0\0\0\x02\0\0\x01\0\0",
}
WEBP = {
    kind: b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    for kind, body in WEBP_BODY.items()
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>\n'
PICTURES = {"image/png": PNG, "image/jpeg": JPEG, "image/gif": GIF, "image/webp": WEBP["lossy"]}
SAMPLES = [*PICTURES.values(), *WEBP.values(), SVG, b"<html></html>", b'{"a": [1]}', b"a,b\n1,2\n"]
types = st.sampled_from(["", *TYPES, "application/pdf", "application/x+json", "nonsense"])
mutated = st.builds(
    lambda sample, at, byte, end: (sample[:at] + byte + sample[at + 1 :])[:end],
    st.sampled_from(SAMPLES),
    st.integers(0, 80),
    st.binary(max_size=2),
    st.integers(0, 120),
)


def problem(data: bytes, kind: str = "", name: str = "") -> str:
    with pytest.raises(ContentError) as caught:
        make_bundle(data, kind, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        *((data, mime) for mime, data in PICTURES.items()),
        *((data, "image/webp") for data in WEBP.values()),
        (SVG, "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <b> -->\n<!DOCTYPE svg PUBLIC ""><svg >\n</svg>', "image/svg+xml"),
        (b"\n<!DOCTYPE html>\n", "text/html"),
        (b"<!-- saved --><HTML>", "text/html"),
        (b' {"a": 1}', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"[not json]", "text/plain"),
        (b"[NaN]", "text/plain"),
        (b"<svgs>", "text/plain"),
        (b"3", "text/plain"),
    ],
)  # fmt: skip
def test_the_type_is_recognised_by_content(data: bytes, mime: str) -> None:
    assert mime in make_bundle(data).data


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("notes.MD", "text/markdown"),
        ("a.b/table.csv", "text/html"),
        ("three.json", "application/json"),
        ("notes.txt", "text/plain"),
        ("thesis.tex", "text/plain"),
        ("csv", "text/plain"),
    ],
)
def test_the_type_is_otherwise_recognised_by_name(name: str, mime: str) -> None:
    assert next(iter(make_bundle(b"3", name=name).data)) == mime


@pytest.mark.parametrize(
    ("asked", "mime"),
    [("text", "text/plain"), ("latex", "text/latex"), ("Text/HTML", "text/html"), ("md", "text/markdown")],
)  # fmt: skip
def test_a_declared_type_overrides_the_content(asked: str, mime: str) -> None:
    assert next(iter(make_bundle(b"[1]", asked, "a.json").data)) == mime


@pytest.mark.parametrize("mime", PICTURES)
def test_a_picture_is_sent_as_base64_and_described(mime: str) -> None:
    data = PICTURES[mime]
    shown = make_bundle(data).data
    assert base64.b64decode(str(shown[mime])) == data
    title = mime.removeprefix("image/").upper()
    assert shown["text/plain"] == f"{title} picture, 3x2, {len(data)} bytes"


@pytest.mark.parametrize("kind", WEBP)
def test_the_size_of_each_kind_of_webp_is_read(kind: str) -> None:
    assert "3x2" in str(make_picture(WEBP[kind]).data["text/plain"])


def test_json_is_sent_as_an_object_with_its_text() -> None:
    text = '{"a": [1, {"b": null}]}'
    assert make_bundle(text.encode()).data == {
        "application/json": json.loads(text),
        "text/plain": text,
    }


def test_any_json_type_is_sent_as_an_object() -> None:
    assert (
        make_bundle(b"{}", "application/vnd.vega.v5+json").data["application/vnd.vega.v5+json"]
        == {}
    )


def test_an_unknown_mime_type_is_sent_as_base64() -> None:
    shown = make_bundle(b"%PDF\xff", "application/pdf").data
    assert shown == {"application/pdf": "JVBERv8=", "text/plain": "application/pdf, 5 bytes"}


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_markup_has_a_description_as_text(kind: str) -> None:
    plain = make_bundle(SVG, kind).data["text/plain"]
    assert plain in {"HTML, 42 bytes", "SVG picture, 42 bytes"}


def test_a_byte_order_mark_is_removed() -> None:
    assert make_bundle(b"\xef\xbb\xbfa", "text").data == {"text/plain": "a"}


# Tables


def test_a_table_has_its_first_line_as_header() -> None:
    shown = make_bundle(b'a,b\n"1,5","say ""hi""\nthere"\n', "csv").data
    assert shown["text/html"] == (
        "<table>\n<thead>\n<tr><th>a</th><th>b</th></tr>\n</thead>\n<tbody>\n"
        "<tr><td>1,5</td><td>say &quot;hi&quot;\nthere</td></tr>\n</tbody>\n</table>\n"
    )
    assert shown["text/plain"] == 'a,b\n"1,5","say ""hi""\nthere"\n'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_row(end: str) -> None:
    shown = str(make_bundle(end.join(["a\tb", "", "1\t2"]).encode(), "tsv").data["text/html"])
    assert shown.count("<tr>") == 2
    assert "<td>1</td><td>2</td>" in shown


def test_markup_in_a_table_is_escaped() -> None:
    assert "<script" not in str(make_bundle(b"<script>\n<script>", "csv").data["text/html"])


def test_a_long_table_says_how_many_rows_are_not_shown() -> None:
    shown = str(make_bundle(b"a\n" * (MAX_ROWS + 1 + 1_234), "csv").data["text/html"])
    assert shown.count("<tr>") == MAX_ROWS + 1
    assert shown.endswith("<p>rows not shown: 1,234</p>\n")


def test_a_wide_table_says_how_many_columns_are_not_shown() -> None:
    shown = str(make_bundle(b"a," * (MAX_COLUMNS + 6) + b"a", "csv").data["text/html"])
    assert shown.count("<th>") == MAX_COLUMNS
    assert "<p>columns not shown: 7</p>" in shown


@given(st.lists(st.lists(st.text(min_size=1), min_size=1, max_size=3), min_size=1, max_size=5))
def test_every_cell_of_a_table_is_shown(rows: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
    shown = str(make_bundle(text.encode(), "csv").data["text/html"])
    assert shown.count("<td>") + shown.count("<th>") == sum(map(len, rows))


# What is refused


@pytest.mark.parametrize("size", range(8, len(PNG)))
def test_a_png_that_is_cut_off_is_refused(size: int) -> None:
    assert "PNG picture" in problem(PNG[:size])


@pytest.mark.parametrize("size", range(3, len(JPEG)))
def test_a_jpeg_that_is_cut_off_is_refused(size: int) -> None:
    assert problem(JPEG[:size]) == "the JPEG picture is cut off"


@pytest.mark.parametrize("size", range(12, len(WEBP["lossy"])))
def test_a_webp_that_is_cut_off_is_refused(size: int) -> None:
    assert problem(WEBP["lossy"][:size]) == "the WEBP picture is cut off"


def test_a_gif_without_pixels_is_refused() -> None:
    assert problem(GIF[:6]) == "the GIF picture has no pixels"


def test_a_png_with_a_changed_bit_is_refused() -> None:
    assert problem(PNG.replace(b"IDATx", b"IDATy")) == "the PNG picture is damaged"


def test_a_png_with_a_damaged_comment_is_shown() -> None:
    comment = b"\0\0\0\x02tEXthi" + zlib.crc32(b"other").to_bytes(4)
    assert "image/png" in make_bundle(PNG[:33] + comment + PNG[33:]).data


def test_a_picture_of_another_type_is_refused() -> None:
    assert problem(GIF, "png") == "not a valid PNG picture"


def test_markup_is_not_a_picture_of_pixels() -> None:
    with pytest.raises(ContentError, match="not a valid picture"):
        make_picture(SVG)


@pytest.mark.parametrize("data", [b"<svg><g>text", b"<p>no</p>"])
def test_a_damaged_svg_is_refused(data: bytes) -> None:
    assert problem(data, "svg") == "not a complete SVG picture"


def test_invalid_json_is_refused_with_its_place() -> None:
    assert problem(b'{\n "a": x}', "json") == "invalid JSON: line 2, column 7: Expecting value"


@pytest.mark.parametrize(
    "data",
    [
        b"[Infinity]",
        b"[1e999]",
        b'["\\ud800"]',
        b"9" * 5_000,
        b"[" * 100_000,
        b"[" * (DEEPEST_JSON + 1) + b"]" * (DEEPEST_JSON + 1),
    ],
    ids=["infinity", "large", "half a character", "long", "open", "deep"],
)
def test_json_that_cannot_be_sent_is_refused(data: bytes) -> None:
    assert "JSON" in problem(data, "json")


@pytest.mark.parametrize("kind", ["text", "html", "csv", "json", "latex"])
def test_text_that_is_not_utf_8_is_refused(kind: str) -> None:
    assert problem(b"caf\xe9", kind) == "byte 4 is not UTF-8 text"


def test_a_table_that_cannot_be_read_is_refused_with_its_line() -> None:
    data = b'a\n"' + b"x" * 200_000
    assert problem(data, "csv").startswith("the table cannot be read: line 2: ")


def test_an_empty_table_is_refused() -> None:
    assert problem(b"\n\n", "csv") == "the table is empty"


@pytest.mark.parametrize("kind", ["", "png", "text"])
def test_empty_content_is_refused(kind: str) -> None:
    assert problem(b"", kind) == "the content is empty"


@pytest.mark.parametrize("data", [PNG + bytes(LARGEST_BYTES), b"[" + b" " * LARGEST_BYTES + b"]"])
def test_large_content_is_refused(data: bytes) -> None:
    assert problem(data).endswith(" bytes are too large; the limit is 10,000,000")


@pytest.mark.parametrize("kind", ["nonsense", "text/", "a/b c", "../../x"])
def test_an_unknown_type_is_refused(kind: str) -> None:
    assert problem(b"a", kind).startswith(f"unknown type '{kind}'; the types are png, jpeg")


def test_an_error_names_the_file_on_one_line() -> None:
    assert problem(b"", name="a\n\x1b[1mb") == ("a[1mb: the content is empty")


@given(st.one_of(st.binary(max_size=300), mutated), types, st.text(max_size=10))
def test_any_bytes_are_shown_or_refused(data: bytes, kind: str, name: str) -> None:
    try:
        shown = make_bundle(data, kind, name)
    except ContentError as refused:
        assert "\n" not in str(refused)
    else:
        assert "text/plain" in shown.data
        json.dumps(shown.data, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary(max_size=100), st.integers(1, 80), st.booleans())
def test_base64_may_be_split_and_lack_padding(data: bytes, width: int, padded: bool) -> None:
    text = base64.b64encode(data)
    text = text if padded else text.rstrip(b"=")
    lines = b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert decode_base64(lines) == data


@pytest.mark.parametrize("text", [b"a", b"ab!d", b"ab==cd", b"ab\0d"])
def test_invalid_base64_is_refused(text: bytes) -> None:
    with pytest.raises(ContentError, match="not valid base64"):
        decode_base64(text)
