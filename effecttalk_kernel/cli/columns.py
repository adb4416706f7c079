"""Columns: what of a record is printed where, and as what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

Records = Sequence[Mapping[str, Any]]


class Kind(Enum):
    """What is in a column."""

    NAME = "name"  # never cut
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DURATION = "duration"
    SIZE = "size"
    PATH = "path"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the records; shown to people on terminals of *least_width* and more."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    least_width: int = 0
