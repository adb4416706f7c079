"""Messages: signs, packs and reads the messages of the channels.

See "Messaging in Jupyter" in jupyter_client's documentation. The base class reads a
dozen traits for each message, makes a JSON encoder for each of its parts, parses dates
that are not used, and packs the parent's header every time. Together that takes
longer than a short cell.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

from jupyter_client.adapter import adapt
from jupyter_client.jsonutil import json_default
from jupyter_client.session import DELIM, Session

from effecttalk_kernel.errors import EffectTalkError

if TYPE_CHECKING:
    import zmq
    from zmq.eventloop.zmqstream import ZMQStream

ENCODE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=json_default).encode
# The newest version of the message protocol that is served in full.
PROTOCOL: Final = "5.4"
# Header, parent's header, metadata, content; buffers may follow.
PARTS: Final = 4


class MessageError(EffectTalkError):
    """The received frames are not a valid message of a client."""


class JupyterRequest(NamedTuple):
    """A received message, and the route for its reply."""

    route: list[bytes]
    message: dict[str, Any]

    @property
    def kind(self) -> str:
        """The message's type."""
        return str(self.message["msg_type"])


class FrameSender(Protocol):
    """Sends the frames of messages."""

    def send_multipart(self, parts: Sequence[bytes], copy: bool = True) -> object:
        """Send the frames of one message."""


class MessageSession(Session):
    """Jupyter's message session, with a fast path for ordinary messages."""

    def __init__(self, key: bytes, signature_scheme: str) -> None:
        super().__init__(key=key, signature_scheme=signature_scheme, username="effecttalk")
        self.pack = self._pack
        self._identity: str = self.session
        self._auth = self.auth
        self._parent: tuple[object, bytes] = (None, b"{}")
        self._sent = 0

    def read(self, frames: list[bytes]) -> JupyterRequest:
        """Return the message in *frames*.

        Raises:
            MessageError: its signature is invalid or was used before, or it cannot be read.

        """
        try:
            at = frames.index(DELIM)
            signature, *parts = frames[at + 1 :]
            self._verify(signature, parts[:PARTS])
            header, parent, metadata, content = map(_unpack, parts[:PARTS])
            message = {
                "header": header,
                "msg_id": header["msg_id"],
                "msg_type": header["msg_type"],
                "parent_header": parent,
                "metadata": metadata,
                "content": content,
                "buffers": [memoryview(part) for part in parts[PARTS:]],
            }
            if not header["version"].startswith("5."):
                message = adapt(message)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MessageError(f"{type(error).__name__}: {error}") from error
        return JupyterRequest(frames[:at], message)

    def _verify(self, signature: bytes, parts: list[bytes]) -> None:
        if self._auth is None:
            return
        if signature in self.digest_history:
            raise MessageError("a message was received twice")
        if not hmac.compare_digest(signature, self._signature(parts)):
            raise MessageError("a message has an invalid signature")
        self._add_digest(signature)

    def send(
        self,
        stream: "FrameSender | zmq.Socket[Any] | ZMQStream | None",
        msg_or_type: dict[str, Any] | str,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        ident: bytes | list[bytes] | None = None,
        buffers: "list[bytes | memoryview[bytes]] | None" = None,
        track: bool = False,
        header: dict[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Send a message of the given type, or a message that exists; return it."""
        if not isinstance(msg_or_type, str) or stream is None or buffers or track or header:
            # The base class only calls `send_multipart`, and only reads the mappings.
            send = cast("Callable[..., dict[str, Any] | None]", super().send)
            return send(
                stream, msg_or_type, content, parent, ident, buffers, track, header, metadata
            )
        self._sent += 1
        head = {
            "msg_id": f"{self._identity}_{self._sent}",
            "msg_type": msg_or_type,
            "username": "effecttalk",
            "session": self._identity,
            "date": datetime.now(UTC).isoformat(),
            "version": PROTOCOL,
        }
        content = content or {}
        parts = [
            self._pack(head),
            self._pack_parent(parent),
            self._pack(metadata) if metadata else b"{}",
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
        except UnicodeEncodeError:  # a client could neither decode nor save a lone surrogate
            from effecttalk_kernel.bash_quoting import escape_json

            return ENCODE(escape_json(value)).encode()

    @staticmethod
    def _pack_header(header: object) -> bytes:
        """Pack a client's own header, which it must get back as it is."""
        try:
            return ENCODE(header).encode()
        except UnicodeEncodeError:
            return json.dumps(header, default=json_default).encode()

    def _pack_parent(self, parent: Mapping[str, Any] | None) -> bytes:
        header = parent.get("header") if parent else None
        if header is None:
            return b"{}"
        if header is not self._parent[0]:
            self._parent = (header, self._pack_header(header))
        return self._parent[1]


def _unpack(part: bytes) -> Any:  # noqa: ANN401 # JSON
    return json.loads(part.decode(errors="replace"))
