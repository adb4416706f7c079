"""Surroundings: where the shell is, and what it has, for clients that watch its blocks."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.kernel.comms.git_branch import branch_of
from effecttalk_kernel.masked import MaskedText
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from effecttalk_kernel.kernel.comms.environment import Environment

# Behind the reply, and once for all of many short blocks.
LOOK_SECONDS: Final = 0.05

Tell = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class SurroundingsParts:
    """What surroundings need of their kernel; the environment is made when it is needed."""

    session: ShellSession
    environment: Callable[[], "Environment"]
    tell: Tell


class Surroundings:
    """Looks around when somebody wants to know, and never while a reply waits for it."""

    def __init__(self, parts: SurroundingsParts) -> None:
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._told: Mapping[str, Any] = {}
        self._is_wanted = self._is_asked = False
        parts.session.on_moved = self.look

    def look(self, *, again: bool = False) -> None:
        """Tell soon where the shell is, if that is not what was told last, or *again*."""
        if again:
            self._told = {}
        if self._parts.session.count and self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look_now)

    def ask(self) -> None:
        """Tell the environment, as it is after the last block that has ended."""
        self._is_asked = True
        if self._asking is None:
            self._asking = self._loop.create_task(self._answer())

    def close(self) -> None:
        """Tell nothing any more."""
        for waiting in (self._timer, self._looking, self._asking):
            if waiting is not None:
                waiting.cancel()

    def _look_now(self) -> None:
        self._timer = None
        self._is_wanted = True
        if self._looking is None:
            self._looking = self._loop.create_task(self._tell_place())

    async def _tell_place(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                place = {"event": "place", **await self._place()}
                if place != self._told:
                    self._told = place
                    self._parts.tell(place)
        finally:
            self._looking = None

    async def _answer(self) -> None:
        try:
            while self._is_asked:
                self._is_asked = False
                # What the last block has left may just be written.
                await self._parts.session.snapshot()
                environment = await self._parts.environment().described()
                place = await self._place()
                self._parts.tell({"event": "environment", **place, **environment})
        finally:
            self._asking = None

    async def _place(self) -> dict[str, MaskedText]:
        """Return the directory, and the branch of its repository if there is one."""
        cwd = self._parts.session.cwd
        # In a thread: the directory may be on a server that does not answer.
        branch = await asyncio.to_thread(branch_of, cwd)
        mask = self._parts.environment().masker.text
        return {"cwd": mask(cwd)} | ({"branch": mask(branch)} if branch else {})
