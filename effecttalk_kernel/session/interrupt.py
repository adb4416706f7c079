"""Interrupt: the signals that stop a block, step by step, and those that a user sends it."""

from signal import Signals
from typing import TYPE_CHECKING, Final, Protocol

from effecttalk_kernel.block import Block, BlockEvent, SignalSent
from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.shell import Shell

if TYPE_CHECKING:
    from effecttalk_kernel.session.block_terminals import BlockTerminals
    from effecttalk_kernel.session.input_wait import InputHandler

# An interrupt takes one step after the other until the block ends, and then kills the shell.
SIGNAL_STEPS: Final = (Signals.SIGINT, Signals.SIGTERM, Signals.SIGKILL)
# After a signal the shell is back at its prompt within milliseconds.
HURRIED_PROBES: Final = 50
STOP_SECONDS: Final = 0.001
# The grace period for a program that asks endlessly, before any interrupt has set one.
ASKING_SECONDS: Final = 0.25


class Interruptible(Protocol):
    """The run that is to stop."""

    block: Block
    shell: Shell
    input: "InputHandler"
    terminals: "BlockTerminals"
    callbacks: Callbacks

    def apply(self, event: BlockEvent) -> None:
        """Note what has happened to the block."""

    def say(self, text: str) -> None:
        """Show the user a line with the block's output."""

    def look_again(self, probes: int) -> None:
        """Check soon whether the block has stopped."""


class Interrupter:
    """Sends signals to one block."""

    def __init__(self, run: Interruptible) -> None:
        self._run = run
        self._steps_taken = 0
        self._next_step: Timer | None = None
        self._pause: Timer | None = None
        self._grace_seconds = 0.0
        self.is_paused = False  # by the user, until the next signal

    def cancel(self) -> None:
        """Take no further step."""
        for timer in (self._pause, self._next_step):
            if timer is not None:
                timer.cancel()

    def interrupt(self, grace_seconds: float) -> None:
        """Take the first step, or the next one at once; more follow until the block ends."""
        if not self._run.shell.is_dead:
            self._grace_seconds = grace_seconds
            self._take_step()

    def interrupt_asking(self) -> None:
        """Stop a program that asks endlessly."""
        self.interrupt(self._grace_seconds or ASKING_SECONDS)

    def signal(self, number: Signals, grace_seconds: float) -> None:
        """Send the foreground one signal; a block that ends by it was interrupted."""
        process = self._run.shell.process
        if number is Signals.SIGINT:
            self.interrupt(grace_seconds)
        elif number is Signals.SIGSTOP:
            self.is_paused = True
            process.stop()
            self._pause_foreground()
        elif number is Signals.SIGCONT:
            self._go_on()
        else:
            self._run.apply(SignalSent(number.name))
            self._go_on()
            process.send_to_foreground(number)

    def _pause_foreground(self) -> None:
        """Stop the job after the shell: a shell that sees its job stop goes on with the cell."""
        shell = self._run.shell
        if shell.is_stopped():
            shell.process.stop_foreground()
        else:
            self._pause = self._run.callbacks.call_later(STOP_SECONDS, self._pause_foreground)

    def _go_on(self) -> None:
        self.is_paused = False
        if self._pause is not None:
            self._pause.cancel()
        self._run.shell.process.go_on()

    def _take_step(self) -> None:
        if self._next_step is not None:
            self._next_step.cancel()
        run = self._run
        process = run.shell.process
        if self._steps_taken == len(SIGNAL_STEPS):
            run.say("the block still runs: its shell is killed")
            process.send(Signals.SIGKILL)
            return
        step = SIGNAL_STEPS[self._steps_taken]
        self._steps_taken += 1
        if run.block.signals_sent:
            run.say(f"not stopped by {run.block.signals_sent[-1]}: {step.name} is sent")
        run.apply(SignalSent(step.name))
        self._go_on()
        # Nothing that was typed for the block may reach the prompt.
        run.input.stop_typing()
        run.terminals.drop_input()
        if process.terminal.foreground() != process.pid and step is Signals.SIGINT:
            # The shell must not go on with the rest of the cell.
            process.send(step)
        process.send_to_foreground(step)
        run.look_again(HURRIED_PROBES)
        self._next_step = run.callbacks.call_later(self._grace_seconds, self._take_step)
