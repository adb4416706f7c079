"""Cells: an observer that shows the blocks of a session in their cells."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from effecttalk_kernel.block import Block, State
from effecttalk_kernel.output.cell import CellOutputs, SharedParts
from effecttalk_kernel.output.publisher import Lane
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    CellRequest,
    Event,
    Finished,
    InputAwaited,
    InputEchoed,
    InputGiven,
    Notice,
    Observers,
    OutputRead,
    Paused,
    Resized,
    ScreenAbandoned,
    Started,
    TerminalClosed,
    TerminalOpened,
)
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.store.masked import MaskedObject

if TYPE_CHECKING:
    from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder


def picture_decoder(token: str) -> Callable[[], "PictureDecoder"]:
    """Return a function that returns the session's decoder, made for the first picture."""

    @cache
    def decoder() -> "PictureDecoder":
        # Imported here: few sessions show any.
        from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder

        return PictureDecoder(token)

    return decoder


class Cells:
    """The cells of the blocks that run or have processes that still write.

    Observers in `observers` see each event after the cell shows it, for what depends on a cell
    that is up to date.
    """

    def __init__(self, shared: SharedParts) -> None:
        self._shared = shared
        self._cells: dict[int, CellOutputs] = {}
        self._ended_late: list[CellOutputs] = []  # ended since the end of the last cell
        self.observers = Observers(self.write_line)

    def find(self, block: Block) -> CellOutputs | None:
        """Return the cell of *block*, None if its output is not shown."""
        return self.get(block.number)

    def get(self, number: int) -> CellOutputs | None:
        """Return the cell of the block with this number, None if its output is not shown."""
        return self._cells.get(number)

    def find_record(self, block: Block) -> MaskedObject | None:
        """Return the record that the cell of *block* shows, None if there is none."""
        cell = self.find(block)
        return None if cell is None else cell.last_record

    def say(self, request: CellRequest, text: str) -> None:
        """Show a line in the cell of *request*, whose blocks may have ended."""
        if request.parent is not None:
            self._shared.publisher.send_text(
                Stream.STDERR, f"{text}\n", request.parent, Lane.FOREGROUND
            )

    def write_line(self, block: Block, text: str) -> None:
        """Add a line of EffectTalk's own to the output of *block*."""
        if (cell := self.find(block)) is not None:
            cell.write_line(text)

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        try:
            self._show(block, event)
        finally:
            self.observers.tell(block, event)
            if block.state is State.FINISHED and isinstance(event, Finished | BackgroundEnded):
                self._cells.pop(block.number, None)

    def _show(self, block: Block, event: Event) -> None:
        if isinstance(event, Started) and event.request.parent is not None:
            self._cells[block.number] = CellOutputs(block, event.request.parent, self._shared)
        cell = self.find(block)
        if cell is None:
            return
        match event:
            case OutputRead(stream, data):
                cell.write(stream, data)
            case Resized() | TerminalOpened() | TerminalClosed() | ScreenAbandoned():
                _follow_terminal(cell, event)
            case Notice(text):
                cell.write_line(text)
            case Paused() | InputAwaited() | InputEchoed() | InputGiven():
                _show_question(cell, event)
            case Finished():
                self._show_late_news(cell)  # first: the cell's last record is that of its block
                cell.finish(block, is_final=block.state is State.FINISHED)
            case BackgroundEnded():
                cell.finish(block, is_final=True)
                self._ended_late += [cell] if cell.has_late_news else []

    def _show_late_news(self, cell: CellOutputs) -> None:
        """Show the news of headless blocks that ended earlier, with the messages of *cell*."""
        for other in (*self._ended_late, *self._cells.values()):
            if (display := other.take_late_display()) is not None:
                self._shared.publisher.send(
                    "update_display_data", display, cell.parent, Lane.FOREGROUND
                )
        self._ended_late.clear()

    def close(self) -> None:
        """Show all output that is held back and save the spills; nothing more comes."""
        for cell in self._cells.values():
            cell.close()
        self._cells.clear()


def _show_question(cell: CellOutputs, event: Event) -> None:
    """Show a prompt and its answer in a cell."""
    match event:
        case Paused():
            cell.release_line()
        case InputAwaited():
            cell.begin_question()
        case InputEchoed(text):
            cell.echo(text)
        case InputGiven():
            cell.end_question()


def _follow_terminal(cell: CellOutputs, event: Event) -> None:
    """Show a cell's output as its terminal requires."""
    match event:
        case Resized(size):
            cell.resize(size)
        case TerminalOpened():
            cell.cover()
        case TerminalClosed():
            cell.uncover()
        case ScreenAbandoned():
            cell.leave_alternate_screen()
