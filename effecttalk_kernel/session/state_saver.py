"""Saving: the states of a session as its shells write them, and the one it is to have next."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell.dialects.bash import Snapshot

log = logging.getLogger("effecttalk.session")

# All of bash-completion's functions are written in 5 ms.
SAVING_SECONDS: Final = 1.0

# Told the number of a block and the state after it, 0 and the state of the beginning.
# A number may come again: what counts is what was told last.
StateListener = Callable[[int, Snapshot], None]


class StateSaver:
    """Tells a listener which state the session has after each block."""

    def __init__(self, supervisor: ShellSupervisor, listener: StateListener) -> None:
        self._supervisor = supervisor
        self._listener = listener
        self._unsaved: asyncio.Future[None] | None = None
        self._wanted: Snapshot | None = None
        self._last_told = -1
        if not supervisor.snapshot.written:
            self.expect()  # the state of the beginning

    # What is being written.

    def expect(self) -> None:
        """Note that a shell writes its state next."""
        if self._unsaved is None:
            self._unsaved = asyncio.get_running_loop().create_future()

    def end(self) -> None:
        """Note that it has written it, or never will."""
        unsaved, self._unsaved = self._unsaved, None
        if unsaved is not None:
            unsaved.set_result(None)

    async def wait(self) -> None:
        """Wait until the state that is expected is there, but not long."""
        if self._unsaved is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._unsaved), SAVING_SECONDS)

    # What is told.

    def begun(self) -> None:
        """Take note of a first shell that begins with a state from elsewhere."""
        if self._last_told < 0 and self._supervisor.snapshot.written:
            self._tell(0, self._supervisor.snapshot)

    def taken(self, number: int, state: Snapshot) -> None:
        """Take what a shell wrote, unless its block has asked for another state."""
        if self._wanted is None:
            self._tell(number, state)

    def lost(self, number: int) -> None:
        """Take note that a shell ended in or after block *number*, perhaps without a word."""
        if self._wanted is None and self._last_told < number:
            self._tell(number, self._supervisor.snapshot)

    def _tell(self, number: int, state: Snapshot) -> None:
        self._last_told = number
        try:
            self._listener(number, state)
        except Exception:
            # An observer's failure must not lose the block that is running.
            log.exception("observer.failed")

    # What is restored.

    @property
    def is_restoring(self) -> bool:
        """Whether the session is to have another state when the block that runs has ended."""
        return self._wanted is not None

    def want(self, state: Snapshot | None) -> None:
        """Have the session go on in *state* when it can."""
        self._wanted = state

    def restore(self, number: int) -> None:
        """Replace the shell; *number* is the block that asked for it, or the last one."""
        state, self._wanted = self._wanted, None
        if state is not None:
            self._supervisor.replace(state)
            self.end()
            if self._last_told < number:
                self._tell(number, state)
