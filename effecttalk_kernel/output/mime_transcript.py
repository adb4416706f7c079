"""Forms: standard output that is shown as a picture, a table, an object, when it is whole.

Until then it is collected, and nothing of it is on view. What is no such thing, or
too large, is shown as the text that it is, so that nothing is lost.
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
TOO_LARGE: Final = "it is too large for a cell (max_block_output_size)"


@dataclass(frozen=True, slots=True)
class StdoutType:
    """As what standard output is shown: a MIME type, and how its text is encoded."""

    mime: str
    encoding: str = "utf-8"


def show_as(data: bytes, form: StdoutType) -> MimeBundle:
    """Return what shows *data*.

    Raises:
        ContentError: it is nothing of that type.

    """
    is_text = mime.TEXT.fullmatch(form.mime) or mime.JSON.fullmatch(form.mime)
    if is_text and codecs.lookup(form.encoding).name != "utf-8":
        try:
            data = data.decode(form.encoding).encode()
        except UnicodeError:
            raise ContentError(f"it is no text in {form.encoding}") from None
    bundle = mime.bundle(data, form.mime)
    if form.mime in mime.DELIMITERS:
        return MimeBundle({form.mime: bundle.data["text/plain"], **bundle.data}, bundle.metadata)
    return bundle


class MimeTranscript(Transcript):
    """A transcript whose standard output has a form; what comes when that is shown is text."""

    def __init__(
        self,
        open_stream: Callable[[str], OutputStream],
        pictures: Callable[[], "PictureDecoder"],
        most_bytes: int,
        form: StdoutType,
        most_collected_bytes: int,
    ) -> None:
        super().__init__(open_stream, pictures, most_bytes)
        self._form = form
        self._most_collected_bytes = most_collected_bytes
        self._collected = bytearray()
        self._is_collecting = True
        self._formed = StreamSize()  # what is not on view as text

    @property
    def counts(self) -> dict[str, StreamSize]:
        """How much went over each stream."""
        counts = super().counts
        if show_as := self._formed.size_bytes:
            text = counts.get(STDOUT, StreamSize())
            lines = text.lines + self._formed.lines
            counts[STDOUT] = StreamSize(text.size_bytes + show_as, lines, text.left_out_bytes)
        return counts

    def write(self, name: str, data: bytes) -> None:
        """Take what a program wrote to a stream."""
        if name != STDOUT or not self._is_collecting:
            super().write(name, data)
            return
        self._collected += data
        size, lines = self._formed.size_bytes + len(data), self._formed.lines + data.count(b"\n")
        self._formed = StreamSize(size, lines)
        if size > self._most_collected_bytes:
            self._show_as_text(TOO_LARGE)

    def shown(self) -> Iterator[StreamText | MimeBundle]:
        """Yield all that is shown, and as text what waits for the end."""
        yield from super().shown()
        if self._collected:
            stream = self._open(STDOUT)
            for pieces in (stream.feed(bytes(self._collected)), stream.finish()):
                for _ in pieces:  # pictures among the text
                    pass
            yield StreamText(STDOUT, "".join(stream.take()))

    def conclude(self, *, is_good: bool) -> bool:
        """Show what was collected, in its form if it *is_good*; returns whether it has that."""
        if not self._is_collecting:
            return False
        # An empty text is nothing to show; an empty picture is a problem.
        is_good = is_good and (bool(self._collected) or not self._form.mime.startswith("text/"))
        if not is_good:
            self._show_as_text()
            return False
        try:
            self._show_formed()
        except ContentError as error:
            self._show_as_text(str(error))
            return False
        self._is_collecting = False
        self._collected.clear()
        return True

    def _show_formed(self) -> None:
        """Show what was collected; raises ContentError if that is not possible."""
        if not self.show(show_as(bytes(self._collected), self._form)):
            raise ContentError(TOO_LARGE)

    def _show_as_text(self, problem: str = "") -> None:
        collected, self._collected = self._collected, bytearray()
        self._is_collecting, self._formed = False, StreamSize()
        if problem:
            what = f"standard output can't be shown as {self._form.mime}"
            self.write_line(STDERR, f"effecttalk: {what}: {problem}")
        if collected:
            super().write(STDOUT, bytes(collected))
