"""Sockets: the sockets of a kernel, bound before other packages are imported.

A client tries to connect every 100 ms, so binding early makes the kernel start
faster. This module imports only zmq.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import zmq

# How long closing waits for the last messages to be sent.
LINGER_MILLISECONDS: Final = 1_000
NAMES: Final = ("shell", "control", "stdin", "iopub", "hb")


class Sockets:
    """The five bound sockets, and the content of the connection file."""

    def __init__(self, information: Mapping[str, Any]) -> None:
        self._context: zmq.Context[Any] = zmq.Context()
        self.information = dict(information)
        self.by_name = {name: self._bind(name) for name in NAMES}

    def close(self) -> None:
        """Close all sockets after their last messages are sent."""
        for socket in self.by_name.values():
            socket.close(LINGER_MILLISECONDS)
        self._context.term()

    def _bind(self, name: str) -> "zmq.Socket[Any]":
        socket: zmq.Socket[Any] = self._context.socket(zmq.XPUB if name == "iopub" else zmq.ROUTER)
        socket.linger = LINGER_MILLISECONDS
        if name in {"shell", "control", "stdin"}:
            # A client may reconnect with its old identity.
            socket.router_handover = 1
        if name == "stdin":
            # A question to a client that is not connected must raise an error, not get lost.
            socket.router_mandatory = 1
        if secret := self.information.get("curve_secretkey"):
            socket.curve_secretkey = secret.encode()
            socket.curve_publickey = self.information["curve_publickey"].encode()
            socket.curve_server = True
        transport = self.information.get("transport", "tcp")
        interface = f"{transport}://{self.information.get('ip', '127.0.0.1')}"
        port = self.information.get(f"{name}_port", 0)
        if port:
            socket.bind(f"{interface}{':' if transport == 'tcp' else '-'}{port}")
        else:
            self.information[f"{name}_port"] = socket.bind_to_random_port(interface)
        return socket


@contextmanager
def bind_sockets(connection_file: str) -> Iterator[Sockets]:
    """Bind the sockets of *connection_file*; without one, write one with free ports.

    Raises:
        SystemExit: the file cannot be read, or an address is in use.

    """
    path = connection_file or _new_path()
    try:
        sockets = Sockets(_read(path) if connection_file else _new_content())
    except (OSError, ValueError, zmq.ZMQError) as error:
        raise SystemExit(f"effecttalk: cannot use the connection file {path}: {error}") from error
    if not connection_file:
        _write_private(path, sockets.information)
        sys.stderr.write(f"effecttalk: to connect a client, use --existing {path}\n")
    try:
        yield sockets
    finally:
        sockets.close()
        if not connection_file:
            os.unlink(path)  # noqa: PTH108 # importing pathlib takes longer than binding


def _read(path: str) -> Mapping[str, Any]:
    with open(path, "rb") as file:  # noqa: PTH123
        content: dict[str, Any] = json.load(file)
    return content


def _new_path() -> str:
    from jupyter_core.paths import jupyter_runtime_dir

    return f"{jupyter_runtime_dir()}/kernel-{os.urandom(8).hex()}.json"


def _new_content() -> Mapping[str, Any]:
    return {
        "transport": "tcp",
        "ip": "127.0.0.1",
        "key": os.urandom(16).hex(),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "effecttalk",
    }


def _write_private(path: str, information: Mapping[str, Any]) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(information), file, indent=1)
