"""Kitty: pictures in chunks, `a=T,f=32,s=2,v=1,m=1;BASE64` and then `m=0;BASE64`.

See "Terminal graphics protocol" of kitty. Pictures in files or shared memory are
refused: printed text must not make the kernel read files. Queries are not answered.
"""

import zlib
from typing import Final

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import (
    LARGEST_BYTES,
    ContentError,
    decode_base64,
    make_picture,
)
from effecttalk_kernel.output.content.pictures.png import MAX_PIXELS, encode
from effecttalk_kernel.output.terminal.escapes import LONGEST_PICTURE

CONTINUING: Final = frozenset({"m", "q"})
CHANNELS: Final = {"24": 3, "32": 4}
PNG: Final = "100"
# Pictures that a program sends first and shows later by their ids.
MAX_STORED: Final = 64
MAX_STORED_BYTES: Final = 32 << 20


class KittyDecoder:
    """Joins the chunks of a picture, and stores pictures to be shown later."""

    def __init__(self) -> None:
        self._keys: dict[str, str] | None = None
        self._payload = bytearray()
        self._stored: dict[str, MimeBundle] = {}

    def feed(self, data: bytes) -> MimeBundle | None:
        """Return the picture that *data* completes or requests."""
        control, _, payload = data.partition(b";")
        keys = _parse_keys(control)
        if not keys.keys() <= CONTINUING:
            self._keys, self._payload = keys, bytearray()
        if self._keys is None:  # the rest of a refused picture
            return None
        self._payload += payload
        if len(self._payload) > LONGEST_PICTURE:
            self._take()
            raise ContentError(f"the picture is larger than {LONGEST_PICTURE:,} bytes")
        return None if keys.get("m") == "1" else self._act(*self._take())

    def _take(self) -> tuple[dict[str, str], bytes]:
        keys, payload = self._keys or {}, bytes(self._payload)
        self._keys, self._payload = None, bytearray()
        return keys, payload

    def _act(self, keys: dict[str, str], payload: bytes) -> MimeBundle | None:
        number = keys.get("i", "")
        match keys.get("a", "t"):
            case "T":
                return self._store(number, _decode(keys, payload))
            case "t":
                self._store(number, _decode(keys, payload))
            case "p" if number in self._stored:
                return self._stored[number]
            case "p":
                raise ContentError(f"unknown picture {number[:20]!r}: it was not sent before")
        return None  # queries, deletions, animations

    def _store(self, number: str, bundle: MimeBundle) -> MimeBundle:
        if number:
            self._stored.pop(number, None)
            self._stored[number] = bundle
        while len(self._stored) > MAX_STORED or self._stored_bytes() > MAX_STORED_BYTES:
            del self._stored[next(iter(self._stored))]
        return bundle

    def _stored_bytes(self) -> int:
        return sum(len(str(bundle.data["image/png"])) for bundle in self._stored.values())


def _parse_keys(control: bytes) -> dict[str, str]:
    fields = (field.partition("=") for field in control.decode(errors="replace").split(","))
    return {key.strip(): value.strip() for key, _, value in fields if key.strip()}


def _decode(keys: dict[str, str], payload: bytes) -> MimeBundle:
    if keys.get("t", "d") != "d":
        raise ContentError("pictures in files or shared memory are not supported")
    data, form = decode_base64(payload), keys.get("f", "32")
    if form == PNG:
        return make_picture(_inflate(keys, data, LARGEST_BYTES + 1), "image/png")
    if form not in CHANNELS:
        raise ContentError(f"pictures of format {form[:20]!r} are not supported")
    channels, (width, height) = CHANNELS[form], _size(keys)
    step, size = width * channels, width * height * channels
    data = _inflate(keys, data, size)
    if len(data) < size:
        raise ContentError(f"the picture is cut off: {len(data):,} bytes of {size:,}")
    rows = [data[at : at + step] for at in range(0, size, step)]
    return make_picture(encode(rows, channels), "image/png")


def _size(keys: dict[str, str]) -> tuple[int, int]:
    given = [keys.get(key, "") for key in "sv"]
    if not all(side.isascii() and side.isdecimal() and len(side) < 8 for side in given):
        raise ContentError("the picture has no valid width and height")
    width, height = map(int, given)
    if not 0 < width * height <= MAX_PIXELS:
        raise ContentError(f"a picture of {width}x{height} pixels cannot be shown")
    return width, height


def _inflate(keys: dict[str, str], data: bytes, longest: int) -> bytes:
    if keys.get("o") != "z":
        return data
    try:
        return zlib.decompressobj().decompress(data, longest)
    except zlib.error:
        raise ContentError("the compressed data of the picture is damaged") from None
