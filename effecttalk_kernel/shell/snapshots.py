"""Snapshots: reads the state that a shell writes after each block.

The reader makes snapshots from bytes, in whatever chunks they come; the collector reads
these from the shell's pipes.

A large state is written by a child of the shell, which goes on meanwhile: first the shell writes
options, traps and jobs, then the child writes the rest. The next snapshot waits for it, except
the last one of a shell that exits, which has a pipe of its own.
"""

from collections.abc import Callable
from typing import Final

from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import NUMBER, ChannelError, SnapshotTaken, read_state
from effecttalk_kernel.shell.marks import MarkKind, MarkReader
from effecttalk_kernel.shell.private_pipe import PrivatePipe

# A snapshot of 100 kB is written in 5 ms; the pipe holds 1 MiB.
COLLECT_SECONDS: Final = 0.003
# Bash writes this in 10 ms, unless it has many variables.
LARGE_STATE: Final = 200_000
# How much a shell may grow until its next state is taken for large: 10,000 variables have 2 MB.
GROWTH: Final = 1_000_000
# The states of a process that has ended.
ENDED: Final = ("", "Z", "X")


class SnapshotReader:
    """Joins the bytes up to the mark that ends each snapshot."""

    def __init__(self, nonce: str) -> None:
        self._marks = MarkReader(nonce)
        self._pieces: list[bytes] = []
        self.options = b""  # written before the rest, which a child of the shell writes
        self.writer = 0  # the process of that child

    def feed(self, data: bytes) -> list[SnapshotTaken | ChannelError]:
        """Return the snapshots that *data* completes, and an error for each damaged one."""
        found: list[SnapshotTaken | ChannelError] = []
        for piece in self._marks.feed(data):
            if isinstance(piece, bytes):
                self._pieces.append(piece)
            elif piece.kind is MarkKind.FORKED:
                if self._pieces:
                    self.options = b"".join(self._pieces)
                    self._pieces.clear()
                named = NUMBER.fullmatch(piece.fields[0])
                self.writer = int(named[0]) if named else 0
            else:
                written = b"".join((*self._pieces, self.options))
                self.drop()
                try:
                    found.append(read_state(piece, written))
                except ChannelError as error:
                    found.append(error)
        return found

    def drop(self) -> None:
        """Forget the snapshot that has begun."""
        self._pieces.clear()
        self.options, self.writer = b"", 0


class SnapshotCollector:
    """Reads the snapshots of one shell from its pipes, which it owns.

    *measure* returns how much memory the shell has.
    """

    def __init__(self, nonce: str, callbacks: Callbacks, measure: Callable[[], int]) -> None:
        self._pipe = PrivatePipe(is_large=True)
        self._last_pipe = PrivatePipe(is_large=True)
        self.path = self._pipe.path
        self.last_path = self._last_pipe.path
        self._reader = SnapshotReader(nonce)
        self._last_reader = SnapshotReader(nonce)
        self._callbacks = callbacks
        self._measure = measure
        self._memory = 0  # of the shell, before it wrote its last small state
        self._memory_before = 0  # of the shell, before it wrote its last state
        self._is_last_large = False
        self._awaited = 0
        self._awaits_last = False
        self.is_forked = False  # a child of the shell writes the state
        self._waiting: list[Callable[[], None]] = []
        self._timer: Timer | None = None
        self._listener: Callable[[SnapshotTaken], None] = lambda _: None

    def attach(self, listener: Callable[[SnapshotTaken], None]) -> None:
        """Pass each snapshot to *listener* from now on."""
        self._listener = listener

    @property
    def settings(self) -> Snapshot | None:
        """Options, traps and jobs of the state that a child of the shell writes, if one does."""
        return Snapshot(b"\n" + self._reader.options) if self._reader.options else None

    def note_size(self, size: int) -> None:
        """Note that the shell has started with a state of *size* bytes, 0 for none."""
        self._is_last_large = size > LARGE_STATE
        self._memory = self._memory_before = self._measure()

    def predict_large_state(self) -> bool:
        """Measure the shell, and return whether the state that it writes next may be large."""
        self._memory_before = self._measure()
        return self._is_last_large or self._memory_before - self._memory > GROWTH

    def collect(self, *, is_forked: bool = False) -> None:
        """Read the snapshot that the shell writes next, while it is written."""
        self._awaited += 1
        self.is_forked = self.is_forked or is_forked
        self._collect()

    def collect_last(self) -> None:
        """Read the snapshot that the shell writes because it exits, while it is written."""
        self._awaits_last = True
        self._collect()

    def call_when_written(self, callback: Callable[[], None]) -> None:
        """Call *callback* when no child of the shell writes a state."""
        if self.is_forked:
            self._waiting.append(callback)
        else:
            callback()

    def end(self, callback: Callable[[], None]) -> None:
        """Call *callback* when everything is read that the shell, which has ended, has left."""
        if self.is_forked and not self._reader.writer:
            self.is_forked = False
            self._callbacks.run(self.read)
        self.call_when_written(callback)

    def _collect(self) -> None:
        # By a timer: bash writes line by line, and would wake the loop for each.
        self._stop()
        try:
            self.read()
        finally:
            if self._awaited or self._awaits_last:
                self._timer = self._callbacks.call_later(COLLECT_SECONDS, self._collect)

    def read(self) -> None:
        """Read what the shell has written so far.

        Raises:
            ChannelError: some of it cannot be read.

        """
        found = self._read_main()
        if not self.is_forked and (last := self._last_reader.feed(self._last_pipe.read())):
            self._awaits_last = False
            found += last
        damage: ChannelError | None = None
        for each in found:
            if isinstance(each, ChannelError):
                damage = each
            else:
                self._listener(each)
        while self._waiting and not self.is_forked:
            self._callbacks.run(self._waiting.pop(0))
        if damage is not None:
            raise damage

    def _read_main(self) -> list[SnapshotTaken | ChannelError]:
        writer = self._reader.writer
        # Looked at first: it may write the rest and end while the pipe is read.
        is_lost = bool(writer) and proc.state(writer) in ENDED
        data = self._pipe.read()
        found = self._reader.feed(data)
        if is_lost and not found and not data:
            found.append(ChannelError("the process that wrote its state has ended"))
            self._reader.drop()
        for each in found:
            self._awaited = max(0, self._awaited - 1)
            if isinstance(each, SnapshotTaken):
                self._is_last_large = len(each.snapshot.written) > LARGE_STATE
                if not self._is_last_large:
                    self._memory = self._memory_before
        if found and not self._awaited:
            self.is_forked = False
        return found

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Stop reading; may be called twice."""
        self._stop()
        self._waiting.clear()
        self._awaited, self._awaits_last = 0, False
        self._pipe.close()
        self._last_pipe.close()
