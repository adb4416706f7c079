"""Comms: conversations with a client besides its requests, over both channels.

See "Custom Messages" in jupyter_client's documentation. What a client may talk about is
a target; this knows the protocol, and the targets what is said.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Protocol, TypeAlias

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.output.publisher import Parent, Send

Data = Mapping[str, Any]
# What is still to be done of a command; None: nothing.
Later: TypeAlias = Coroutine[Any, Any, None] | None

OK: Final[Data] = {"status": "ok"}


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

    def commanded(self, data: Data) -> Later:
        """Carry out a command, or begin to; raises CommandError if it can't be."""

    def closed(self, identity: str) -> None:
        """Forget a client."""


class Comms:
    """The open comms of one kernel."""

    def __init__(self, targets: tuple[Target, ...], send: Send) -> None:
        self._targets = {target.name: target for target in targets}
        self._send = send
        self._open: dict[str, Target] = {}
        self._tasks: set[asyncio.Task[None]] = set()

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
        try:
            later = target.commanded(data if isinstance(data, Mapping) else {})
        except CommandError as error:
            self._tell(identity, _problem(error), parent)
            return
        if later is None:
            self._tell(identity, OK, parent)
            return
        # Whoever asks for something else meanwhile does not wait for it.
        task = asyncio.get_running_loop().create_task(self._finish(identity, later, parent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(
        self, identity: str, later: Coroutine[Any, Any, None], parent: Parent
    ) -> None:
        try:
            await later
        except EffectTalkError as error:
            self._tell(identity, _problem(error), parent)
        else:
            self._tell(identity, OK, parent)

    def close(self, content: Data, _parent: Parent) -> None:
        """Forget a comm."""
        identity = str(content.get("comm_id", ""))
        target = self._open.pop(identity, None)
        if target is not None:
            target.closed(identity)

    def _tell(self, identity: str, data: Data, parent: Parent | None = None) -> None:
        self._send("comm_msg", {"comm_id": identity, "data": data}, parent or {})


def _problem(error: EffectTalkError) -> Data:
    return {"status": "error", "message": str(error)}
