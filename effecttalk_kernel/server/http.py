"""Request: what a client asks and what it gets, without what carries them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks: *path* has the parts of the address that name something."""

    path: Mapping[str, str]
    query: Mapping[str, Sequence[bytes]]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """*length* bytes of *file* from where it stands; whoever sends them closes it."""

    file: BinaryIO
    length: int
    headers: Mapping[str, str]
