"""Pool: the pairs of terminals that blocks write to, one for each stream.

A pair goes back when nobody has it open any more; while a background process
writes there, it stays with its block.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
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
            stdout = Terminal.open(size)
            on_failure.callback(stdout.close)
            pair = cls(stdout, Terminal.open(size))
            on_failure.pop_all()
        return pair

    @property
    def is_piped(self) -> bool:
        """Whether standard output is no terminal."""
        return not isinstance(self.stdout, Terminal)

    def streams(self) -> "tuple[tuple[Stream, Terminal | Pipe], ...]":
        """Return each stream with its terminal or pipe."""
        return (Stream.STDOUT, self.stdout), (Stream.STDERR, self.stderr)

    def prepare(self) -> None:
        """Make both ready for a block: held, no input, modes as at the start."""
        for _, terminal in self.streams():
            terminal.hold()
            terminal.reset()

    def close(self) -> None:
        """Close both."""
        for _, terminal in self.streams():
            terminal.close()


class TerminalPool:
    """Pairs that are free; opens another when there is none. Pipes are made in *directory*."""

    def __init__(self, size: TerminalSize, directory: Path, spare: int = 1) -> None:
        self._size = size
        self._directory = directory
        self._pipes = count(1)
        self._spare = spare
        self._free: list[TerminalPair] = []
        self._free_piped: list[TerminalPair] = []

    def acquire(self, *, is_piped: bool = False) -> TerminalPair:
        """Return a pair that is ready for a block, its standard output a pipe if asked for.

        Raises:
            TerminalError: no pseudo-terminal is free, or no pipe can be made.

        """
        free = self._free_piped if is_piped else self._free
        return free.pop() if free else self._open(is_piped=is_piped)

    def fill(self) -> None:
        """Open as many spare pairs as there are to be; called when nobody waits."""
        with suppress(TerminalError):  # the next block says so if there is none then either
            while len(self._free) < self._spare:
                self._free.append(self._open())

    def _open(self, *, is_piped: bool = False) -> TerminalPair:
        pair = self._open_piped() if is_piped else TerminalPair.open(self._size)
        try:
            pair.prepare()
        except OSError as error:
            pair.close()
            raise TerminalError(
                f"no terminal can be opened ({error.strerror}): end programs that hold some, or"
                " raise the limit of open files"
            ) from error
        return pair

    def _open_piped(self) -> TerminalPair:
        # Not at start: few blocks have one.
        from effecttalk_kernel.shell.pipe import Pipe

        with ExitStack() as on_failure:
            errors = Terminal.open(self._size)
            on_failure.callback(errors.close)
            pipe = Pipe.open(self._directory / f"stdout-{next(self._pipes)}")
            on_failure.pop_all()
        return TerminalPair(pipe, errors)

    def give_back(self, pair: TerminalPair) -> None:
        """Take a pair that nobody writes to any more; one that is not to be spare is closed."""
        free = self._free_piped if pair.is_piped else self._free
        if len(free) >= self._most_free(pair):
            pair.close()
            return
        try:
            pair.prepare()
        except OSError:  # no descriptor is free: the next block says so if it has none either
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
