"""MIME: turns the bytes of a file into a Jupyter MIME bundle.

Content that is damaged or too large for a notebook is refused with a message for the
user, so that no front end shows part of it.
"""

import base64
import binascii
import csv
import html
import json
import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, Never

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.output.content import MimeBundle

# Larger notebooks are slow to open and save; GitHub shows none over 10 MB.
LARGEST_BYTES: Final = 10_000_000
# As much as a page lays out without delay.
MAX_ROWS: Final = 1_000
MAX_COLUMNS: Final = 200
# Deeper JSON can be read, but may be too deep to be sent.
DEEPEST_JSON: Final = 200
# Types with their names for users, which are file name suffixes too. "tex" is not one:
# front ends show formulas, and such a file is a whole document.
NAMES: Final = {
    "image/png": ("png",),
    "image/jpeg": ("jpeg", "jpg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/svg+xml": ("svg",),
    "application/pdf": ("pdf",),
    "text/html": ("html", "htm"),
    "text/markdown": ("markdown", "md"),
    "text/csv": ("csv",),
    "text/tab-separated-values": ("tsv",),
    "application/json": ("json",),
    "text/latex": ("latex",),
    "text/plain": ("text", "txt"),
}
TYPES: Final = {name: mime for mime, names in NAMES.items() for name in names}
MIME: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
# For example application/vnd.vega.v5+json: sent as an object, not as text.
JSON: Final = re.compile(r"application/(?:.+\+)?json")
TEXT: Final = re.compile(r"text/.+|application/(?:javascript|xml)|.+\+(?:json|xml)")
DELIMITERS: Final = {"text/csv": ",", "text/tab-separated-values": "\t"}
# Markup with a short description where it cannot be rendered.
DESCRIBED: Final = {"text/html": "HTML", "image/svg+xml": "SVG picture"}
MAGIC: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
# For example "<!-- made by hand --><!DOCTYPE svg ...>", before the root element.
PROLOGUE: Final = (
    rb"(?:\xef\xbb\xbf)?\s*+(?>(?:<\?xml.*?\?>|<!--.*?-->|<!doctype\s+svg[^>]*>)\s*+)*+"
)
MARKUP: Final = {
    "image/svg+xml": re.compile(PROLOGUE + rb"<svg[\s/>]", re.DOTALL | re.IGNORECASE),
    "text/html": re.compile(
        PROLOGUE + rb"(?:<!doctype\s+html|<html)[\s/>]", re.DOTALL | re.IGNORECASE
    ),
}
# Few files have a longer comment before the root element.
LONGEST_PROLOGUE: Final = 8_192
JPEG_SEGMENT: Final = re.compile(rb"\xff+([\xc0-\xfe])(..)", re.DOTALL)
# Frame headers (SOF0-SOF15) start with the size; C4, C8 and CC are other segments.
JPEG_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
JPEG_SCAN: Final = 0xDA
JPEG_END: Final = b"\xff\xd9"


class ContentError(EffectTalkError):
    """The content cannot be shown; the message is one line for the user."""


def make_bundle(data: bytes, kind: str = "", name: str = "") -> MimeBundle:
    """Return a bundle for *data*, of the type named *kind*, or else the one it looks like."""
    try:
        return _make_bundle(data, _find_type(kind) or _guess_type(data) or _type_of_file(name))
    except ContentError as problem:
        shown = "".join(filter(str.isprintable, escape_bytes(name)))[:200]
        raise ContentError(f"{shown}: {problem}" if shown else f"{problem}") from None


def make_picture(data: bytes, mime: str = "") -> MimeBundle:
    """Return a bundle for a picture of pixels; markup, which could run scripts, is refused."""
    _check_size(data)
    actual = _find_match(MAGIC, data)
    if not actual or (mime and actual != mime):
        raise ContentError(f"not a valid {_title(mime)}picture")
    width, height = SIZES[actual](data)
    if not (width and height):
        raise ContentError(f"the {_title(actual)}picture has no pixels")
    plain = f"{_title(actual)}picture, {width}x{height}, {len(data):,} bytes"
    return MimeBundle({actual: base64.b64encode(data).decode(), "text/plain": plain})


def decode_base64(text: bytes) -> bytes:
    """Decode base64, which may be split into lines and lack its padding."""
    text = text.translate(None, b" \t\r\n").rstrip(b"=")
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error as exc:
        raise ContentError(f"the content is not valid base64: {exc}") from None


def _find_type(name: str) -> str:
    mime = TYPES.get(name.strip().lower(), name.strip().lower())
    if mime and not MIME.fullmatch(mime):
        raise ContentError(f"unknown type {name[:100]!r}; the types are {', '.join(TYPES)}")
    return mime


def _guess_type(data: bytes) -> str:
    if mime := _find_match(MAGIC, data) or _find_match(MARKUP, data[:LONGEST_PROLOGUE]):
        return mime
    if data.lstrip()[:1] in (b"{", b"[") and len(data) <= LARGEST_BYTES:
        try:
            _json(_text(data))
        except ContentError:
            return ""
        return "application/json"
    return ""


def _find_match(patterns: Mapping[str, re.Pattern[bytes]], data: bytes) -> str:
    return next((mime for mime, pattern in patterns.items() if pattern.match(data)), "")


def _type_of_file(name: str) -> str:
    return TYPES.get(name.rpartition(".")[2].lower() if "." in name else "", "text/plain")


def _title(mime: str) -> str:
    return mime.removeprefix("image/").upper() + " " if mime else ""


def _check_size(data: bytes) -> None:
    if not data:
        raise ContentError("the content is empty")
    if len(data) > LARGEST_BYTES:
        raise ContentError(f"{len(data):,} bytes are too large; the limit is {LARGEST_BYTES:,}")


def _make_bundle(data: bytes, mime: str) -> MimeBundle:
    _check_size(data)
    if mime in MAGIC:
        return make_picture(data, mime)
    if not (TEXT.fullmatch(mime) or JSON.fullmatch(mime)):
        plain = f"{mime}, {len(data):,} bytes"
        return MimeBundle({mime: base64.b64encode(data).decode(), "text/plain": plain})
    text = _text(data)
    if mime == "image/svg+xml":
        _check_svg(text)
    if mime in DESCRIBED:
        return MimeBundle({mime: text, "text/plain": f"{DESCRIBED[mime]}, {len(data):,} bytes"})
    if mime in DELIMITERS:
        return MimeBundle({"text/html": _table(text, DELIMITERS[mime]), "text/plain": text})
    return MimeBundle({mime: _json(text) if JSON.fullmatch(mime) else text, "text/plain": text})


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ContentError(f"byte {exc.start + 1:,} is not UTF-8 text") from None


def _check_svg(text: str) -> None:
    if "<svg" not in text.lower() or not text.rstrip().endswith(">"):
        raise ContentError("not a complete SVG picture")


# JSON


def _json(text: str) -> object:
    """Return the value of *text*, if it can be sent as JSON: finite, Unicode, not too deep."""
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant, parse_float=_read_float)
        if "\\ud" in text.lower():  # half of a surrogate pair cannot be encoded
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as exc:
        problem = f"line {exc.lineno:,}, column {exc.colno:,}: {exc.msg}"
        raise ContentError(f"invalid JSON: {problem}") from None
    except (RecursionError, ValueError) as exc:  # too deep, a number too long, not Unicode
        raise ContentError(f"the JSON cannot be shown: {exc}") from None
    _check_depth(value)
    return value


def _refuse_constant(name: str) -> Never:
    raise ContentError(f"invalid JSON: {name}")


def _read_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ContentError(f"the JSON cannot be shown: {digits[:20]} is too large")
    return number


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(DEEPEST_JSON):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise ContentError("the JSON is nested too deeply")


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


# Tables


def _table(text: str, delimiter: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    rows = filter(None, reader)
    try:
        header = next(rows, [])
        shown = list(islice(rows, MAX_ROWS))
        hidden = sum(1 for _ in rows)
    except csv.Error as exc:
        raise ContentError(f"the table cannot be read: line {reader.line_num:,}: {exc}") from None
    if not header:
        raise ContentError("the table is empty")
    columns = max(map(len, [header, *shown])) - MAX_COLUMNS
    body = "".join(_row("td", row) for row in shown)
    table = f"<table>\n<thead>\n{_row('th', header)}</thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    return table + _count_left_out("rows", hidden) + _count_left_out("columns", columns)


def _row(element: str, cells: list[str]) -> str:
    shown = (f"<{element}>{html.escape(cell)}</{element}>" for cell in cells[:MAX_COLUMNS])
    return f"<tr>{''.join(shown)}</tr>\n"


def _count_left_out(what: str, count: int) -> str:
    return f"<p>{what} not shown: {count:,}</p>\n" if count > 0 else ""


# Pictures


def _png_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG; refuse it if a chunk is missing or damaged."""
    if data[8:16] != b"\0\0\0\rIHDR":
        raise ContentError("the PNG picture is damaged")
    view, at, kind = memoryview(data), 8, b""
    while kind != b"IEND":
        kind = data[at + 4 : at + 8]
        end = at + 8 + int.from_bytes(view[at : at + 4])
        if end + 4 > len(data):
            raise ContentError("the PNG picture is cut off")
        # Chunks with lower-case names are not needed to show the picture.
        checksum = int.from_bytes(view[end : end + 4])
        if kind[:1].isupper() and zlib.crc32(view[at + 4 : end]) != checksum:
            raise ContentError("the PNG picture is damaged")
        at = end + 4
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG; refuse it if its end is missing."""
    width = height = marker = 0
    at = 2
    while marker != JPEG_SCAN and (segment := JPEG_SEGMENT.match(data, at)):
        marker = segment[1][0]
        at = segment.end() - 2 + int.from_bytes(segment[2])
        if marker in JPEG_FRAMES:
            frame = data[segment.end() : at]
            height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    # After the scan's header: a thumbnail before it has an end of its own.
    if marker != JPEG_SCAN or data.find(JPEG_END, at) < 0:
        raise ContentError("the JPEG picture is cut off")
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from the first chunk, which is one of three kinds."""
    if len(data) < max(30, 8 + int.from_bytes(data[4:8], "little")):
        raise ContentError("the WEBP picture is cut off")
    number, mask = int.from_bytes(data[24:30], "little"), 0x3FFF
    if data[12:16] == b"VP8X":
        return (number & 0xFFFFFF) + 1, (number >> 24) + 1
    if data[12:16] == b"VP8L":
        number = int.from_bytes(data[21:25], "little")
        return (number & mask) + 1, (number >> 14 & mask) + 1
    return number >> 16 & mask, number >> 32 & mask


SIZES: Final[dict[str, Callable[[bytes], tuple[int, int]]]] = {
    "image/png": _png_size,
    "image/jpeg": _jpeg_size,
    "image/gif": _gif_size,
    "image/webp": _webp_size,
}
