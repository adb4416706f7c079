"""Snapshots: reads the state that a shell writes after each block.

A large state is written by a child of the shell, which goes on meanwhile: first the shell writes
options, traps and jobs, then the child writes the rest. Several children may wait for their turn,
each with the memory of the shell as it was after a block: no block waits for them.

Each state comes through a pipe of its own, so the shell opens a new one, by the same path, while
a child has the last one open. A shell that exits has another one for its last state.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import (
    NUMBER,
    ChannelError,
    SnapshotSkipped,
    SnapshotTaken,
    read_state,
)
from effecttalk_kernel.shell.marks import Mark, MarkKind, MarkReader
from effecttalk_kernel.shell.private_pipe import PrivatePipe
from effecttalk_kernel.shell.steps import Steps, take_some

if TYPE_CHECKING:
    from effecttalk_kernel.shell.dialects.bash_parser import SnapshotParser

# A snapshot of 100 kB is written in 5 ms; the pipe holds 1 MiB.
COLLECT_SECONDS: Final = 0.003
# Bash writes this in 10 ms, unless it has many variables.
LARGE_STATE: Final = 200_000
# How much a shell may grow until its next state is taken for large: 10,000 variables have 2 MB.
GROWTH: Final = 1_000_000
# The children of a shell that wait: if there are more blocks meanwhile, some states are skipped.
MAX_WAITING: Final = 16
# The states of a process that has ended.
ENDED: Final = ("", "Z", "X")
TURN: Final = b"\n"
# How long a child may take to report, whose shell has ended meanwhile; it may never have existed.
FORK_SECONDS: Final = 2.0

SnapshotEvent = SnapshotTaken | SnapshotSkipped


class SnapshotReader:
    """Joins the bytes of one state up to the mark that ends it."""

    def __init__(self, marks: MarkReader) -> None:
        self._marks = marks
        self._written = bytearray()
        self._rest: list[Mark | bytes] = []
        self.options = b""  # written before the rest, which a child of the shell writes
        self.writer = 0  # the process of that child
        self.mark: Mark | None = None  # that ends the state

    def feed(self, data: bytes) -> None:
        """Take *data*."""
        self._take(self._marks.feed(data))

    def follow(self) -> "SnapshotReader":
        """Return the reader of the next state in the same pipe."""
        reader = SnapshotReader(self._marks)
        rest, self._rest = self._rest, []
        reader._take(rest)
        return reader

    def _take(self, pieces: list[Mark | bytes]) -> None:
        for piece in pieces:
            if self.mark is not None:
                self._rest.append(piece)
            elif isinstance(piece, bytes):
                self._written += piece
            elif piece.kind is MarkKind.FORKED:
                if self._written:
                    self.options = bytes(self._written)
                    self._written.clear()
                named = NUMBER.fullmatch(piece.fields[0])
                self.writer = int(named[0]) if named else 0
            else:
                self._written += self.options
                self.mark = piece

    def read(self, parser: "SnapshotParser") -> Steps[SnapshotTaken | ChannelError]:
        """Make the snapshot of the whole state, or an error if it is damaged."""
        assert self.mark is not None
        snapshot = yield from parser.parse(self._written)
        try:
            return read_state(self.mark, snapshot)
        except ChannelError as error:
            return error


class StateStream:
    """One state on its way from a shell; *is_forked*: from a child of it, which waits for its turn.

    The pipes may be shared with the state that is next, but not at the same time.
    """

    def __init__(
        self, reader: SnapshotReader, pipe: PrivatePipe, turns: PrivatePipe | None
    ) -> None:
        self.reader = reader
        self.pipe = pipe
        self.turns = turns
        self.is_forked = turns is not None
        self.has_turn = not self.is_forked

    @property
    def is_complete(self) -> bool:
        """Whether all of it is read."""
        return self.reader.mark is not None

    @property
    def is_open(self) -> bool:
        """Whether its writer needs the paths of the pipes no more."""
        return self.is_complete or not self.is_forked or self.reader.writer > 0

    @property
    def has_settings(self) -> bool:
        """Whether options, traps and jobs are known, before all of it is parsed."""
        return bool(self.reader.options)

    def give_turn(self) -> None:
        """Let the child write, if there is one."""
        if self.turns is not None and not self.has_turn:
            self.turns.write(TURN)
        self.has_turn = True

    def read(self) -> None:
        """Read a limited part of what is written.

        Raises:
            ChannelError: its writer has ended.

        """
        writer = self.reader.writer if self.has_turn else 0
        # Looked at first: it may write the rest and end while the pipe is read.
        is_lost = writer > 0 and proc.state(writer) in ENDED
        data = self.pipe.read_some()
        self.reader.feed(data)
        if is_lost and not data and not self.is_complete:
            raise ChannelError("the process that wrote its state has ended")


class SnapshotCollector:
    """Reads the snapshots of one shell from its pipes, which it owns.

    *measure* returns how much memory the shell has.
    """

    def __init__(self, nonce: str, callbacks: Callbacks, measure: Callable[[], int]) -> None:
        self._nonce = nonce
        self._pipe = PrivatePipe(is_large=True)
        self._last_pipe = PrivatePipe(is_large=True)
        self._turns = PrivatePipe()
        self.path, self.last_path = self._pipe.path, self._last_pipe.path
        self.turn_path = self._turns.path
        self._streams: deque[StateStream] = deque()
        self._next = SnapshotReader(MarkReader(nonce))  # of the stream that comes next
        self._deadline = float("inf")  # for children of a shell that has ended
        self._parsing: Steps[SnapshotTaken | ChannelError] | None = None  # of the first stream
        self._callbacks = callbacks
        self._measure = measure
        self._memory = 0  # of the shell, before it wrote its last small state
        self._memory_before = 0  # of the shell, before it wrote its last state
        self._is_last_large = False
        self._is_collect_due = False
        self._has_settings = asyncio.Event()
        self._has_settings.set()
        self._to_free: list[Callable[[], None]] = []
        self._to_end: list[Callable[[], None]] = []
        self._timer: Timer | None = None
        self._listener: Callable[[SnapshotEvent], None] = lambda _: None

    def attach(self, listener: Callable[[SnapshotEvent], None]) -> None:
        """Pass each snapshot to *listener* from now on."""
        self._listener = listener

    @property
    def is_pending(self) -> bool:
        """Whether a state is not read yet."""
        return bool(self._streams)

    @property
    def writers(self) -> Iterator[int]:
        """The processes that write states, or wait for their turn."""
        return (stream.reader.writer for stream in self._streams if stream.reader.writer)

    @property
    def settings(self) -> Snapshot | None:
        """Options, traps and jobs of the newest state of which a child writes the rest, if any."""
        for stream in reversed(self._streams):
            if stream.reader.options:
                return Snapshot(settings=b"\n" + stream.reader.options)
        return None

    def expect_settings(self) -> None:
        """Note that the shell has new options, traps and jobs, which `collect` will read."""
        self._has_settings.clear()
        self._is_collect_due = True

    async def wait_for_settings(self) -> None:
        """Wait until options, traps and jobs after the last block are known."""
        await self._has_settings.wait()

    def note_size(self, size: int) -> None:
        """Note that the shell has started with a state of *size* bytes, 0 for none."""
        self._is_last_large = size > LARGE_STATE
        self._memory = self._memory_before = self._measure()

    def predict_large_state(self) -> bool:
        """Measure the shell, and return whether the state that it writes next may be large."""
        self._memory_before = self._measure()
        is_growing = self._memory_before - self._memory > GROWTH
        return self._is_last_large or is_growing or any(each.is_forked for each in self._streams)

    def collect(self, *, is_forked: bool = False) -> None:
        """Read the snapshot that the shell writes next, while it is written.

        Raises:
            OSError: no descriptor is free; the shell must wait.

        """
        if self._streams:
            self._move(self._streams[-1])
        turns = self._turns if is_forked else None
        self._add_stream(turns)
        self._has_settings.clear()
        self._is_collect_due = False
        self._collect_soon()  # the shell does not write yet

    def _add_stream(self, turns: PrivatePipe | None) -> None:
        self._streams.append(StateStream(self._next, self._pipe, turns))
        self._next = SnapshotReader(MarkReader(self._nonce))

    def _move(self, stream: StateStream) -> None:
        """Give *stream* pipes that no other state comes through."""
        if stream.is_forked and not stream.has_turn:
            waiting = sum(not each.has_turn for each in self._streams)
            if waiting >= MAX_WAITING:
                self._skip(stream)
                return
        if stream.pipe is self._pipe:
            stream.pipe = self._pipe.move()
            if stream.is_complete:
                self._next = stream.reader.follow()
        if stream.turns is self._turns:
            stream.turns = self._turns.move()

    def _skip(self, stream: StateStream) -> None:
        """Drop a state whose child waits: that reads the end of its pipe, and ends."""
        for pipe in (self._pipe, self._turns):
            pipe.move().close()
        self._streams.remove(stream)
        self._listener(SnapshotSkipped())

    def skip_waiting(self) -> None:
        """Drop the states that wait for their turn, except the newest."""
        for stream in [*self._streams][:-1]:
            if not stream.has_turn:
                self._remove(stream)
                self._listener(SnapshotSkipped())

    def collect_last(self) -> None:
        """Read the snapshot that the shell writes because it exits, while it is written."""
        if not any(stream.pipe is self._last_pipe for stream in self._streams):
            reader = SnapshotReader(MarkReader(self._nonce))
            self._streams.append(StateStream(reader, self._last_pipe, None))
        self._collect()

    def call_when_free(self, callback: Callable[[], None]) -> None:
        """Call *callback* when the shell may write its next state."""
        if self._is_free:
            callback()
        else:
            self._to_free.append(callback)

    def call_when_read(self, callback: Callable[[], None]) -> None:
        """Call *callback* when no state is pending."""
        if self._streams:
            self._to_end.append(callback)
        else:
            callback()

    def end(self, callback: Callable[[], None]) -> None:
        """Call *callback* when everything is read that the shell, which has ended, has left."""
        self._deadline = time.monotonic() + FORK_SECONDS
        for stream in [*self._streams]:
            if not stream.reader.writer:
                while not stream.is_complete and (data := stream.pipe.read_some()):
                    stream.reader.feed(data)
                # Otherwise the shell has ended before it wrote them.
                if not (stream.is_complete or stream.has_settings):
                    self._remove(stream)
        self._collect()
        self.call_when_read(callback)

    def _collect(self) -> None:
        # By a timer: bash writes line by line, and would wake the loop for each.
        try:
            self.read()
        finally:
            self._collect_soon()

    def _collect_soon(self) -> None:
        self._stop()
        if self._streams:
            self._timer = self._callbacks.call_later(COLLECT_SECONDS, self._collect)

    def read(self) -> None:
        """Read some of what the shell has written so far, and work on it for a short time.

        Raises:
            ChannelError: some of it cannot be read.

        """
        damages = [*self._read_streams(), *self._take_complete()]
        # A second state is read while the first one is parsed.
        for number, stream in enumerate(self._streams):
            if number == 0 or (number == 1 and self._streams[0].is_complete):
                stream.give_turn()
        has_all = not self._streams or self._streams[-1].has_settings
        if has_all and not self._is_collect_due:
            self._has_settings.set()
        self._call_waiting()
        if damages:
            raise damages[-1]

    def _read_streams(self) -> Iterator[ChannelError]:
        is_late = time.monotonic() > self._deadline
        for stream in [*self._streams]:
            try:
                stream.read()
            except ChannelError as error:
                self._remove(stream)
                yield error
            else:
                if is_late and not stream.is_open:
                    self._remove(stream)

    def _take_complete(self) -> Iterator[ChannelError]:
        """Tell the listener the states that are complete, for a short time."""
        self._read_unexpected()
        while self._streams and (found := self._take_first()) is not None:
            self._remove(self._streams[0])
            self._read_unexpected()
            if isinstance(found, ChannelError):
                yield found
            else:
                self._note_taken(found.snapshot)
                self._listener(found)

    def _read_unexpected(self) -> None:
        """Read what a program has written to the pipe if no state comes through it."""
        if any(stream.pipe is self._pipe for stream in self._streams):
            return
        self._next.feed(self._pipe.read_some())
        if self._next.mark is not None:
            self._add_stream(None)

    def _take_first(self) -> SnapshotTaken | ChannelError | None:
        """Return the snapshot of the first stream, if it can be made in a short time."""
        first = self._streams[0]
        if not first.is_complete:
            return None
        if self._parsing is None:
            self._parsing = first.reader.read(self._parser)
        made = take_some(self._parsing)
        return None if made is None else made[0]

    @cached_property
    def _parser(self) -> "SnapshotParser":
        # Imported late: compiling its patterns takes some ms, which would delay the start.
        from effecttalk_kernel.shell.dialects.bash_parser import SnapshotParser

        return SnapshotParser()

    def _note_taken(self, snapshot: Snapshot) -> None:
        self._is_last_large = snapshot.size > LARGE_STATE
        if not self._is_last_large:
            self._memory = self._memory_before

    def _remove(self, stream: StateStream) -> None:
        if stream is self._streams[0]:
            self._parsing = None
        self._streams.remove(stream)
        if stream.pipe is self._pipe and stream.is_complete:
            self._next = stream.reader.follow()
        for pipe in (stream.pipe, stream.turns):
            if pipe is not None and pipe not in (self._pipe, self._last_pipe, self._turns):
                pipe.close()

    @property
    def _is_free(self) -> bool:
        return not self._streams or self._streams[-1].is_open

    def _call_waiting(self) -> None:
        while self._to_free and self._is_free:
            self._callbacks.run(self._to_free.pop(0))
        while self._to_end and not self._streams:
            self._callbacks.run(self._to_end.pop(0))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Stop reading; may be called twice."""
        self._stop()
        self._to_free.clear()
        self._to_end.clear()
        while self._streams:
            self._remove(self._streams[-1])
        self._has_settings.set()
        for pipe in (self._pipe, self._last_pipe, self._turns):
            pipe.close()
