"""Format texts, times and sizes for output.

Stored text may contain anything. Control characters, and characters that change the direction of
the text after them, are escaped for a terminal; ordinary text is not changed, in right-to-left
scripts, too.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from effecttalk_kernel.bash_quoting import escape_bytes, escape_value

# C0, DEL, C1; directional marks, embeddings and isolates (UAX #9); line and paragraph separators;
# surrogates, which have no encoding, unless they are bytes that are not UTF-8.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
UNPRINTABLE_IN_LINES: Final = re.compile(f"(?![\n\t]){UNPRINTABLE.pattern}")
SHORT_ESCAPES: Final[Mapping[str, str]] = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\x1b": r"\e"}
SIZE_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
THOUSAND: Final = 1000
MINUTE: Final = 60
HOUR: Final = 3600


def escape(text: str) -> str:
    r"""Return *text* as one line, with escapes as `\n`, `\e` or `\u202e`."""
    return UNPRINTABLE.sub(_escape_character, escape_bytes(text))


def escape_lines(text: str) -> str:
    """Return *text* with escapes for everything unprintable but tabs and the ends of lines."""
    return UNPRINTABLE_IN_LINES.sub(_escape_character, escape_bytes(text))


def format_iso(seconds: float | None) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC, with milliseconds."""
    if seconds is None:
        return None
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a damaged or forged record
        return None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_time(text: str, now: datetime) -> str:
    """Return an ISO 8601 time in local time, with the year instead of the time in other years."""
    time = datetime.fromisoformat(text).astimezone()
    return f"{time:%b %d %H:%M}" if time.year == now.year else f"{time:%b %d  %Y}"


def format_duration(seconds: float) -> str:
    """Return a duration as people read it: `1.50 s`, `2m 05s`."""
    if seconds < MINUTE:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if seconds < HOUR:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // MINUTE}h {minutes % MINUTE:02}m"


def format_size(count: float) -> str:
    """Return a number of bytes as people read it: `1.5 MB`."""
    for unit in SIZE_UNITS[:-1]:
        if count < THOUSAND:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= THOUSAND
    return f"{count:.1f} {SIZE_UNITS[-1]}"


def shorten_path(path: str) -> str:
    """Return *path*, as the store has it, with `~` for the user's home directory."""
    home = escape_value(str(Path.home()))
    if path == home or path.startswith(f"{home}/"):
        return f"~{path[len(home) :]}"
    return path


def _escape_character(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")
