"""Blocks: tells clients what happens to blocks, and which cells asked for them.

A page that was closed meanwhile learns here what it missed; docs/comms.md lists the messages.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.block import Block, Status
from effecttalk_kernel.kernel.comms.manager import CommandError, Data, SendData, Unfinished
from effecttalk_kernel.kernel.stdin import UserInput
from effecttalk_kernel.output.publisher import Lane, Publisher
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    Event,
    Finished,
    InputAwaited,
    InputGiven,
    Started,
)
from effecttalk_kernel.store.masked import MaskedObject

if TYPE_CHECKING:
    from effecttalk_kernel.kernel.comms.location import Location

# Before a cell shows the record of a running block, and after short blocks have ended.
RUNNING_SECONDS: Final = 0.04
# What a page may have missed; a record takes about a kilobyte.
KEPT_BLOCKS: Final = 200

QueuedCells = Callable[[], Sequence[str]]
# Returns the record that the cell of a block shows, None for a silent block.
FindRecord = Callable[[Block], MaskedObject | None]
# An action on the block with this number.
BlockAction = Callable[[int], Unfinished]


@dataclass(frozen=True, slots=True)
class BlockState:
    """What clients know about a block."""

    number: int
    cell: str | None
    status: Status
    count: int
    is_waiting: bool = False
    record: MaskedObject | None = None

    def to_message(self) -> dict[str, Any]:
        """Return the state as it is sent over the comm."""
        message = {"number": self.number, "status": self.status.value}
        message |= {"cell": self.cell} if self.cell else {}
        message |= {"execution_count": self.count} if self.count != self.number else {}
        return message | ({"waiting": True} if self.is_waiting else {})


class BlocksComm:
    """The target `effecttalk.blocks`, and an observer of all blocks."""

    name = "effecttalk.blocks"

    def __init__(
        self,
        session: str,
        queued: QueuedCells,
        actions: Mapping[str, BlockAction],
        publisher: Publisher,
        user_input: UserInput,
        find_record: FindRecord,
    ) -> None:
        self._session = session
        self._publisher = publisher
        self._queued = queued
        self._actions = actions
        self._user_input = user_input
        user_input.listen(self)
        self._location: Callable[[], Location] | None = None
        self._loop = asyncio.get_running_loop()
        self._clients: dict[str, SendData] = {}
        self._blocks: dict[int, BlockState] = {}
        self._find_record = find_record
        self._starting: dict[int, asyncio.TimerHandle] = {}
        self._sent_queue: list[str] = []

    def use_location(self, location: "Callable[[], Location]") -> None:
        """Send the shell's location too; *location* makes it when a client needs it."""
        self._location = location

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*, which the block's cell shows already."""
        match event:
            case Started(request):
                started = BlockState(block.number, request.cell, block.status, request.count)
                self._add(started)
                # The state at the start: the end is sent later, after the block's output.
                timer = self._loop.call_later(RUNNING_SECONDS, self._send_block, started)
                self._starting[block.number] = timer
            case InputAwaited():
                self._set_waiting(block.number, is_waiting=True)
            case InputGiven():
                self._set_waiting(block.number, is_waiting=False)
            case Finished():
                self._end(block, Lane.FOREGROUND)
            case BackgroundEnded():
                self._end(block, Lane.BACKGROUND)

    @property
    def has_clients(self) -> bool:
        """Whether any client is connected."""
        return bool(self._clients)

    def question_changed(self) -> None:
        """Send the question that is open now."""
        if self._clients:
            self._send_all({"event": "question", "question": self._question()})

    def ping(self) -> None:
        """Ask the clients whether they are there."""
        self._send_all({"event": "ping"})

    def idle(self) -> None:
        """Send which cells left the queue without a block: an earlier cell failed, or no code."""
        if self._sent_queue:
            queued = self._queued()
            removed = [cell for cell in self._sent_queue if cell not in queued]
            self._sent_queue = [*queued]
            if removed:
                self._send_all({"event": "unqueued", "cells": removed})

    def open(self, comm_id: str, send: SendData) -> None:
        """Add a client, and send it everything."""
        self._clients[comm_id] = send
        send(comm_id, self._state())
        send(comm_id, {"event": "ping"})  # shows whether it is one that answers
        self._update_location(again=True)

    def close(self, comm_id: str) -> None:
        """Remove a client."""
        self._clients.pop(comm_id, None)

    def run_command(self, data: Data) -> Unfinished:
        """Send everything or one record again, answer a question, or act on a block."""
        match data.get("command"):
            case "state":
                self._send_all(self._state())
                self._update_location(again=True)
            case "environment" if self._location is not None:
                self._location().request_environment()
            case "record":
                self._send_record(data.get("block"))
            case "keep" | "end" as command:
                return self._act(command, data.get("block"))
            case "answer":
                self._answer(data.get("question"), data.get("text"))
            case "here":
                self._user_input.note_page()
            case other:
                raise CommandError(
                    f"unknown command {other!r}; the commands are state, environment, record,"
                    " keep, end, answer, here"
                )
        return None

    def _answer(self, number: object, text: object) -> None:
        if not isinstance(text, str):
            raise CommandError("invalid answer: `text` must be a string")
        if not self._user_input.answer(text, number):
            raise CommandError(
                f"question {number!r} is not open: it was answered, or its block has ended"
            )

    def _question(self) -> Data | None:
        question = self._user_input.question
        return None if question is None else question.to_message()

    def _act(self, command: str, number: object) -> Unfinished:
        if not isinstance(number, int):
            raise CommandError(f"invalid block {number!r}: give its number")
        return self._actions[command](number)

    def _send_record(self, number: object) -> None:
        state = self._blocks.get(number) if isinstance(number, int) else None
        if state is None or not state.record:
            raise CommandError(f"no record of block {number!r}")
        block = state.to_message() | {"record": state.record}
        self._send_all({"event": "record", "block": block})

    def _state(self) -> dict[str, Any]:
        self._sent_queue = [*self._queued()]
        return {
            "event": "state",
            "session": self._session,
            "count": max(self._blocks, default=0),
            "blocks": [state.to_message() for state in self._blocks.values()],
            "queued": self._sent_queue,
            "question": self._question(),
        }

    def _end(self, block: Block, lane: Lane) -> None:
        """Store the end of a block, and send it after the output that waits in *lane*."""
        state = self._blocks.get(block.number)
        cell, count = (None, block.number) if state is None else (state.cell, state.count)
        record = self._find_record(block)
        ended = BlockState(block.number, cell, block.status, count, record=record)
        self._add(ended)
        # The state as of now: the block's last process may end before it is sent.
        self._publisher.call_after(lane, partial(self._send_block, ended))

    def _set_waiting(self, number: int, *, is_waiting: bool) -> None:
        state = self._blocks.get(number)
        if state is not None and state.is_waiting != is_waiting:
            self._blocks[number] = replace(state, is_waiting=is_waiting)
            self._send_block(self._blocks[number])

    def _add(self, state: BlockState) -> None:
        self._blocks[state.number] = state
        # Drop the oldest; the newest is the one that is running.
        if len(self._blocks) > KEPT_BLOCKS:
            del self._blocks[next(iter(self._blocks))]

    def _send_block(self, state: BlockState) -> None:
        if (timer := self._starting.pop(state.number, None)) is not None:
            timer.cancel()
        if self._clients:
            self._send_all({"event": "block", "block": state.to_message()})
            if state.status is not Status.RUNNING:
                self._update_location()

    def _update_location(self, *, again: bool = False) -> None:
        if self._location is not None:
            self._location().update(again=again)

    def send_location(self, data: Data) -> None:
        """Send every client the shell's location or environment, changes with their cells."""
        changes = [self._with_cell(change) for change in data.get("changes", ())]
        self._send_all({**data, "changes": changes} if changes else data)

    def _with_cell(self, change: Data) -> Data:
        state = self._blocks.get(change["block"])
        return {**change, "cell": state.cell} if state and state.cell else change

    def _send_all(self, data: Data) -> None:
        for comm_id, send in self._clients.items():
            send(comm_id, data)
