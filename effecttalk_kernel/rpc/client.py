"""Client: makes one call to the kernel of the session that the command runs in."""

import socket
import time
from collections.abc import Mapping
from typing import Final

from effecttalk_kernel.rpc.wire import CallError, NoAnswerError, address, decode, encode

TIMEOUT_SECONDS: Final = 10.0


def call(
    path: str, name: str, *, timeout_seconds: float | None = TIMEOUT_SECONDS, **arguments: object
) -> Mapping[str, object]:
    """Return what the kernel at *path* answers; None: wait for it as long as it takes.

    Raises:
        NoAnswerError: it does not answer in time.
        CallError: there is no session or no kernel, or it refuses.

    """
    if not path:
        raise CallError("this is for the cells of a notebook: there is no session here")
    try:
        line = _exchange(path, encode({"call": name, **arguments}), timeout_seconds)
    except TimeoutError:
        raise NoAnswerError(f"the kernel has not answered within {timeout_seconds:g} s") from None
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise CallError(
            f"the session's kernel does not listen at {path}: it has ended, or it is on another"
            " host or in another container"
        ) from None
    except OSError as error:
        raise CallError(f"the session's kernel can't be reached: {error.strerror}") from error
    if not line.endswith(b"\n"):
        raise CallError("the session's kernel has ended without an answer")
    answer = decode(line)
    if answer.get("status") != "ok":
        raise CallError(str(answer.get("message", "the kernel has refused and not said why")))
    return answer


def _exchange(path: str, request: bytes, timeout_seconds: float | None) -> bytes:
    """Send a line and return the one that comes back, or what there is of it."""
    end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    answer = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_seconds)
        with address(path) as name:
            connection.connect(name)
        connection.sendall(request)
        while not answer.endswith(b"\n"):
            if end is not None:
                connection.settimeout(max(end - time.monotonic(), 0.001))
            data = connection.recv(65_536)
            if not data:
                break
            answer += data
    return answer
