r"""Transcript: what a block shows in its cell, and the fewest messages that bring it there.

A front end can add to its last output and overwrite that output's last line
("\r"); for any other change all is shown anew. Nothing here reads a clock: the
time is passed in.
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

# A page has time to show what it gets: no more than this much anew, and not
# more often than this.
REWRITE_SECONDS: Final = 0.1
REWRITE_BYTES_PER_SECOND: Final = 250_000
LEFT_OUT: Final = "a picture is left out: the block's output is over max_block_output_size"


@dataclass(frozen=True, slots=True)
class StreamText:
    """Text to be added to the output of a stream."""

    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Everything shown is to be cleared; what follows is shown instead."""


Message = StreamText | MimeBundle | ClearOutput


@dataclass(slots=True)
class _Segment:
    """A run of one stream's text, or a picture, at its place in the cell."""

    stream: str = ""
    bundle: MimeBundle | None = None
    frozen: list[str] = field(default_factory=list)
    unsent: str = ""
    live: str = ""
    on_view: str = ""  # the part of the text that is not frozen, as last sent
    padding: int = 0  # blanks behind it, where a longer line was overwritten
    is_sent: bool = False

    def content(self) -> Iterator[StreamText | MimeBundle]:
        """Yield what shows all of it, unless that is nothing."""
        if self.bundle is not None:
            yield self.bundle
        elif text := "".join(self.frozen) + self.live:
            yield StreamText(self.stream, text)

    def whole(self) -> Iterator[Message]:
        """Yield the message that shows all of it, which is on view then."""
        yield from self.content()
        self.is_sent, self.unsent, self.on_view, self.padding = True, "", self.live, 0

    @property
    def has_changed(self) -> bool:
        return not self.is_sent or bool(self.unsent) or self.live != self.on_view

    @property
    def begins_a_line(self) -> bool:
        """Whether what is on view but not frozen begins at the start of a line."""
        before = "".join(self.frozen).removesuffix(self.unsent)
        return not before or before.endswith("\n")

    @property
    def size(self) -> int:
        return sum(map(len, self.frozen)) + len(self.live)


class Transcript:
    """The outputs of one cell, in their order."""

    def __init__(
        self,
        open_stream: Callable[[str], OutputStream],
        pictures: Callable[[], "PictureDecoder"],
        most_bytes: int,
    ) -> None:
        self._open = open_stream
        self._pictures = pictures
        self._bytes_left = most_bytes
        self._streams: dict[str, OutputStream] = {}
        self._segments: list[_Segment] = []
        self._current: dict[str, _Segment] = {}
        self._touched: dict[str, None] = {}  # in the order of their first write
        self._must_rewrite = False
        self._is_overwritten = False
        self._next_rewrite = 0.0

    @property
    def counts(self) -> dict[str, StreamSize]:
        """How much went over each stream."""
        return {name: stream.count for name, stream in self._streams.items()}

    @property
    def draws(self) -> bool:
        """Whether a screen is at work."""
        return any(stream.draws for stream in self._streams.values())

    def write(self, name: str, data: bytes) -> None:
        """Take what a program wrote to a stream."""
        for piece in self._stream(name).feed(data):
            match piece:
                case Clear():
                    self._clear()
                case PictureData():
                    self._show_picture(piece)
                case BrokenPicture(problem):
                    self.write_line("stderr", f"effecttalk: {problem}")

    def show(self, bundle: MimeBundle) -> bool:
        """Show *bundle* behind all that there is; returns whether there is room for it."""
        size = sum(len(str(value)) for value in bundle.data.values())
        if size > self._bytes_left:
            return False
        self._bytes_left -= size
        self._gather()
        for name, stream in self._streams.items():
            stream.settle()
            self._gather_stream(name)
        self._current.clear()
        self._segments.append(_Segment(bundle=bundle))
        return True

    def conclude(self, *, is_good: bool) -> bool:
        """Show what waits for how the block ends; returns whether it is no text any more."""
        return False

    def write_line(self, name: str, text: str) -> None:
        """Add a line of our own to a stream."""
        self._stream(name).add_line(text)

    @property
    def held_bytes(self) -> int:
        """How much of all streams is not on view, because their heads are full."""
        return sum(stream.held_bytes for stream in self._streams.values())

    @property
    def newest_lines(self) -> list[str]:
        """The last lines of the stream of which most is not on view."""
        streams = sorted(self._streams.values(), key=lambda stream: stream.held_bytes)
        return streams[-1].newest_lines if streams else []

    def resize(self, rows: int, columns: int) -> None:
        """Show what comes on screens of another size."""
        for stream in self._streams.values():
            stream.resize(rows, columns)

    def finish(self, remedy: Callable[[str], str] = lambda _: "") -> None:
        """Show all that was held back; *remedy* tells how to get what a stream leaves out."""
        for name, stream in [*self._streams.items()]:
            problems = [piece.problem for piece in stream.finish(partial(remedy, name))]
            self._touched[name] = None
            for problem in problems:
                self.write_line("stderr", f"effecttalk: {problem}")

    def messages(self, now: float, *, final: bool = False) -> Iterator[Message]:
        """Yield what brings the cell up to date; *final*: nothing waits, and nothing is left over.

        What was overwritten is shown anew at the end, so that the saved output
        is what the screen showed.
        """
        self._gather()
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
                yield from segment.whole()

    def shown(self) -> Iterator[StreamText | MimeBundle]:
        """Yield all that is shown, as few messages would show it."""
        for segment in self._segments:
            yield from segment.content()

    def wait_seconds(self, now: float) -> float | None:
        """How long until a change that waits may be shown; None when there is none."""
        return max(0.0, self._next_rewrite - now) if self._must_rewrite else None

    # Gathering: from streams to segments.

    def _stream(self, name: str) -> OutputStream:
        self._touched[name] = None
        if name not in self._streams:
            self._streams[name] = self._open(name)
        return self._streams[name]

    def _gather(self) -> None:
        for name in self._touched:
            self._gather_stream(name)
        self._touched.clear()

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
        """What others show stays where it is: what they go on to print comes below."""
        for other, stream in self._streams.items():
            if other != name and other in self._current and not stream.draws:
                stream.settle()
                self._gather_stream(other)
                del self._current[other]

    def _show_picture(self, piece: PictureData) -> None:
        # Not at start: few blocks show any.
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

    # Sending: from segments to messages.

    def _can_add(self) -> bool:
        """Whether nothing has changed above the last segment that was sent."""
        sent = [segment for segment in self._segments if segment.is_sent]
        return not any(segment.has_changed for segment in sent[:-1])

    def _add(self, segment: _Segment, now: float, *, final: bool) -> Iterator[Message]:
        old, new = segment.on_view, segment.unsent + segment.live
        text = new[len(old) :]
        if not new.startswith(old) or (segment.padding and text[:1] not in ("", "\n")):
            text = overwriting(old + " " * segment.padding, new)
            if not text or not ("\n" in _common(old, new) or segment.begins_a_line):
                if now < self._next_rewrite and not final:
                    self._must_rewrite = True
                else:
                    yield from self._rewrite(now)
                return
            self._is_overwritten = True
            segment.padding = len(text) - len("\r") - len(new.rpartition("\n")[2])
        if "\n" in text:
            segment.padding = 0
        segment.unsent, segment.on_view = "", segment.live
        if text:
            yield StreamText(segment.stream, text)

    def _rewrite(self, now: float) -> Iterator[Message]:
        size = sum(segment.size for segment in self._segments)
        self._next_rewrite = now + max(REWRITE_SECONDS, size / REWRITE_BYTES_PER_SECOND)
        self._must_rewrite = self._is_overwritten = False
        yield ClearOutput()
        for segment in self._segments:
            yield from segment.whole()


def overwriting(old: str, new: str) -> str:
    """Return what turns *old* into *new* by writing over its last line; "" if nothing does."""
    start = len(_common(old, new))
    old, new = old[start:], new[start:]
    if "\n" in old:
        return ""
    line, newline, rest = new.partition("\n")
    # Front ends overwrite character by character, colours among them.
    return f"\r{line.ljust(len(old))}{newline}{rest}"


def _common(old: str, new: str) -> str:
    """Return the lines that both begin with."""
    size = 0
    for one, other in zip(
        old.splitlines(keepends=True), new.splitlines(keepends=True), strict=False
    ):
        if one != other or not one.endswith("\n"):
            break
        size += len(one)
    return old[:size]
