"""Stream: turns the bytes of one output stream of a block into the text that it shows.

The text has two parts: *frozen* text, which only grows, and after it *live* text,
which a screen may still change. Text without a screen is live for a while too, so
that a program which starts to draw finds the last lines on its screen.
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
    StyledText,
)
from effecttalk_kernel.output.terminal.limit import OutputLimiter, OutputLimits, omission_line
from effecttalk_kernel.output.terminal.screen import Screen

# More than a screen of 24 lines, and short enough to compare for every message.
LIVE_BYTES: Final = 8_192
# As many as a person can read while output rushes past.
NEWEST_LINES: Final = 3
# Sequences by which a full-screen program leaves the alternate screen.
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
    """How one stream is read and shown; *is_terminal*: on a screen from the start."""

    limits: OutputLimits
    rows: int
    columns: int
    encoding: str = "utf-8"
    is_terminal: bool = False


class OutputStream:
    """One output stream of one block: bytes in, frozen and live text out."""

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
        self._seen = 0  # bytes of *_live* that are shown
        self._frozen: list[str] = []
        self._size = 0
        self._lines = 0
        self._ends_line = True  # whether the frozen text does
        self._rows, self._columns = options.rows, options.columns
        self._last_full_screen = ""
        self._leaving = b""

    @property
    def size(self) -> StreamSize:
        """How much was written, and how much of it is left out."""
        return StreamSize(self._size, self._lines, self._limiter.left_out_bytes)

    @property
    def draws(self) -> bool:
        """Whether a screen shows the live text."""
        return self._screen is not None

    @property
    def last_line(self) -> str:
        """The unfinished last line: a prompt if a program waits for input."""
        text = self._newest() + self._live_text()
        return SGR.sub("", text.rpartition("\n")[2])[-1000:]

    @property
    def held_bytes(self) -> int:
        """Number of bytes that are not shown, because the head is full."""
        return self._limiter.held_bytes

    @property
    def newest_lines(self) -> list[str]:
        """The last lines of the text that is not shown, without colours."""
        return SGR.sub("", self._newest()).splitlines()[-NEWEST_LINES:]

    def feed(self, data: bytes) -> Iterator[Clear | PictureData | BrokenPicture]:
        """Add *data*, which a program wrote; yield what is not text."""
        self._size += len(data)
        self._lines += data.count(b"\n")
        if self._foreign is not None:
            data = self._foreign.decode(data).encode()
        for piece in self._filter.feed(data):
            match piece:
                case StyledText(text):
                    self._show(text)
                case Drawing(sequence):
                    self._draw(sequence)
                case Clear() if self._screen is not None and self._screen.is_alternate:
                    self._draw(CLEAR)
                case _:
                    yield piece

    def add_line(self, text: str) -> None:
        """Add a line of the kernel's, after a line end."""
        if not self._options.limits.max_bytes:  # no output of the block is shown
            self._frozen.append(f"{text}\n")
            return
        self._show(f"{chr(10) if self.last_line else ''}{text}\n".encode())

    def clear(self) -> None:
        """Remove all text; a screen keeps its cursor."""
        self._frozen.clear()
        self._limiter.reset()
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
        """Change the size of the screen, for what is written from now on."""
        self._rows, self._columns = rows, columns
        if self._screen is not None:
            self._screen.resize(rows, columns)

    def leave_alternate_screen(self) -> None:
        """Show the usual screen again after a program that ended on the alternate one."""
        if self._screen is not None and self._screen.is_alternate:
            self._keep_full_screen()
            self._screen.leave()

    def settle(self) -> None:
        """Freeze the live text, and close the screen."""
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

    def finish(self, hint: Callable[[], str] = str) -> Iterator[BrokenPicture]:
        """Show what was held back, and end unfinished escape sequences.

        *hint* is called if output is left out, and says how to get it.
        """
        if self._foreign is not None:
            self._show(self._foreign.decode(b"", final=True).encode())
            self._foreign.reset()
        for piece in self._filter.finish():
            if isinstance(piece, StyledText):
                self._show(piece.data)
            elif isinstance(piece, BrokenPicture):
                yield piece
        self.settle()
        tail, missing = self._limiter.take_tail()
        if missing:
            self._end_character()
            line = omission_line(missing, hint())
            self._frozen.append(line if self._ends_line else f"\n{line}")
        self._frozen.append(self._decoder.decode(tail))
        self._ends_line = tail.endswith(b"\n") if tail else self._ends_line
        self._end_character()

    def take(self) -> tuple[str, str]:
        """Return the text that was frozen since the last call, and the live text."""
        if self._screen is None and not self._limiter.fits(len(self._live)):
            self._freeze_live(len(self._live))
        frozen = "".join(self._frozen)
        self._frozen.clear()
        self._seen = len(self._live)
        return frozen, self._live_text() if self._options.limits.max_bytes else ""

    def _show(self, data: bytes) -> None:
        if self._options.is_terminal:
            self._show_on_terminal(data)
            return
        if self._screen is not None:
            self._freeze(self._screen.feed(data).encode())
            return
        if len(data) > 2 * LIVE_BYTES:  # avoid copying a flood
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
        """Draw *data*; keep the last image of a full-screen program when it leaves."""
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
        # The frozen text may end within a character: continue with its decoder's state.
        state = self._decoder.getstate()
        text = self._decoder.decode(self._live)
        self._decoder.setstate(state)
        return text

    def _newest(self) -> str:
        return self._limiter.newest().decode(errors="replace")

    def _end_character(self) -> None:
        """Replace an incomplete character by U+FFFD."""
        self._frozen.append(self._decoder.decode(b"", final=True))
        self._decoder.reset()
