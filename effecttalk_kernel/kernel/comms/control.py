"""Control: signals and end of file for the running block, at any time.

{"command": "signal", "signal": "SIGTERM"}
{"command": "interrupt"}            SIGINT, and stronger signals if it has no effect
{"command": "end_of_file"}
"""

import signal
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.kernel.comms.manager import CommandError, Data, SendData
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT", "SIGSTOP", "SIGCONT")


class ControlComm:
    """The target `effecttalk.control`."""

    name = "effecttalk.control"

    def __init__(self, session: ShellSession) -> None:
        self._session = session
        self._commands: dict[str, Callable[[Data], None]] = {
            "signal": self._signal,
            "interrupt": lambda _: session.interrupt(),
            "end_of_file": lambda _: session.end_of_file(),
        }

    def open(self, comm_id: str, send: SendData) -> None:
        """Add a client, which gets nothing but replies."""

    def close(self, comm_id: str) -> None:
        """Remove a client."""

    def run_command(self, data: Data) -> None:
        """Run a command on the running block."""
        command = self._commands.get(str(data.get("command")))
        if command is None:
            known = ", ".join(self._commands)
            raise CommandError(f"unknown command {data.get('command')!r}; the commands are {known}")
        if not self._session.is_running:
            raise CommandError("no block is running")
        command(data)

    def _signal(self, data: Data) -> None:
        name = str(data.get("signal", ""))
        if name not in SIGNALS:
            raise CommandError(f"unknown signal {name!r}; the signals are {', '.join(SIGNALS)}")
        self._session.signal(signal.Signals[name])
