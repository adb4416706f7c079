"""PromptLine: the last line of a block's output, which may be the prompt of a question.

An unfinished line is held back until it is known whether its program asks something. A prompt
and its answer are then one line of the cell, on a stream of their own, as JupyterLab shows the
answers in its own input boxes; or the front end shows both, and the cell gets neither.

Pure: bytes in, pieces out; the time is passed in.
"""

import re
from typing import Final

# The stream of prompts and answers. JupyterLab gives it the colours of standard output.
QUESTIONS: Final = "stdin"
# A line that is written piece by piece is shown no later than this.
MAX_HOLD_SECONDS: Final = 0.3
MAX_HELD_BYTES: Final = 4_096
# Colours, private modes (bracketed paste) and titles may stand in a prompt. Other sequences
# and carriage returns draw, and belong to the screen of their stream.
STYLE: Final = re.compile(rb"\x1b\[[0-9;:]*m|\x1b\[\?[0-9;]*[hl]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
DRAWING: Final = re.compile(rb"[\x1b\r\b]")

Pieces = list[tuple[str, bytes]]


class PromptLine:
    """Passes output on, but holds the unfinished last line back while *holds* is true."""

    def __init__(self, *, holds: bool) -> None:
        self.holds = holds
        self._held: tuple[str, bytes] | None = None
        self._held_since = 0.0
        self._unfinished = ""  # the stream whose last line is shown without its end
        self._prompt = ""  # the stream of the last prompt, until its line ends
        self._is_in_cell = True  # the cell shows prompts and answers

    def feed(self, stream: str, data: bytes, now: float) -> Pieces:
        """Take output; return what is to be shown, in order."""
        pieces: Pieces = []
        if self._prompt:
            data = self._end_prompt(stream, data, pieces)
        if not data:
            return pieces
        is_continued = self._held is not None and self._held[0] == stream
        if not is_continued:
            pieces += self.release()
            self._held_since = now
        starts_line = is_continued or self._unfinished != stream
        data = (self._held[1] if self._held else b"") + data
        end = data.rfind(b"\n") + 1
        if end:
            self._held_since = now
        line = data[end:]
        is_late = now - self._held_since > MAX_HOLD_SECONDS
        if not self.holds or is_late or not _is_plain(line, starts_line=end > 0 or starts_line):
            end, line = len(data), b""
        self._held = (stream, line) if line else None
        return pieces + self._show(stream, data[:end])

    def release(self) -> Pieces:
        """Return what is held back: it is not a prompt."""
        held, self._held = self._held, None
        return self._show(*held) if held else []

    def show_prompt(self) -> Pieces:
        """Return what is held back: it is a prompt, and the answer is to be shown behind it."""
        self._is_in_cell = True
        if self._held is None:
            return []
        (self._prompt, text), self._held = self._held, None
        return [(QUESTIONS, text)]

    def drop_prompt(self) -> None:
        """Drop what is held back: it is a prompt that the front end shows with the question."""
        self._is_in_cell = False
        if self._held is not None:
            self._prompt, self._held = self._held[0], None

    def echo(self, text: bytes) -> Pieces:
        """Return what is to be shown of an answer; the end of a prompt's line follows."""
        if not self._is_in_cell:
            return []
        if self._prompt:
            return [(QUESTIONS, text)]
        return [(self._unfinished, text)] if self._unfinished else [(QUESTIONS, text + b"\n")]

    def _end_prompt(self, stream: str, data: bytes, pieces: Pieces) -> bytes:
        """Add the rest of the prompt's line to *pieces*; return what follows it."""
        is_own = stream == self._prompt
        end = data.find(b"\n") + 1
        if self._is_in_cell and is_own and not end:
            pieces.append((QUESTIONS, data))
            return b""
        self._prompt = ""
        if not self._is_in_cell:
            return data[1:] if is_own and end == 1 else data
        if is_own or end == 1:
            pieces.append((QUESTIONS, data[:end]))
            return data[end:]
        return data

    def _show(self, stream: str, data: bytes) -> Pieces:
        if not data:
            return []
        self._unfinished = "" if data.endswith(b"\n") else stream
        return [(stream, data)]


def _is_plain(line: bytes, *, starts_line: bool) -> bool:
    """Whether a line may be a prompt: a short one that draws nothing."""
    text = STYLE.sub(b"", line)
    if starts_line:
        text = text.lstrip(b"\r")  # as readline begins
    return len(line) <= MAX_HELD_BYTES and DRAWING.search(text) is None
