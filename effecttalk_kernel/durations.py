"""Durations: how users write them: `30s`, `100ms`, `1.5h`, `7d`; a bare number is seconds."""

import re
from typing import Final

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
UNITS_TOLD: Final = "ms, s, m, h or d"
DURATION: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]*)\s*", re.ASCII)


def seconds_of(text: str) -> float:
    """Return the seconds that *text* stands for.

    Raises:
        ValueError: it is no duration.

    """
    found = DURATION.fullmatch(text.lower())
    unit = UNITS.get(found[2] or "s") if found else None
    if found is None or unit is None:
        raise ValueError(
            f"{text!r} is no duration: give a number and {UNITS_TOLD}, as in 90s or 7d"
        )
    return float(found[1]) * unit
