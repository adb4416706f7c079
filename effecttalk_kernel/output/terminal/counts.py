"""Counts: how much went over a stream, and how much of it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Size of one stream's output."""

    size_bytes: int = 0
    lines: int = 0
    left_out_bytes: int = 0


StreamCounts = Mapping[str, Count]
