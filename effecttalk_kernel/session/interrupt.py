"""Stopping: how a block is made to stop, step by step, and what a user sends it."""

import asyncio
import signal
from typing import Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.session.input import InputHandler
from effecttalk_kernel.session.signals import Ladder
from effecttalk_kernel.shell.shell import Shell

# After a signal the shell is back at its prompt within milliseconds.
HURRIED_PROBES: Final = 50
STOP_SECONDS: Final = 0.001
# For a program that asks for ever, before anybody has interrupted it.
ASKER_SECONDS: Final = 1.0


class Stoppable(Protocol):
    """The run that is to stop."""

    block: Block
    shell: Shell
    asking: InputHandler

    def say(self, text: str) -> None:
        """Tell the user something."""

    def look_again(self, probes: int) -> None:
        """Look soon whether it has stopped."""


class Interrupter:
    """Signals for one block."""

    def __init__(self, run: Stoppable) -> None:
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._ladder: Ladder | None = None
        self._step: asyncio.TimerHandle | None = None
        self._pausing: asyncio.TimerHandle | None = None
        self._grace_seconds = 0.0

    def cancel(self) -> None:
        """Take no further step."""
        for timer in (self._pausing, self._step):
            if timer is not None:
                timer.cancel()

    def interrupt(self, grace_seconds: float) -> None:
        """Take the first step of the ladder, or the next one at once."""
        if self._run.shell.is_dead:
            return
        self._grace_seconds = grace_seconds
        self._ladder = self._ladder or Ladder()
        self._climb(self._ladder)

    def interrupt_asker(self) -> None:
        """Make a program stop that asks for ever."""
        self.interrupt(self._grace_seconds or ASKER_SECONDS)

    def signal(self, number: signal.Signals, grace_seconds: float) -> None:
        """Send the foreground one signal; what it ends was interrupted by the user."""
        process = self._run.shell.process
        if number is signal.SIGINT:
            self.interrupt(grace_seconds)
        elif number is signal.SIGSTOP:
            process.stop()
            self._pause_foreground()
        elif number is signal.SIGCONT:
            self._go_on()
        else:
            self._run.block = self._run.block.with_signal(number.name)
            self._go_on()
            process.send_to_foreground(number)

    def _pause_foreground(self) -> None:
        """Stop the job once the shell has stopped: it would see that, and go on with the cell."""
        shell = self._run.shell
        if shell.is_stopped():
            shell.process.stop_foreground()
        else:
            self._pausing = self._loop.call_later(STOP_SECONDS, self._pause_foreground)

    def _go_on(self) -> None:
        if self._pausing is not None:
            self._pausing.cancel()
        self._run.shell.process.go_on()

    def _climb(self, ladder: Ladder) -> None:
        if self._step is not None:
            self._step.cancel()
        run = self._run
        process = run.shell.process
        if ladder.is_exhausted:
            run.say("the block still runs: its shell is killed")
            process.send(signal.SIGKILL)
            return
        step = ladder.next_step()
        if run.block.signals_sent:
            run.say(f"not stopped by {run.block.signals_sent[-1]}: {step.name} is sent")
        run.block = run.block.with_signal(step.name)
        self._go_on()
        # Nothing that was typed for the block may reach the prompt.
        run.asking.stop_typing()
        process.terminal.drop_input()
        if process.terminal.foreground() != process.pid and step is signal.SIGINT:
            # The shell must not go on with the rest of the cell.
            process.send(step)
        process.send_to_foreground(step)
        run.look_again(HURRIED_PROBES)
        self._step = self._loop.call_later(self._grace_seconds, self._climb, ladder)
