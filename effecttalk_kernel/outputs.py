"""Outputs: an observer that turns a session's events into what cells show."""

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from effecttalk_kernel.block import Block
from effecttalk_kernel.cell import CellOutputs, SharedParts
from effecttalk_kernel.publisher import Parent, Publisher
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    InputAwaited,
    Notice,
    OutputRead,
    Resized,
    Started,
)
from effecttalk_kernel.settings import Settings
from effecttalk_kernel.spill.writer import SpillFolder

if TYPE_CHECKING:
    from effecttalk_kernel.output.pictures.decoder import PictureDecoder


class Ask(Protocol):
    """How a question reaches the front end."""

    def __call__(self, prompt: str, *, password: bool) -> None:
        """Send an input_request for the running cell."""


class Outputs:
    """The cells whose blocks run or still have somebody who writes."""

    def __init__(
        self, settings: Settings, spills: SpillFolder, publisher: Publisher, token: str, ask: Ask
    ) -> None:
        self._shared = SharedParts(settings, publisher, spills, lambda: self._pictures)
        self._token = token
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
            self._cells[block.number] = CellOutputs(block, self._next, self._shared)

    def _show(self, cell: CellOutputs, block: Block, event: Event) -> None:
        match event:
            case OutputRead(stream, data):
                cell.write(stream, data)
            case Resized(size):
                cell.resize(size)
            case Notice(text):
                cell.write_line(text)
            case InputAwaited(prompt, password):
                cell.flush()
                self._ask(prompt, password=password)
            case Finished() | BackgroundEnded():
                self._finish(cell, block)

    def _finish(self, cell: CellOutputs, block: Block) -> None:
        cell.finish(block, is_final=not block.writers)
        if not block.writers:
            del self._cells[block.number]

    def close(self) -> None:
        """Show what is held back, and keep what is spilled: nothing comes any more."""
        for cell in self._cells.values():
            cell.close()
        self._cells.clear()
