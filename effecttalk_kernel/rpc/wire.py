"""Wire: what goes over the socket: one JSON object a line each way.

{"call": "undo", "steps": 1}  ->  {"status": "ok", "text": [...]}
                              or  {"status": "error", "message": "..."}

The socket is known by its path, which may be longer than the 107 bytes that an
address has room for, see unix(7); so it is named through its directory's descriptor.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from effecttalk_kernel.errors import EffectTalkError

LONGEST_LINE: Final = 65_536


class CallError(EffectTalkError):
    """A call can't be made or answered; the message is for the user."""


class NoAnswerError(CallError):
    """The answer has not come in time."""


@contextmanager
def address(path: str) -> Iterator[str]:
    """Yield a short name of the socket at *path*.

    Raises:
        OSError: its directory is not there.

    """
    directory, name = os.path.split(path)
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def encode(message: Mapping[str, object]) -> bytes:
    """Return the line for *message*."""
    return json.dumps(message).encode() + b"\n"


def decode(line: bytes) -> dict[str, object]:
    """Return the message in *line*.

    Raises:
        CallError: it is none.

    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise CallError("this is no line of JSON") from None
    if not isinstance(message, dict):
        raise CallError("this is no JSON object")
    return message
