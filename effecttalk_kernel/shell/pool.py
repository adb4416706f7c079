"""Pool: the pairs of terminals that blocks write to, one for each stream.

A pair goes back when nobody has it open any more; while a background process
writes there, it stays with its block.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import Size, Terminal


class Stream(StrEnum):
    """The two output streams of a block."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True, slots=True)
class TerminalPair:
    """The two terminals of one block."""

    stdout: Terminal
    stderr: Terminal

    @classmethod
    def open(cls, size: Size) -> Self:
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

    def streams(self) -> tuple[tuple[Stream, Terminal], ...]:
        """Return each stream with its terminal."""
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
    """Pairs that are free; opens another when there is none."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._free: list[TerminalPair] = []

    def acquire(self) -> TerminalPair:
        """Return a pair that is ready for a block.

        Raises:
            TerminalError: no pseudo-terminal is free.

        """
        if self._free:
            return self._free.pop()
        pair = TerminalPair.open(self._size)
        try:
            pair.prepare()
        except OSError as error:
            pair.close()
            raise TerminalError(f"no terminal can be opened: {error.strerror}") from error
        return pair

    def give_back(self, pair: TerminalPair) -> None:
        """Take a pair that nobody writes to any more; a second spare one is closed."""
        if self._free:
            pair.close()
            return
        try:
            pair.prepare()
        except OSError:  # no descriptor is free: the next block says so if it has none either
            pair.close()
        else:
            self._free.append(pair)

    def close(self) -> None:
        """Close every free pair."""
        while self._free:
            self._free.pop().close()
