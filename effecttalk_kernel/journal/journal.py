"""Journal: an observer that keeps every block of a session in the store.

A block is written when it starts and, before its reply, when it ends. What its cell
shows and the shell's state follow behind the reply. Whatever fails, the block runs on;
the user is told once that it is not kept.
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
# Pieces of what follows, while the rows that they belong to can't be written.
MOST_HELD: Final = 1_000


class Journal:
    """The blocks of one session on their way to the store."""

    def __init__(
        self,
        options: JournalOptions,
        masker: Masker,
        tell: Callable[[Block, str], None],
        on_kept: Callable[[int], None],
        find_cell: Callable[[Block], CellOutputs | None],
        own: Mapping[str, str],
    ) -> None:
        """Keep blocks from now on.

        *on_kept* is told how many bytes their outputs have; *find_cell* returns the cell that
        shows a block, None for a silent one; *own* is the session's environment.
        """
        self._options = options
        self._masker = masker
        self._tell = tell
        self._find_cell = find_cell
        self._block: Block | None = None
        self._unsaid: list[str] = []
        self._held: deque[Write] = deque(maxlen=MOST_HELD)
        self._rows = BlockJournal(options, masker, self._say, self._release)
        self._background = WriteQueue(options.data_directory, self._rows.failed)
        self.states = StateJournal(options, masker, self._later, self.done, own)
        self._shown = OutputJournal(
            options, masker, self._later, on_kept, lambda: self.states.last_number
        )

    def prepare(self) -> None:
        """Open the store; done before a block runs, it makes none longer."""
        self._rows.prepare()

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*, which the block's cell shows already."""
        match event:
            case Started():
                cell = self._find_cell(block)
                self._put(block, cell)
                self._say_what_is_unsaid()
                self._shown.started(block, cell)
            case Finished() | BackgroundEnded():
                self._put(block, self._find_cell(block))
                self._shown.ended(block)

    def keep_shown(self, number: int) -> None:
        """Keep now what block *number* has shown so far, if it may still show more."""
        self._shown.keep_open(number)

    @property
    def is_settled(self) -> bool:
        """Whether every block is written."""
        return self._rows.are_settled

    async def settled(self) -> None:
        """Wait until every block is written, but not long: then it is tried behind the reply."""
        await self._rows.settled()

    async def done(self) -> None:
        """Wait until all that can be written is written."""
        await self._rows.settled()
        await self._background.done()

    async def close(self) -> None:
        """Write what is left, and that the session has ended; may be called twice."""
        self._shown.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._rows.finish()
                await self._background.done()
        except TimeoutError:
            log.warning("session.unfinished %s: the store is locked", self._options.session)
        self._background.close()
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
            cwd=self._masker.text(block.cwd_before),
            cwd_after=self._masker.text(block.cwd_after),
            record=record,
        )
        self._rows.put(row)

    def _later(self, work: Write) -> None:
        """Do *work* behind the reply, when the rows that it belongs to are there."""
        if self._rows.are_there:
            self._background.add(work)
        elif not self._rows.is_given_up:
            self._held.append(work)

    def _release(self) -> None:
        while self._held:
            self._background.add(self._held.popleft())

    def _say(self, text: str) -> None:
        self._unsaid.append(f"effecttalk: {text}")
        self._say_what_is_unsaid()

    def _say_what_is_unsaid(self) -> None:
        """Tell the user in the last block's cell; what comes before the first waits for it."""
        if self._block is not None:
            unsaid, self._unsaid = self._unsaid, []
            for text in unsaid:
                self._tell(self._block, text)
