"""A client of one of the kernel's comm targets."""

import uuid
from typing import Any

from tests.support.notebook import Cell, Notebook


class Comm:
    """A comm of a notebook; on the shell channel, or on the control channel."""

    def __init__(self, notebook: Notebook, target: str, channel: str = "shell") -> None:
        self._notebook = notebook
        self._send = notebook.control if channel == "control" else notebook.request
        self._identity = uuid.uuid4().hex
        self._tell("comm_open", {"target_name": target})

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the kernel said over it, in its order."""
        cells = self._notebook._requests.values()
        messages = [*self._notebook.strays, *(m for cell in cells for m in cell.messages)]
        messages.sort(key=lambda message: message["header"]["date"])
        contents = [m["content"] for m in messages if m["msg_type"] == "comm_msg"]
        return [c["data"] for c in contents if c["comm_id"] == self._identity]

    def say(self, **data: Any) -> dict[str, Any]:
        """Send a command and return the answer to it."""
        cell = self._tell("comm_msg", {}, data)
        self._notebook.wait(lambda: _answers(cell), f"an answer to {data}")
        [answer] = _answers(cell)
        return answer

    def close(self) -> None:
        self._tell("comm_close", {})

    def _tell(self, kind: str, content: dict[str, Any], data: Any = None) -> Cell:
        content = {"comm_id": self._identity, "data": data or {}, **content}
        cell = self._send(kind, content)
        self._notebook.wait(lambda: "idle" in cell.states, f"the end of {kind}")
        return cell


def _answers(cell: Cell) -> list[dict[str, Any]]:
    return [c["data"] for c in cell.contents("comm_msg") if "status" in c["data"]]
