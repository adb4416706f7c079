"""Wording: texts, times and sizes as they are printed.

What was kept may hold anything. A terminal gets no control character of it, and none
that turns the order of what follows; ordinary text, from right to left too, is as it was.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

# C0, DEL, C1; marks, embeddings and isolates of direction (UAX #9); line and paragraph
# separators; halves of surrogate pairs, which have no encoding.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
UNPRINTABLE_IN_LINES: Final = re.compile(f"(?![\n\t]){UNPRINTABLE.pattern}")
SHORT: Final[Mapping[str, str]] = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\x1b": r"\e"}
SIZES: Final = ("B", "kB", "MB", "GB", "TB")
THOUSAND: Final = 1000
MINUTE: Final = 60
HOUR: Final = 3600


def printable(text: str) -> str:
    r"""Return *text* as one line, with `\n`, `\e` or `\u202e` for what can't be printed."""
    return UNPRINTABLE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Return *text* with its lines, and escapes for everything else that can't be printed."""
    return UNPRINTABLE_IN_LINES.sub(_escape, text)


def iso(seconds: float | None) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC, with milliseconds."""
    if seconds is None:
        return None
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a damaged or made-up record
        return None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(text: str, now: datetime) -> str:
    """Return a time of `iso` in local time as `ls -l` has it; its year, if that is another one."""
    time = datetime.fromisoformat(text).astimezone()
    return f"{time:%b %d %H:%M}" if time.year == now.year else f"{time:%b %d  %Y}"


def duration(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < MINUTE:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if seconds < HOUR:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // MINUTE}h {minutes % MINUTE:02}m"


def size(count: float) -> str:
    """Return a number of bytes for people."""
    for unit in SIZES[:-1]:
        if count < THOUSAND:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= THOUSAND
    return f"{count:.1f} {SIZES[-1]}"


def short_path(path: str) -> str:
    """Return *path* with `~` for the user's home."""
    home = str(Path.home())
    if path == home or path.startswith(f"{home}/"):
        return f"~{path[len(home) :]}"
    return path


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return SHORT.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")
