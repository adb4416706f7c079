"""The messages on the socket: one line with a JSON object in each direction.

{"call": "undo", "steps": 1}  ->  {"status": "ok", "text": [...]}
                              or  {"status": "error", "message": "..."}

The path of the socket may be longer than the 107 bytes of an address, see unix(7), so the address
names it through a descriptor of its directory.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from effecttalk_kernel.errors import EffectTalkError

MAX_LINE_BYTES: Final = 65_536


class CallError(EffectTalkError):
    """A call cannot be made or is refused; the message is for the user."""


class NoAnswerError(CallError):
    """The answer did not come in time."""


@contextmanager
def short_address(path: str) -> Iterator[str]:
    """Yield a short address of the socket at *path*.

    Raises:
        OSError: its directory does not exist.

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
        CallError: the line is not a message.

    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise CallError("the message is not JSON") from None
    if not isinstance(message, dict):
        raise CallError("the message is not a JSON object")
    return message
