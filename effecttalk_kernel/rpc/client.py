"""Call the kernel of the session in which the command runs."""

import socket
import time
from collections.abc import Mapping
from typing import Final

from effecttalk_kernel.rpc.wire import CallError, NoAnswerError, decode, encode, short_address

TIMEOUT_SECONDS: Final = 10.0


def call(
    path: str, name: str, *, timeout_seconds: float | None = TIMEOUT_SECONDS, **arguments: object
) -> Mapping[str, object]:
    """Return the answer of the kernel at *path*; without a timeout, wait as long as it takes.

    Raises:
        NoAnswerError: the kernel does not answer in time.
        CallError: there is no session or no kernel, or the kernel refuses.

    """
    if not path:
        raise CallError("not in an EffectTalk session: run this command in a notebook cell")
    try:
        line = _exchange(path, encode({"call": name, **arguments}), timeout_seconds)
    except TimeoutError:
        raise NoAnswerError(f"the kernel did not answer within {timeout_seconds:g} s") from None
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise CallError(
            f"the session's kernel does not listen at {path}: it has ended, or runs on another host"
            " or in another container"
        ) from None
    except OSError as error:
        raise CallError(f"cannot reach the session's kernel: {error.strerror}") from error
    if not line.endswith(b"\n"):
        raise CallError("the session's kernel ended without an answer")
    answer = decode(line)
    if answer.get("status") != "ok":
        raise CallError(str(answer.get("message", "the kernel refused without a reason")))
    return answer


def _exchange(path: str, request: bytes, timeout_seconds: float | None) -> bytes:
    """Send a line and return the answer, which is incomplete if the connection was closed."""
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    answer = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_seconds)
        with short_address(path) as name:
            connection.connect(name)
        connection.sendall(request)
        while not answer.endswith(b"\n"):
            if deadline is not None:
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
            data = connection.recv(65_536)
            if not data:
                break
            answer += data
    return answer
