"""Prompt: the line that a block has begun and not ended, which may ask something.

Pure: bytes in, text out.
"""

import re
from typing import Final

# A prompt is a line on a screen; a progress bar may write over one for hours.
LONGEST_BYTES: Final = 4_096
LONGEST_PROMPT: Final = 1_000
# ESC [ 1;31 m, ESC ] 0;title BEL, ESC ( B: what a prompt may be drawn with.
ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# How questions end: "Continue? [Y/n]", "Password:", "$ ", ">>> ".
QUESTION: Final = re.compile(r"[?:>)\]$#%]\s*\Z")


class PromptReader:
    """Follows the last line of each of a block's streams."""

    def __init__(self) -> None:
        self._lines: dict[str, bytes] = {}
        self._last = ""

    def feed(self, stream: str, data: bytes) -> None:
        """Take what was written to *stream*."""
        end = data.rfind(b"\n") + 1
        line = data[max(end, len(data) - LONGEST_BYTES) :]
        before = b"" if end else self._lines.get(stream, b"")
        self._lines[stream] = (before + line)[-LONGEST_BYTES:]
        self._last = stream

    @property
    def text(self) -> str:
        """The line that was begun last, as it is seen; "" when all lines are ended."""
        return _visible(self._lines.get(self.stream, b""))

    @property
    def stream(self) -> str:
        """The stream that it was begun on."""
        begun = (stream for stream in (self._last, *self._lines) if self._is_begun(stream))
        return next(begun, self._last)

    def _is_begun(self, stream: str) -> bool:
        return bool(_visible(self._lines.get(stream, b"")).strip())


def is_question(prompt: str) -> bool:
    """Whether *prompt* ends like a question, and not like the news of some work."""
    return QUESTION.search(prompt) is not None


def _visible(line: bytes) -> str:
    text = ESCAPE.sub("", line.decode(errors="replace"))
    shown = next((part for part in reversed(text.split("\r")) if part.strip()), text)
    return CONTROL.sub("", shown)[-LONGEST_PROMPT:]
