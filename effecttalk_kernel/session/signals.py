"""Ladder: how a block is made to stop: interrupt, terminate, kill, then the shell itself."""

from signal import Signals
from typing import Final

# What the user reads when a step had no effect on the one before.
STEPS: Final = (Signals.SIGINT, Signals.SIGTERM, Signals.SIGKILL)


class Ladder:
    """The steps taken for one interrupt; asks for the next until the block has ended."""

    def __init__(self) -> None:
        self._taken = 0

    def next_step(self) -> Signals:
        """Return the signal for the foreground process group now."""
        step = STEPS[min(self._taken, len(STEPS) - 1)]
        self._taken += 1
        return step

    @property
    def is_exhausted(self) -> bool:
        """Whether every signal was sent: what is left is to kill the shell."""
        return self._taken >= len(STEPS)
