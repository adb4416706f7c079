r"""Transcript: the outputs of one cell, and the fewest messages that update them.

A front end can append to its last output and overwrite that output's last line
("\r"). For any other change the cell is cleared and everything is sent again. Nothing
here reads a clock: the time is passed in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.terminal.escapes import BrokenPicture, Clear, PictureData
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamSize

if TYPE_CHECKING:
    from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder

# A page needs time to draw: everything is sent again no more often than this, and
# no more bytes of it than this.
REWRITE_SECONDS: Final = 0.1
REWRITE_BYTES_PER_SECOND: Final = 250_000
# A notebook with too many outputs is large and slow to draw. After this many segments, the
# cell changes from one stream to the other once a second, and less and less often.
MAX_SEGMENTS: Final = 500
SEGMENTS_PER_DOUBLING: Final = 100
MAX_TURN_SECONDS: Final = 60.0
LEFT_OUT: Final = "a picture is left out: the block's output exceeds max_block_output_size"


@dataclass(frozen=True, slots=True)
class StreamText:
    """Text to be appended to the output of a stream."""

    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Clear all outputs; the messages that follow replace them."""


Message = StreamText | MimeBundle | ClearOutput


@dataclass(slots=True)
class _Segment:
    """A continuous piece of one stream's text, or a picture, in the cell."""

    stream: str = ""
    bundle: MimeBundle | None = None
    frozen: list[str] = field(default_factory=list)
    unsent: str = ""
    live: str = ""
    shown: str = ""  # the text that is not frozen, as last sent
    padding: int = 0  # blanks at the end that overwrote a longer line
    is_sent: bool = False

    def content(self) -> Iterator[StreamText | MimeBundle]:
        """Yield the message for all of it, if it is not empty."""
        if self.bundle is not None:
            yield self.bundle
        elif text := "".join(self.frozen) + self.live:
            yield StreamText(self.stream, text)

    def send(self) -> Iterator[Message]:
        """Yield the message for all of it, and mark it as sent."""
        yield from self.content()
        self.is_sent, self.unsent, self.shown, self.padding = True, "", self.live, 0

    @property
    def has_changed(self) -> bool:
        return not self.is_sent or bool(self.unsent) or self.live != self.shown

    @property
    def starts_line(self) -> bool:
        """Whether the shown text that is not frozen starts at the start of a line."""
        before = "".join(self.frozen).removesuffix(self.unsent)
        return not before or before.endswith("\n")

    @property
    def size(self) -> int:
        return sum(map(len, self.frozen)) + len(self.live)


class Transcript:
    """The outputs of one cell, in order."""

    def __init__(
        self,
        open_stream: Callable[[str], OutputStream],
        pictures: Callable[[], "PictureDecoder"],
        max_bytes: int,
    ) -> None:
        self._open = open_stream
        self._pictures = pictures
        self._bytes_left = max_bytes
        self._streams: dict[str, OutputStream] = {}
        self._segments: list[_Segment] = []
        self._current: dict[str, _Segment] = {}
        self._touched: dict[str, None] = {}  # in the order of their first write
        self._must_rewrite = False
        self._is_overwritten = False
        self._next_rewrite = 0.0
        self._next_turn = 0.0
        self._awaits_turn = False

    @property
    def sizes(self) -> dict[str, StreamSize]:
        """The size of each stream."""
        return {name: stream.size for name, stream in self._streams.items()}

    @property
    def draws(self) -> bool:
        """Whether a screen shows any stream."""
        return any(stream.draws for stream in self._streams.values())

    def write(self, name: str, data: bytes) -> None:
        """Add *data*, which a program wrote to stream *name*."""
        if self._touched and name not in self._touched and len(self._segments) < MAX_SEGMENTS:
            self._gather()  # what the other stream printed before comes above
        for piece in self._stream(name).feed(data):
            match piece:
                case Clear():
                    self._clear()
                case PictureData():
                    self._show_picture(piece)
                case BrokenPicture(problem):
                    self.write_line("stderr", f"effecttalk: {problem}")

    def show(self, bundle: MimeBundle) -> bool:
        """Add *bundle* after all outputs; return whether there is room for it."""
        size = sum(len(str(value)) for value in bundle.data.values())
        if size > self._bytes_left:
            return False
        self._bytes_left -= size
        self.end_segments()
        self._segments.append(_Segment(bundle=bundle))
        return True

    def conclude(self, *, is_good: bool) -> bool:
        """Show output that depends on success; return whether it is shown as other than text."""
        return False

    def write_line(self, name: str, text: str) -> None:
        """Add a line of the kernel's to a stream."""
        self._stream(name).add_line(text)

    @property
    def held_bytes(self) -> int:
        """Number of bytes of all streams that are not shown, because their heads are full."""
        return sum(stream.held_bytes for stream in self._streams.values())

    @property
    def newest_lines(self) -> list[str]:
        """The last lines of the stream with the most bytes that are not shown."""
        streams = sorted(self._streams.values(), key=lambda stream: stream.held_bytes)
        return streams[-1].newest_lines if streams else []

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the screens, for what is written from now on."""
        for stream in self._streams.values():
            stream.resize(rows, columns)

    def leave_alternate_screen(self) -> None:
        """Show the usual screens again after a program that ended on the alternate one."""
        for name, stream in self._streams.items():
            stream.leave_alternate_screen()
            self._touched[name] = None

    def finish(self, hint: Callable[[str], str] = lambda _: "") -> None:
        """Show what was held back; *hint* says how to get what a stream leaves out."""
        for name, stream in [*self._streams.items()]:
            problems = [piece.problem for piece in stream.finish(partial(hint, name))]
            self._touched[name] = None
            for problem in problems:
                self.write_line("stderr", f"effecttalk: {problem}")

    def messages(self, now: float, *, final: bool = False) -> Iterator[Message]:
        """Yield the messages that update the cell; with *final*, no change is postponed.

        Text that was overwritten is sent again at the end, so that the saved output
        is what the screen showed.
        """
        if final:
            self._gather()
        else:
            self._take_turns(now)
        must = self._must_rewrite or not self._can_add()
        if must and not final and now < self._next_rewrite:
            self._must_rewrite = True
            return
        if must or (final and self._is_overwritten):
            yield from self._rewrite(now)
            return
        for segment in self._segments:
            if segment.is_sent and segment.has_changed:
                yield from self._add(segment, now, final=final)
            elif not segment.is_sent:
                yield from segment.send()

    def outputs(self) -> Iterator[StreamText | MimeBundle]:
        """Yield all outputs, in as few messages as possible."""
        for segment in self._segments:
            yield from segment.content()

    def wait_seconds(self, now: float) -> float | None:
        """Return how long a postponed change has to wait; None if there is none."""
        changes = (self._must_rewrite, self._next_rewrite), (self._awaits_turn, self._next_turn)
        return min((max(0.0, due - now) for awaits, due in changes if awaits), default=None)

    def end_segments(self) -> None:
        """Show what is written to any stream next below everything that is shown."""
        self._gather()
        for name, stream in self._streams.items():
            stream.settle()
            self._gather_stream(name)
        self._current.clear()

    def end_turn(self) -> None:
        """Show all streams with the next messages."""
        self._next_turn = 0.0

    # From streams to segments.

    def _stream(self, name: str) -> OutputStream:
        self._touched[name] = None
        if name not in self._streams:
            self._streams[name] = self._open(name)
        return self._streams[name]

    def _gather(self) -> None:
        for name in self._touched:
            self._gather_stream(name)
        self._touched.clear()

    def _take_turns(self, now: float) -> None:
        """Gather all streams; with many segments, mostly only the one that is shown last."""
        self._awaits_turn = False
        if len(self._segments) < MAX_SEGMENTS:
            self._gather()
        elif now >= self._next_turn:
            doublings = (len(self._segments) - MAX_SEGMENTS) / SEGMENTS_PER_DOUBLING
            self._next_turn = now + min(2**doublings, MAX_TURN_SECONDS)
            self._gather()
        else:
            for name in [name for name in self._touched if name in self._current]:
                self._gather_stream(name)
                del self._touched[name]
            self._awaits_turn = bool(self._touched)

    def _gather_stream(self, name: str) -> None:
        frozen, live = self._streams[name].take()
        segment = self._current.get(name)
        if segment is None:
            if not (frozen or live):
                return
            self._settle_others(name)
            segment = self._current[name] = _Segment(name)
            self._segments.append(segment)
        if frozen:
            segment.frozen.append(frozen)
            segment.unsent += frozen
        segment.live = live

    def _settle_others(self, name: str) -> None:
        """End the segments of other streams: what they print next comes below."""
        for other, stream in self._streams.items():
            if other != name and other in self._current and not stream.draws:
                stream.settle()
                self._gather_stream(other)
                del self._current[other]

    def _show_picture(self, piece: PictureData) -> None:
        # Imported late: few blocks show pictures.
        from effecttalk_kernel.output.content.mime import ContentError

        try:
            bundle = self._pictures().feed(piece.kind, piece.data)
        except ContentError as error:
            self.write_line("stderr", f"effecttalk: {error}")
            return
        if bundle is not None and not self.show(bundle):
            self.write_line("stderr", f"effecttalk: {LEFT_OUT}")

    def _clear(self) -> None:
        self._must_rewrite |= any(segment.is_sent for segment in self._segments)
        for stream in self._streams.values():
            stream.clear()
        self._segments.clear()
        self._current.clear()

    # From segments to messages.

    def _can_add(self) -> bool:
        """Whether only the last segment that was sent has changed."""
        sent = [segment for segment in self._segments if segment.is_sent]
        return not any(segment.has_changed for segment in sent[:-1])

    def _add(self, segment: _Segment, now: float, *, final: bool) -> Iterator[Message]:
        old, new = segment.shown, segment.unsent + segment.live
        text = new[len(old) :]
        if not new.startswith(old) or (segment.padding and text[:1] not in ("", "\n")):
            text = overwrite(old + " " * segment.padding, new)
            if not text or not ("\n" in _common_lines(old, new) or segment.starts_line):
                if now < self._next_rewrite and not final:
                    self._must_rewrite = True
                else:
                    yield from self._rewrite(now)
                return
            self._is_overwritten = True
            segment.padding = len(text) - len("\r") - len(new.rpartition("\n")[2])
        if "\n" in text:
            segment.padding = 0
        segment.unsent, segment.shown = "", segment.live
        if text:
            yield StreamText(segment.stream, text)

    def _rewrite(self, now: float) -> Iterator[Message]:
        size = sum(segment.size for segment in self._segments)
        self._next_rewrite = now + max(REWRITE_SECONDS, size / REWRITE_BYTES_PER_SECOND)
        self._must_rewrite = self._is_overwritten = False
        yield ClearOutput()
        for segment in self._segments:
            yield from segment.send()


def overwrite(old: str, new: str) -> str:
    """Return text that turns *old* into *new* by overwriting its last line; "" if impossible."""
    start = len(_common_lines(old, new))
    old, new = old[start:], new[start:]
    if "\n" in old:
        return ""
    line, newline, rest = new.partition("\n")
    # Front ends overwrite character by character, and count colours as characters.
    return f"\r{line.ljust(len(old))}{newline}{rest}"


def _common_lines(old: str, new: str) -> str:
    """Return the complete lines that both start with."""
    size = 0
    for one, other in zip(
        old.splitlines(keepends=True), new.splitlines(keepends=True), strict=False
    ):
        if one != other or not one.endswith("\n"):
            break
        size += len(one)
    return old[:size]
