"""Pool: the pairs of terminals that blocks write to, one for each stream.

A pair goes back when nobody has it open any more; while a background process
writes there, it stays with its block. One whose standard output is a pipe serves
one block only.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import Size, Terminal

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


def _piped(path: Path, errors: Terminal) -> TerminalPair:
    # Not at start: few blocks have one.
    from effecttalk_kernel.shell.pipe import Pipe

    with ExitStack() as on_failure:
        on_failure.callback(errors.close)
        pair = TerminalPair(Pipe.open(str(path)), errors)
        on_failure.pop_all()
    return pair


class TerminalPool:
    """Pairs that are free; opens another when there is none."""

    def __init__(self, size: Size, spare: int = 1) -> None:
        self._size = size
        self._spare = spare
        self._free: list[TerminalPair] = []
        self._single: Terminal | None = None  # the half of a pair that had a pipe

    def acquire(self, pipe: Path | None = None) -> TerminalPair:
        """Return a pair that is ready for a block, with standard output at *pipe* if it is given.

        Raises:
            TerminalError: no pseudo-terminal is free, or no pipe can be made.

        """
        if pipe is not None:
            errors, self._single = self._single or Terminal.open(self._size), None
            return _piped(pipe, errors)
        return self._free.pop() if self._free else self._open()

    def fill(self) -> None:
        """Open as many spare pairs as there are to be; called when nobody waits."""
        with suppress(TerminalError):  # the next block says so if there is none then either
            while len(self._free) < self._spare:
                self._free.append(self._open())

    def _open(self) -> TerminalPair:
        pair = TerminalPair.open(self._size)
        try:
            pair.prepare()
        except OSError as error:
            pair.close()
            raise TerminalError(
                f"no terminal can be opened ({error.strerror}): end programs that hold some, or"
                " raise the limit of open files"
            ) from error
        return pair

    def give_back(self, pair: TerminalPair) -> None:
        """Take a pair that nobody writes to any more; one that is not to be spare is closed."""
        if pair.is_piped:
            pair.stdout.close()
            self._give_back_single(pair.stderr)
            return
        if len(self._free) >= self._spare:
            pair.close()
            return
        try:
            pair.prepare()
        except OSError:  # no descriptor is free: the next block says so if it has none either
            pair.close()
        else:
            self._free.append(pair)

    def _give_back_single(self, terminal: Terminal) -> None:
        if self._single is not None:
            terminal.close()
            return
        try:
            terminal.hold()
            terminal.reset()
        except OSError:
            terminal.close()
        else:
            self._single = terminal

    def close(self) -> None:
        """Close every free pair."""
        while self._free:
            self._free.pop().close()
        single, self._single = self._single, None
        if single is not None:
            single.close()
