"""Kernels that are killed at any moment: blocks with a reply are stored, no process is left."""

import asyncio
import os
import random
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager

from effecttalk_kernel.store import sessions
from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.rows import SessionState
from tests.support.kernel_template import KernelTemplate, fork_from
from tests.support.notebook import Notebook

# By default, and with --long.
KILLS, MANY_KILLS = 60, 300
AT_ONCE = 8
LONGEST_SECONDS = 0.5
CELLS = (
    ": {}",
    "x={}; declare -A map=([k]={}); echo $x",
    "seq 3000; false {}",
    # Bash cannot tell a job that it forks at the moment when its terminal hangs up.
    "sleep 10 & echo {}",
    "(sleep 0.05; echo late {}) & cd /tmp",
    "f() {{ echo {}; }}; f | cat",
    "read -t 0.01 answer; echo {} >&2",
)


@dataclass
class Life:
    """A kernel from its start to its end, and the cells whose replies came."""

    environment: dict[str, str]
    template: KernelTemplate
    sockets: Path
    seed: int
    replied: list[str] = field(default_factory=list)
    first_reply: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        chance = random.Random(self.seed)
        dies_early = chance.random() < 0.1  # while it starts
        # Another process could take a port between its choice and its use.
        address = str(self.sockets / str(self.seed))
        manager = AsyncKernelManager(kernel_name="effecttalk", transport="ipc", ip=address)
        if not dies_early:
            fork_from(self.template, manager)
        await manager.start_kernel(env=self.environment, cwd=os.environ["HOME"])
        client = manager.client()
        client.start_channels(hb=False, stdin=False, iopub=False)
        pid = manager.provisioner.pid
        try:
            work = asyncio.ensure_future(self.work(client, chance))
            if not dies_early:
                first = asyncio.ensure_future(self.first_reply.wait())
                await asyncio.wait([first, work], timeout=60, return_when="FIRST_COMPLETED")
                assert first.done(), work
            await asyncio.wait([work], timeout=chance.uniform(0, LONGEST_SECONDS))
            os.kill(pid, signal.SIGKILL)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            manager.context.destroy(linger=0)

    async def work(self, client, chance: random.Random) -> None:
        while True:
            name = f"cell-{self.seed}-{len(self.replied)}"
            code = chance.choice(CELLS).format(name, name)
            request = client.execute(code, allow_stdin=False, stop_on_error=False)
            reply = await client.get_shell_msg(timeout=60)
            assert reply["parent_header"]["msg_id"] == request
            self.replied.append(code)
            self.first_reply.set()


def left_behind(mark: str) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"={mark}\0".encode() in (path / "environ").read_bytes():
                yield int(path.name)
        except OSError:
            continue


def await_end_of_all(mark: str) -> None:
    """Wait until no process of the session is left; say what those do that are."""
    end = time.monotonic() + 20
    while left := [*left_behind(mark)]:
        assert time.monotonic() < end, "\n".join(map(describe, left))
        time.sleep(0.005)


def describe(pid: int) -> str:
    def read(name: str) -> str:
        try:
            return Path(f"/proc/{pid}/{name}").read_text(errors="replace").replace("\0", " ")
        except OSError as error:
            return str(error)

    return f"{pid} {read('cmdline')} waits in {read('wchan')}, {read('syscall')}{read('stat')}"


# States of 75 kB, and of 3 MB in many lines and in one.
FUNCTIONS = 'for i in {1..1500}; do eval "f_$i() { echo aaaaaaaaaaaaaaaaaaaaaaa; }"; done'
VARIABLES = "for i in {1..3000}; do printf -v v_$i %1000s x; done"
LONG_VALUE = "printf -v v %3000000s x"
LAST_CELLS = {
    "idle": (FUNCTIONS, ":"),
    "idle, 3 MB": (VARIABLES, ":"),
    "idle, one value of 3 MB": (LONG_VALUE, ":"),
    "busy": (FUNCTIONS, "echo busy; sleep 100"),
    "busy, 3 MB": (VARIABLES, "echo busy; while :; do :; done"),
    "a job": (VARIABLES, "sleep 100 &"),
    "a stopped job": (FUNCTIONS, "sleep 100 & kill -STOP $!"),
    "a block in the background": (FUNCTIONS, "#| background: true\nsleep 100"),
    "ignores SIGPIPE": (VARIABLES, "trap '' PIPE"),
    "ignores SIGHUP": (VARIABLES, "trap '' HUP"),
}


@pytest.mark.parametrize(("state", "last"), LAST_CELLS.values(), ids=LAST_CELLS)
def test_a_killed_kernel_leaves_no_process(state: str, last: str) -> None:
    mark = uuid.uuid4().hex
    with Notebook({"CRASH_TEST": mark}) as notebook:
        notebook.run(state)
        cell = notebook.send(last)
        notebook.wait(lambda: "busy" in cell.stdout or cell.is_done, "the last cell")
        os.kill(notebook.pid, signal.SIGKILL)
    await_end_of_all(mark)


@pytest.mark.parametrize("setting", [":", "trap '' PIPE HUP"])
def test_a_killed_kernel_leaves_no_process_that_waits_to_write_a_state(setting: str) -> None:
    mark = uuid.uuid4().hex
    with Notebook({"CRASH_TEST": mark}) as notebook:
        notebook.run(f"{setting}; printf -v big %20000000s x")
        for number in range(4):
            notebook.run(f"n={number}")
        os.kill(notebook.pid, signal.SIGKILL)
    await_end_of_all(mark)


@pytest.mark.timeout(600)
def test_a_block_with_a_reply_is_never_lost(
    tmp_path: Path, is_long: bool, template: KernelTemplate
) -> None:
    mark = uuid.uuid4().hex
    environment = {**os.environ, "EFFECTTALK_DATA_DIR": str(tmp_path), "CRASH_TEST": mark}
    kills = MANY_KILLS if is_long else KILLS
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    lives = [Life(environment, template, sockets, seed) for seed in range(kills)]

    async def kill_all() -> None:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(life: Life) -> None:
            async with room:
                await life.live()

        await asyncio.gather(*map(one, lives))

    asyncio.run(kill_all())
    seen = [code for life in lives for code in life.replied]
    assert len(seen) > kills
    with sqlite3.connect(store_path(tmp_path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO texts(texts) VALUES ('integrity-check')")
        kept = {
            code: (status, ended)
            for code, status, ended in connection.execute("SELECT code, status, ended FROM blocks")
        }
    missing = [code for code in seen if kept.get(code, (None, None))[1] is None]
    assert not missing
    with open_store(tmp_path) as connection:
        lost = sessions.mark_lost(connection, tmp_path)
        states = {session.state for session in sessions.list_sessions(connection)}
    assert lost
    assert states == {SessionState.LOST}
    await_end_of_all(mark)
