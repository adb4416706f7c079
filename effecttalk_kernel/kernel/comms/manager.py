"""Comms: messages between clients and the kernel besides Jupyter's requests.

See "Custom Messages" in jupyter_client's documentation. A comm is opened for a
target. This module speaks the protocol; the targets know what the messages mean.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Protocol, TypeAlias

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.output.publisher import Parent, Send

Data = Mapping[str, Any]
# The rest of a command's work, if it takes longer; its reply is sent afterwards.
Unfinished: TypeAlias = Coroutine[Any, Any, None] | None

OK: Final[Data] = {"status": "ok"}


class CommandError(EffectTalkError):
    """A command that is invalid or cannot be run now; the message is for the client."""


class SendData(Protocol):
    """Sends data to one client of a target."""

    def __call__(self, comm_id: str, data: Data, parent: Parent | None = None) -> None:
        """Send *data* over a comm."""


class CommTarget(Protocol):
    """A subject of comms."""

    name: str

    def open(self, comm_id: str, send: SendData) -> None:
        """Add a client."""

    def run_command(self, data: Data) -> Unfinished:
        """Run a command, or start it.

        Raises:
            CommandError: it is invalid or fails.

        """

    def close(self, comm_id: str) -> None:
        """Remove a client."""


class Comms:
    """The open comms of one kernel."""

    def __init__(self, targets: tuple[CommTarget, ...], send: Send) -> None:
        self._targets = {target.name: target for target in targets}
        self._send = send
        self._open: dict[str, CommTarget] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def list_comms(self, target_name: str | None) -> dict[str, Any]:
        """Return the comms of one target or of all, in the form of a comm_info_reply."""
        return {
            comm_id: {"target_name": target.name}
            for comm_id, target in self._open.items()
            if target_name in {None, "", target.name}
        }

    def open(self, content: Data, parent: Parent) -> None:
        """Handle a comm_open; close a comm with an unknown target at once, as Jupyter requires."""
        comm_id = str(content.get("comm_id", ""))
        target = self._targets.get(str(content.get("target_name", "")))
        if target is None:
            self._send("comm_close", {"comm_id": comm_id, "data": {}}, parent)
            return
        self._open[comm_id] = target
        target.open(comm_id, self._send_data)
        if content.get("data"):
            self.message(content, parent)

    def message(self, content: Data, parent: Parent) -> None:
        """Run the command in a comm_msg, and reply with its result."""
        comm_id = str(content.get("comm_id", ""))
        target = self._open.get(comm_id)
        if target is None:
            return
        data = content.get("data")
        try:
            unfinished = target.run_command(data if isinstance(data, Mapping) else {})
        except CommandError as error:
            self._send_data(comm_id, _error_reply(error), parent)
            return
        if unfinished is None:
            self._send_data(comm_id, OK, parent)
            return
        # In a task, so that other commands do not wait for it.
        task = asyncio.get_running_loop().create_task(self._finish(comm_id, unfinished, parent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(
        self, comm_id: str, unfinished: Coroutine[Any, Any, None], parent: Parent
    ) -> None:
        try:
            await unfinished
        except EffectTalkError as error:
            self._send_data(comm_id, _error_reply(error), parent)
        else:
            self._send_data(comm_id, OK, parent)

    def close(self, content: Data, _parent: Parent) -> None:
        """Handle a comm_close."""
        comm_id = str(content.get("comm_id", ""))
        target = self._open.pop(comm_id, None)
        if target is not None:
            target.close(comm_id)

    def _send_data(self, comm_id: str, data: Data, parent: Parent | None = None) -> None:
        self._send("comm_msg", {"comm_id": comm_id, "data": data}, parent or {})


def _error_reply(error: EffectTalkError) -> Data:
    return {"status": "error", "message": str(error)}
