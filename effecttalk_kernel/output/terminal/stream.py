"""Stream: what one output stream of a block shows, from the bytes that were written.

What is shown has two parts: *frozen* text, which only grows, and *live* text
behind it, which a screen may still change. Text that needs no screen is live
for a while too, so that a program which begins to draw finds the last lines on
its screen.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.output.terminal.escapes import (
    CLEAR,
    BrokenPicture,
    Clear,
    Drawing,
    EscapeFilter,
    PictureData,
    Text,
)
from effecttalk_kernel.output.terminal.limit import OutputLimiter, OutputLimits, left_out_line
from effecttalk_kernel.output.terminal.screen import Screen

# More than a screen of 24 lines, and little to look through for every message.
LIVE_BYTES: Final = 8_192
# As many as a person reads at a glance while a flood goes by.
NEWEST_LINES: Final = 3
# A full-screen program gives the screen back.
LEAVES: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)l")
SGR: Final = re.compile(r"\x1b\[[0-9;:]*m")


@dataclass(frozen=True, slots=True)
class StreamSize:
    """How much a block wrote to a stream, and how much of it its cell leaves out."""

    size_bytes: int = 0
    lines: int = 0
    left_out_bytes: int = 0


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How one stream is read and shown; *is_terminal*: as a whole terminal, from the start."""

    limits: OutputLimits
    rows: int
    columns: int
    encoding: str = "utf-8"
    is_terminal: bool = False


class OutputStream:
    """Bytes of one stream of one block in, frozen and live text out."""

    def __init__(self, options: StreamOptions) -> None:
        self._options = options
        self._limiter = OutputLimiter(options.limits)
        self._filter = EscapeFilter()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._foreign = (
            None
            if codecs.lookup(options.encoding).name == "utf-8"
            else codecs.getincrementaldecoder(options.encoding)(errors="replace")
        )
        self._screen: Screen | None = None
        self._live = b""
        self._seen = 0  # bytes of *_live* that are on view
        self._frozen: list[str] = []
        self._size = 0
        self._lines = 0
        self._ends_line = True  # whether what is frozen ends with one
        self._rows, self._columns = options.rows, options.columns
        self._last_full_screen = ""
        self._leaving = b""

    @property
    def count(self) -> StreamSize:
        """How much there was, and how much of it is left out for good."""
        return StreamSize(self._size, self._lines, self._limiter.left_out_bytes)

    @property
    def draws(self) -> bool:
        """Whether a screen shows the live text."""
        return self._screen is not None

    @property
    def last_line(self) -> str:
        """The unfinished last line: a prompt, where a program asks."""
        text = self._newest() + self._live_text()
        return SGR.sub("", text.rpartition("\n")[2])[-1000:]

    @property
    def held_bytes(self) -> int:
        """How much is not on view, because the head is full."""
        return self._limiter.held_bytes

    @property
    def newest_lines(self) -> list[str]:
        """The last lines of what is not on view, without their colours."""
        return SGR.sub("", self._newest()).splitlines()[-NEWEST_LINES:]

    def feed(self, data: bytes) -> Iterator[Clear | PictureData | BrokenPicture]:
        """Take what a program wrote; yields what is no text of this stream."""
        self._size += len(data)
        self._lines += data.count(b"\n")
        if self._foreign is not None:
            data = self._foreign.decode(data).encode()
        for piece in self._filter.feed(data):
            match piece:
                case Text(text):
                    self._show(text)
                case Drawing(sequence):
                    self._draw(sequence)
                case Clear() if self._screen is not None and self._screen.is_alternate:
                    self._draw(CLEAR)
                case _:
                    yield piece

    def add_line(self, text: str) -> None:
        """Add a line of our own, on a line of its own."""
        if not self._options.limits.most_bytes:  # nothing of the block is there
            self._frozen.append(f"{text}\n")
            return
        self._show(f"{chr(10) if self.last_line else ''}{text}\n".encode())

    def clear(self) -> None:
        """Forget all that was shown, but where a screen's cursor is."""
        self._frozen.clear()
        self._limiter.forget()
        self._decoder.reset()
        self._ends_line = True
        self._live, self._seen = b"", 0
        if self._screen is None:
            return
        if self._screen.is_home:
            self._close_screen()
        else:
            self._draw(CLEAR)

    def resize(self, rows: int, columns: int) -> None:
        """Show what comes on a screen of another size."""
        self._rows, self._columns = rows, columns
        if self._screen is not None:
            self._screen.resize(rows, columns)

    def settle(self) -> None:
        """Freeze the live text; what comes after it is shown anew."""
        if self._screen is not None:
            self._keep_full_screen()
            text = self._screen.leave()
            self._close_screen()
            full, self._last_full_screen = self._last_full_screen, ""
            self._freeze(text.encode())
            if full:
                self._freeze(f"{chr(10) if text and text[-1:] != chr(10) else ''}{full}".encode())
        self._freeze(self._live)
        self._live, self._seen = b"", 0

    def finish(self, remedy: Callable[[], str] = str) -> Iterator[BrokenPicture]:
        """Show all that was held back; no sequence outlives its block.

        *remedy* tells how to get what is left out, if anything is.
        """
        if self._foreign is not None:
            self._show(self._foreign.decode(b"", final=True).encode())
            self._foreign.reset()
        for piece in self._filter.finish():
            if isinstance(piece, Text):
                self._show(piece.data)
            elif isinstance(piece, BrokenPicture):
                yield piece
        self.settle()
        tail, missing = self._limiter.take_tail()
        if missing:
            self._end_character()
            line = left_out_line(missing, remedy())
            self._frozen.append(line if self._ends_line else f"\n{line}")
        self._frozen.append(self._decoder.decode(tail))
        self._ends_line = tail.endswith(b"\n") if tail else self._ends_line
        self._end_character()

    def take(self) -> tuple[str, str]:
        """Return what was frozen since the last time, and the live text behind it."""
        if self._screen is None and not self._limiter.fits(len(self._live)):
            self._freeze_live(len(self._live))
        frozen = "".join(self._frozen)
        self._frozen.clear()
        self._seen = len(self._live)
        return frozen, self._live_text() if self._options.limits.most_bytes else ""

    def _show(self, data: bytes) -> None:
        if self._options.is_terminal:
            self._show_on_terminal(data)
            return
        if self._screen is not None:
            self._freeze(self._screen.feed(data).encode())
            return
        if len(data) > 2 * LIVE_BYTES:  # a flood is not copied more than it must
            self._freeze_live(len(self._live))
            self._freeze(data[:-LIVE_BYTES])
            data = data[-LIVE_BYTES:]
        self._live += data
        if len(self._live) > 2 * LIVE_BYTES:
            self._freeze_live(len(self._live) - LIVE_BYTES)

    def _draw(self, sequence: bytes) -> None:
        if self._screen is None:
            start = max(0, len(self._live) - LIVE_BYTES)
            if start:
                start = self._live.find(b"\n", start) + 1 or start
            self._freeze_live(start)
            self._open_screen()
            shown, self._live, self._seen = self._live, b"", 0
            self._show(shown)
        self._show(sequence)

    def _open_screen(self) -> Screen:
        translates = not self._options.is_terminal
        self._screen = Screen(self._rows, self._columns, translates=translates)
        self._filter.draws = True
        return self._screen

    def _show_on_terminal(self, data: bytes) -> None:
        """Draw *data*; what a full-screen program showed last is kept when it leaves."""
        screen = self._screen or self._open_screen()
        found = LEAVES.search(self._leaving + data)
        if found is not None:
            at = max(0, found.start() - len(self._leaving))
            self._freeze(screen.feed(data[:at]).encode())
            self._keep_full_screen()
            data = data[at:]
        self._leaving = data[-8:] if found is None else b""
        self._freeze(screen.feed(data).encode())

    def _keep_full_screen(self) -> None:
        if self._options.is_terminal and self._screen is not None and self._screen.is_alternate:
            self._last_full_screen = self._screen.text()

    def _close_screen(self) -> None:
        if self._screen is not None:
            self._screen.close()
            self._screen, self._filter.draws = None, False

    def _freeze_live(self, size: int) -> None:
        frozen, self._live = self._live[:size], self._live[size:]
        seen = min(self._seen, size)
        self._seen -= seen
        self._freeze(frozen, seen)

    def _freeze(self, data: bytes, seen: int = 0) -> None:
        if text := self._decoder.decode(self._limiter.feed(data, seen)):
            self._frozen.append(text)
            self._ends_line = text.endswith("\n")

    def _live_text(self) -> str:
        if self._screen is not None:
            return self._screen.text()
        if not self._live:
            return ""
        # A character may be cut where the live text begins: go on from there.
        state = self._decoder.getstate()
        text = self._decoder.decode(self._live)
        self._decoder.setstate(state)
        return text

    def _newest(self) -> str:
        return self._limiter.newest().decode(errors="replace")

    def _end_character(self) -> None:
        """Show a character that is cut off as U+FFFD."""
        self._frozen.append(self._decoder.decode(b"", final=True))
        self._decoder.reset()
