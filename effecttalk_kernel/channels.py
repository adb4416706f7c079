"""Channels: a kernel's sockets as streams of signed messages, all on the kernel's own loop.

See "Messaging in Jupyter" in jupyter_client's documentation. ipykernel serves
them from four threads; the hops between those cost most of a short cell's time.
"""

from jupyter_client.session import Session
from zmq.eventloop.zmqstream import ZMQStream

from effecttalk_kernel.sockets import Sockets


class Channels:
    """The streams of a kernel, and the message session that signs what goes over them."""

    def __init__(self, sockets: Sockets) -> None:
        information = sockets.information
        self.session = Session(
            key=information.get("key", "").encode(),
            signature_scheme=information.get("signature_scheme", "hmac-sha256"),
            username="effecttalk",
        )
        self.iopub = sockets.by_name["iopub"]
        self.shell = ZMQStream(sockets.by_name["shell"])
        self.control = ZMQStream(sockets.by_name["control"])
        self.stdin = ZMQStream(sockets.by_name["stdin"])
        heart = ZMQStream(sockets.by_name["hb"])
        heart.on_recv(heart.send_multipart)
        ZMQStream(self.iopub).on_recv(self._welcome)

    def _welcome(self, frames: list[bytes]) -> None:
        """Tell a new subscriber that messages reach it from now on (iopub_welcome, JEP 65)."""
        for frame in frames:
            if frame[:1] == b"\x01":
                topic = frame[1:].decode(errors="replace")
                message = self.session.msg("iopub_welcome", {"subscription": topic})
                self.session.send(self.iopub, message, ident=frame[1:] or None)
