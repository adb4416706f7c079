"""Sizes: how users write numbers of bytes: `500kB`, `2GB`, `64MiB`; a bare number is bytes."""

import re
from typing import Final

UNITS: Final[dict[str, int]] = {
    "b": 1,
    **{f"{letter}b": 1_000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1_024**power for power, letter in enumerate("kmgt", 1)},
}
NAMES: Final = {
    unit: unit.upper().replace("I", "i").replace("KB", "kB") for unit in UNITS if unit != "b"
}
UNITS_TOLD: Final = "kB, MB, GB or TB"
# Compiled when it is needed: few settings are written so.
SIZE: Final = r"(?a)\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*"
# Of a unit; more of it are told in a larger one.
MOST_COUNT: Final = 10_000


def bytes_of(text: str) -> int:
    """Return the bytes that *text* stands for.

    Raises:
        ValueError: it is no size.

    """
    found = re.fullmatch(SIZE, text.lower())
    name = found[2] if found else ""
    unit = UNITS.get(name or "b") or UNITS.get(f"{name}b")
    if found is None or unit is None:
        raise ValueError(f"{text!r} is no size: give a number and {UNITS_TOLD}, as in 2GB")
    number = found[1]
    return round(float(number) * unit) if "." in number else int(number) * unit


def size_told(count: int) -> str:
    """Return *count* bytes as a user writes them, in the largest unit that fits exactly."""
    for unit in sorted(NAMES, key=lambda unit: -UNITS[unit]):
        if count and count % UNITS[unit] == 0 and count // UNITS[unit] < MOST_COUNT:
            return f"{count // UNITS[unit]}{NAMES[unit]}"
    return f"{count:,}" if count else "0"
