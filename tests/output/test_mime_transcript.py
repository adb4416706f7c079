"""MIME transcripts: standard output as a picture, a table or an object, or else as text."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import TYPES, ContentError
from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder
from effecttalk_kernel.output.content.pictures.png import encode
from effecttalk_kernel.output.mime_transcript import (
    TOO_LARGE,
    MimeTranscript,
    StdoutType,
    make_bundle,
)
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions, StreamSize
from effecttalk_kernel.output.transcript import StreamText

PNG = encode([b"\xff\0\0" * 2], 3)
OWN_TAGS = {"table", "thead", "tbody", "tr", "th", "td", "p"}
cells = st.text(
    st.one_of(st.sampled_from("<>&\"',;\t\n\rbsi/!"), st.characters(codec="utf-8")), max_size=20
)
mimes = st.sampled_from([*TYPES.values(), "application/geo+json", "application/octet-stream"])


class Tags(HTMLParser):
    """The elements of a page, and all other markup, which a table has none of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.other: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.other += [name for name, _ in attrs]

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)


def shown(data: bytes, mime: str, encoding: str = "utf-8") -> dict[str, object]:
    return dict(make_bundle(data, StdoutType(mime, encoding)).data)


# Bundles.


@pytest.mark.parametrize(
    ("mime", "written", "expected"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("application/geo+json", b"[]", []),
        ("text/html", b"<b>x</b>", "<b>x</b>"),
        ("image/svg+xml", b"<svg></svg>", "<svg></svg>"),
        ("text/markdown", b"# x", "# x"),
        ("text/latex", b"$x$", "$x$"),
        ("text/plain", b"x", "x"),
        ("text/csv", b"a,b\n", "a,b\n"),
        ("text/tab-separated-values", b"a\tb\n", "a\tb\n"),
        ("application/pdf", b"%PDF", "JVBERg=="),
    ],
)
def test_output_is_shown_as_its_type(mime: str, written: bytes, expected: object) -> None:
    found = shown(written, mime)
    assert found[mime] == expected
    assert found["text/plain"]


def test_a_picture_has_a_description_as_text() -> None:
    found = shown(PNG, "image/png")
    assert found["text/plain"] == f"PNG picture, 2x1, {len(PNG)} bytes"


@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=5))
def test_markup_in_a_table_is_escaped(rows: list[list[str]]) -> None:
    written = "\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    )
    found = shown(written.encode(), "text/csv")
    tags = Tags(str(found["text/html"]))
    assert tags.found <= OWN_TAGS
    assert tags.other == []
    assert found["text/csv"] == found["text/plain"] == written.removeprefix("\ufeff")


@given(st.binary(max_size=200), mimes, st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-7"]))
def test_any_bytes_are_shown_or_refused(data: bytes, mime: str, encoding: str) -> None:
    try:
        found = shown(data, mime, encoding)
    except ContentError as problem:
        assert "\n" not in str(problem)
    else:
        assert mime in found or "text/html" in found


def test_text_is_decoded_from_its_encoding() -> None:
    assert shown(b"caf\xe9", "text/markdown", "latin-1")["text/markdown"] == "café"
    with pytest.raises(ContentError, match=r"^not valid ascii text$"):
        shown(b"caf\xe9", "text/markdown", "ascii")
    assert shown(PNG, "image/png", "ascii")


# Transcripts.


def no_picture() -> PictureDecoder:
    raise AssertionError("no picture was printed")


def transcript(mime: str, max_bytes: int = 10_000) -> MimeTranscript:
    options = StreamOptions(OutputLimits(200, 200), rows=24, columns=80)
    open_stream: Callable[[str], OutputStream] = lambda _: OutputStream(options)  # noqa: E731
    return MimeTranscript(open_stream, no_picture, max_bytes, StdoutType(mime), max_bytes // 2)


def outputs(cell: MimeTranscript) -> list[tuple[str, object]]:
    cell.finish()
    for _ in cell.messages(0.0, final=True):
        pass
    return [
        (each.stream, each.text) if isinstance(each, StreamText) else ("", dict(each.data))
        for each in cell.outputs()
    ]


def test_nothing_is_shown_until_the_end() -> None:
    cell = transcript("application/json")
    cell.write("stdout", b"[1,")
    cell.write("stderr", b"news\n")
    assert [*cell.messages(0.0)] == [StreamText("stderr", "news\n")]
    cell.write("stdout", b"2]\n")
    assert cell.conclude(is_good=True)
    cell.finish()
    whole = MimeBundle({"application/json": [1, 2], "text/plain": "[1,2]\n"})
    assert [*cell.messages(1.0, final=True)] == [whole]
    assert [*cell.outputs()] == [StreamText("stderr", "news\n"), whole]


def test_collected_output_is_counted_and_listed() -> None:
    cell = transcript("application/json")
    cell.write("stdout", b"[1,\n" + b" " * 600)
    assert cell.sizes["stdout"] == StreamSize(604, 1, 0)
    text = [each for each in cell.outputs() if isinstance(each, StreamText)]
    assert text[0].text.startswith("[1,\n[effecttalk: ")


def test_output_of_a_failed_block_is_text() -> None:
    cell = transcript("image/png")
    cell.write("stdout", b"half\n")
    assert not cell.conclude(is_good=False)
    assert outputs(cell) == [("stdout", "half\n")]
    assert cell.sizes["stdout"] == StreamSize(5, 1, 0)


def test_invalid_content_is_text_with_a_reason() -> None:
    cell = transcript("application/json")
    cell.write("stdout", b"[1,\n2\n")
    assert not cell.conclude(is_good=True)
    reason = "effecttalk: standard output is not shown as application/json: invalid JSON: "
    assert outputs(cell) == [
        ("stderr", reason + "line 3, column 1: Expecting ',' delimiter\n"),
        ("stdout", "[1,\n2\n"),
    ]


def test_output_is_text_as_soon_as_it_is_too_large() -> None:
    cell = transcript("text/plain", max_bytes=100)
    cell.write("stdout", b"a" * 50)
    assert [*cell.messages(0.0)] == []
    cell.write("stdout", b"b" * 50)
    assert len([*cell.messages(1.0)]) == 2
    assert not cell.conclude(is_good=True)
    (_, notice), (_, text) = outputs(cell)
    assert str(notice).endswith(f"{TOO_LARGE}\n")
    assert text == "a" * 50 + "b" * 50
    assert cell.sizes["stdout"] == StreamSize(100, 0, 0)


def test_a_table_is_text_if_its_markup_is_too_large() -> None:
    cell = transcript("text/csv", max_bytes=100)
    cell.write("stdout", b"a,b\n1,2\n")
    assert not cell.conclude(is_good=True)
    (_, notice), (_, text) = outputs(cell)
    assert str(notice).endswith(f"{TOO_LARGE}\n")
    assert text == "a,b\n1,2\n"


def test_late_output_is_text_after_it() -> None:
    cell = transcript("application/json")
    cell.write("stdout", b"1\n")
    assert cell.conclude(is_good=True)
    cell.write("stdout", b"late\n")
    assert not cell.conclude(is_good=True)
    whole = {"application/json": 1, "text/plain": "1\n"}
    assert outputs(cell) == [("", whole), ("stdout", "late\n")]
    assert cell.sizes["stdout"] == StreamSize(7, 2, 0)


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans(), mimes)
def test_every_byte_is_counted_once(pieces: list[bytes], is_good: bool, mime: str) -> None:
    cell = transcript(mime, max_bytes=200)
    for piece in pieces:
        cell.write("stdout", piece)
    whole = b"".join(pieces)
    for _ in range(2):
        count = cell.sizes.get("stdout", StreamSize())
        assert (count.size_bytes, count.lines) == (len(whole), whole.count(b"\n"))
        cell.conclude(is_good=is_good)
