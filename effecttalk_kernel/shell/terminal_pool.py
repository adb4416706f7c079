"""Terminal pool: the terminals that blocks write to, one for each output stream.

A pair is returned when no process has it open any more; while a background process writes
to it, it stays with its block.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize

if TYPE_CHECKING:
    from effecttalk_kernel.shell.pipe import Pipe


class Stream(StrEnum):
    """The two output streams of a block."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True, slots=True)
class TerminalPair:
    """The two terminals of one block, or a pipe and a terminal."""

    stdout: "Terminal | Pipe"
    stderr: Terminal

    @classmethod
    def open(cls, size: TerminalSize) -> Self:
        """Open both, or none.

        Raises:
            TerminalError: no pseudo-terminal is free.

        """
        with ExitStack() as on_failure:
            # Echo, because a program that asks for a password turns it off.
            stdout = Terminal.open(size, echo=True)
            on_failure.callback(stdout.close)
            pair = cls(stdout, Terminal.open(size, echo=True))
            on_failure.pop_all()
        return pair

    @property
    def is_piped(self) -> bool:
        """Whether standard output is a pipe."""
        return not isinstance(self.stdout, Terminal)

    def streams(self) -> "tuple[tuple[Stream, Terminal | Pipe], ...]":
        """Return each stream with its terminal or pipe."""
        return (Stream.STDOUT, self.stdout), (Stream.STDERR, self.stderr)

    def terminals(self) -> tuple[Terminal, ...]:
        """Return those that are terminals."""
        return tuple(each for _, each in self.streams() if isinstance(each, Terminal))

    def prepare(self, size: TerminalSize) -> None:
        """Make both ready for a block: held, without input, with the initial modes and *size*."""
        for each in self.terminals():
            each.resize(size)
        for _, terminal in self.streams():
            terminal.hold()
            terminal.reset()

    def close(self) -> None:
        """Close both."""
        for _, terminal in self.streams():
            terminal.close()


class TerminalPool:
    """Free pairs; opens another if there is none."""

    def __init__(self, size: TerminalSize, spare: int = 1) -> None:
        self._size = size
        self._spare = spare
        self._free: list[TerminalPair] = []
        self._free_piped: list[TerminalPair] = []

    def acquire(self, *, is_piped: bool = False) -> TerminalPair:
        """Return a pair that is ready for a block; with *is_piped*, its standard output is a pipe.

        Raises:
            TerminalError: no pseudo-terminal or no descriptor is free.

        """
        free = self._free_piped if is_piped else self._free
        return free.pop() if free else self._open(is_piped=is_piped)

    def fill(self) -> None:
        """Open the spare pairs; called while the session is idle."""
        with suppress(TerminalError):  # the next block reports it, if it lasts
            while len(self._free) < self._spare:
                self._free.append(self._open())

    def _open(self, *, is_piped: bool = False) -> TerminalPair:
        pair = self._open_piped() if is_piped else TerminalPair.open(self._size)
        try:
            pair.prepare(self._size)
        except OSError as error:
            pair.close()
            raise TerminalError(
                f"cannot open a terminal ({error.strerror}): end programs that hold terminals, or"
                " raise the limit of open files"
            ) from error
        return pair

    def _open_piped(self) -> TerminalPair:
        # Imported here because few blocks have one.
        from effecttalk_kernel.shell.pipe import Pipe

        with ExitStack() as on_failure:
            errors = Terminal.open(self._size, echo=True)
            on_failure.callback(errors.close)
            pipe = Pipe.open()
            on_failure.pop_all()
        return TerminalPair(pipe, errors)

    def give_back(self, pair: TerminalPair) -> None:
        """Take back a pair to which no process writes; close it if there are enough."""
        free = self._free_piped if pair.is_piped else self._free
        if len(free) >= self._most_free(pair):
            pair.close()
            return
        try:
            pair.prepare(self._size)
        except OSError:  # no descriptor is free; the next block reports it, if it lasts
            pair.close()
        else:
            free.append(pair)

    def _most_free(self, pair: TerminalPair) -> int:
        return min(self._spare, 1) if pair.is_piped else self._spare

    def close(self) -> None:
        """Close every free pair."""
        for free in (self._free, self._free_piped):
            while free:
                free.pop().close()
