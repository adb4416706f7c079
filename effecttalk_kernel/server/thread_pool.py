"""The threads that read the store, with a limit on the requests that wait for one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from effecttalk_kernel.errors import EffectTalkError

Result = TypeVar("Result")

# Readers of SQLite do not block each other, but all share the server's interpreter lock.
THREADS: Final = 4
# Each takes some hundred milliseconds at worst; a longer queue would only time out.
MAX_WAITING: Final = 100


class OverloadedError(EffectTalkError):
    """Too many requests are waiting."""


class ThreadPool:
    """Runs blocking functions outside the server's event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="effecttalk")
        self._unfinished = 0

    async def run(self, function: Callable[[], Result]) -> Result:
        """Return the result of *function*, without blocking the event loop.

        Raises:
            OverloadedError: too many requests are waiting.

        """
        if self._unfinished >= MAX_WAITING:
            raise OverloadedError(f"{self._unfinished} requests are waiting: try again soon")
        self._unfinished += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        finally:
            self._unfinished -= 1
