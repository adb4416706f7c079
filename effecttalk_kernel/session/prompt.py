"""Prompt: the unfinished last line of a block's output, which may ask something.

Pure: bytes in, text out.
"""

import re
from typing import Final

# A prompt fits on a screen, but a progress bar may rewrite one line for hours.
MAX_LINE_BYTES: Final = 4_096
MAX_PROMPT: Final = 1_000
# ESC [ 1;31 m, ESC ] 0;title BEL, ESC ( B: with which prompts are drawn.
ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# How questions end: "Continue? [Y/n]", "Password:", "$ ", ">>> ".
QUESTION: Final = re.compile(r"[?:>)\]$#%]\s*\Z")
# How progress messages end: " 45%", "[ 45%]", "[####>     ]", "(45%)".
PROGRESS: Final = re.compile(r"(?:\d\s*%\s*[)\]]?|\[[-#=>*.\s]*\])\s*\Z")


class PromptReader:
    """Follows the last line of each of a block's streams."""

    def __init__(self) -> None:
        self._lines: dict[str, bytes] = {}
        self._last = ""

    def feed(self, stream: str, data: bytes) -> None:
        """Take what was written to *stream*."""
        end = data.rfind(b"\n") + 1
        line = data[max(end, len(data) - MAX_LINE_BYTES) :]
        before = b"" if end else self._lines.get(stream, b"")
        self._lines[stream] = (before + line)[-MAX_LINE_BYTES:]
        self._last = stream

    @property
    def text(self) -> str:
        """The line begun last, as a user sees it; "" when every line is ended."""
        return _visible(self._lines.get(self.stream, b""))

    @property
    def stream(self) -> str:
        """The stream on which that line was begun."""
        begun = (stream for stream in (self._last, *self._lines) if self._is_begun(stream))
        return next(begun, self._last)

    def _is_begun(self, stream: str) -> bool:
        return bool(_visible(self._lines.get(stream, b"")).strip())


def is_question(prompt: str) -> bool:
    """Whether *prompt* ends like a question rather than like a progress message."""
    return QUESTION.search(prompt) is not None and PROGRESS.search(prompt) is None


def _visible(line: bytes) -> str:
    text = ESCAPE.sub("", line.decode(errors="replace"))
    shown = next((part for part in reversed(text.split("\r")) if part.strip()), text)
    return CONTROL.sub("", shown)[-MAX_PROMPT:]
