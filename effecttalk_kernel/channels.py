"""Channels: the five sockets of a kernel, all on the kernel's own loop.

See "Connection files" and "Messaging in Jupyter" in jupyter_client's
documentation. ipykernel serves them from four threads; the hops between those
cost most of a short cell's time.
"""

import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import zmq
from jupyter_client.session import Session
from jupyter_core.paths import jupyter_runtime_dir
from zmq.eventloop.zmqstream import ZMQStream

# Milliseconds that closing waits for the last messages to leave.
LINGER_MILLISECONDS: Final = 1_000
NAMES: Final = ("shell", "control", "stdin", "iopub", "hb")
TYPES: Final = {"iopub": zmq.XPUB}


class Channels:
    """Bound sockets and the message session that signs what goes over them."""

    def __init__(self, information: Mapping[str, Any]) -> None:
        self._information = dict(information)
        self._context: zmq.Context[Any] = zmq.Context()
        self.session = Session(
            key=information.get("key", "").encode(),
            signature_scheme=information.get("signature_scheme", "hmac-sha256"),
            username="effecttalk",
        )
        self.sockets = {name: self._bind(name) for name in NAMES}
        self.streams: dict[str, ZMQStream] = {}

    @property
    def information(self) -> Mapping[str, Any]:
        """The connection file's content, with the ports that were bound."""
        return self._information

    def open_streams(self) -> None:
        """Serve the sockets from the running loop; the heart beats from here on."""
        self.streams = {
            name: ZMQStream(self.sockets[name]) for name in ("shell", "control", "stdin", "hb")
        }
        self.streams["hb"].on_recv(self.streams["hb"].send_multipart)
        ZMQStream(self.sockets["iopub"]).on_recv(self._welcome)

    def close(self) -> None:
        """Close all sockets once what they hold has left."""
        for socket in self.sockets.values():
            socket.close(LINGER_MILLISECONDS)
        self._context.term()

    def _bind(self, name: str) -> "zmq.Socket[Any]":
        socket = self._context.socket(TYPES.get(name, zmq.ROUTER))
        socket.linger = LINGER_MILLISECONDS
        if name != "iopub" and name != "hb":
            # A client that reconnects with its old identity takes over.
            socket.router_handover = 1
        if secret := self._information.get("curve_secretkey"):
            socket.curve_secretkey = secret.encode()
            socket.curve_publickey = self._information["curve_publickey"].encode()
            socket.curve_server = True
        transport = self._information.get("transport", "tcp")
        interface = f"{transport}://{self._information.get('ip', '127.0.0.1')}"
        port = self._information.get(f"{name}_port", 0)
        if port:
            socket.bind(f"{interface}{':' if transport == 'tcp' else '-'}{port}")
        else:
            self._information[f"{name}_port"] = socket.bind_to_random_port(interface)
        return socket

    def _welcome(self, frames: list[bytes]) -> None:
        """Tell a new subscriber that messages reach it from now on (iopub_welcome, JEP 65)."""
        for frame in frames:
            if frame[:1] == b"\x01":
                topic = frame[1:].decode(errors="replace")
                message = self.session.msg("iopub_welcome", {"subscription": topic})
                self.session.send(self.sockets["iopub"], message, ident=frame[1:] or None)


@contextmanager
def connected(connection_file: str) -> Iterator[Channels]:
    """Bind what *connection_file* says; without one, write one with free ports.

    Raises:
        SystemExit: the file can't be read, or an address is taken.

    """
    path = Path(connection_file or _new_path())
    try:
        channels = Channels(json.loads(path.read_text()) if connection_file else _new_content())
    except (OSError, ValueError, zmq.ZMQError) as error:
        raise SystemExit(f"effecttalk: cannot serve the connection file {path}: {error}") from error
    if not connection_file:
        _write_private(path, channels.information)
        sys.stderr.write(f"effecttalk: connect a client with --existing {path.name}\n")
    try:
        yield channels
    finally:
        channels.close()
        if not connection_file:
            path.unlink(missing_ok=True)


def _new_path() -> Path:
    return Path(jupyter_runtime_dir()) / f"kernel-{secrets.token_hex(8)}.json"


def _new_content() -> Mapping[str, Any]:
    return {
        "transport": "tcp",
        "ip": "127.0.0.1",
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "effecttalk",
    }


def _write_private(path: Path, information: Mapping[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(information), indent=1), encoding="utf-8")
