"""Outputs: an observer that turns a session's events into Jupyter messages.

Every message carries the parent of the cell whose block wrote it, also when
that block has long ended and another one runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.description import MIME_TYPE, describe
from effecttalk_kernel.output.counts import Count
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
STREAMS: Final = (Stream.STDOUT, Stream.STDERR)


class Ask(Protocol):
    """How a question reaches the front end."""

    def __call__(self, prompt: str, *, password: bool) -> None:
        """Send an input_request for the running cell."""


class CellOutputs:
    """What one block sends to its cell: two streams and the record."""

    def __init__(self, parent: Parent, settings: Settings, send: Send) -> None:
        self._parent = parent
        self._settings = settings
        self._send = send
        self._loop = asyncio.get_running_loop()
        limits = Limits(settings.inline_head_bytes, settings.inline_tail_bytes)
        self._streams = {
            name: OutputStream(limits, settings.flush_interval_seconds) for name in STREAMS
        }
        self._timer: asyncio.TimerHandle | None = None

    @property
    def prompt(self) -> str:
        """The unfinished last line: bash asks on stderr, most programs on stdout."""
        return self._streams[Stream.STDERR].last_line or self._streams[Stream.STDOUT].last_line

    def show_record(self, block: Block) -> None:
        """Show the record for the first time."""
        self._send("display_data", self._display(block), self._parent)

    def update_record(self, block: Block) -> None:
        """Replace the record."""
        self._send("update_display_data", self._display(block), self._parent)

    def write(self, stream: Stream, data: bytes) -> None:
        """Take what the block wrote; it is sent now or within the flush interval."""
        self._streams[stream].feed(data)
        self._send_due()

    def write_line(self, text: str) -> None:
        """Write a line of our own to the cell's stderr."""
        self._streams[Stream.STDERR].add_line(text)
        self._send_due()

    def finish(self) -> None:
        """Send everything that was held back."""
        for stream in self._streams.values():
            stream.finish()
        self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._take(float("inf"))

    def _send_due(self) -> None:
        if self._timer is None:
            self._timer_fired()

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
                text = stream.take(now)
                self._send("stream", {"name": name.value, "text": text}, self._parent)

    def _display(self, block: Block) -> dict[str, Any]:
        counts: dict[str, Count] = {n.value: s.count for n, s in self._streams.items()}
        return {
            "data": {MIME_TYPE: describe(block, counts, volatile=self._settings.record_volatile)},
            "metadata": {},
            "transient": {"display_id": f"effecttalk-{block.identity}"},
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
            cell = self._cells[block.number] = CellOutputs(self._next, self._settings, self._send)
            cell.show_record(block)

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
                cell.finish()
                cell.update_record(block)
                if not block.writers:
                    del self._cells[block.number]
