"""Channels: a kernel's sockets as signed messages, all on the kernel's own loop.

See "Messaging in Jupyter" in jupyter_client's documentation. ipykernel serves
its sockets from four threads; the hops between those cost most of a short
cell's time.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import zmq
from jupyter_client.jsonutil import json_default
from jupyter_client.session import DELIM, Session, protocol_version

from effecttalk_kernel.sockets import Sockets

ENCODE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=json_default).encode
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


class MessageSession(Session):  # type: ignore[misc]
    """Signs and sends messages; what a kernel sends for every cell takes a short path.

    The base class looks at a dozen configurable traits for each message, makes a
    JSON encoder for each of its parts, and packs the parent's header anew.
    """

    def __init__(self, key: bytes, signature_scheme: str) -> None:
        super().__init__(key=key, signature_scheme=signature_scheme, username="effecttalk")
        self.pack = self._pack
        self._identity: str = self.session
        self._auth = self.auth
        self._parent: tuple[object, bytes] = (None, b"{}")
        self._sent = 0

    def send(
        self,
        stream: "Channel | zmq.Socket[bytes]",
        msg_or_type: object,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        ident: bytes | list[bytes] | None = None,
        buffers: object = None,
        track: bool = False,
        header: object = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> object:
        """Send a message of a type, or an old one again; returns it."""
        if not isinstance(msg_or_type, str) or buffers or track or header:
            return super().send(
                stream, msg_or_type, content, parent, ident, buffers, track, header, metadata
            )
        self._sent += 1
        head = {
            "msg_id": f"{self._identity}_{self._sent}",
            "msg_type": msg_or_type,
            "username": "effecttalk",
            "session": self._identity,
            "date": datetime.now(UTC).isoformat(),
            "version": protocol_version,
        }
        content = content or {}
        parts = [
            self._pack(head),
            self._pack_parent(parent),
            self._pack(metadata or {}),
            self._pack(content),
        ]
        route = ident if isinstance(ident, list) else [ident] if ident else []
        stream.send_multipart([*route, DELIM, self._signature(parts), *parts])
        return {"header": head, "msg_type": msg_or_type, "content": content}

    def _signature(self, parts: list[bytes]) -> bytes:
        if self._auth is None:
            return b""
        digest = self._auth.copy()
        digest.update(b"".join(parts))
        return bytes(digest.hexdigest(), "ascii")

    @staticmethod
    def _pack(value: object) -> bytes:
        try:
            return ENCODE(value).encode()
        except UnicodeEncodeError:  # half of a surrogate pair, from the client
            return json.dumps(value, default=json_default).encode()

    def _pack_parent(self, parent: Mapping[str, Any] | None) -> bytes:
        header = parent.get("header") if parent else None
        if header is None:
            return b"{}"
        if header is not self._parent[0]:
            self._parent = (header, self._pack(header))
        return self._parent[1]


class Channels:
    """The channels of a kernel, and the message session that signs what goes over them."""

    def __init__(self, sockets: Sockets) -> None:
        information = sockets.information
        self.session = MessageSession(
            key=information.get("key", "").encode(),
            signature_scheme=information.get("signature_scheme", "hmac-sha256"),
        )
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
