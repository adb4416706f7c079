"""Parse and format durations: `30s`, `100ms`, `1.5h`, `7d`; a bare number is seconds."""

import re
from typing import Final

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
UNIT_LIST: Final = "ms, s, m, h or d"
# Compiled at the first use, not at start.
DURATION_PATTERN: Final = r"(?a)\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]*)\s*"


def parse_duration(text: str) -> float:
    """Return the duration *text* in seconds.

    Raises:
        ValueError: it is not a duration.

    """
    match = re.fullmatch(DURATION_PATTERN, text.lower())
    unit = UNITS.get(match[2] or "s") if match else None
    if match is None or unit is None:
        raise ValueError(
            f"{text!r} is not a duration, use a number and {UNIT_LIST}, for example 90s or 7d"
        )
    return float(match[1]) * unit


def format_duration(seconds: float) -> str:
    """Return a duration in the largest unit that fits exactly."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:,.15g}{unit}"
    if 0 < seconds < 1:
        return f"{seconds / UNITS['ms']:.15g}ms"
    return f"{seconds:,.15g}s" if seconds else "0"
