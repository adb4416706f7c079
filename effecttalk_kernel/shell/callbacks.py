"""Callbacks: the one way by which the event loop calls the parts of a shell or a block.

The loop only logs an exception of a callback, and code that waits for the callback's effect
would wait for ever. Here the owner of the callback gets the exception, and ends what cannot
continue.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("effecttalk.callbacks")

Timer = asyncio.TimerHandle


class Callbacks:
    """The callbacks of one owner in the running event loop.

    *on_failure* is called with the exception that one of them raises.
    """

    def __init__(self, on_failure: Callable[[Exception], None]) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, callback: Callable[..., object], *arguments: object) -> None:
        """Call *callback* now."""
        try:
            callback(*arguments)
        except Exception as error:
            log.exception("callback.failed %s", callback)
            self._on_failure(error)

    def add_reader(self, descriptor: int, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* whenever *descriptor* can be read."""
        asyncio.get_running_loop().add_reader(descriptor, self.run, callback, *args)

    def remove_reader(self, descriptor: int) -> None:
        """Undo `add_reader`; may be called twice."""
        asyncio.get_running_loop().remove_reader(descriptor)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        """Call *callback* once, after *seconds*."""
        return asyncio.get_running_loop().call_later(seconds, self.run, callback, *args)

    def call_soon(self, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* once, as soon as the loop gets to it."""
        asyncio.get_running_loop().call_soon(self.run, callback, *args)

    def create_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._note_end)
        return task

    def cancel_tasks(self) -> None:
        """Cancel what `create_task` has started."""
        for task in self._tasks:
            task.cancel()

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self.run(task.result)


def describe_failure(error: Exception) -> str:
    """Describe an exception that nothing expected."""
    return (
        f"EffectTalk failed with an internal error, {type(error).__name__} (see the kernel's log)"
    )
