"""Background: work on the store behind the replies, which nobody waits for.

It may take SQLite long: a lock, a checkpoint, a megabyte of text. So it is done in a
thread, one piece after the other, on a connection of its own.
"""

import asyncio

# What asyncio.to_thread imports when it is used first: there may be no descriptor for it then.
import concurrent.futures.thread  # noqa: F401
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from effecttalk_kernel.store.database import connect, store_path, translate_errors
from effecttalk_kernel.store.errors import StoreError

log = logging.getLogger("effecttalk.store")

Write = Callable[[sqlite3.Connection], None]
# Who sends one cell after the other does not meet the lock of what follows the last.
FOLLOW_SECONDS: Final = 0.05
# A kernel that is asked to end does not wait longer for others.
PATIENCE_SECONDS: Final = 4.0
# A full disk, no free descriptor: somebody has to do something about it.
RETRY_SECONDS: Final = 2.0
MOST_UNDONE: Final = 1_000


class WriteQueue:
    """Pieces of work in their order; fails without harm, and tells how. Owns a connection."""

    def __init__(self, data_directory: Path, on_problem: Callable[[StoreError], None]) -> None:
        self._directory = data_directory
        self._on_problem = on_problem
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Write] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection | None = None

    def add(self, work: Write) -> None:
        """Do *work* soon; it is called in another thread, with a connection."""
        self._queue.append(work)
        if self._timer is None and self._task is None:
            self._timer = self._loop.call_later(FOLLOW_SECONDS, self._start)

    async def done(self) -> None:
        """Wait until nothing is left to do."""
        if self._timer is not None:
            self._start()
        while self._task is not None:
            await asyncio.shield(self._task)

    def close(self) -> None:
        """Close the connection; what is not done is dropped."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is None:
            self._disconnect()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None:
            self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        """Do what there is to do; what can't be done now is tried again later."""
        undone: list[Write] = []
        try:
            while self._queue:
                batch = [*self._queue]
                self._queue.clear()
                undone += await self._done_in_thread(batch)
        finally:
            self._task = None
        if undone:
            self._queue.extend(undone[-MOST_UNDONE:])
            self._timer = self._loop.call_later(RETRY_SECONDS, self._start)

    async def _done_in_thread(self, batch: list[Write]) -> list[Write]:
        """Do *batch*, tell what goes wrong, and return what is to be tried again."""
        try:
            undone, problems = await asyncio.to_thread(self._work, batch)
        except (OSError, RuntimeError) as error:  # no thread, no descriptor
            log.warning("store.delayed %s", error)
            return batch
        for problem in problems:
            self._on_problem(problem)
        return undone

    # In the thread.

    def _work(self, batch: list[Write]) -> tuple[list[Write], list[StoreError]]:
        """Do *batch*; return what could not be done, and why."""
        undone: list[Write] = []
        problems: list[StoreError] = []
        for place, work in enumerate(batch):
            if not self._can_connect(problems):
                return undone + batch[place:], problems
            try:
                with translate_errors(store_path(self._directory)):
                    work(self._connected())
            except StoreError as error:
                self._disconnect()  # the store may have been set aside
                undone.append(work)
                problems.append(error)
            except Exception:  # one piece of an observer's work: the others are still done
                log.exception("store.failed")
        return undone, problems

    def _can_connect(self, problems: list[StoreError]) -> bool:
        try:
            self._connected()
        except StoreError as error:
            problems.append(error)
            return False
        return True

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._directory, timeout_seconds=PATIENCE_SECONDS)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
