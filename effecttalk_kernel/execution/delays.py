"""Waits: pauses and work before a block runs, which an interrupt ends."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from effecttalk_kernel.errors import BlockError

T = TypeVar("T")


class Waits:
    """Waits for one thing at a time, until it is over or an interrupt comes."""

    def __init__(self) -> None:
        self._interrupted: asyncio.Future[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts.

        Raises:
            BlockError: an interrupt ended the wait.

        """
        self._interrupted = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._interrupted
        except TimeoutError:
            return
        finally:
            self._interrupted = None
        raise BlockError("interrupted before the next attempt")

    async def wait_for(self, work: Awaitable[T]) -> T:
        """Wait for *work* and return its result.

        Raises:
            BlockError: an interrupt ended the wait; *work* is cancelled, but a thread that it
                waits for goes on and its result is discarded.

        """
        self._interrupted = interrupted = asyncio.get_running_loop().create_future()
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait((working, interrupted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._interrupted = None
        if interrupted.done() and not working.done():
            working.add_done_callback(lambda done: done.cancelled() or done.exception())
            working.cancel()
            raise BlockError("interrupted before the block ran")
        interrupted.cancel()
        return await working

    def interrupt(self) -> None:
        """End the current wait, if there is one."""
        if self._interrupted is not None and not self._interrupted.done():
            self._interrupted.set_result(None)
