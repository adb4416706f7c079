"""Watchers: clients that are told what becomes of blocks, by the cells that asked for them.

A page that was away finds out what happened in its absence; docs/comms.md has the messages.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from effecttalk_kernel.block import Block, Status
from effecttalk_kernel.comms import CommandError, Data, Tell
from effecttalk_kernel.metadata import cell_of
from effecttalk_kernel.publisher import Outlet, Publisher
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    InputAwaited,
    Started,
)

# Sooner than a cell shows the record of a block that runs, later than short ones end.
RUNNING_SECONDS: Final = 0.04
# What a page can have missed: a record has about a kilobyte.
KEPT_BLOCKS: Final = 200

Record = Mapping[str, Any]
QueuedCells = Callable[[], Sequence[str]]
Keep = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Watched:
    """What clients are told of a block."""

    number: int
    cell: str | None
    status: Status
    is_waiting: bool = False
    record: Record = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """Return what goes over the comm."""
        told = {"number": self.number, "status": self.status.value}
        told |= {"cell": self.cell} if self.cell else {}
        return told | ({"waiting": True} if self.is_waiting else {})


class Watchers:
    """The target `effecttalk.blocks`, and an observer of what blocks do."""

    name = "effecttalk.blocks"

    def __init__(self, session: str, queued: QueuedCells, keep: Keep, publisher: Publisher) -> None:
        self._session = session
        self._publisher = publisher
        self._queued = queued
        self._keep = keep
        self._loop = asyncio.get_running_loop()
        self._clients: dict[str, Tell] = {}
        self._blocks: dict[int, Watched] = {}
        self._cell: str | None = None
        self._starting: asyncio.TimerHandle | None = None
        self._told_queue: list[str] = []

    def expect(self, metadata: object) -> None:
        """Name the cell of the blocks that come by the *metadata* of its request."""
        self._cell = cell_of(metadata)

    def __call__(self, block: Block, event: Event, record: Record) -> None:
        """Observe *event*; *record* is what the cell shows, empty for a silent one."""
        match event:
            case Started():
                self._note(Watched(block.number, self._cell, block.status))
                self._starting = self._loop.call_later(RUNNING_SECONDS, self._tell, block.number)
            case InputAwaited():
                self._become(block.number, is_waiting=True)
            case Finished():
                self._end(block, record, self._publisher.foreground)
            case BackgroundEnded():
                self._end(block, record, self._publisher.background)

    def answered(self) -> None:
        """Note that the program that asked has its answer."""
        for number in [one.number for one in self._blocks.values() if one.is_waiting]:
            self._become(number, is_waiting=False)

    def idle(self) -> None:
        """Tell what waits no more: a cell before it failed, or it had nothing to run."""
        if self._told_queue:
            queued = self._queued()
            gone = [cell for cell in self._told_queue if cell not in queued]
            self._told_queue = [*queued]
            if gone:
                self._tell_all({"event": "unqueued", "cells": gone})

    def opened(self, identity: str, tell: Tell) -> None:
        """Tell a new client of everything."""
        self._clients[identity] = tell
        tell(identity, self._state())

    def closed(self, identity: str) -> None:
        """Forget a client."""
        self._clients.pop(identity, None)

    def commanded(self, data: Data) -> None:
        """Tell of everything again, or the record of one block, or keep what it has shown."""
        match data.get("command"):
            case "state":
                self._tell_all(self._state())
            case "record":
                self._tell_record(data.get("block"))
            case "keep":
                self._keep_shown(data.get("block"))
            case other:
                raise CommandError(f"unknown command {other!r}: known are state, record, keep")

    def _keep_shown(self, number: object) -> None:
        if not isinstance(number, int):
            raise CommandError(f"a block has a number, not {number!r}")
        self._keep(number)

    def _tell_record(self, number: object) -> None:
        watched = self._blocks.get(number) if isinstance(number, int) else None
        if watched is None or not watched.record:
            raise CommandError(f"nothing is known of a block {number!r} any more")
        block = watched.described() | {"record": watched.record}
        self._tell_all({"event": "record", "block": block})

    def _state(self) -> dict[str, Any]:
        self._told_queue = [*self._queued()]
        return {
            "event": "state",
            "session": self._session,
            "count": max(self._blocks, default=0),
            "blocks": [watched.described() for watched in self._blocks.values()],
            "queued": self._told_queue,
        }

    def _end(self, block: Block, record: Record, outlet: Outlet) -> None:
        """Note an end, and tell it behind what the cell has still to show by *outlet*."""
        known = self._blocks.get(block.number)
        cell = None if known is None else known.cell
        self._note(Watched(block.number, cell, block.status, record=record))
        outlet.behind(partial(self._tell, block.number))

    def _become(self, number: int, *, is_waiting: bool) -> None:
        if (watched := self._blocks.get(number)) is not None:
            self._blocks[number] = replace(watched, is_waiting=is_waiting)
            self._tell(number)

    def _note(self, watched: Watched) -> None:
        self._blocks[watched.number] = watched
        # The newest is the one that runs.
        if len(self._blocks) > KEPT_BLOCKS:
            del self._blocks[next(iter(self._blocks))]

    def _tell(self, number: int) -> None:
        if self._starting is not None and number == max(self._blocks):
            self._starting.cancel()
        if self._clients and (watched := self._blocks.get(number)) is not None:
            self._tell_all({"event": "block", "block": watched.described()})

    def _tell_all(self, data: Data) -> None:
        for identity, tell in self._clients.items():
            tell(identity, data)
