"""Stores the outputs of cells, and indexes their text for searches."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from effecttalk_kernel.block import Block, has_failed
from effecttalk_kernel.journal.journal_options import JournalOptions
from effecttalk_kernel.journal.write_queue import DELAY_SECONDS, Write
from effecttalk_kernel.output.cell import CellOutputs
from effecttalk_kernel.output.error_message import block_error
from effecttalk_kernel.safety.masker import Masker

# By then, the shell has written its state: its secrets are learned before outputs are stored.
STATE_SECONDS: Final = 1.0
# The outputs of a long block are stored repeatedly, in case the kernel is killed.
FIRST_SAVE_SECONDS: Final = 2.0
LAST_SAVE_SECONDS: Final = 60.0


@dataclass(slots=True)
class _OpenBlock:
    """A block that may still have new outputs."""

    block: Block
    cell: CellOutputs | None
    timer: asyncio.TimerHandle


@dataclass(frozen=True, slots=True)
class _EndedBlock:
    """A block whose outputs are stored when its state is known, or at the time *latest*."""

    block: Block
    cell: CellOutputs | None
    latest: float


class OutputJournal:
    """Stores the outputs of the blocks of one session."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        defer: Callable[[Write], None],
        on_stored: Callable[[int], None],
        last_state: Callable[[], int],
    ) -> None:
        self._options = options
        self._masker = masker
        self._defer = defer
        self._on_stored = on_stored
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, _OpenBlock] = {}
        self._ended: dict[int, _EndedBlock] = {}
        self._last_state = last_state

    def add(self, block: Block, cell: CellOutputs | None) -> None:
        """Store what *cell* shows of the block, repeatedly."""
        timer = self._loop.call_later(FIRST_SAVE_SECONDS, self._save_repeatedly, block.number, 1)
        self._open[block.number] = _OpenBlock(block, cell, timer)

    def note_end(self, block: Block) -> None:
        """Store the outputs of a block whose commands, or whose last process, have ended."""
        opened = self._open.get(block.number)
        if opened is None:  # no process had it open when it ended
            return
        opened.block = block
        if not block.has_writers:
            opened.timer.cancel()
            del self._open[block.number]
        if not self._ended:
            self._loop.call_later(DELAY_SECONDS, self._save_ended)
        latest = self._loop.time() + STATE_SECONDS
        self._ended[block.number] = _EndedBlock(block, opened.cell, latest)

    def save_open(self, number: int) -> None:
        """Store the outputs of block *number* so far, if it may still show more."""
        opened = self._open.get(number)
        if opened is not None:
            self._save_outputs(opened.block, opened.cell)

    def close(self) -> None:
        """Store all outputs."""
        for ending in self._ended.values():
            self._save_outputs(ending.block, ending.cell)
        for opened in self._open.values():
            opened.timer.cancel()
            self._save_outputs(opened.block, opened.cell)
        self._ended.clear()
        self._open.clear()

    def _save_repeatedly(self, number: int, times: int) -> None:
        opened = self._open.get(number)
        if opened is not None:
            self._save_outputs(opened.block, opened.cell)
            delay = min(FIRST_SAVE_SECONDS * 2**times, LAST_SAVE_SECONDS)
            opened.timer = self._loop.call_later(delay, self._save_repeatedly, number, times + 1)

    def _save_ended(self) -> None:
        """Store the outputs of ended blocks whose state is known."""
        now, last_state = self._loop.time(), self._last_state()
        for number, ending in [*self._ended.items()]:
            if number <= last_state or now >= ending.latest:
                del self._ended[number]
                self._save_outputs(ending.block, ending.cell)
        if self._ended:
            self._loop.call_later(DELAY_SECONDS, self._save_ended)

    def _save_outputs(self, block: Block, cell: CellOutputs | None) -> None:
        shown = [] if cell is None else collect_outputs(block, cell)
        self._defer(partial(self._store, block, shown))

    def _store(
        self, block: Block, shown: Sequence[dict[str, Any]], connection: sqlite3.Connection
    ) -> None:
        # Imported in the thread: no start and no block waits for it.
        from effecttalk_kernel.store import outputs, search_index

        options = self._options
        masked = self._masker.outputs(shown)
        stored = outputs.put_outputs(
            connection, options.session, block.number, masked, options.max_bytes
        )
        if stored is None:
            return
        indexed = search_index.IndexedBlock(
            key=stored.block,
            session=options.session,
            code=self._masker.text(block.code),
            outputs=masked,
            started=block.started,
            cwd=self._masker.path(block.cwd_before),
            has_failed=has_failed(block.status),
        )
        search_index.index_block(connection, indexed)
        self._loop.call_soon_threadsafe(self._on_stored, stored.session_bytes)


def collect_outputs(block: Block, cell: CellOutputs) -> list[dict[str, Any]]:
    """Return the outputs of a block as in a notebook: its record, its output, its error."""
    found = [*cell.outputs()]
    if has_failed(block.status) and block.result is not None:
        found.append({"output_type": "error", **block_error(block)})
    return found
