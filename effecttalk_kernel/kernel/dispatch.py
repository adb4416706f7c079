"""Dispatch: reads the requests of clients, and decides when each of them is handled.

This replaces the four threads of ipykernel and their locks: the hops between those cost
most of the time of a short cell.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from effecttalk_kernel.execution.metadata import read_cell_id
from effecttalk_kernel.kernel.channels import Channel, Channels
from effecttalk_kernel.kernel.messages import MessageError, Request


class RequestHandler(Protocol):
    """The kernel, as its dispatcher sees it."""

    async def handle(self, request: Request, channel: Channel, name: str) -> None:
        """Do what *request* asks for; *name* is that of its channel."""

    def abort(self, request: Request) -> None:
        """Reply to an execute request that an earlier cell's failure has cancelled."""

    def input_reply(self, request: Request) -> None:
        """Take the answer of a user."""

    def publish_busy(self, request: Request) -> None:
        """Tell clients that *request*, which runs, keeps the kernel busy."""


class Dispatcher:
    """Handles execute requests one after the other, and all others while a cell runs."""

    def __init__(self, channels: Channels, handler: RequestHandler, log: logging.Logger) -> None:
        self._channels = channels
        self._handler = handler
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._control_turn = asyncio.Lock()
        self._queue: deque[Request] = deque()
        self._failures = 0
        self.running: Request | None = None

    def start(self) -> None:
        """Read requests from now on."""
        self._channels.stdin.on_recv(self._reader(self._handler.input_reply))
        self._channels.control.on_recv(
            self._reader(lambda request: self._create_task(self._control_in_turn(request)))
        )
        self._channels.shell.on_recv(self._reader(self._receive))

    def queued_cells(self) -> list[str]:
        """Return the cells that wait, in the order in which they will run."""
        cells = (read_cell_id(request.message.get("metadata")) for request in self._queue)
        return [cell for cell in cells if cell is not None]

    def abort_queue(self) -> None:
        """Abort the execute requests that clients have sent so far."""
        self._channels.shell.flush()
        self._failures += 1

    def _reader(self, take: Callable[[Request], None]) -> Callable[[list[bytes]], None]:
        def read(frames: list[bytes]) -> None:
            try:
                request = self._channels.session.read(frames)
            except MessageError as error:
                self._log.error("message.refused %s", error)
            else:
                take(request)

        return read

    def _receive(self, request: Request) -> None:
        if request.kind == "execute_request":
            self._queue.append(request)
            self._create_task(self._execute_in_turn(request, self._failures))
        else:
            self._create_task(self._handle_now(request))

    def _create_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _execute_in_turn(self, request: Request, failures: int) -> None:
        async with self._turn:
            self._queue.popleft()
            if failures != self._failures:  # a cell has failed since the request came
                self._handler.abort(request)
                return
            self.running = request
            try:
                await self._handler.handle(request, self._channels.shell, "shell")
            finally:
                self.running = None

    async def _handle_now(self, request: Request) -> None:
        await self._handler.handle(request, self._channels.shell, "shell")
        if self.running is not None:
            # The answer ended with "idle", which is not what the kernel is.
            self._handler.publish_busy(self.running)

    async def _control_in_turn(self, request: Request) -> None:
        async with self._control_turn:
            await self._handler.handle(request, self._channels.control, "control")
