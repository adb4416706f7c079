"""Requests and replies, independent of tornado."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request; *path* has the values of the variable parts of the address."""

    path: Mapping[str, str]
    query: Mapping[str, Sequence[bytes]]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its whole body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A reply of *length* bytes of an open file; the sender closes it."""

    file: BinaryIO
    length: int
    headers: Mapping[str, str]
