"""Render the bytes that programs wrote as the text that a terminal shows."""

from collections.abc import Iterable, Iterator
from typing import Final

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.output.terminal.escapes import BrokenPicture, Clear, PictureData
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions

# The full output is shown.
NO_LIMITS: Final = OutputLimits(1 << 62, 1)
# C1 controls: harmless in a notebook, where they are kept, but a terminal obeys them.
NO_CONTROLS: Final = dict.fromkeys(range(0x80, 0xA0))


def render(chunks: Iterable[bytes], settings: Settings) -> Iterator[str]:
    """Yield the text that a terminal shows of *chunks*, including text that was cleared later."""
    return (text.translate(NO_CONTROLS) for text in _pieces(chunks, settings))


def _pieces(chunks: Iterable[bytes], settings: Settings) -> Iterator[str]:
    stream = OutputStream(
        StreamOptions(NO_LIMITS, settings.rows, settings.columns, settings.encoding)
    )
    for data in chunks:
        for piece in stream.feed(data):
            match piece:
                case Clear():
                    line = stream.last_line
                    stream.settle()
                    yield stream.take()[0] + ("\n" if line else "")
                case PictureData():
                    stream.add_line(f"[a picture of {len(piece.data):,} bytes]")
                case BrokenPicture(problem):
                    stream.add_line(f"[{problem}]")
        yield stream.take()[0]
    for broken in stream.finish():
        yield f"[{broken.problem}]\n"
    yield stream.take()[0]
