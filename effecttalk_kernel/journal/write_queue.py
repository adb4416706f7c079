"""Write queue: writes to the store after the replies, in a thread.

A write may take long: for a lock, a checkpoint, a megabyte of text. The thread does one after
the other, with a connection of its own.
"""

import asyncio

# asyncio.to_thread imports it at its first use, when no file descriptor may be free.
import concurrent.futures.thread  # noqa: F401
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.database import connect, store_path, translate_errors
from effecttalk_kernel.store.errors import RecordError, StoreError

log = logging.getLogger("effecttalk.store")

Write = Callable[[sqlite3.Connection], None]
# A client that sends one cell after the other does not meet the lock of the last one's writes.
DELAY_SECONDS: Final = 0.05
# A kernel that shuts down does not wait longer for other processes.
PATIENCE_SECONDS: Final = 4.0
# A full disk, or no free descriptor, will not be gone sooner.
RETRY_SECONDS: Final = 2.0
MAX_UNDONE: Final = 1_000


class WriteQueue:
    """Runs writes in order, and reports those that fail; owns a connection."""

    def __init__(self, data_directory: Path, on_problem: Callable[[StoreError], None]) -> None:
        self._directory = data_directory
        self._on_problem = on_problem
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Write] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection | None = None

    def add(self, work: Write) -> None:
        """Call *work* soon, in another thread, with a connection."""
        self._queue.append(work)
        if self._timer is None and self._task is None:
            self._timer = self._loop.call_later(DELAY_SECONDS, self._start_writing)

    async def wait_until_empty(self) -> None:
        """Wait until the queue is empty."""
        if self._timer is not None:
            self._start_writing()
        while self._task is not None:
            await asyncio.shield(self._task)

    def close(self) -> None:
        """Close the connection; remaining writes are dropped."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is None:
            self._disconnect()

    def _start_writing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None:
            self._task = self._loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        """Do all writes; those that fail are tried again later."""
        undone: list[Write] = []
        try:
            while self._queue:
                batch = [*self._queue]
                self._queue.clear()
                undone += await self._write_in_thread(batch)
        finally:
            self._task = None
        if undone:
            self._queue.extend(undone[-MAX_UNDONE:])
            self._timer = self._loop.call_later(RETRY_SECONDS, self._start_writing)

    async def _write_in_thread(self, batch: list[Write]) -> list[Write]:
        """Do *batch* in a thread, report errors, and return the writes to be tried again."""
        try:
            undone, problems = await asyncio.to_thread(self._write_batch, batch)
        except (OSError, RuntimeError) as error:  # no thread, no descriptor
            log.warning("store.delayed %s", error)
            return batch
        for problem in problems:
            self._on_problem(problem)
        return undone

    # In the thread.

    def _write_batch(self, batch: list[Write]) -> tuple[list[Write], list[StoreError]]:
        """Do *batch*; return the writes that failed, and why."""
        undone: list[Write] = []
        problems: list[StoreError] = []
        for index, work in enumerate(batch):
            if not self._try_to_connect(problems):
                return undone + batch[index:], problems
            try:
                with translate_errors(store_path(self._directory)):
                    work(self._connect())
            except StoreError as error:
                self._disconnect()  # the store may have been set aside
                undone.append(work)
                problems.append(error)
            except Exception as error:  # a bug in one write: the others are still done
                log.exception("store.failed")
                problems.append(RecordError(f"a part of this session is not stored: {error!r}"))
        return undone, problems

    def _try_to_connect(self, problems: list[StoreError]) -> bool:
        try:
            self._connect()
        except StoreError as error:
            problems.append(error)
            return False
        return True

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._directory, timeout_seconds=PATIENCE_SECONDS)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
