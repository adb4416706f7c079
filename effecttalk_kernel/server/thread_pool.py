"""Workers: the threads in which the store is asked, a few and with a limit to what waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from effecttalk_kernel.errors import EffectTalkError

Result = TypeVar("Result")

# Readers of SQLite don't wait for each other, but all threads of Python share the server's.
THREADS: Final = 4
# Some hundreds of milliseconds each at worst: nobody waits for more.
MOST_WAITING: Final = 100


class OverloadedError(EffectTalkError):
    """More was asked than can be answered soon."""


class ThreadPool:
    """Runs what blocks in threads of its own, away from those of the server."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="effecttalk")
        self._unfinished = 0

    async def run(self, function: Callable[[], Result]) -> Result:
        """Return what *function* returns, without blocking the server.

        Raises:
            OverloadedError: too many wait already.

        """
        if self._unfinished >= MOST_WAITING:
            raise OverloadedError(f"{self._unfinished} requests wait already: try again soon")
        self._unfinished += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        finally:
            self._unfinished -= 1
