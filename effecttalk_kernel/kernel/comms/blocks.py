"""Watchers: clients that are told what becomes of blocks, by the cells that asked for them.

A page that was away finds out what happened in its absence; docs/comms.md has the messages.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.block import Block, Status
from effecttalk_kernel.kernel.comms.manager import CommandError, Data, Later, Tell
from effecttalk_kernel.kernel.stdin import UserInput
from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.output.publisher import Lane, Publisher
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    InputAwaited,
    InputGiven,
    Started,
)

if TYPE_CHECKING:
    from effecttalk_kernel.kernel.comms.location import Surroundings

# Sooner than a cell shows the record of a block that runs, later than short ones end.
RUNNING_SECONDS: Final = 0.04
# What a page can have missed: a record has about a kilobyte.
KEPT_BLOCKS: Final = 200

QueuedCells = Callable[[], Sequence[str]]
# Returns the record that the cell of a block shows, None for a silent block.
FindRecord = Callable[[Block], MaskedObject | None]
# What can be done with a block that has this number.
Do = Callable[[int], Later]


@dataclass(frozen=True, slots=True)
class Watched:
    """What clients are told of a block."""

    number: int
    cell: str | None
    status: Status
    count: int
    is_waiting: bool = False
    record: MaskedObject | None = None

    def described(self) -> dict[str, Any]:
        """Return what goes over the comm."""
        told = {"number": self.number, "status": self.status.value}
        told |= {"cell": self.cell} if self.cell else {}
        told |= {"execution_count": self.count} if self.count != self.number else {}
        return told | ({"waiting": True} if self.is_waiting else {})


class Watchers:
    """The target `effecttalk.blocks`, and an observer of what blocks do."""

    name = "effecttalk.blocks"

    def __init__(
        self,
        session: str,
        queued: QueuedCells,
        doings: Mapping[str, Do],
        publisher: Publisher,
        user_input: UserInput,
        find_record: FindRecord,
    ) -> None:
        self._session = session
        self._publisher = publisher
        self._queued = queued
        self._doings = doings
        self._user_input = user_input
        user_input.listen(self)
        self._surroundings: Callable[[], Surroundings] | None = None
        self._loop = asyncio.get_running_loop()
        self._clients: dict[str, Tell] = {}
        self._blocks: dict[int, Watched] = {}
        self._find_record = find_record
        self._starting: dict[int, asyncio.TimerHandle] = {}
        self._told_queue: list[str] = []

    def surround(self, surroundings: "Callable[[], Surroundings]") -> None:
        """Tell of *surroundings* too, which are made when there is somebody to tell."""
        self._surroundings = surroundings

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*, which the block's cell shows already."""
        match event:
            case Started(request):
                started = Watched(block.number, request.cell, block.status, request.count)
                self._note(started)
                # As it began: its end may wait behind what it has printed.
                soon = self._loop.call_later(RUNNING_SECONDS, self._tell_of, started)
                self._starting[block.number] = soon
            case InputAwaited():
                self._become(block.number, is_waiting=True)
            case InputGiven():
                self._become(block.number, is_waiting=False)
            case Finished():
                self._end(block, Lane.FOREGROUND)
            case BackgroundEnded():
                self._end(block, Lane.BACKGROUND)

    @property
    def has_clients(self) -> bool:
        """Whether somebody is told."""
        return bool(self._clients)

    def question_changed(self) -> None:
        """Tell which question is open now."""
        if self._clients:
            self._tell_all({"event": "question", "question": self._question()})

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
        self._look(again=True)

    def closed(self, identity: str) -> None:
        """Forget a client."""
        self._clients.pop(identity, None)

    def commanded(self, data: Data) -> Later:
        """Tell of everything again, or the record of one block, or do something with it."""
        match data.get("command"):
            case "state":
                self._tell_all(self._state())
                self._look(again=True)
            case "environment" if self._surroundings is not None:
                self._surroundings().ask()
            case "record":
                self._tell_record(data.get("block"))
            case "keep" | "end" as command:
                return self._do(command, data.get("block"))
            case "answer":
                self._answer(data.get("question"), data.get("text"))
            case other:
                raise CommandError(
                    f"unknown command {other!r}: known are state, environment, record, keep, end,"
                    " answer"
                )
        return None

    def _answer(self, number: object, text: object) -> None:
        if not isinstance(text, str):
            raise CommandError("an answer is a text")
        if not self._user_input.answer(text, number):
            raise CommandError(
                f"the question {number!r} is not open: it has its answer, or its end"
            )

    def _question(self) -> Data | None:
        question = self._user_input.question
        return None if question is None else question.described()

    def _do(self, command: str, number: object) -> Later:
        if not isinstance(number, int):
            raise CommandError(f"a block has a number, not {number!r}")
        return self._doings[command](number)

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
            "question": self._question(),
        }

    def _end(self, block: Block, lane: Lane) -> None:
        """Note an end, and tell clients after all that the cell still has to show in *lane*."""
        known = self._blocks.get(block.number)
        cell, count = (None, block.number) if known is None else (known.cell, known.count)
        ended = Watched(block.number, cell, block.status, count, record=self._find_record(block))
        self._note(ended)
        # As it is now: its last process may be gone before this is told.
        self._publisher.call_after(lane, partial(self._tell_of, ended))

    def _become(self, number: int, *, is_waiting: bool) -> None:
        watched = self._blocks.get(number)
        if watched is not None and watched.is_waiting != is_waiting:
            self._blocks[number] = replace(watched, is_waiting=is_waiting)
            self._tell(number)

    def _note(self, watched: Watched) -> None:
        self._blocks[watched.number] = watched
        # The newest is the one that runs.
        if len(self._blocks) > KEPT_BLOCKS:
            del self._blocks[next(iter(self._blocks))]

    def _tell(self, number: int) -> None:
        if (watched := self._blocks.get(number)) is not None:
            self._tell_of(watched)

    def _tell_of(self, watched: Watched) -> None:
        if (starting := self._starting.pop(watched.number, None)) is not None:
            starting.cancel()
        if self._clients:
            self._tell_all({"event": "block", "block": watched.described()})
            if watched.status is not Status.RUNNING:
                self._look()

    def _look(self, *, again: bool = False) -> None:
        if self._surroundings is not None:
            self._surroundings().look(again=again)

    def tell_surroundings(self, data: Data) -> None:
        """Tell every client where the shell is or what it has, changes with the blocks' cells."""
        changes = [self._with_cell(change) for change in data.get("changes", ())]
        self._tell_all({**data, "changes": changes} if changes else data)

    def _with_cell(self, change: Data) -> Data:
        watched = self._blocks.get(change["block"])
        return {**change, "cell": watched.cell} if watched and watched.cell else change

    def _tell_all(self, data: Data) -> None:
        for identity, tell in self._clients.items():
            tell(identity, data)
