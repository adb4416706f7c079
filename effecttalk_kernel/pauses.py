"""Pauses: waits between the blocks of a cell, which an interrupt ends."""

import asyncio

from effecttalk_kernel.errors import BlockError


class Pauses:
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

    def interrupt(self) -> None:
        """End the pause that lasts, if one does."""
        if self._interrupted is not None and not self._interrupted.done():
            self._interrupted.set_result(None)
