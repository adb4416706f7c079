"""Channels: a kernel's sockets as signed messages, all on the kernel's own loop.

See "Messaging in Jupyter" in jupyter_client's documentation. ipykernel serves
its sockets from four threads; the hops between those cost most of a short
cell's time.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import zmq
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session

from effecttalk_kernel.sockets import Sockets

Receive = Callable[[list[zmq.Frame]], None]


class Channel:
    """One socket read by the running loop, with as much of ZMQStream as a kernel uses.

    Its descriptor tells only that something changed (ZMQ_FD, zmq_getsockopt(3)),
    and a send may use that up: so both look at what is there themselves.
    """

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self._receive: Receive | None = None
        self._loop = asyncio.get_running_loop()

    def on_recv(self, receive: Receive) -> None:
        """Call *receive* with the frames of every message from now on."""
        self._receive = receive
        self._loop.add_reader(self._socket.FD, self.flush)
        self._loop.call_soon(self.flush)

    def flush(self, _events: int = 0) -> None:
        """Receive what has arrived."""
        while self._receive is not None:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            self._receive(frames)

    def send_multipart(self, parts: Sequence[bytes], copy: bool = True) -> None:
        """Send a message at once."""
        self._socket.send_multipart(parts, copy=copy)
        self._loop.call_soon(self.flush)

    def close(self) -> None:
        """Receive no more."""
        if self._receive is not None:
            self._loop.remove_reader(self._socket.FD)
            self._receive = None


class Channels:
    """The channels of a kernel, and the message session that signs what goes over them."""

    def __init__(self, sockets: Sockets) -> None:
        information = sockets.information
        self.session = Session(
            key=information.get("key", "").encode(),
            signature_scheme=information.get("signature_scheme", "hmac-sha256"),
            username="effecttalk",
        )
        self.session.pack = _packer()
        self.iopub = sockets.by_name["iopub"]
        self.stdin_socket = sockets.by_name["stdin"]
        self.shell = Channel(sockets.by_name["shell"])
        self.control = Channel(sockets.by_name["control"])
        self.stdin = Channel(self.stdin_socket)
        self._subscriptions = Channel(self.iopub)
        self._subscriptions.on_recv(self._welcome)
        self._heart = Channel(sockets.by_name["hb"])
        self._heart.on_recv(lambda frames: self._heart.send_multipart([f.bytes for f in frames]))

    def close(self) -> None:
        """Receive no more."""
        for channel in (self.shell, self.control, self.stdin, self._subscriptions, self._heart):
            channel.close()

    def _welcome(self, frames: list[zmq.Frame]) -> None:
        """Tell a new subscriber that messages reach it from now on (iopub_welcome, JEP 65)."""
        for frame in frames:
            if frame.bytes[:1] == b"\x01":
                topic = frame.bytes[1:]
                content = {"subscription": topic.decode(errors="replace")}
                self.session.send(self.iopub, "iopub_welcome", content, ident=topic or None)


def _packer() -> Callable[[Any], bytes]:
    """Return what makes JSON bytes; the session's own builds an encoder for every part."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=json_default).encode
    return lambda value: encode(value).encode("utf-8", errors="surrogateescape")
