"""Journal: an observer that writes every block of a session to the store.

A block is written when it starts and, before its reply, when it ends. The outputs of its cell
and the shell's state follow after the reply. If writing fails, the block continues, and the
user is told once that the session is not stored.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.journal.block_journal import BlockJournal
from effecttalk_kernel.journal.journal_options import JournalOptions
from effecttalk_kernel.journal.output_journal import OutputJournal
from effecttalk_kernel.journal.state_journal import StateJournal
from effecttalk_kernel.journal.write_queue import Write, WriteQueue
from effecttalk_kernel.output.cell import CellOutputs
from effecttalk_kernel.output.record import build_record
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, Started
from effecttalk_kernel.store.rows import NewBlock

log = logging.getLogger("effecttalk.store")

CLOSE_SECONDS: Final = 4.0
# Outputs and states that wait while the rows that they belong to cannot be written.
MAX_HELD_WRITES: Final = 1_000


class Journal:
    """Writes the blocks of one session, with their outputs and states."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        say: Callable[[Block, str], None],
        on_stored: Callable[[int], None],
        find_cell: Callable[[Block], CellOutputs | None],
        environment: Mapping[str, str],
    ) -> None:
        """Write blocks from now on.

        *on_stored* gets the size of the stored outputs; *find_cell* returns the cell that
        shows a block, None for a silent one; *environment* is the session's environment.
        """
        self._options = options
        self._masker = masker
        self._say = say
        self._find_cell = find_cell
        self._block: Block | None = None
        self._messages: list[str] = []
        self._held: deque[Write] = deque(maxlen=MAX_HELD_WRITES)
        self._rows = BlockJournal(options, masker, self._add_message, self._queue_held)
        self._queue = WriteQueue(options.data_directory, self._rows.report_error)
        self.states = StateJournal(options, masker, self._defer, self.flush, environment)
        self._outputs = OutputJournal(
            options, masker, self._defer, on_stored, lambda: self.states.last_number
        )

    def prepare(self) -> None:
        """Open the store in advance, so that no block waits for it."""
        self._rows.prepare()

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*, which the block's cell shows already."""
        match event:
            case Started():
                cell = self._find_cell(block)
                self._put(block, cell)
                self._show_messages()
                self._outputs.add(block, cell)
            case Finished() | BackgroundEnded():
                self._put(block, self._find_cell(block))
                self._outputs.note_end(block)

    def save_shown(self, number: int) -> None:
        """Store the outputs of block *number* so far, if it may still show more."""
        self._outputs.save_open(number)

    @property
    def has_written_all(self) -> bool:
        """Whether every block is written."""
        return self._rows.has_written_all

    async def wait_until_written(self) -> None:
        """Wait a short time until every block is written; the rest is written after the reply."""
        await self._rows.wait_until_written()

    async def flush(self) -> None:
        """Wait until everything that can be written is written."""
        await self._rows.wait_until_written()
        await self._queue.wait_until_empty()

    async def close(self) -> None:
        """Write what is left, and that the session has ended; may be called twice."""
        self._outputs.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._rows.finish()
                await self._queue.wait_until_empty()
        except TimeoutError:
            log.warning("session.unfinished %s: the store is locked", self._options.session)
        self._queue.close()
        self._rows.close()

    def _put(self, block: Block, cell: CellOutputs | None) -> None:
        self._block = block
        record = None if cell is None else cell.last_record
        if cell is None and not block.is_running:  # the row of a running block has all of it
            record = self._masker.record(build_record(block, {}, volatile=True))
        row = NewBlock(
            number=block.number,
            code=self._masker.text(block.code),
            status=block.status.value,
            exit_status=None if block.result is None else block.result.exit_status,
            started=block.started,
            ended=block.ended,
            cwd=self._masker.path(block.cwd_before),
            cwd_after=self._masker.path(block.cwd_after),
            record=record,
        )
        self._rows.put(row)

    def _defer(self, work: Write) -> None:
        """Do *work* after the reply, when the rows that it belongs to are written."""
        if self._rows.accepts_outputs:
            self._queue.add(work)
        elif not self._rows.has_given_up:
            self._held.append(work)

    def _queue_held(self) -> None:
        while self._held:
            self._queue.add(self._held.popleft())

    def _add_message(self, text: str) -> None:
        self._messages.append(f"effecttalk: {text}")
        self._show_messages()

    def _show_messages(self) -> None:
        """Show the messages in the cell of the last block; before the first block, they wait."""
        if self._block is not None:
            messages, self._messages = self._messages, []
            for text in messages:
                self._say(self._block, text)
