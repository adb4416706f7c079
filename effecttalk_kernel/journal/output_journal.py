"""Shown: keeps what the cells of blocks show, and the words of it for searches."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from effecttalk_kernel.block import Block, has_failed
from effecttalk_kernel.journal.journal_options import JournalOptions
from effecttalk_kernel.journal.write_queue import FOLLOW_SECONDS, Write
from effecttalk_kernel.output.cell import CellOutputs
from effecttalk_kernel.output.error_message import block_error
from effecttalk_kernel.safety.masker import Masker

# The shell has told its state by then; secrets in it are to be known before outputs are kept.
STATE_SECONDS: Final = 1.0
# What a long block has shown so far is kept now and then, in case that it is its last word.
FIRST_SAVE_SECONDS: Final = 2.0
LAST_SAVE_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Open:
    """A block that may still show something."""

    block: Block
    cell: CellOutputs | None
    timer: asyncio.TimerHandle


@dataclass(frozen=True, slots=True)
class _Ending:
    """A block to be kept, by that time of the loop even if its state is not known."""

    block: Block
    cell: CellOutputs | None
    latest: float


class OutputJournal:
    """The outputs of blocks on their way to the store."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        later: Callable[[Write], None],
        on_kept: Callable[[int], None],
        last_state: Callable[[], int],
    ) -> None:
        self._options = options
        self._masker = masker
        self._later = later
        self._on_kept = on_kept
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, _Open] = {}
        self._endings: dict[int, _Ending] = {}
        self._last_state = last_state

    def started(self, block: Block, cell: CellOutputs | None) -> None:
        """Keep what *cell* shows of the block, now and then."""
        timer = self._loop.call_later(FIRST_SAVE_SECONDS, self._save, block.number, 1)
        self._open[block.number] = _Open(block, cell, timer)

    def ended(self, block: Block) -> None:
        """Keep what is shown of a block whose commands, or whose last process, have ended."""
        opened = self._open.get(block.number)
        if opened is None:  # nobody wrote any more when it was told for the last time
            return
        opened.block = block
        if not block.has_writers:
            opened.timer.cancel()
            del self._open[block.number]
        if not self._endings:
            self._loop.call_later(FOLLOW_SECONDS, self._follow)
        latest = self._loop.time() + STATE_SECONDS
        self._endings[block.number] = _Ending(block, opened.cell, latest)

    def keep_open(self, number: int) -> None:
        """Keep what block *number* shows so far, if it may still show something."""
        opened = self._open.get(number)
        if opened is not None:
            self._keep(opened.block, opened.cell)

    def close(self) -> None:
        """Keep all that is shown."""
        for ending in self._endings.values():
            self._keep(ending.block, ending.cell)
        for opened in self._open.values():
            opened.timer.cancel()
            self._keep(opened.block, opened.cell)
        self._endings.clear()
        self._open.clear()

    def _save(self, number: int, times: int) -> None:
        opened = self._open.get(number)
        if opened is not None:
            self._keep(opened.block, opened.cell)
            delay = min(FIRST_SAVE_SECONDS * 2**times, LAST_SAVE_SECONDS)
            opened.timer = self._loop.call_later(delay, self._save, number, times + 1)

    def _follow(self) -> None:
        """Keep the blocks behind which the state is known."""
        now, last_state = self._loop.time(), self._last_state()
        for number, ending in [*self._endings.items()]:
            if number <= last_state or now >= ending.latest:
                del self._endings[number]
                self._keep(ending.block, ending.cell)
        if self._endings:
            self._loop.call_later(FOLLOW_SECONDS, self._follow)

    def _keep(self, block: Block, cell: CellOutputs | None) -> None:
        shown = [] if cell is None else collect_outputs(block, cell)
        self._later(partial(self._write, block, shown))

    def _write(
        self, block: Block, shown: Sequence[dict[str, Any]], connection: sqlite3.Connection
    ) -> None:
        # Here, in the thread: no start and no block waits for it.
        from effecttalk_kernel.store import outputs, search_index

        options = self._options
        masked = self._masker.outputs(shown)
        kept = outputs.put_outputs(
            connection, options.session, block.number, masked, options.most_bytes
        )
        if kept is None:
            return
        indexed = search_index.IndexedBlock(
            key=kept.block,
            session=options.session,
            code=self._masker.text(block.code),
            outputs=masked,
            started=block.started,
            cwd=self._masker.text(block.cwd_before),
            has_failed=has_failed(block.status),
        )
        search_index.index_block(connection, indexed)
        self._loop.call_soon_threadsafe(self._on_kept, kept.session_bytes)


def collect_outputs(block: Block, cell: CellOutputs) -> list[dict[str, Any]]:
    """Return what a notebook has of a block: its record, what it printed, its error."""
    found = [*cell.outputs()]
    if has_failed(block.status) and block.result is not None:
        found.append({"output_type": "error", **block_error(block)})
    return found
