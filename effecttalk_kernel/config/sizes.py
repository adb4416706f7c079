"""Parse and format sizes: `500kB`, `2GB`, `64MiB`; a bare number is bytes."""

import re
from typing import Final

UNITS: Final[dict[str, int]] = {
    "b": 1,
    **{f"{letter}b": 1_000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1_024**power for power, letter in enumerate("kmgt", 1)},
}
UNIT_NAMES: Final = {
    unit: unit.upper().replace("I", "i").replace("KB", "kB") for unit in UNITS if unit != "b"
}
UNIT_LIST: Final = "kB, MB, GB or TB"
# Compiled at the first use: few settings are sizes with units.
SIZE_PATTERN: Final = r"(?a)\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*"
# A larger number is formatted in a larger unit.
MAX_COUNT: Final = 10_000


def parse_size(text: str) -> int:
    """Return the size *text* in bytes.

    Raises:
        ValueError: it is not a size.

    """
    match = re.fullmatch(SIZE_PATTERN, text.lower())
    name = match[2] if match else ""
    unit = UNITS.get(name or "b") or UNITS.get(f"{name}b")
    if match is None or unit is None:
        raise ValueError(f"{text!r} is not a size, use a number and {UNIT_LIST}, for example 2GB")
    number = match[1]
    return round(float(number) * unit) if "." in number else int(number) * unit


def format_size(count: int) -> str:
    """Return a number of bytes in the largest unit that fits exactly."""
    for unit in sorted(UNIT_NAMES, key=lambda unit: -UNITS[unit]):
        if count and count % UNITS[unit] == 0 and count // UNITS[unit] < MAX_COUNT:
            return f"{count // UNITS[unit]}{UNIT_NAMES[unit]}"
    return f"{count:,}" if count else "0"
