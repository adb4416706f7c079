"""The write queue: its order, and writes that fail."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from effecttalk_kernel.journal import write_queue
from effecttalk_kernel.journal.write_queue import WriteQueue
from effecttalk_kernel.store.errors import StoreError


def test_writes_run_in_order_and_can_be_awaited(tmp_path: Path) -> None:
    async def whole() -> list[int]:
        found: list[int] = []
        worker = WriteQueue(tmp_path, lambda error: pytest.fail(str(error)))
        for number in range(20):
            worker.add(lambda _, number=number: found.append(number))
        await worker.wait_until_empty()
        worker.close()
        return found

    assert asyncio.run(whole()) == [*range(20)]


def test_a_failing_write_does_not_stop_the_others(tmp_path: Path) -> None:
    problems: list[str] = []

    async def whole() -> list[str]:
        found: list[str] = []
        worker = WriteQueue(tmp_path, lambda error: problems.append(str(error)))
        worker.add(lambda _: found.append("before"))
        worker.add(lambda _: 1 // 0)
        worker.add(lambda _: found.append("after"))
        await worker.wait_until_empty()
        worker.close()
        return found

    assert asyncio.run(whole()) == ["before", "after"]
    assert [problem.split(":")[0] for problem in problems] == [
        "a part of this session is not stored"
    ]


def test_a_write_that_the_disk_refuses_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "RETRY_SECONDS", 0.01)
    problems: list[StoreError] = []

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        refusals = iter([True, True, False])

        def work(_: sqlite3.Connection) -> None:
            if next(refusals):
                raise OSError(28, "No space left on device")
            loop.call_soon_threadsafe(done.set)

        worker = WriteQueue(tmp_path, problems.append)
        worker.add(work)
        async with asyncio.timeout(10):
            await done.wait()
        await worker.wait_until_empty()
        worker.close()

    asyncio.run(whole())
    assert len(problems) == 2
    assert "No space left" in str(problems[0])
