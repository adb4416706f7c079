"""MIME transcript: standard output as a picture, a table or an object (option `mime`).

It is collected until the block ends, and none of it is shown before. If it is not
valid or too large, it is shown as text, so that nothing is lost.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.output.content import MimeBundle, mime
from effecttalk_kernel.output.content.mime import ContentError
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamSize
from effecttalk_kernel.output.transcript import StreamText, Transcript

if TYPE_CHECKING:
    from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder

STDOUT, STDERR = "stdout", "stderr"
TOO_LARGE: Final = "too large for a cell (max_block_output_size)"


@dataclass(frozen=True, slots=True)
class StdoutType:
    """The MIME type of standard output, and the encoding of its text."""

    mime: str
    encoding: str = "utf-8"


def make_bundle(data: bytes, stdout_type: StdoutType) -> MimeBundle:
    """Return *data* as a bundle of the given type.

    Raises:
        ContentError: it is not valid content of that type.

    """
    is_text = mime.TEXT.fullmatch(stdout_type.mime) or mime.JSON.fullmatch(stdout_type.mime)
    if is_text and codecs.lookup(stdout_type.encoding).name != "utf-8":
        try:
            data = data.decode(stdout_type.encoding).encode()
        except UnicodeError:
            raise ContentError(f"not valid {stdout_type.encoding} text") from None
    bundle = mime.make_bundle(data, stdout_type.mime)
    if stdout_type.mime in mime.DELIMITERS:
        return MimeBundle(
            {stdout_type.mime: bundle.data["text/plain"], **bundle.data}, bundle.metadata
        )
    return bundle


class MimeTranscript(Transcript):
    """A transcript whose standard output has a MIME type; late output is shown as text."""

    def __init__(
        self,
        open_stream: Callable[[str], OutputStream],
        pictures: Callable[[], "PictureDecoder"],
        max_bytes: int,
        stdout_type: StdoutType,
        most_collected_bytes: int,
    ) -> None:
        super().__init__(open_stream, pictures, max_bytes)
        self._stdout_type = stdout_type
        self._most_collected_bytes = most_collected_bytes
        self._collected = bytearray()
        self._is_collecting = True
        self._collected_size = StreamSize()  # of what is not shown as text

    @property
    def sizes(self) -> dict[str, StreamSize]:
        """The size of each stream."""
        sizes = super().sizes
        if collected := self._collected_size.size_bytes:
            text = sizes.get(STDOUT, StreamSize())
            lines = text.lines + self._collected_size.lines
            sizes[STDOUT] = StreamSize(text.size_bytes + collected, lines, text.left_out_bytes)
        return sizes

    def write(self, name: str, data: bytes) -> None:
        """Add *data*, which a program wrote to stream *name*."""
        if name != STDOUT or not self._is_collecting:
            super().write(name, data)
            return
        self._collected += data
        size = self._collected_size.size_bytes + len(data)
        lines = self._collected_size.lines + data.count(b"\n")
        self._collected_size = StreamSize(size, lines)
        if size > self._most_collected_bytes:
            self._show_as_text(TOO_LARGE)

    def outputs(self) -> Iterator[StreamText | MimeBundle]:
        """Yield all outputs, and as text what is collected so far."""
        yield from super().outputs()
        if self._collected:
            stream = self._open(STDOUT)
            for pieces in (stream.feed(bytes(self._collected)), stream.finish()):
                for _ in pieces:  # pictures among the text
                    pass
            yield StreamText(STDOUT, "".join(stream.take()))

    def conclude(self, *, is_good: bool) -> bool:
        """Show what was collected, with its type if the block *is_good*; return whether it is."""
        if not self._is_collecting:
            return False
        # Empty text needs no output; an empty picture is an error.
        is_text = self._stdout_type.mime.startswith("text/")
        is_good = is_good and (bool(self._collected) or not is_text)
        if not is_good:
            self._show_as_text()
            return False
        try:
            self._show_with_type()
        except ContentError as error:
            self._show_as_text(str(error))
            return False
        self._is_collecting = False
        self._collected.clear()
        return True

    def _show_with_type(self) -> None:
        """Show what was collected with its type; raise ContentError if that is impossible."""
        if not self.show(make_bundle(bytes(self._collected), self._stdout_type)):
            raise ContentError(TOO_LARGE)

    def _show_as_text(self, problem: str = "") -> None:
        collected, self._collected = self._collected, bytearray()
        self._is_collecting, self._collected_size = False, StreamSize()
        if problem:
            what = f"standard output is not shown as {self._stdout_type.mime}"
            self.write_line(STDERR, f"effecttalk: {what}: {problem}")
        if collected:
            super().write(STDOUT, bytes(collected))
