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
        line = data[data.rfind(b"\n") + 1 :]
        before = b"" if b"\n" in data else self._lines.get(stream, b"")
        self._lines[stream] = (before + line)[-LONGEST_BYTES:]
        self._last = stream

    def text(self, encoding: str = "utf-8") -> str:
        """Return the line that was begun last, as it is seen; "" when all lines are ended."""
        newest = _visible(self._lines.get(self._last, b""), encoding)
        if newest.strip():
            return newest
        others = (_visible(line, encoding) for line in self._lines.values())
        return next((text for text in others if text.strip()), newest)


def is_question(prompt: str) -> bool:
    """Whether *prompt* ends like a question, and not like the news of some work."""
    return QUESTION.search(prompt) is not None


def _visible(line: bytes, encoding: str) -> str:
    text = ESCAPE.sub("", line.decode(encoding, errors="replace"))
    shown = next((part for part in reversed(text.split("\r")) if part.strip()), text)
    return CONTROL.sub("", shown)[-LONGEST_PROMPT:]
