"""Pauses: waits between the blocks of a cell, which an interrupt ends."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from effecttalk_kernel.errors import BlockError

T = TypeVar("T")


class Waits:
    """At most one pause at a time."""

    def __init__(self) -> None:
        self._interrupted: asyncio.Future[None] | None = None

    async def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            BlockError: it was interrupted.

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

    async def during(self, work: Awaitable[T]) -> T:
        """Wait for *work*, and return what comes of it.

        Raises:
            BlockError: it was interrupted, and the work is cancelled; in a thread it goes on,
                and nobody hears of it.

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
        """End the pause that lasts, if one does."""
        if self._interrupted is not None and not self._interrupted.done():
            self._interrupted.set_result(None)
