"""A shell with terminals, for tests below the kernel."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

import psutil

from effecttalk_kernel.block import RunSpec
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import BlockEnded, ShellEvent, SnapshotTaken
from effecttalk_kernel.shell.shell import Connection
from effecttalk_kernel.shell.spawn import ShellOptions, spawn
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPair, TerminalPool
from tests.support import kernel_template
from tests.support.open_files import open_files

SIZE = TerminalSize(24, 80)
HEADLESS = RunSpec()
DEADLINE = 20.0


def children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [each for each in found if not is_template(each)]


def is_template(process: psutil.Process) -> bool:
    """Whether the kernels of other tests are forked from it, or it is one of them."""
    try:
        return kernel_template.__file__ in process.cmdline()
    except psutil.Error:  # it has ended
        return False


def options(directory: Path, **changes: object) -> ShellOptions:
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "LC_ALL": "C.UTF-8"}
    values = {
        "program": "bash",
        "load_rc": False,
        "size": SIZE,
        "environment": environment,
        "cwd": str(directory),
        **changes,
    }
    return ShellOptions(**values)  # type: ignore[arg-type]


class Driver:
    """One shell with a pair of terminals: what a session does, without its cares."""

    def __init__(self, directory: Path, *, restore: bytes = b"", **changes: object) -> None:
        self.events: asyncio.Queue[ShellEvent] = asyncio.Queue()
        self.shell = spawn(options(directory, **changes), restore=restore)
        self.shell.attach(self.events.put_nowait)
        self.pool = TerminalPool(SIZE)
        self.pair: TerminalPair = self.pool.acquire()
        self.number = 0

    async def __aenter__(self) -> Self:
        await self.shell.wait_until_ready(DEADLINE)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shell.process.send(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self.shell.close()
        self.pair.close()
        self.pool.close()

    async def hear(self, kind: type[ShellEvent]) -> ShellEvent:
        async with asyncio.timeout(DEADLINE):
            while not isinstance(event := await self.events.get(), kind):
                pass
        return event

    async def run(self, code: str) -> tuple[BlockEnded, str]:
        """Run a block; how it ended, and what it printed."""
        self.number += 1
        await self.shell.hooks.wait()  # at their end, what was typed is dropped
        self.shell.load(code)
        self.shell.run(self.number, self.pair, Connection.NO_INPUT)
        ended = await self.hear(BlockEnded)
        assert isinstance(ended, BlockEnded)
        output = b""
        for _, terminal in self.pair.streams():
            while data := terminal.read():
                output += data
        return ended, output.decode()

    async def proceed(self) -> Snapshot:
        self.shell.proceed()
        return await self.snapshot()

    async def snapshot(self) -> Snapshot:
        """The state after the last block; 0 is the state of the beginning."""
        taken = await self.hear(SnapshotTaken)
        while isinstance(taken, SnapshotTaken) and taken.number != self.number:
            taken = await self.hear(SnapshotTaken)
        assert isinstance(taken, SnapshotTaken)
        return taken.snapshot


def in_loop(main: Callable[[], Awaitable[None]]) -> None:
    """Run *main* and hold that it gives every descriptor and process back."""

    async def whole() -> None:
        await main()

    before = open_files()
    try:
        asyncio.run(whole())
        # Meanwhile, files of earlier tests may have been closed, with the garbage.
        assert open_files() <= before
        _, left = psutil.wait_procs(children(), timeout=DEADLINE)
        assert left == []
    finally:
        for process in children():  # of a test that failed
            process.kill()
