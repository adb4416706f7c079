"""Program screen: what the program in the foreground has drawn on a terminal.

A program that positions the cursor and waits for single keys uses the whole terminal. Most
programs do not, so output is only kept here, and searched when a program waits.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Final

# Enough for many screens; a program redraws its screen when the size changes.
MAX_BYTES: Final = 65_536
ESCAPE: Final = b"\x1b"
PRIVATE_MODE: Final = b"\x1b[?"
# In coloured text, searching for one byte takes a hundredth of the time.
MAX_QUESTION_MARKS: Final = 50
# ESC [ ? 1049 h enters the alternate screen, ESC [ ? 1049 l leaves it.
ALTERNATE: Final = re.compile(rb"\x1b\[\?(?:[\d;]*;)?(?:1049|1047|47)(?:;[\d;]*)?([hl])")
ENTER: Final = b"\x1b[?1049h"
# The beginning of a sequence at the end of a write, such as ESC [ ? 1 0; the next one ends it.
BEGINNING: Final = re.compile(rb"\x1b(?:\[\??[\d;]*)?\Z")
LONGEST_SEQUENCE: Final = 64
# The application keypad: ESC =, ESC [ ? 1 h; and its end, ESC >, ESC [ ? 1 l.
KEYPAD: Final = re.compile(rb"\x1b(?:=|\[\?1h)")
LEAVES: Final = re.compile(rb"\x1b(?:>|\[\?(?:1|1049|1047|47)l)")
# Programs that draw position the cursor (H, f, d), move it up (A), set a scrolling region (r),
# hide the cursor (25), follow the mouse (1000 to 1006), or ask the terminal something (c, n, u).
# Clearing the screen, ESC [ H ESC [ 2 J, is not drawing, and neither is what line editors do.
DRAWING: Final = re.compile(
    rb"\x1b(?:=|\[(?:[\d;]*[fdr]|\d*A|(?<!J\x1b\[)H(?!\x1b\[[0-3]?J)|\d[\d;]*H"
    rb"|\?25l|\?(?:1|47|1047|1049|100[0-6])h|[>=?]?\d*[cu]|\??[56]n))"
)


class ProgramScreen:
    """The output of the foreground program from its first escape sequence on.

    *find_group* returns the foreground process group.
    """

    def __init__(self, find_group: Callable[[], int]) -> None:
        self._find_group = find_group
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._end = b""
        self.group = 0  # that wrote it
        self.is_alternate = False

    def feed(self, data: bytes) -> bool:
        """Add *data*, which was written now; return whether the alternate screen was entered."""
        has_entered = False
        if ESCAPE in data or self._end:
            group = self._find_group()
            joined = self._end + data
            modes = [*ALTERNATE.finditer(joined)] if has_private_mode(joined) else []
            # The program that had the alternate screen may be gone when another one enters it.
            enters = any(mode[1] == b"h" for mode in modes)
            if group != self.group and (enters or not self.is_alternate):
                self.clear()
            if not self._chunks:
                self.group = group
            if modes:
                has_entered = enters and not self.is_alternate
                self.is_alternate = modes[-1][1] == b"h"
            beginning = BEGINNING.search(joined, max(0, len(joined) - LONGEST_SEQUENCE))
            self._end = beginning[0] if beginning else b""
        elif not self._chunks:
            return False
        self._chunks.append(data)
        self._size += len(data)
        while self._size > MAX_BYTES and len(self._chunks) > 1:
            self._size -= len(self._chunks.popleft())
        return has_entered

    @property
    def is_drawn(self) -> bool:
        """Whether the program draws: it has positioned the cursor, and has not left its screen."""
        data = self._data()
        left = max((found.end() for found in LEAVES.finditer(data)), default=0)
        return self.is_alternate or DRAWING.search(data, left) is not None

    @property
    def uses_keypad(self) -> bool:
        """Whether the program has asked for the keys of an application."""
        return KEYPAD.search(self._data()) is not None

    def redraw(self) -> bytes:
        """Return bytes that draw the program's screen, or most of it."""
        data = self._data()
        if not self.is_alternate:
            return data
        entered = [found.start() for found in ALTERNATE.finditer(data) if found[1] == b"h"]
        return data[entered[-1] :] if entered else ENTER + data

    def find_end(self, data: bytes, ahead: bytes) -> int:
        """Return how much of *data* belongs to the alternate screen of a program that is gone.

        *ahead* follows *data*: together they are all that the program may still have written. It
        wrote what leaves the screen or draws on it; text after that may be another program's.
        """
        written = self._end + data + ahead
        modes = [*ALTERNATE.finditer(written)]
        left = next((mode.end() for mode in modes if mode[1] == b"l"), 0)
        entered = next((mode.start() for mode in modes if mode[1] == b"h"), len(written))
        drawn = (found.end() for found in DRAWING.finditer(written, 0, entered))
        end = left or max(drawn, default=0)
        return min(max(0, end - len(self._end)), len(data))

    def clear(self) -> None:
        """Forget the output."""
        self._chunks.clear()
        self._size = 0

    def _data(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks = deque([data] if data else ())
        return data


def has_private_mode(data: bytes) -> bool:
    """Return whether ESC [ ? is in *data*."""
    at = -1
    for _ in range(MAX_QUESTION_MARKS):
        at = data.find(b"?", at + 1)
        if at < 0:
            return False
        if data.startswith(PRIVATE_MODE, max(0, at - 2)):
            return True
    return PRIVATE_MODE in data[at:]
