"""Durations: how users write them: `30s`, `100ms`, `1.5h`, `7d`; a bare number is seconds."""

import re
from typing import Final

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
UNITS_TOLD: Final = "ms, s, m, h or d"
# Compiled when it is needed, not at start.
DURATION: Final = r"(?a)\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]*)\s*"


def seconds_of(text: str) -> float:
    """Return the seconds that *text* stands for.

    Raises:
        ValueError: it is no duration.

    """
    found = re.fullmatch(DURATION, text.lower())
    unit = UNITS.get(found[2] or "s") if found else None
    if found is None or unit is None:
        raise ValueError(
            f"{text!r} is no duration: give a number and {UNITS_TOLD}, as in 90s or 7d"
        )
    return float(found[1]) * unit


def duration_told(seconds: float) -> str:
    """Return *seconds* as a user writes them, in the largest unit that fits exactly."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:,.15g}{unit}"
    if 0 < seconds < 1:
        return f"{seconds / UNITS['ms']:.15g}ms"
    return f"{seconds:,.15g}s" if seconds else "0"
