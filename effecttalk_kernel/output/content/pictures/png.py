"""PNG: writes a picture from its rows of pixels."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

# More than a 4K screen has; a notebook is narrower.
MAX_PIXELS: Final = 16_000_000
COLOUR_TYPES: Final = {3: 2, 4: 6}
# Measured on drawings and photos: 2 to 10 times as fast as the default, a fifth larger.
LEVEL: Final = 1


def encode(rows: Sequence[bytes | bytearray], channels: int) -> bytes:
    """Return a PNG of *rows*, all of one length, with 3 (RGB) or 4 (RGBA) bytes a pixel."""
    width = len(rows[0]) // channels
    header = struct.pack(">IIBBBBB", width, len(rows), 8, COLOUR_TYPES[channels], 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), LEVEL)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
