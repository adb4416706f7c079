"""OutputReader: reads what processes write to a block's terminals.

It never waits for a consumer of the bytes: the terminal limits the speed of a program, the
notebook does not.
"""

from collections.abc import Callable

from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.pipe import Pipe
from effecttalk_kernel.shell.terminal import Terminal
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair

# How much is read from one terminal before the others get their turn; one read gives about
# 4 KiB. A block in the foreground ends after half a dozen turns, and showing the output of
# each of ten blocks in the background may take 0.2 ms per KiB.
TURN_BYTES = 65_536
BACKGROUND_TURN_BYTES = 2_048


class OutputReader:
    """Reads one pair of terminals until no process has it open any more."""

    def __init__(
        self,
        pair: TerminalPair,
        on_data: Callable[[Stream, bytes], None],
        on_closed: Callable[[], None],
        callbacks: Callbacks,
    ) -> None:
        self.pair = pair
        self._turn_bytes = TURN_BYTES
        self._on_data = on_data
        self._on_closed = on_closed
        self._callbacks = callbacks
        self._open = dict(pair.streams())
        for stream, terminal in pair.streams():
            callbacks.add_reader(terminal.master, self._read, stream, terminal)

    @property
    def is_open(self) -> bool:
        """Whether some process may still write."""
        return bool(self._open)

    def yield_to_others(self) -> None:
        """Read less at a time from now on, because the block is in the background."""
        self._turn_bytes = BACKGROUND_TURN_BYTES

    def drain(self) -> None:
        """Read everything written so far; from now on a hang-up means that no process is left."""
        for stream, terminal in list(self._open.items()):
            terminal.release()
            self._collect(stream, terminal, terminal.most_held_bytes)

    def read(self) -> None:
        """Read what was written so far without waiting for the loop."""
        for stream, terminal in list(self._open.items()):
            self._read(stream, terminal)

    def stop(self) -> None:
        """Read no more."""
        for stream in list(self._open):
            self._forget(stream)

    def _read(self, stream: Stream, terminal: Terminal | Pipe) -> None:
        was_open = self.is_open
        self._collect(stream, terminal, self._turn_bytes)
        if was_open and not self.is_open:
            self._on_closed()

    def _collect(self, stream: Stream, terminal: Terminal | Pipe, limit: int) -> None:
        chunks: list[bytes] = []
        size = 0
        while size < limit:
            data = terminal.read(limit - size)
            if not data:
                if data is None:
                    self._forget(stream)
                break
            chunks.append(data)
            size += len(data)
        if chunks:
            self._on_data(stream, b"".join(chunks))

    def _forget(self, stream: Stream) -> None:
        terminal = self._open.pop(stream)
        self._callbacks.remove_reader(terminal.master)
