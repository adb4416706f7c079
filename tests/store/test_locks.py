"""Locks between processes, and between threads of one process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from effecttalk_kernel.store.locks import LockedError, hold_lock
from tests.store.sample_store import process, wait_for


def test_a_lock_excludes_another_process(tmp_path: Path) -> None:
    code = "from effecttalk_kernel.store.locks import hold_lock\nwith hold_lock(data):\n    stop_here()"
    with process(code, tmp_path / "lock") as other:
        wait_for(other)
        with pytest.raises(LockedError), hold_lock(tmp_path / "lock"):
            pass
    with hold_lock(tmp_path / "lock"):
        pass


def test_a_lock_excludes_another_thread_and_stays_held(tmp_path: Path) -> None:
    code = (
        "from effecttalk_kernel.store.locks import hold_lock\n"
        "try:\n    with hold_lock(data): print('free')\nexcept Exception: print('held')"
    )

    def try_it() -> None:
        with hold_lock(tmp_path / "lock"):
            pass

    with ThreadPoolExecutor(1) as threads, hold_lock(tmp_path / "lock"):
        with pytest.raises(LockedError):
            threads.submit(try_it).result()
        with process(code, tmp_path / "lock") as other:
            wait_for(other, "held")


def test_a_waiting_thread_gets_the_lock_next(tmp_path: Path) -> None:
    order = []

    def wait() -> None:
        begun.set()
        with hold_lock(tmp_path / "lock", waits=True):
            order.append("second")

    begun = threading.Event()
    thread = threading.Thread(target=wait)
    with hold_lock(tmp_path / "lock"):
        thread.start()
        assert begun.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    with hold_lock(tmp_path / "lock"):
        pass
