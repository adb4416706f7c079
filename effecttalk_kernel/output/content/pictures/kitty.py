"""Kitty: pictures in pieces, `a=T,f=32,s=2,v=1,m=1;BASE64` and then `m=0;BASE64`.

See "Terminal graphics protocol" of kitty. Pictures in files or shared memory are
refused: text that a program prints must not make the kernel read files. Nothing
is ever answered.
"""

import zlib
from typing import Final

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import LARGEST_BYTES, ContentError, from_base64, picture
from effecttalk_kernel.output.content.pictures.png import MOST_PIXELS, encode
from effecttalk_kernel.output.terminal.escapes import LONGEST_PICTURE

CONTINUING: Final = frozenset({"m", "q"})
CHANNELS: Final = {"24": 3, "32": 4}
PNG: Final = "100"
# Pictures that wait to be shown by their ids.
MOST_STORED: Final = 64
MOST_STORED_BYTES: Final = 32 << 20


class KittyDecoder:
    """Gathers the pieces of a picture, and keeps those to be shown later."""

    def __init__(self) -> None:
        self._keys: dict[str, str] | None = None
        self._payload = bytearray()
        self._stored: dict[str, MimeBundle] = {}

    def feed(self, data: bytes) -> MimeBundle | None:
        """Return the picture that *data* completes or asks for."""
        control, _, payload = data.partition(b";")
        keys = _keys(control)
        if not keys.keys() <= CONTINUING:
            self._keys, self._payload = keys, bytearray()
        if self._keys is None:  # the rest of what was refused
            return None
        self._payload += payload
        if len(self._payload) > LONGEST_PICTURE:
            self._take()
            raise ContentError(f"a picture of more than {LONGEST_PICTURE:,} bytes is too large")
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
                raise ContentError(f"there is no picture {number[:20]!r} that was sent before")
        return None  # queries, deletions, animations

    def _store(self, number: str, shown: MimeBundle) -> MimeBundle:
        if number:
            self._stored.pop(number, None)
            self._stored[number] = shown
        while len(self._stored) > MOST_STORED or self._stored_bytes() > MOST_STORED_BYTES:
            del self._stored[next(iter(self._stored))]
        return shown

    def _stored_bytes(self) -> int:
        return sum(len(str(shown.data["image/png"])) for shown in self._stored.values())


def _keys(control: bytes) -> dict[str, str]:
    fields = (field.partition("=") for field in control.decode(errors="replace").split(","))
    return {key.strip(): value.strip() for key, _, value in fields if key.strip()}


def _decode(keys: dict[str, str], payload: bytes) -> MimeBundle:
    if keys.get("t", "d") != "d":
        raise ContentError("a picture in a file or in shared memory is not supported")
    data, form = from_base64(payload), keys.get("f", "32")
    if form == PNG:
        return picture(_inflated(keys, data, LARGEST_BYTES + 1), "image/png")
    if form not in CHANNELS:
        raise ContentError(f"a picture of format {form[:20]!r} is not supported")
    channels, (width, height) = CHANNELS[form], _size(keys)
    step, size = width * channels, width * height * channels
    data = _inflated(keys, data, size)
    if len(data) < size:
        raise ContentError(f"a picture is cut off: {len(data):,} bytes of {size:,}")
    rows = [data[at : at + step] for at in range(0, size, step)]
    return picture(encode(rows, channels), "image/png")


def _size(keys: dict[str, str]) -> tuple[int, int]:
    given = [keys.get(key, "") for key in "sv"]
    if not all(side.isascii() and side.isdecimal() and len(side) < 8 for side in given):
        raise ContentError("a picture was sent without its width and height")
    width, height = map(int, given)
    if not 0 < width * height <= MOST_PIXELS:
        raise ContentError(f"a picture of {width}x{height} pixels cannot be shown")
    return width, height


def _inflated(keys: dict[str, str], data: bytes, longest: int) -> bytes:
    if keys.get("o") != "z":
        return data
    try:
        return zlib.decompressobj().decompress(data, longest)
    except zlib.error:
        raise ContentError("a picture's compressed data is damaged") from None
