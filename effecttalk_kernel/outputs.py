"""Outputs: an observer that turns a session's events into Jupyter messages.

Every message carries the parent of the cell whose block wrote it, also when
that block has long ended and another one runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.description import MIME_TYPE, describe
from effecttalk_kernel.output.limit import Limits
from effecttalk_kernel.output.stream import OutputStream
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    InputAwaited,
    Notice,
    OutputRead,
    Started,
)
from effecttalk_kernel.settings import Settings
from effecttalk_kernel.shell.pool import Stream

Parent = Mapping[str, Any]
Send = Callable[[str, Mapping[str, Any], Parent], None]
# What a short block prints is sent with its end; a longer one shows its record,
# and its first output, after this long.
PATIENCE_SECONDS: Final = 0.003
RUNNING_SECONDS: Final = 0.05


class Ask(Protocol):
    """How a question reaches the front end."""

    def __call__(self, prompt: str, *, password: bool) -> None:
        """Send an input_request for the running cell."""


class CellOutputs:
    """What one block sends to its cell: two streams and the record."""

    def __init__(self, block: Block, parent: Parent, settings: Settings, send: Send) -> None:
        self._parent = parent
        self._settings = settings
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._streams: dict[Stream, OutputStream] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._block = block
        self._is_shown = False
        self._showing = self._loop.call_later(RUNNING_SECONDS, self._show_record)

    @property
    def prompt(self) -> str:
        """The unfinished last line: bash asks on stderr, most programs on stdout."""
        return self._stream(Stream.STDERR).last_line or self._stream(Stream.STDOUT).last_line

    def _show_record(self) -> None:
        kind = "update_display_data" if self._is_shown else "display_data"
        self._is_shown = True
        self._showing.cancel()
        self._send(kind, self._display(), self._parent)

    def write(self, stream: Stream, data: bytes) -> None:
        """Take what the block wrote; it is sent now or within the flush interval."""
        self._stream(stream).feed(data)
        self._send_due()

    def write_line(self, text: str) -> None:
        """Write a line of our own to the cell's stderr."""
        self._stream(Stream.STDERR).add_line(text)
        self._send_due()

    def finish(self, block: Block) -> None:
        """Send everything that was held back, and what the block has become."""
        self._block = block
        for stream in self._streams.values():
            stream.finish()
        was_shown = self._is_shown
        if not was_shown:
            self._show_record()
        self.flush()
        if was_shown:
            self._show_record()

    def flush(self) -> None:
        """Send what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._take(float("inf"))

    def _stream(self, name: Stream) -> OutputStream:
        if name not in self._streams:  # most blocks write to one, many to none
            limits = Limits(self._settings.inline_head_bytes, self._settings.inline_tail_bytes)
            self._streams[name] = OutputStream(limits, self._settings.flush_interval_seconds)
        return self._streams[name]

    def _send_due(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(PATIENCE_SECONDS, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._take(now)
        waits = [w for s in self._streams.values() if (w := s.wait_seconds(now)) is not None]
        if waits:
            self._timer = self._loop.call_later(min(waits), self._timer_fired)

    def _take(self, until: float) -> None:
        now = self._loop.time()
        for name, stream in self._streams.items():
            wait = stream.wait_seconds(until)
            if wait is not None and wait <= 0:
                if not self._is_shown:  # it stands above what the block prints
                    self._show_record()
                text = stream.take(now)
                self._send("stream", {"name": name.value, "text": text}, self._parent)

    def _display(self) -> dict[str, Any]:
        counts = {name.value: stream.count for name, stream in self._streams.items()}
        return {
            "data": {
                MIME_TYPE: describe(self._block, counts, volatile=self._settings.record_volatile)
            },
            "metadata": {},
            "transient": {"display_id": f"effecttalk-{self._block.identity}"},
        }


class Outputs:
    """The cells whose blocks run or still have somebody who writes."""

    def __init__(self, settings: Settings, send: Send, ask: Ask) -> None:
        self._settings = settings
        self._send = send
        self._ask = ask
        self._cells: dict[int, CellOutputs] = {}
        self._next: Parent | None = None

    def expect(self, parent: Parent | None) -> None:
        """Name the parent of the next block; None: it is silent."""
        self._next = parent

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if isinstance(event, Started):
            self._start(block)
        elif (cell := self._cells.get(block.number)) is not None:
            self._show(cell, block, event)

    def _start(self, block: Block) -> None:
        if self._next is not None:
            self._cells[block.number] = CellOutputs(block, self._next, self._settings, self._send)

    def _show(self, cell: CellOutputs, block: Block, event: Event) -> None:
        match event:
            case OutputRead(stream, data):
                cell.write(stream, data)
            case Notice(text):
                cell.write_line(text)
            case InputAwaited(_, password):
                cell.flush()
                self._ask(cell.prompt, password=password)
            case Finished() | BackgroundEnded():
                cell.finish(block)
                if not block.writers:
                    del self._cells[block.number]
