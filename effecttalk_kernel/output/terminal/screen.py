"""Screen: the text on a terminal, for output that moves the cursor.

The emulator is libghostty-vt, through pyghostty. Importing it takes 0.1 s and 25 MB,
so it is imported when a block first draws. Lines that have scrolled out are removed
from it, so that its memory does not grow.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

# Scrolled lines are removed after this many bytes, or earlier if there are many: with
# more than a few hundred rows, 1 kB each, the emulator keeps allocating memory, and
# "y\n" is processed at 4 MB/s instead of 30.
LONGEST_CHUNK: Final = 4_096
STEP_BYTES: Final = 1_024
MANY_ROWS: Final = 300
SCROLLBACK_BYTES: Final = 64 << 20
LEAVE_ALTERNATE: Final = b"\x1b[?1049l\x1b[?47l"
CLEAR_SCROLLBACK: Final = b"\x1b[3J"
# The sixteen colours that themes define, as the emulator writes them.
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
        self._fed = self._step = 0  # bytes since lines were removed, and were checked
        self._library = library = _library()
        self._terminal = library.Terminal(columns, rows, scrollback=LONGEST_CHUNK * 2)
        self._handle = self._terminal._t[0]  # noqa: SLF001 # the wrapper formats no colours
        option = library.lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES
        size = library.ffi.new("size_t*", SCROLLBACK_BYTES)
        library.core.check(library.lib.ghostty_terminal_set(self._handle, option, size), "set")
        # Allocated once: per chunk it would take longer than formatting the text.
        self._selection = library.core.init_sized("GhosttySelection")
        self._options = library.core.init_sized("GhosttyFormatterTerminalOptions")
        self._buffer = library.ffi.new("uint8_t[]", 16 * LONGEST_CHUNK)

    def feed(self, data: bytes) -> str:
        """Draw *data*; return the lines that scrolled out."""
        scrolled = []
        at = 0
        while at < len(data):
            # At the same bytes for any chunking: a program may erase the scrollback.
            chunk = data[at : at + max(1, STEP_BYTES - self._step)]
            at += len(chunk)
            self._step += len(chunk)
            # Block terminals do not translate line ends (OPOST is off).
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
        """Return the scrolled lines that were not taken yet."""
        rows = self._history_rows
        if not rows or self.is_alternate:
            return ""
        text: str = self._format("history", rows)
        filled = self._filled("history", rows)
        # The formatter omits empty lines at the end.
        return text + "\n" * (rows - filled - self._is_wrapped(rows - 1) + (filled > 0))

    @property
    def _is_between_sequences(self) -> bool:
        """Whether the program's output is not within an escape sequence or a character."""
        return bool(self._terminal.get("vt_ground", "bool"))

    @property
    def is_alternate(self) -> bool:
        """Whether a full-screen program uses the alternate screen."""
        return bool(self._terminal.get("active_screen", "int"))

    @property
    def is_home(self) -> bool:
        """Whether the cursor is in the upper left corner of the primary screen."""
        return bool(self._terminal.cursor == (0, 0) and not self.is_alternate)

    def text(self) -> str:
        """Return the text on the screen, down to its last line or the cursor."""
        row: int = self._terminal.cursor[1]
        text: str = self._format("active", self._rows)
        blank = row + 1 - max(1, self._filled("active", self._rows))
        return self._history() + text + "\n" * max(0, blank)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the screen; lines are wrapped again."""
        self._rows = rows
        self._terminal.resize(columns, rows)

    def leave(self) -> str:
        """Leave the alternate screen, and return the text."""
        if self.is_alternate:
            self._terminal.feed(LEAVE_ALTERNATE)
        return self.text()

    def close(self) -> None:
        """Free the emulator."""
        self._terminal.close()

    def _format(self, area: str, rows: int) -> str:
        """Return the text of *rows* with SGR, wrapped lines joined, no blank lines at the end."""
        form = self._library.lib.GHOSTTY_FORMATTER_FORMAT_VT
        return _clean(self._write(area, rows, form, unwrap=True))

    def _filled(self, area: str, rows: int) -> int:
        """Return the number of rows down to the last one with text."""
        lib = self._library.lib
        written = self._write(area, rows, lib.GHOSTTY_FORMATTER_FORMAT_PLAIN, unwrap=False)
        return int(written.count("\n") + bool(written))

    def _write(self, area: str, rows: int, form: int, *, unwrap: bool) -> str:
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
        """Return what *write* writes; the wrapper's function would write everything twice."""
        ffi, size = self._library.ffi, self._library.ffi.new("size_t*")
        result = write(self._buffer, len(self._buffer), size)
        if size[0] > len(self._buffer):
            self._buffer = ffi.new("uint8_t[]", 2 * size[0])
            result = write(self._buffer, len(self._buffer), size)
        self._library.core.check(result, "format")
        text: str = ffi.buffer(self._buffer, size[0])[:].decode()
        return text

    def _is_wrapped(self, row: int) -> bool:
        """Whether the row of the history continues in the next one."""
        ffi, lib = self._library.ffi, self._library.lib
        handle = ffi.new("GhosttyRow*")
        lib.ghostty_grid_ref_row(self._terminal.ref(0, row, "history"), handle)
        wrapped = ffi.new("bool*")
        lib.ghostty_row_get(handle[0], lib.GHOSTTY_ROW_DATA_WRAP, wrapped)
        return bool(wrapped[0])


def _clean(text: str) -> str:
    """Return the formatter's text for front ends: line feeds, themed colours."""
    text = text.replace("\r\n", "\n")
    if "\x1b" in text:
        text = INDEXED.sub(_themed_colour, text.replace("\x1b[0m\x1b[0m", "\x1b[0m"))
        if "\x1b" not in text.removesuffix("\x1b[0m"):
            text = text.removesuffix("\x1b[0m")
    return text


def _themed_colour(match: re.Match[str]) -> str:
    """Return the SGR sequence of one of the sixteen themed colours."""
    layer, index = int(match[1]), int(match[2])
    bright = 60 if index > 7 else 0  # SGR 90-97 and 100-107
    return f"\x1b[{layer * 10 + bright + index % 8}m"
