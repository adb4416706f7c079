"""Channels: reads and writes a kernel's sockets on one event loop.

See "Messaging in Jupyter" in jupyter_client's documentation. ipykernel serves its
sockets from four threads; switching between them takes most of a short cell's time.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import zmq
from zmq.backend import Socket as PlainSocket

from effecttalk_kernel.kernel.messages import MessageSession
from effecttalk_kernel.kernel.sockets import Sockets

# A plain number: pyzmq's own send makes an enum member for every frame.
MORE: Final = int(zmq.SNDMORE)
Receive = Callable[[list[bytes]], None]


class Channel:
    """A socket read by the running loop, with the part of ZMQStream that a kernel uses.

    Its descriptor only signals that something has changed (ZMQ_FD, zmq_getsockopt(3)),
    and a send may consume the signal. So a send looks for received messages too.
    """

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self._receive: Receive | None = None
        self._is_receive_due = False
        self._loop = asyncio.get_running_loop()

    def on_recv(self, receive: Receive) -> None:
        """Call *receive* with the frames of every message from now on."""
        self._receive = receive
        self._loop.add_reader(self._socket.FD, self.flush)
        self._loop.call_soon(self.flush)

    def flush(self, _events: int = 0) -> None:
        """Receive all messages that have arrived."""
        while self._receive is not None:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._receive(frames)

    def send_multipart(self, parts: Sequence[bytes], copy: bool = True) -> None:
        """Send a message at once."""
        for frame in parts[:-1]:
            PlainSocket.send(self._socket, frame, MORE)
        PlainSocket.send(self._socket, parts[-1])
        if not self._is_receive_due:
            self._is_receive_due = True
            self._loop.call_soon(self._receive_after_send)

    def _receive_after_send(self) -> None:
        self._is_receive_due = False
        self.flush()

    def close(self) -> None:
        """Receive no more."""
        if self._receive is not None:
            self._loop.remove_reader(self._socket.FD)
            self._receive = None


class Channels:
    """The channels of a kernel, and the session that signs their messages."""

    def __init__(self, sockets: Sockets) -> None:
        information = sockets.information
        self.session = MessageSession(
            key=information.get("key", "").encode(),
            signature_scheme=information.get("signature_scheme", "hmac-sha256"),
        )
        self.shell = Channel(sockets.by_name["shell"])
        self.control = Channel(sockets.by_name["control"])
        self.stdin = Channel(sockets.by_name["stdin"])
        self.iopub = Channel(sockets.by_name["iopub"])
        self.iopub.on_recv(self._note_subscribers)
        self._topics = set[bytes]()
        self._heart = Channel(sockets.by_name["hb"])
        self._heart.on_recv(self._heart.send_multipart)

    def close(self) -> None:
        """Receive no more."""
        for channel in (self.shell, self.control, self.stdin, self.iopub, self._heart):
            channel.close()

    @property
    def has_subscribers(self) -> bool:
        """Whether any client subscribes to iopub."""
        return bool(self._topics)

    def _note_subscribers(self, frames: list[bytes]) -> None:
        """Tell new subscribers that they receive messages from now on (iopub_welcome, JEP 65).

        A frame of 0 and a topic says that its last subscriber is gone (zmq_socket(3), ZMQ_XPUB).
        """
        for frame in frames:
            topic = frame[1:]
            if frame[:1] == b"\x00":
                self._topics.discard(topic)
            elif frame[:1] == b"\x01":
                self._topics.add(topic)
                content = {"subscription": topic.decode(errors="replace")}
                self.session.send(self.iopub, "iopub_welcome", content, ident=topic or None)
