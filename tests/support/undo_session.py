"""A session that keeps its states in memory, for tests of undo."""

import asyncio
from pathlib import Path
from typing import Self

from effecttalk_kernel.block import Block
from effecttalk_kernel.journal.undo import UndoHistory
from effecttalk_kernel.session.events import Event, Notice, OutputRead
from effecttalk_kernel.session.saved_states import RecentStates, SavedState
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.dialects.bash import Snapshot
from tests.support.shell import DEADLINE, HEADLESS, options


class OtherStates(RecentStates):
    """States of this session and of others."""

    def __init__(self) -> None:
        super().__init__()
        self.others: dict[str, SavedState] = {}

    def forget(self, number: int) -> None:
        self._drop(number)

    async def find_state(self, name: str) -> SavedState:
        if name in self.others:
            return self.others[name]
        return await super().find_state(name)


class UndoSession:
    """A session, the states that it reported, and the calls of its commands."""

    def __init__(self, directory: Path, **changes: object) -> None:
        self.outputs: dict[int, bytes] = {}
        self.notices: list[str] = []
        self.told: list[tuple[int, Snapshot]] = []
        self.states = OtherStates()
        runtime = directory / "run"
        runtime.mkdir(mode=0o700)
        shell = options(directory, **changes)
        supervisor_options = SupervisorOptions(shell, runtime, DEADLINE)
        self.supervisor = ShellSupervisor(supervisor_options)
        self.supervisor.spawn()
        session_options = SessionOptions("test", supervisor_options, 1.0)
        self.session = ShellSession(session_options, self.supervisor, self._keep)
        self.session.observers.add(self._observe)
        self.travel = UndoHistory(self.session, self.states)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    def _observe(self, block: Block, event: Event) -> None:
        if isinstance(event, OutputRead):
            self.outputs[block.number] = self.outputs.get(block.number, b"") + event.data
        elif isinstance(event, Notice):
            self.notices.append(event.text)

    def _keep(self, number: int, state: Snapshot) -> None:
        self.told.append((number, state))
        self.states.keep(number, state.parts, tuple(job.text.decode() for job in state.jobs))
        self.travel.add_state(number, state)

    async def run(self, code: str) -> str:
        """Run a block and return what it printed, after its state was reported."""
        async with asyncio.timeout(DEADLINE):
            block = await self.session.run(code, HEADLESS)
            await self.session.state()
        assert block is not None
        return self.outputs.get(block.number, b"").decode()

    async def call(self, name: str, **arguments: object) -> list[str]:
        """Call as a command does, and return the text that it prints."""
        answer = await self.travel.calls[name](arguments)
        text = answer["text"]
        assert isinstance(text, list)
        return text
