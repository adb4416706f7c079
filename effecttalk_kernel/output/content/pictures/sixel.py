"""Sixel: pictures drawn in bands six pixels high, `0;1q"1;1;2;6#1;2;100;0;0#1!2~-`.

See "VT330/VT340 Programmer Reference Manual", chapter 14. As in all newer terminals,
pixels are square, and redefining a colour does not change what was drawn before.
"""

import colorsys
import re
import sys
from array import array
from typing import Final

from effecttalk_kernel.output.content.mime import LARGEST_BYTES, ContentError
from effecttalk_kernel.output.content.pictures.png import MAX_PIXELS, encode

# A run of sixels, a repeated sixel, a colour, the size, start of the band, next band.
TOKEN: Final = re.compile(
    rb'[?-~]+|!\d{1,6}[?-~]|#\d{1,6}(?:;[12];\d{1,3};\d{1,3};\d{1,3})?|"[\d;]{1,40}|[$-]'
)
RUN: Final = ord("?")
BAND: Final = 6
# The rows of its band that a sixel paints.
PAINTED: Final = {
    byte: tuple(row for row in range(BAND) if byte - RUN >> row & 1)
    for byte in range(RUN, RUN + 64)
}
# The longest side that browsers show.
LONGEST_SIDE: Final = 32_767
# The VT340's sixteen colours, in percent.
DEFAULTS: Final = (
    *((0, 0, 0), (20, 20, 80), (80, 13, 13), (20, 80, 20)),
    *((80, 20, 80), (20, 80, 80), (80, 80, 20), (53, 53, 53)),
    *((26, 26, 26), (33, 33, 60), (60, 26, 26), (33, 60, 33)),
    *((60, 33, 60), (33, 60, 60), (60, 60, 33), (80, 80, 80)),
)
RGB: Final = 2
# Limit for repeated sixels that overlap: a few bytes can paint very much.
MAX_PAINTED: Final = 10 * MAX_PIXELS
CLEAR: Final = b"\0\0\0\0"


def decode(data: bytes) -> bytes:
    """Return a sixel picture as PNG; *data* starts with the parameters."""
    if len(data) > LARGEST_BYTES:
        raise ContentError(f"the sixel picture is too large, {len(data):,} bytes")
    parameters, _, body = data.partition(b"q")
    drawing = _Drawing()
    for token in TOKEN.finditer(body):
        drawing.execute(token[0])
    return encode(drawing.rows(opaque=parameters.split(b";")[1:2] != [b"1"]), 4)


class _Drawing:
    """The pixels painted so far; each is one number, RGBA in memory order."""

    def __init__(self) -> None:
        self._palette = {number: _rgb(*colour) for number, colour in enumerate(DEFAULTS)}
        self._colour = self._palette[len(DEFAULTS) - 1]
        self._x = self._width = self._painted = 0
        self._declared = (0, 0)
        self._band = 0
        self._bands: list[list[array[int]]] = []

    def execute(self, token: bytes) -> None:
        """Execute *token*."""
        if token[0] >= RUN:
            self._run(token)
        elif token[:1] == b"!":
            self._repeat(token[-1], int(token[1:-1]) or 1)
        elif token[:1] == b"#":
            self._set_colour(*map(int, token[1:].split(b";")))
        elif token == b"$":
            self._x = 0
        elif token == b"-":
            self._x, self._band = 0, self._band + 1
        else:  # the pixel's aspect ratio, which is ignored, and the size
            _, _, width, height, *_ = *token[1:].split(b";"), b"", b"", b"", b""
            self._declared = int(width or 0), int(height or 0)

    def rows(self, *, opaque: bool) -> list[bytes]:
        """Return the rows down to the last one that is painted or declared."""
        width, height = max(self._width, self._declared[0]), self._declared[1]
        rows = [row.tobytes() for band in self._bands for row in band]
        while len(rows) > height and not rows[-1].strip(b"\0"):
            rows.pop()
        _check_size(width, max(len(rows), height))
        rows += [b""] * (height - len(rows))
        # A painted pixel ends with a byte other than 0, so no match straddles two pixels.
        background = self._palette[0].to_bytes(4, sys.byteorder) if opaque else CLEAR
        return [row.ljust(4 * width, b"\0").replace(CLEAR, background) for row in rows]

    def _run(self, run: bytes) -> None:
        start, self._x = self._x, self._x + len(run)
        painted = run.rstrip(b"?")
        if not painted:
            return
        rows, colour = self._rows_to(start + len(painted)), self._colour
        for x, sixel in enumerate(painted, start):
            for row in PAINTED[sixel]:
                rows[row][x] = colour

    def _repeat(self, sixel: int, count: int) -> None:
        start, self._x = self._x, self._x + count
        self._painted += count * len(PAINTED[sixel])
        if self._painted > MAX_PAINTED:
            raise ContentError("the sixel picture paints too much")
        if PAINTED[sixel]:
            rows, span = self._rows_to(self._x), array("I", [self._colour]) * count
            for row in PAINTED[sixel]:
                rows[row][start : self._x] = span

    def _set_colour(self, register: int, system: int = 0, *numbers: int) -> None:
        if system:
            self._palette[register] = (_rgb if system == RGB else _hls)(*numbers)
        wrapped = self._palette[register % len(DEFAULTS)]
        self._colour = self._palette.get(register, wrapped)

    def _rows_to(self, end: int) -> "list[array[int]]":
        """Return the rows of the band, at least *end* pixels long."""
        if self._band >= len(self._bands) or end > len(self._bands[self._band][0]):
            self._width = max(self._width, end)
            _check_size(self._width, self._band * BAND + 1)
            while self._band >= len(self._bands):
                self._bands.append([array("I") for _ in range(BAND)])
            for row in self._bands[self._band]:
                row.frombytes(CLEAR * (end - len(row)))
        return self._bands[self._band]


def _check_size(width: int, height: int) -> None:
    if not width * height:
        raise ContentError("the sixel picture is empty")
    if max(width, height) > LONGEST_SIDE or width * height > MAX_PIXELS:
        raise ContentError(f"the sixel picture is too large, {width}x{height} pixels")


def _rgb(red: int, green: int, blue: int) -> int:
    """Return a colour from its levels in percent."""
    levels = (min(100, level) * 255 // 100 for level in (red, green, blue))
    return int.from_bytes((*levels, 255), sys.byteorder)


def _hls(hue: int, lightness: int, saturation: int) -> int:
    """Return a colour from DEC's colour circle, on which blue is 0, red 120 and green 240."""
    turn, light = (hue - 120) % 360 / 360, min(100, lightness) / 100
    levels = colorsys.hls_to_rgb(turn, light, min(100, saturation) / 100)
    red, green, blue = (round(level * 100) for level in levels)
    return _rgb(red, green, blue)
