"""Outputs: an observer that turns a session's events into what cells show."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from effecttalk_kernel.block import Block
from effecttalk_kernel.output.cell import CellOutputs, SharedParts
from effecttalk_kernel.output.publisher import Lane, Parent
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
from effecttalk_kernel.shell.terminal_pool import Stream

if TYPE_CHECKING:
    from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder


def picture_decoder(token: str) -> Callable[[], "PictureDecoder"]:
    """Return what gives the session's decoder, made when the first picture comes."""

    @cache
    def decoder() -> "PictureDecoder":
        # Not at start: few sessions show any.
        from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder

        return PictureDecoder(token)

    return decoder


class Outputs:
    """The cells whose blocks run or still have somebody who writes."""

    def __init__(self, shared: SharedParts) -> None:
        self._shared = shared
        self._cells: dict[int, CellOutputs] = {}
        self._next: Parent | None = None

    def cell(self, block: Block) -> CellOutputs | None:
        """Return what shows a block that runs or still has somebody who writes."""
        return self._cells.get(block.number)

    def expect(self, parent: Parent | None) -> None:
        """Name the parent of the next block; None: it is silent."""
        self._next = parent

    def say(self, text: str) -> None:
        """Show a line in the cell that runs, where its blocks may have ended."""
        if self._next is not None:
            self._shared.publisher.send_text(
                Stream.STDERR, f"{text}\n", self._next, Lane.FOREGROUND
            )

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
            case InputAwaited():
                cell.flush()  # what the program printed comes before its question
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
