"""Comms: conversations with a client besides its requests, over both channels.

See "Custom Messages" in jupyter_client's documentation. What a client may talk about is
a target; this knows the protocol, and the targets what is said.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.publisher import Parent, Send

Data = Mapping[str, Any]


class CommandError(EffectTalkError):
    """A command that can't be carried out; the message says why."""


class Tell(Protocol):
    """How a target says something to one of its clients."""

    def __call__(self, identity: str, data: Data, parent: Parent | None = None) -> None:
        """Send *data* over a comm."""


class Target(Protocol):
    """What a client may talk about."""

    name: str

    def opened(self, identity: str, tell: Tell) -> None:
        """Take a new client."""

    def commanded(self, data: Data) -> None:
        """Carry out a command; raises CommandError if it can't be."""

    def closed(self, identity: str) -> None:
        """Forget a client."""


class Comms:
    """The open comms of one kernel."""

    def __init__(self, targets: tuple[Target, ...], send: Send) -> None:
        self._targets = {target.name: target for target in targets}
        self._send = send
        self._open: dict[str, Target] = {}

    def information(self, target_name: str | None) -> dict[str, Any]:
        """Return the comms as a comm_info_reply has them, those of one target or all."""
        return {
            identity: {"target_name": target.name}
            for identity, target in self._open.items()
            if target_name in {None, "", target.name}
        }

    def open(self, content: Data, parent: Parent) -> None:
        """Take a comm_open; one of an unknown target is closed at once, as Jupyter asks."""
        identity = str(content.get("comm_id", ""))
        target = self._targets.get(str(content.get("target_name", "")))
        if target is None:
            self._send("comm_close", {"comm_id": identity, "data": {}}, parent)
            return
        self._open[identity] = target
        target.opened(identity, self._tell)
        if content.get("data"):
            self.message(content, parent)

    def message(self, content: Data, parent: Parent) -> None:
        """Let the target do what it is told, and say what came of it."""
        identity = str(content.get("comm_id", ""))
        target = self._open.get(identity)
        if target is None:
            return
        data = content.get("data")
        answer: Data = {"status": "ok"}
        try:
            target.commanded(data if isinstance(data, Mapping) else {})
        except CommandError as error:
            answer = {"status": "error", "message": str(error)}
        self._tell(identity, answer, parent)

    def close(self, content: Data, _parent: Parent) -> None:
        """Forget a comm."""
        identity = str(content.get("comm_id", ""))
        target = self._open.pop(identity, None)
        if target is not None:
            target.closed(identity)

    def _tell(self, identity: str, data: Data, parent: Parent | None = None) -> None:
        self._send("comm_msg", {"comm_id": identity, "data": data}, parent or {})
