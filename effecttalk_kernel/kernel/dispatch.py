"""Dispatch: who is answered when, and what is published around it.

Instead of the base class's four threads and their locks: the hops between
those cost most of a short cell's time.
"""

import asyncio
import errno
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import zmq
from ipykernel.kernelbase import Kernel
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait

from effecttalk_kernel.execution.metadata import cell_of, may_fail
from effecttalk_kernel.kernel.channels import Channel, Channels
from effecttalk_kernel.kernel.messages import MessageError, Request
from effecttalk_kernel.output.publisher import Publisher

Parent = Mapping[str, Any]


class DispatchingKernel(Kernel):
    """A kernel on one loop.

    Only execute requests wait for each other; whatever else is asked is
    answered while a cell runs. What goes to iopub is made and sent while the
    shell already works.
    """

    _publisher: Publisher
    # Not IPython's: naming its class here would import IPython.
    profile_dir = AnyTrait(None, allow_none=True)
    # Ours are no ZMQStreams.
    shell_stream = AnyTrait()
    control_stream = AnyTrait()

    def __init__(self, channels: Channels, log: logging.Logger) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            session=channels.session,
            shell_stream=channels.shell,
            control_stream=channels.control,
            iopub_socket=channels.iopub,
            stdin_socket=channels.stdin,
            log=log,
        )
        self._channels = channels
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._queue: deque[Request] = deque()
        self._failures = 0
        self._running: Request | None = None

    def start(self) -> None:
        """Serve the channels. Called by the app."""
        self.io_loop = IOLoop.current()
        self._control_turn = asyncio.Lock()
        self._channels.stdin.on_recv(self._reader(self.input_reply))
        self._channels.control.on_recv(self._reader(self._receive_control))
        self._channels.shell.on_recv(self._reader(self._receive))
        self._publish_status("starting", "shell")

    def input_reply(self, request: Request) -> None:
        """Take the user's answer."""
        raise NotImplementedError

    def _reader(self, take: Callable[[Request], None]) -> Callable[[list[bytes]], None]:
        def read(frames: list[bytes]) -> None:
            try:
                request = self._channels.session.read(frames)
            except MessageError as error:
                self.log.error("message.refused %s", error)
            else:
                take(request)

        return read

    def _receive(self, request: Request) -> None:
        if request.kind == "execute_request":
            self._queue.append(request)
            self._work(self._execute_in_turn(request, self._failures))
        else:
            self._work(self._answer(request))

    def _receive_control(self, request: Request) -> None:
        self._work(self._control_in_turn(request))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _execute_in_turn(self, request: Request, failures: int) -> None:
        async with self._turn:
            self._queue.popleft()
            # A cell that failed since this request came aborts it.
            if failures == self._failures:
                await self._handle(request, self._channels.shell, "shell")
            else:
                self._abort(request)

    def queued_cells(self) -> list[str]:
        """Return which cells wait for their turn, in its order."""
        cells = (cell_of(request.message.get("metadata")) for request in self._queue)
        return [cell for cell in cells if cell is not None]

    def _abort(self, request: Request) -> None:
        self.set_parent(request.route, request.message)
        self._publish_status("busy", "shell")
        self._send_abort_reply(self._channels.shell, request.message, request.route)
        self._publish_status("idle", "shell")

    async def _answer(self, request: Request) -> None:
        await self._handle(request, self._channels.shell, "shell")
        if self._running is not None:
            # The answer ended with "idle", which is not what the kernel is.
            self._publish_status("busy", "shell", parent=self._running.message)

    async def _control_in_turn(self, request: Request) -> None:
        async with self._control_turn:
            await self._handle(request, self._channels.control, "control")

    async def _handle(self, request: Request, channel: Channel, name: str) -> None:
        """Do what *request* asks for, between "busy" and "idle"."""
        self.set_parent(request.route, request.message, name)
        self._publish_status("busy", name)
        handlers = self.control_handlers if name == "control" else self.shell_handlers
        handler = handlers.get(request.kind)
        if handler is None:
            self.log.warning("request.unknown %s", request.kind)
            handler = _ignore
        try:
            done = handler(channel, request.route, request.message)
            if isawaitable(done):
                await done
        except Exception:  # the door: the kernel lives on
            self.log.exception("request.failed %s", request.kind)
        self._publish_status("idle", name)
        self._publisher.flush()

    async def execute_request(self, stream: Channel, ident: list[bytes], parent: Parent) -> None:
        """Run a cell and reply. Called by dispatch."""
        content = parent["content"]
        silent = content.get("silent", False)
        metadata = {"started": datetime.now(UTC).isoformat()}
        if not silent:
            self.execution_count += 1
            self._publish_execute_input(content["code"], parent, self.execution_count)
        self._running = Request(ident, {"header": parent["header"]})
        try:
            reply = await self.do_execute(
                content["code"],
                silent,
                content.get("store_history", not silent),
                content.get("user_expressions"),
                content.get("allow_stdin", False),
                cell_meta=parent.get("metadata"),
            )
        finally:
            self._running = None
        self._channels.session.send(
            stream, "execute_reply", reply, parent, ident=ident, metadata=metadata
        )
        stops = content.get("stop_on_error", True) and not may_fail(parent.get("metadata"))
        if reply["status"] == "error" and not silent and stops:
            self._abort_queues()

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        self._channels.shell.flush()
        self._failures += 1

    def _request_input(self, content: Parent, metadata: Parent) -> str | None:
        """Ask who has sent the cell that runs; returns the identity of the input_request.

        None: that client has no stdin channel.
        """
        self._publisher.flush()  # what the program printed comes before its question
        asker = self._running
        if asker is None:
            return None
        try:
            sent: Any = self._channels.session.send(
                self._channels.stdin,
                "input_request",
                content,
                parent=asker.message,
                ident=asker.route,
                metadata=metadata,
            )
        except zmq.ZMQError as error:
            if error.errno != errno.EHOSTUNREACH:
                raise
            return None
        return str(sent["header"]["msg_id"])

    # Publishing.

    def _publish_status(self, status: str, channel: str, parent: Parent | None = None) -> None:
        self._send("status", {"execution_state": status}, parent or self.get_parent(channel))

    def _publish_execute_input(self, code: str, parent: Parent, execution_count: int) -> None:
        self._send("execute_input", {"code": code, "execution_count": execution_count}, parent)

    def _send(self, kind: str, content: Parent, parent: Parent) -> None:
        self._publisher.send(kind, content, parent)

    def _send_now(self, kind: str, content: Parent, parent: Parent) -> None:
        self._channels.session.send(
            self._channels.iopub, kind, content, parent, ident=self._topic(kind)
        )


def _ignore(_stream: Channel, _route: list[bytes], _message: Parent) -> None:
    """Answer nothing: "busy" and "idle" tell the client that its request has come."""
