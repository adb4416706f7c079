"""OutputReader: reads what processes write to a block's terminals.

It never waits for a consumer of the bytes: the terminal limits the speed of a program, the
notebook does not.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
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
# So many changes to a stream are taken for a loop, also while it goes on.
MIN_LOOP_WRITES: Final = 3
MIN_KNOWN_WRITES: Final = 8
# How much waits for the next turn, which knows its place, if a process does go on writing.
MAX_HELD_BYTES: Final = 4_096


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
        self._held: dict[Stream, bytes] = {}  # read, but their place is not known yet
        self._is_turn_due = False
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
        self._take_turn(dict.fromkeys(self._open, self._turn_bytes), may_hold=True)

    def read_all(self) -> None:
        """Read everything written so far."""
        self._take_turn(self._most_held_bytes())

    def read_ahead(self) -> bytes:
        """Read everything written so far, and return what was not passed on yet."""
        for stream, limit in self._most_held_bytes().items():
            if data := self._read_stream(stream, limit)[0]:
                self._ahead[stream] = self._ahead.get(stream, b"") + data
        parts = [data for _, data in self._pieces]
        return b"".join([*parts, *self._held.values(), *self._ahead.values()])

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

    def _take_turn(self, limits: Mapping[Stream, int], *, may_hold: bool = False) -> None:
        was_open = self.is_open
        self._read(limits, may_hold=may_hold)
        if was_open and not self.is_open:
            self._on_closed()

    def _read(self, limits: Mapping[Stream, int], *, may_hold: bool = False) -> None:
        """Read each stream up to its limit, and pass everything on in the order of the writes.

        If *may_hold*, what has no known place yet waits for the next turn.
        """
        self._read_pieces(limits, may_hold=may_hold)
        while self._pieces:
            self._on_data(*self._pieces.popleft())
            if self._ahead and not self._pieces:
                self._read_pieces(limits, may_hold=may_hold)

    def _read_pieces(self, limits: Mapping[Stream, int], *, may_hold: bool) -> None:
        self._is_taking_turn = True
        try:
            found, order, is_settled = self._look(limits)
        finally:
            self._is_taking_turn = False
        streams = {stream.value: stream for stream in Stream}
        if self._control is not None:
            streams[CONTROL], found[CONTROL] = self._control
            self._control = None
        pieces: list[tuple[str, bytes]] = []
        holds = not is_settled and may_hold and self._can_turn_again(limits)
        if holds:
            pieces, found, order = interleave_known(found, order)
            holds = sum(map(len, found.values())) <= MAX_HELD_BYTES
        if holds:
            self._hold({streams[name]: data for name, data in found.items() if name != CONTROL})
            if found.get(CONTROL):
                self._control = (streams[CONTROL], found[CONTROL])
            self._order_ahead = order
        else:
            rest, missing = interleave(found, order)
            pieces += rest
            if not is_settled:
                # The rest of an unfinished line comes first.
                begun = [name for name, data in found.items() if data and not data.endswith(b"\n")]
                self._order_ahead = begun + missing
        self._pieces += ((streams[name], data) for name, data in pieces)

    def _can_turn_again(self, limits: Mapping[Stream, int]) -> bool:
        """Return whether the next turn reads the same streams and knows the order."""
        return self._order is not None and self._open.keys() == limits.keys()

    def _hold(self, data: Mapping[Stream, bytes]) -> None:
        """Keep *data*, which was read too early to know its place, for another turn soon."""
        self._held = {stream: text for stream, text in data.items() if text}
        if not self._is_turn_due:
            self._is_turn_due = True
            self._callbacks.call_soon(self._take_due_turn)

    def _take_due_turn(self) -> None:
        self._is_turn_due = False
        self.read()

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
        ahead = self._held.pop(stream, b"") + self._ahead.pop(stream, b"")
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
    was written each time: see `_lines_per_write`. The last piece of a stream is all the rest.
    """
    order = [name for name, _ in groupby(order)]
    lines = _lines_per_write(data, order)
    writes_left = Counter(order)
    at = dict.fromkeys(data, 0)
    pieces = []
    missing = []
    for name in order:
        writes_left[name] -= 1
        text, start = data.get(name, b""), at.get(name, 0)
        if start == len(text):
            missing.append(name)
            continue
        end = _end_of_lines(text, start, lines[name]) if writes_left[name] else 0
        at[name] = end or len(text)
        pieces.append((name, text[start : at[name]]))
    pieces += [(name, text[at[name] :]) for name, text in data.items() if text[at[name] :]]
    return pieces, missing


def interleave_known(
    data: Mapping[str, bytes], order: Sequence[str]
) -> tuple[list[tuple[str, bytes]], dict[str, bytes], list[str]]:
    """Return the pieces of *data* whose place is known although more is being written.

    Also return the rest of the data and of *order*. Less than a loop has no known place.
    """
    order = [name for name, _ in groupby(order)]
    lines = _lines_per_write(data, order)
    writes = Counter(order)
    at = dict.fromkeys(data, 0)
    pieces = []
    for name in order:
        is_known = name in data and writes[name] >= MIN_KNOWN_WRITES
        end = _end_of_lines(data[name], at[name], lines[name]) if is_known else 0
        if not end:
            break
        pieces.append((name, data[name][at[name] : end]))
        at[name] = end
    rest = {name: text[at[name] :] for name, text in data.items()}
    return pieces, rest, order[len(pieces) :]


def _lines_per_write(data: Mapping[str, bytes], order: Sequence[str]) -> dict[str, int]:
    """Return how many lines each write to a stream is taken to have.

    A loop writes as many each time, and the last lines of it may not be there yet. Of two
    writes, the first one is mostly a single line.
    """
    lines = dict.fromkeys(order, 1)
    for name, count in Counter(order).items():
        if count >= MIN_LOOP_WRITES:
            lines[name] = max(1, round(data.get(name, b"").count(b"\n") / count))
    return lines


def _end_of_lines(data: bytes, start: int, count: int) -> int:
    """Return where so many lines from *start* end, or 0 if there are not so many."""
    end = start
    for _ in range(count):
        end = data.find(b"\n", end) + 1
        if not end:
            break
    return end
