"""Steps: work of which each piece is short, so that the event loop never waits for long.

Such work is a generator that yields between its pieces.
"""

import asyncio
import time
from collections.abc import Generator
from typing import Final, TypeVar

Result = TypeVar("Result")
Steps = Generator[None, None, Result]

# How long the loop works on one thing, and how long it then looks after the others.
WORK_SECONDS: Final = 0.002
PAUSE_SECONDS: Final = 0.002


def take_all(steps: Steps[Result]) -> Result:
    """Take all steps at once, and return what they make."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def take_some(steps: Steps[Result]) -> tuple[Result] | None:
    """Take steps for a short time; return what they make, or None if some are left."""
    deadline = time.monotonic() + WORK_SECONDS
    while time.monotonic() < deadline:
        try:
            next(steps)
        except StopIteration as end:
            return (end.value,)
    return None


async def take_slowly(steps: Steps[Result]) -> Result:
    """Take all steps, and let the loop do other work in between."""
    made = take_some(steps)
    while made is None:
        await asyncio.sleep(PAUSE_SECONDS)
        made = take_some(steps)
    return made[0]
