"""The columns of a table: which fields of a record are printed, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

Records = Sequence[Mapping[str, Any]]


class Kind(Enum):
    """What a column contains, which decides its format."""

    NAME = "name"  # never truncated
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DURATION = "duration"
    SIZE = "size"
    PATH = "path"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the records; a narrower terminal than *min_width* does not show it."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    min_width: int = 0
