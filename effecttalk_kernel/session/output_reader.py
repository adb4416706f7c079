"""OutputReader: reads what processes write to a block's terminals.

It never waits for a consumer of the bytes: the terminal limits the speed of a program, the
notebook does not.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair
from effecttalk_kernel.shell.write_order import WriteOrder

# How much is read from one terminal before the others get their turn; one read gives about
# 4 KiB. A block in the foreground ends after half a dozen turns, and showing the output of
# each of ten blocks in the background may take 0.2 ms per KiB.
TURN_BYTES = 65_536
BACKGROUND_TURN_BYTES = 2_048
# The name of the control terminal in the order of writes.
CONTROL: Final = "control"
# In a flood, each piece costs as much as a whole turn would.
MAX_PIECES: Final = 1_000
# How often a turn looks whether a process has gone on writing.
MAX_LOOKS: Final = 5


class OutputReader:
    """Reads one pair of terminals until no process has it open any more.

    *order* tells in which order they were written to; without it, standard output comes first.
    The text on the control terminal is read by others, which `read_control` calls.
    """

    def __init__(
        self,
        pair: TerminalPair,
        on_data: Callable[[Stream, bytes], None],
        on_closed: Callable[[], None],
        callbacks: Callbacks,
        order: WriteOrder | None = None,
        read_control: Callable[[], None] = lambda: None,
    ) -> None:
        self.pair = pair
        self._turn_bytes = TURN_BYTES
        self._on_data = on_data
        self._on_closed = on_closed
        self._order = order
        self._pieces_left = MAX_PIECES
        self._read_control = read_control
        self._control: tuple[Stream, bytes] | None = None
        self._is_taking_turn = False
        self._has_begun = False
        self._order_ahead: list[str] = []  # of writes that were not read yet
        self._pieces: deque[tuple[Stream, bytes]] = deque()  # to be passed on
        self._ahead: dict[Stream, bytes] = {}  # read before their turn
        self._callbacks = callbacks
        self._open = dict(pair.streams())
        for _, terminal in pair.streams():
            callbacks.add_reader(terminal.master, self.read)

    @property
    def is_open(self) -> bool:
        """Whether some process may still write."""
        return bool(self._open)

    def yield_to_others(self) -> None:
        """Read less at a time from now on, because the block is in the background."""
        self._turn_bytes = BACKGROUND_TURN_BYTES
        self._forget_order()

    def drain(self) -> None:
        """Read everything written so far; from now on a hang-up means that no process is left."""
        for terminal in self._open.values():
            terminal.release()
        self._read(self._most_held_bytes())

    def read(self) -> None:
        """Read what was written so far, or a part of it."""
        self._take_turn(dict.fromkeys(self._open, self._turn_bytes))

    def read_all(self) -> None:
        """Read everything written so far."""
        self._take_turn(self._most_held_bytes())

    def read_ahead(self) -> bytes:
        """Read everything written so far, and return what was not passed on yet."""
        for stream, limit in self._most_held_bytes().items():
            if data := self._read_stream(stream, limit)[0]:
                self._ahead[stream] = self._ahead.get(stream, b"") + data
        return b"".join([*(data for _, data in self._pieces), *self._ahead.values()])

    def place(self, stream: Stream, data: bytes) -> None:
        """Pass on text of the control terminal for *stream*, at its place between the others."""
        self._control = (stream, data if self._control is None else self._control[1] + data)
        if not self._is_taking_turn:
            self._read(dict.fromkeys(self._open, self._turn_bytes))

    def stop(self) -> None:
        """Read no more."""
        for stream in list(self._open):
            self._forget(stream)

    def _most_held_bytes(self) -> dict[Stream, int]:
        return {stream: terminal.most_held_bytes for stream, terminal in self._open.items()}

    def _take_turn(self, limits: Mapping[Stream, int]) -> None:
        was_open = self.is_open
        self._read(limits)
        if was_open and not self.is_open:
            self._on_closed()

    def _read(self, limits: Mapping[Stream, int]) -> None:
        """Read each stream up to its limit, and pass everything on in the order of the writes."""
        self._read_pieces(limits)
        while self._pieces:
            self._on_data(*self._pieces.popleft())
            if self._ahead and not self._pieces:
                self._read_pieces(limits)

    def _read_pieces(self, limits: Mapping[Stream, int]) -> None:
        self._is_taking_turn = True
        try:
            found, order, is_settled = self._look(limits)
        finally:
            self._is_taking_turn = False
        streams = {stream.value: stream for stream in Stream}
        if self._control is not None:
            streams[CONTROL], found[CONTROL] = self._control
            self._control = None
        pieces, missing = interleave(found, order)
        if not is_settled:
            # The rest of an unfinished line comes first.
            begun = [name for name, data in found.items() if data and not data.endswith(b"\n")]
            self._order_ahead = begun + missing
        self._pieces += ((streams[name], data) for name, data in pieces)

    def _look(self, limits: Mapping[Stream, int]) -> tuple[dict[str, bytes], list[str], bool]:
        """Return what was written, in which order, and whether both belong together.

        While a process goes on writing, one look may miss what it wrote to a stream that was
        read first, and find what it wrote to the other one later.
        """
        found = {stream.value: b"" for stream in limits}
        order, self._order_ahead = self._order_ahead, []
        for _ in range(MAX_LOOKS):
            new = {
                stream.value: self._collect(stream, limit - len(found[stream.value]))
                for stream, limit in limits.items()
            }
            found = {name: data + new[name] for name, data in found.items()}
            writes = self._take_order()
            order += writes
            has_one = len(order) < 2 and all(found.get(name) for name in order)
            if has_one or not (writes or any(new.values())):
                return found, order, True
        return found, order, False

    def _take_order(self) -> list[str]:
        """Return the order of the writes since the last call."""
        if self._order is None:
            return []
        writes = self._order.take()
        if not self._has_begun and CONTROL in writes:
            self._has_begun = True
            writes.remove(CONTROL)  # it is the start mark
        if CONTROL in writes:
            self._read_control()
        if len(writes) > 1:
            self._pieces_left -= len(writes)
        if self._pieces_left < 0:
            self._forget_order()
        return writes

    def _collect(self, stream: Stream, limit: int) -> bytes:
        """Read one stream up to its limit."""
        ahead = self._ahead.pop(stream, b"")
        data, is_hung_up = self._read_stream(stream, limit - len(ahead))
        if is_hung_up:
            self._forget(stream)
        return ahead + data

    def _read_stream(self, stream: Stream, limit: int) -> tuple[bytes, bool]:
        """Return what was written to a stream, up to *limit*, and whether it is hung up."""
        terminal = self._open.get(stream)
        chunks: list[bytes] = []
        size = 0
        while terminal is not None and size < limit:
            data = terminal.read(limit - size)
            if not data:
                return b"".join(chunks), data is None
            chunks.append(data)
            size += len(data)
        return b"".join(chunks), False

    def _forget(self, stream: Stream) -> None:
        terminal = self._open.pop(stream)
        self._callbacks.remove_reader(terminal.master)

    def _forget_order(self) -> None:
        if self._order is not None:
            self._order.stop()
            self._order = None


def interleave(
    data: Mapping[str, bytes], order: Sequence[str]
) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Return the data of several streams in pieces, in the order in which they were written to.

    Also return those writes in *order* for which there was no data. It is not known how much
    was written each time. Of what was written to a stream at several times, each is taken to
    be one line, and the last one all the rest.
    """
    order = [name for name, _ in groupby(order)]
    parts = {name: deque(_split_lines(text, order.count(name))) for name, text in data.items()}
    pieces = []
    missing = []
    for name in order:
        if parts.get(name):
            pieces.append((name, parts[name].popleft()))
        else:
            missing.append(name)
    pieces += [(name, b"".join(rest)) for name, rest in parts.items() if rest]
    return pieces, missing


def _split_lines(data: bytes, most: int) -> Iterator[bytes]:
    """Yield each line of *data*, and as the last of *most* pieces all the rest."""
    at = 0
    for _ in range(most - 1):
        end = data.find(b"\n", at) + 1
        if not end:
            break
        yield data[at:end]
        at = end
    if at < len(data):
        yield data[at:]
