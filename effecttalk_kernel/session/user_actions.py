"""Steering: what a user does to the block that runs: stop it, type for it, show it elsewhere."""

from signal import Signals
from typing import TYPE_CHECKING

from effecttalk_kernel.block import Block
from effecttalk_kernel.session.events import Event, Resized
from effecttalk_kernel.shell.terminal import Size

if TYPE_CHECKING:
    from effecttalk_kernel.session.run import Run


class Steering:
    """A session's side towards its user; what is meant for no block does nothing."""

    def __init__(self, interrupt_grace_seconds: float) -> None:
        self._run: Run | None = None
        self._grace_seconds = interrupt_grace_seconds

    def _tell(self, block: Block, event: Event) -> None:
        """Tell the observer."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """Whether a block runs."""
        return self._run is not None

    @property
    def is_on_terminal(self) -> bool:
        """Whether the running block is on one terminal, which a client may show."""
        return self._run is not None and self._run.block.tty

    def interrupt(self) -> None:
        """Make the running block stop; called again, the next harder step is taken at once."""
        if self._run is not None:
            self._run.stopping.interrupt(self._grace_seconds)

    def signal(self, number: Signals) -> None:
        """Send the foreground of the running block one signal."""
        if self._run is not None:
            self._run.stopping.signal(number, self._grace_seconds)

    def press(self, keys: bytes) -> None:
        """Type keys on the terminal of the running block."""
        if self._run is not None:
            self._run.asking.press(keys)

    def resize(self, size: Size) -> None:
        """Give the terminal of the running block another size."""
        if self._run is not None:
            self._run.shell.resize(size)
            self._tell(self._run.block, Resized(size))

    def attach(self, *, is_attached: bool) -> None:
        """Ask the user no questions while a terminal is shown to type in."""
        if self._run is not None:
            self._run.asking.is_attached = is_attached

    def answer(self, text: str) -> None:
        """Type the user's answer for the process that waits for input."""
        if self._run is not None:
            self._run.asking.answer(text)

    def end_of_file(self) -> None:
        """Tell the process that waits for input that there is none."""
        if self._run is not None:
            self._run.asking.end_of_file()

    def give_up_asking(self) -> None:
        """Go on as without a front end: it cannot be reached."""
        if self._run is not None:
            self._run.asking.give_up()
