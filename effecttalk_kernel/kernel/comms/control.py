"""Control: signals and end of file for the block that runs, at any time.

{"command": "signal", "signal": "SIGTERM"}
{"command": "interrupt"}            SIGINT, and harder signals when it does not help
{"command": "end_of_file"}
"""

import signal
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.kernel.comms.manager import CommandError, Data, Tell
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT", "SIGSTOP", "SIGCONT")


class Control:
    """The target `effecttalk.control`."""

    name = "effecttalk.control"

    def __init__(self, session: ShellSession) -> None:
        self._session = session
        self._commands: dict[str, Callable[[Data], None]] = {
            "signal": self._signal,
            "interrupt": lambda _: session.interrupt(),
            "end_of_file": lambda _: session.end_of_file(),
        }

    def opened(self, identity: str, tell: Tell) -> None:
        """Take a new client: nothing is said to it but answers."""

    def closed(self, identity: str) -> None:
        """Forget a client."""

    def commanded(self, data: Data) -> None:
        """Carry out a command."""
        command = self._commands.get(str(data.get("command")))
        if command is None:
            known = ", ".join(self._commands)
            raise CommandError(f"unknown command {data.get('command')!r}: known are {known}")
        if not self._session.is_running:
            raise CommandError("no block runs")
        command(data)

    def _signal(self, data: Data) -> None:
        name = str(data.get("signal", ""))
        if name not in SIGNALS:
            raise CommandError(f"unknown signal {name!r}: known are {', '.join(SIGNALS)}")
        self._session.signal(signal.Signals[name])
