"""StateSaver: passes on the states that shells write, and restores the one asked for."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell.dialects.bash import Snapshot

log = logging.getLogger("effecttalk.session")

# A shell writes all functions of bash-completion in 5 ms.
SAVING_SECONDS: Final = 1.0
# A child of the shell takes longer for a large state on a busy machine.
MAX_SAVING_SECONDS: Final = 30.0

# Called with the number of a block and the state after it, with 0 for the initial state.
# For a number that comes again, the last state counts.
StateListener = Callable[[int, Snapshot], None]


class StateSaver:
    """Tells a listener the state of the session after each block."""

    def __init__(self, supervisor: ShellSupervisor, listener: StateListener) -> None:
        self._supervisor = supervisor
        self._listener = listener
        self._expected = 0  # states that shells have not written yet
        self._written: asyncio.Future[None] | None = None
        self._requested: Snapshot | None = None
        self._last_number = -1
        if supervisor.snapshot.is_empty:
            self.expect()  # the initial state

    # Waiting for a state.

    def expect(self) -> None:
        """Note that a shell is about to write its state."""
        self._expected += 1
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()

    def note_state(self) -> None:
        """Note that a shell has written its state."""
        self._expected = max(0, self._expected - 1)
        if not self._expected:
            self.end_wait()

    def end_wait(self) -> None:
        """Mark the expected states as written or lost."""
        self._expected = 0
        unsaved, self._written = self._written, None
        if unsaved is not None:
            unsaved.set_result(None)

    async def wait(self) -> None:
        """Wait for the expected state, for a short time at most, or while it is written."""
        deadline = time.monotonic() + MAX_SAVING_SECONDS
        while self._written is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._written), SAVING_SECONDS)
            shell = self._supervisor.shell
            is_written = shell is not None and shell.is_state_pending
            if not is_written or time.monotonic() > deadline:
                break

    # Saving.

    def save_initial(self) -> None:
        """Save the initial state if the first shell restores one from elsewhere."""
        if self._last_number < 0 and not self._supervisor.snapshot.is_empty:
            self._tell(0, self._supervisor.snapshot)

    def save(self, number: int, state: Snapshot) -> None:
        """Save the state that a shell wrote, unless its block asked for another one."""
        if self._requested is None:
            self._tell(number, state)

    def save_last(self, number: int) -> None:
        """Save the last known state if the shell died in or after block *number* without saving."""
        if self._requested is None and self._last_number < number:
            self._tell(number, self._supervisor.snapshot)

    def _tell(self, number: int, state: Snapshot) -> None:
        self._last_number = number
        try:
            self._listener(number, state)
        except Exception as error:
            # The failure of a listener must not lose the running block.
            log.exception("observer.failed")
            self._supervisor.warn(
                f"internal error ({type(error).__name__}): the state after block {number} is not"
                " saved; please report it (see the kernel's log)"
            )

    # Restoring.

    @property
    def is_restoring(self) -> bool:
        """Whether the session gets another state when the running block has ended."""
        return self._requested is not None

    def request(self, state: Snapshot | None) -> None:
        """Restore *state* as soon as possible; None: restore none after all."""
        self._requested = state

    def restore(self, number: int) -> None:
        """Replace the shell if that was requested; *number* is the last block."""
        state, self._requested = self._requested, None
        if state is not None:
            self._supervisor.replace(state)
            self.end_wait()
            if self._last_number < number:
                self._tell(number, state)
