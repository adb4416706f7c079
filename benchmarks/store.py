"""Measure the store with a million blocks in it: listing, searching, writing."""

import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kernel import run_measurements

from effecttalk_kernel.store import blocks, search_index, sessions
from effecttalk_kernel.store.database import connect, transaction
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

BLOCKS = 1_000_000
BLOCKS_PER_SESSION = 500
WORDS = [
    f"{first}{second}" for first in ("log", "net", "disk", "job", "user") for second in range(2_000)
]
COMMANDS = (
    "curl -fsS https://host/{}",
    "grep -c {} /var/log/syslog",
    "make {}",
    "echo {} && cd {}",
)
DAY = 86_400.0


def fill_store(directory: Path) -> None:
    """Fill a store like a year of sessions: one block in ten fails, and all print some words."""
    chance = random.Random(1)
    now = time.time()
    with closing(connect(directory)) as connection, transaction(connection):
        for first in range(0, BLOCKS, BLOCKS_PER_SESSION):
            started = now - (BLOCKS - first) * 365 * DAY / BLOCKS
            identity = f"{first:012x}"
            session = connection.execute(
                "INSERT INTO sessions (id, created, modified, state, blocks)"
                " VALUES (?, ?, ?, 'closed', ?)",
                (identity, started, started, BLOCKS_PER_SESSION),
            ).lastrowid
            for number in range(1, BLOCKS_PER_SESSION + 1):
                add_block(connection, chance, session, identity, number, started)


def add_block(
    connection: sqlite3.Connection,
    chance: random.Random,
    session: int,
    identity: str,
    number: int,
    started: float,
) -> None:
    code = chance.choice(COMMANDS).format(chance.choice(WORDS), chance.choice(WORDS))
    status = "failed" if chance.random() < 0.1 else "success"
    cwd = f"/home/user/project{chance.randrange(50)}"
    key = connection.execute(
        "INSERT INTO blocks (session, number, code, status, exit_status, started, ended, cwd)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (session, number, code, status, 0, started + number, started + number + 1, cwd),
    ).lastrowid
    indexed = search_index.IndexedBlock(
        key=key,
        session=identity,
        code=code,
        outputs=(),
        started=started + number,
        cwd=cwd,
        has_failed=status == "failed",
    )
    output = " ".join(chance.choices(WORDS, k=20)) + " common words of all"
    search_index.write_part(connection, indexed, 0, output)


def time_calls(work: Callable[[], object], count: int = 15) -> str:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return f"median {statistics.median(times):7.2f} ms, worst {max(times):7.2f} ms"


def queries() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield what users search for, from rare to common words, with every filter."""
    week = time.time() - 7 * DAY
    wanted = blocks.BlockFilter
    yield "sessions list", lambda c: sessions.list_sessions(c, limit=50)
    yield "blocks list", lambda c: blocks.list_blocks(c, wanted())
    yield "blocks list --failed", lambda c: blocks.list_blocks(c, wanted(failed=True))
    yield "blocks list --cwd", lambda c: blocks.list_blocks(c, wanted(cwd="/home/user/project7"))
    nowhere = wanted(cwd="/nowhere", failed=True)
    yield "blocks list --failed --cwd /nowhere", lambda c: blocks.list_blocks(c, nowhere)
    for text in ("disk1234", "common", "curl common words", "disk12", "nothinglikeit"):
        yield f"search {text}", lambda c, text=text: blocks.search(c, text, wanted())
    for name, narrowed in (
        ("--failed", wanted(failed=True)),
        ("--cwd", wanted(cwd="/home/user/project7")),
        ("--cwd /nowhere", wanted(cwd="/nowhere")),
        ("--since 7d", wanted(since=week)),
        ("--session", wanted(session=f"{0:012x}")),
        ("--failed --cwd --since", wanted(failed=True, cwd="/home/user/project7", since=week)),
    ):
        yield f"search common {name}", lambda c, n=narrowed: blocks.search(c, "common", n)


def measure_store() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIRECTORY")) as name:
        directory = Path(name)
        began = time.perf_counter()
        fill_store(directory)
        size = sum(path.stat().st_size for path in directory.iterdir())
        print(f"{BLOCKS:,} blocks: {size / 1e6:,.0f} MB, {time.perf_counter() - began:.0f} s")
        with closing(connect(directory)) as connection:
            for what, work in queries():
                print(f"{what:40}", time_calls(lambda work=work: work(connection)))
        measure_writes(directory)


def measure_writes(directory: Path) -> None:
    """Measure the two transactions of a block before its reply, and the one after it."""
    new = NewSession("benchmark", "", "bash", "host", os.getpid(), time.time())
    writer = SessionWriter(directory, new)
    numbers = iter(range(1, 1_000_000))
    running = NewBlock(1, "echo hi", "running", None, time.time(), None, "/tmp", "", None)

    def start() -> None:
        nonlocal running
        running = replace(running, number=next(numbers))
        writer.put(running)

    def end() -> None:
        record = {str(number): {"status": "success"} for number in range(20)}
        writer.put(replace(running, status="success", ended=time.time(), record=record))

    print(f"{'a block starts':40}", time_calls(start, 500))
    print(f"{'a block ends':40}", time_calls(end, 500))
    with closing(connect(directory)) as connection:
        indexed = search_index.IndexedBlock(
            key=BLOCKS + 1,
            session="benchmark",
            code="echo hi",
            outputs=[{"output_type": "stream", "name": "stdout", "text": "text " * 99}],
            started=time.time(),
            cwd="/tmp",
            has_failed=False,
        )
        print(
            f"{'its text is indexed':40}",
            time_calls(lambda: search_index.index_block(connection, indexed), 200),
        )
    writer.close()


if __name__ == "__main__":
    run_measurements({"store": measure_store}, __doc__)
