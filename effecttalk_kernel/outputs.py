"""Outputs: an observer that turns a session's events into Jupyter messages.

Every message carries the parent of the cell whose block wrote it, also when
that block has long ended and another one runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.description import MIME_TYPE, describe
from effecttalk_kernel.output.bundle import Bundle
from effecttalk_kernel.output.limit import Limits
from effecttalk_kernel.output.stream import OutputStream, StreamOptions
from effecttalk_kernel.output.transcript import Message, Restart, StreamText, Transcript
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

if TYPE_CHECKING:
    from effecttalk_kernel.output.pictures.decoder import PictureDecoder

Parent = Mapping[str, Any]
Send = Callable[[str, Mapping[str, Any], Parent], None]
# What a short block prints is sent with its end; a longer one shows its record,
# and its first output, after this long; a drawing, when more of it is there.
PATIENCE_SECONDS: Final = 0.003
DRAWING_SECONDS: Final = 0.06
RUNNING_SECONDS: Final = 0.05


class Ask(Protocol):
    """How a question reaches the front end."""

    def __call__(self, prompt: str, *, password: bool) -> None:
        """Send an input_request for the running cell."""


class CellOutputs:
    """What one block sends to its cell: its transcript and the record."""

    def __init__(
        self,
        block: Block,
        parent: Parent,
        settings: Settings,
        send: Send,
        pictures: Callable[[], "PictureDecoder"],
    ) -> None:
        self._parent = parent
        self._settings = settings
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._transcript = Transcript(self._open_stream, pictures, settings.max_block_output_size)
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._block = block
        self._is_shown = False
        self._showing = self._loop.call_later(RUNNING_SECONDS, self._show_record)

    @property
    def prompt(self) -> str:
        """The unfinished last line: bash asks on stderr, most programs on stdout."""
        last_line = self._transcript.last_line
        return last_line(Stream.STDERR.value) or last_line(Stream.STDOUT.value)

    def write(self, stream: Stream, data: bytes) -> None:
        """Take what the block wrote; it is sent now or within the flush interval."""
        self._transcript.write(stream.value, data)
        self._send_due()

    def write_line(self, text: str) -> None:
        """Write a line of our own to the cell's stderr."""
        self._transcript.write_line(Stream.STDERR.value, text)
        self._send_due()

    def finish(self, block: Block) -> None:
        """Send everything that was held back, and what the block has become."""
        self._block = block
        self._transcript.finish()
        was_shown = self._is_shown
        if not was_shown:
            self._show_record()
        is_shown_anew = self.flush(final=True)
        if was_shown and not is_shown_anew:
            self._show_record()

    def flush(self, *, final: bool = False) -> bool:
        """Send what waits; returns whether all was shown anew, the record too."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        self._next = now + self._settings.flush_interval_seconds
        is_shown_anew = False
        for message in self._transcript.messages(now, final=final):
            is_shown_anew |= isinstance(message, Restart)
            self._send_message(message)
        return is_shown_anew

    def _open_stream(self, name: str) -> OutputStream:
        settings = self._settings
        return OutputStream(
            StreamOptions(
                limits=Limits(settings.inline_head_bytes, settings.inline_tail_bytes),
                rows=settings.rows,
                columns=settings.columns,
                encoding=settings.encoding,
            )
        )

    def _send_due(self) -> None:
        if self._timer is None:
            patience = DRAWING_SECONDS if self._transcript.draws else PATIENCE_SECONDS
            wait = max(patience, self._next - self._loop.time())
            self._timer = self._loop.call_later(wait, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        self.flush()
        wait = self._transcript.wait_seconds(self._loop.time())
        if wait is not None:
            self._timer = self._loop.call_later(wait, self._timer_fired)

    def _send_message(self, message: Message) -> None:
        if not self._is_shown:  # it stands above what the block prints
            self._show_record()
        match message:
            case StreamText(name, text):
                self._send("stream", {"name": name, "text": text}, self._parent)
            case Restart():
                self._send("clear_output", {"wait": True}, self._parent)
                self._is_shown = False
                self._show_record()
            case Bundle(data, metadata):
                content = {"data": data, "metadata": metadata, "transient": {}}
                self._send("display_data", content, self._parent)

    def _show_record(self) -> None:
        kind = "update_display_data" if self._is_shown else "display_data"
        self._is_shown = True
        self._showing.cancel()
        self._send(kind, self._display(), self._parent)

    def _display(self) -> dict[str, Any]:
        record = describe(
            self._block, self._transcript.counts, volatile=self._settings.record_volatile
        )
        return {
            "data": {MIME_TYPE: record},
            "metadata": {},
            "transient": {"display_id": f"effecttalk-{self._block.identity}"},
        }


class Outputs:
    """The cells whose blocks run or still have somebody who writes."""

    def __init__(self, settings: Settings, token: str, send: Send, ask: Ask) -> None:
        self._settings = settings
        self._token = token
        self._send = send
        self._ask = ask
        self._cells: dict[int, CellOutputs] = {}
        self._next: Parent | None = None

    @cached_property
    def _pictures(self) -> "PictureDecoder":
        # Not at start: few sessions show any.
        from effecttalk_kernel.output.pictures.decoder import PictureDecoder

        return PictureDecoder(self._token)

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
            self._cells[block.number] = CellOutputs(
                block, self._next, self._settings, self._send, lambda: self._pictures
            )

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
