"""Screen: what a terminal shows of a stream that moves its cursor.

The emulator is libghostty-vt, by pyghostty. Importing it takes 0.1 s and 25 MB:
only blocks that draw pay for it. Lines that have scrolled out are taken off it,
so that its memory does not grow.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

# Lines are taken off after this many bytes, or earlier when there are many: beyond
# a few hundred rows, 1 kB each, the emulator asks the system for memory again and
# again, and "y\n" goes through it at 4 MB/s instead of 30.
LONGEST_CHUNK: Final = 4_096
STEP_BYTES: Final = 1_024
MANY_ROWS: Final = 300
SCROLLBACK_BYTES: Final = 64 << 20
LEAVE_ALTERNATE: Final = b"\x1b[?1049l\x1b[?47l"
CLEAR_SCROLLBACK: Final = b"\x1b[3J"
# The sixteen colours that themes define; the emulator writes them as indices.
INDEXED: Final = re.compile(r"\x1b\[([34])8;5;([0-9]|1[0-5])m")


@cache
def _library() -> Any:  # noqa: ANN401 # a C library by cffi
    import pyghostty

    return pyghostty


class Screen:
    """A terminal's screen; bytes in, text with SGR colours out."""

    def __init__(self, rows: int, columns: int, *, translates: bool = True) -> None:
        self._rows = rows
        self._translates = translates
        self._fed = self._step = 0  # bytes since lines were taken off, and since a look at them
        self._library = library = _library()
        self._terminal = library.Terminal(columns, rows, scrollback=LONGEST_CHUNK * 2)
        self._handle = self._terminal._t[0]  # noqa: SLF001 # the wrapper formats no colours
        option = library.lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES
        size = library.ffi.new("size_t*", SCROLLBACK_BYTES)
        library.core.check(library.lib.ghostty_terminal_set(self._handle, option, size), "set")
        # Made once: for each chunk they would take longer than its text.
        self._selection = library.core.init_sized("GhosttySelection")
        self._options = library.core.init_sized("GhosttyFormatterTerminalOptions")
        self._buffer = library.ffi.new("uint8_t[]", 16 * LONGEST_CHUNK)

    def feed(self, data: bytes) -> str:
        """Draw *data*; returns the lines that scrolled out for good."""
        scrolled = []
        at = 0
        while at < len(data):
            # Taken off after the same bytes however they come: a program may erase them.
            chunk = data[at : at + max(1, STEP_BYTES - self._step)]
            at += len(chunk)
            self._step += len(chunk)
            # Block terminals do not translate line ends (OPOST is off), so we do.
            self._terminal.feed(chunk.replace(b"\n", b"\r\n") if self._translates else chunk)
            if self._step >= STEP_BYTES and self._is_between_sequences:
                self._fed, self._step = self._fed + self._step, 0
                if self._fed >= LONGEST_CHUNK or self._history_rows > MANY_ROWS:
                    self._fed = 0
                    scrolled.append(self._take_history())
        return "".join(scrolled)

    @property
    def _history_rows(self) -> int:
        rows: int = self._terminal.get("scrollback_rows", "size_t")
        return rows

    def _take_history(self) -> str:
        if self.is_alternate:
            return ""
        text = self._history()
        self._terminal.feed(CLEAR_SCROLLBACK)
        return text

    def _history(self) -> str:
        """Return the lines that scrolled out and were not yet taken."""
        rows = self._history_rows
        if not rows or self.is_alternate:
            return ""
        text: str = self._format("history", rows)
        filled = self._filled("history", rows)
        # The formatter leaves out empty lines at the end.
        return text + "\n" * (rows - filled - self._is_wrapped(rows - 1) + (filled > 0))

    @property
    def _is_between_sequences(self) -> bool:
        """Whether a sequence of our own would break none of the program's, and no character."""
        return bool(self._terminal.get("vt_ground", "bool"))

    @property
    def is_alternate(self) -> bool:
        """Whether a full-screen program has put another screen before the text."""
        return bool(self._terminal.get("active_screen", "int"))

    @property
    def is_home(self) -> bool:
        """Whether the cursor is in the corner, on the screen that stays."""
        return bool(self._terminal.cursor == (0, 0) and not self.is_alternate)

    def text(self) -> str:
        """Return what stands on the screen, down to its last line or the cursor."""
        row: int = self._terminal.cursor[1]
        text: str = self._format("active", self._rows)
        blank = row + 1 - max(1, self._filled("active", self._rows))
        return self._history() + text + "\n" * max(0, blank)

    def resize(self, rows: int, columns: int) -> None:
        """Give the screen another size; lines are wrapped anew."""
        self._rows = rows
        self._terminal.resize(columns, rows)

    def leave(self) -> str:
        """Return the final text; a full-screen program leaves no trace."""
        if self.is_alternate:
            self._terminal.feed(LEAVE_ALTERNATE)
        return self.text()

    def close(self) -> None:
        """Free the emulator."""
        self._terminal.close()

    def _format(self, area: str, rows: int) -> str:
        """Return the text of *rows* with SGR, wrapped lines joined, blank lines at the end cut."""
        form = self._library.lib.GHOSTTY_FORMATTER_FORMAT_VT
        return _tidy(self._written(area, rows, form, unwrap=True))

    def _filled(self, area: str, rows: int) -> int:
        """Return how many rows there are down to the last one with text."""
        lib = self._library.lib
        written = self._written(area, rows, lib.GHOSTTY_FORMATTER_FORMAT_PLAIN, unwrap=False)
        return int(written.count("\n") + bool(written))

    def _written(self, area: str, rows: int, form: int, *, unwrap: bool) -> str:
        ffi, lib, core = self._library.ffi, self._library.lib, self._library.core
        selection, options = self._selection, self._options
        selection.start = self._terminal.ref(0, 0, area)[0]
        selection.end = self._terminal.ref(self._terminal.get("cols") - 1, rows - 1, area)[0]
        options.emit, options.unwrap, options.trim = form, unwrap, True
        options.selection = selection
        formatter = ffi.new("GhosttyFormatter*")
        new = lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._handle, options[0])
        core.check(new, "formatter")
        try:
            return self._read(partial(lib.ghostty_formatter_format_buf, formatter[0]))
        finally:
            lib.ghostty_formatter_free(formatter[0])

    def _read(self, write: Callable[..., int]) -> str:
        """Return what is written; the wrapper's own writes all twice, to know the size."""
        ffi, size = self._library.ffi, self._library.ffi.new("size_t*")
        result = write(self._buffer, len(self._buffer), size)
        if size[0] > len(self._buffer):
            self._buffer = ffi.new("uint8_t[]", 2 * size[0])
            result = write(self._buffer, len(self._buffer), size)
        self._library.core.check(result, "format")
        text: str = ffi.buffer(self._buffer, size[0])[:].decode()
        return text

    def _is_wrapped(self, row: int) -> bool:
        """Whether the row of the history goes on in the next one."""
        ffi, lib = self._library.ffi, self._library.lib
        handle = ffi.new("GhosttyRow*")
        lib.ghostty_grid_ref_row(self._terminal.ref(0, row, "history"), handle)
        wrapped = ffi.new("bool*")
        lib.ghostty_row_get(handle[0], lib.GHOSTTY_ROW_DATA_WRAP, wrapped)
        return bool(wrapped[0])


def _tidy(text: str) -> str:
    """Return the formatter's text as front ends like it: line feeds, themed colours."""
    text = text.replace("\r\n", "\n")
    if "\x1b" in text:
        text = INDEXED.sub(_themed, text.replace("\x1b[0m\x1b[0m", "\x1b[0m"))
        if "\x1b" not in text.removesuffix("\x1b[0m"):
            text = text.removesuffix("\x1b[0m")
    return text


def _themed(found: re.Match[str]) -> str:
    """Return the SGR of one of the sixteen colours that themes define."""
    layer, index = int(found[1]), int(found[2])
    bright = 60 if index > 7 else 0  # SGR 90-97 and 100-107
    return f"\x1b[{layer * 10 + bright + index % 8}m"
