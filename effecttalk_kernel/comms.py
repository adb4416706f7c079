"""Comms: what a client tells the block that runs, besides its answers.

A comm of the target `effecttalk.control` takes commands at any time, over the shell
channel and over the control channel; see "Custom Messages" in jupyter_client's
documentation. What it sends back is `{"status": "ok"}`, or `"error"` and a message.

    {"command": "signal", "signal": "SIGTERM"}
    {"command": "interrupt"}            SIGINT, and harder signals when it does not help
    {"command": "end_of_file"}
"""

import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

from effecttalk_kernel.publisher import Parent, Send
from effecttalk_kernel.session.session import Session

TARGET: Final = "effecttalk.control"
SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT", "SIGSTOP", "SIGCONT")


class CommandError(Exception):
    """A command that can't be carried out; the message says why."""


class ControlComms:
    """The open comms of one kernel."""

    def __init__(self, session: Session, send: Send) -> None:
        self._session = session
        self._send = send
        self._open: set[str] = set()
        self._commands: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "signal": self._signal,
            "interrupt": lambda _: session.interrupt(),
            "end_of_file": lambda _: session.end_of_file(),
        }

    @property
    def information(self) -> dict[str, Any]:
        """The comms as a comm_info_reply has them."""
        return {identity: {"target_name": TARGET} for identity in self._open}

    def open(self, content: Mapping[str, Any], parent: Parent) -> None:
        """Take a comm_open; one of another target is closed at once, as Jupyter asks."""
        identity = str(content.get("comm_id", ""))
        if content.get("target_name") != TARGET:
            self._send("comm_close", {"comm_id": identity, "data": {}}, parent)
            return
        self._open.add(identity)
        if content.get("data"):
            self.message(content, parent)

    def message(self, content: Mapping[str, Any], parent: Parent) -> None:
        """Carry out a command and say what came of it."""
        identity = str(content.get("comm_id", ""))
        if identity not in self._open:
            return
        data = content.get("data")
        answer: dict[str, Any] = {"status": "ok"}
        try:
            self._carry_out(data if isinstance(data, Mapping) else {})
        except CommandError as error:
            answer = {"status": "error", "message": str(error)}
        self._send("comm_msg", {"comm_id": identity, "data": answer}, parent)

    def close(self, content: Mapping[str, Any], _parent: Parent) -> None:
        """Forget a comm."""
        self._open.discard(str(content.get("comm_id", "")))

    def _carry_out(self, data: Mapping[str, Any]) -> None:
        command = self._commands.get(str(data.get("command")))
        if command is None:
            known = ", ".join(self._commands)
            raise CommandError(f"unknown command {data.get('command')!r}: known are {known}")
        if not self._session.is_running:
            raise CommandError("no block runs")
        command(data)

    def _signal(self, data: Mapping[str, Any]) -> None:
        name = str(data.get("signal", ""))
        if name not in SIGNALS:
            raise CommandError(f"unknown signal {name!r}: known are {', '.join(SIGNALS)}")
        self._session.signal(signal.Signals[name])
