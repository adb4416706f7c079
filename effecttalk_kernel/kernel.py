"""Kernel: the Jupyter protocol; the one place that knows both ends and wires them."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import zmq
from ipykernel.kernelbase import Kernel
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait

from effecttalk_kernel import __version__, failure
from effecttalk_kernel.block import GOOD
from effecttalk_kernel.channels import Channel, Channels
from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.history import History
from effecttalk_kernel.outputs import Outputs
from effecttalk_kernel.session.keeper import ShellKeeper
from effecttalk_kernel.session.session import Session, SessionOptions
from effecttalk_kernel.settings import Settings

if TYPE_CHECKING:
    from effecttalk_kernel.questions import Questions

# Newest message protocol of which every message is served.
PROTOCOL: Final = "5.4"


class EffectTalkKernel(Kernel):  # type: ignore[misc]
    """A kernel whose cells are blocks of a shell session.

    Everything runs on one loop. Only execute requests wait for each other;
    whatever else is asked is answered while a block runs.
    """

    implementation = "effecttalk"
    implementation_version = __version__
    banner = f"EffectTalk {__version__}: every cell is a block in one shell session"
    language_info: Mapping[str, Any] = {
        "name": "bash",
        "version": "",
        "mimetype": "text/x-sh",
        "file_extension": ".sh",
        "codemirror_mode": "shell",
        "pygments_lexer": "bash",
    }
    # Not IPython's: naming its class here would import IPython.
    profile_dir = AnyTrait(None, allow_none=True)
    # Ours are no ZMQStreams.
    shell_stream = AnyTrait()
    control_stream = AnyTrait()
    # The base class waits this long after each cell for its iopub thread.
    _execute_sleep = 0.0

    def __init__(
        self,
        channels: Channels,
        settings: Settings,
        options: SessionOptions,
        keeper: ShellKeeper,
        log: logging.Logger,
    ) -> None:
        super().__init__(
            session=channels.session,
            shell_stream=channels.shell,
            control_stream=channels.control,
            iopub_socket=channels.iopub,
            stdin_socket=channels.stdin_socket,
            log=log,
        )
        self._channels = channels
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outbox: deque[Callable[[], object]] = deque()
        self._turn = asyncio.Lock()
        self._failures = 0
        self._running: Mapping[str, Any] | None = None
        self._asked_by: list[bytes] = []
        self._history = History()
        self._outputs = Outputs(settings, self._send, self._ask)
        self.shell_session = Session(options, keeper, self._outputs)
        self._shell_options = options.keeper.shell

    # Dispatch: instead of the base class's threads and locks.

    def start(self) -> None:
        """Serve the channels. Called by the app."""
        self.io_loop = IOLoop.current()
        self._control_lock = asyncio.Lock()
        self._channels.stdin.on_recv(self._input_reply)
        self._channels.control.on_recv(lambda frames: self._work(self.dispatch_control(frames)))
        self._channels.shell.on_recv(self._receive)
        self._publish_status("starting", "shell")

    def _receive(self, frames: list[zmq.Frame]) -> None:
        if _message_type(frames) == "execute_request":
            self._work(self._execute_in_turn(frames, self._failures))
        else:
            self._work(self._answer(frames))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _execute_in_turn(self, frames: list[zmq.Frame], failures: int) -> None:
        async with self._turn:
            # A cell that failed since this request came aborts it.
            self._aborting = failures != self._failures
            await self.dispatch_shell(frames)

    async def _answer(self, frames: list[zmq.Frame]) -> None:
        await self.dispatch_shell(frames)
        if self._running is not None:
            # The answer ended with "idle", which is not what the kernel is.
            self._publish_status("busy", "shell", parent=self._running)

    # Messages to iopub are made and sent while the shell already works on the block.

    def _later(self, send: Callable[[], object]) -> None:
        if not self._outbox:
            self._loop.call_soon(self._send_outbox)
        self._outbox.append(send)

    def _send_outbox(self) -> None:
        while self._outbox:
            self._outbox.popleft()()

    def _publish_status(
        self, status: str, channel: str, parent: Mapping[str, Any] | None = None
    ) -> None:
        parent = parent or self.get_parent(channel)
        self._later(partial(super()._publish_status, status, channel, parent))

    def _publish_execute_input(
        self, code: str, parent: Mapping[str, Any], execution_count: int
    ) -> None:
        self._later(partial(super()._publish_execute_input, code, parent, execution_count))

    def _publish_status_and_flush(
        self, status: str, channel: str, stream: Channel, parent: Mapping[str, Any] | None = None
    ) -> None:
        self._publish_status(status, channel, parent)
        self._send_outbox()

    def _send(self, kind: str, content: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        self._later(partial(self._send_now, kind, content, parent))

    def _send_now(self, kind: str, content: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        self.session.send(
            self.iopub_socket, kind, dict(content), parent=dict(parent), ident=self._topic(kind)
        )

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        self._channels.shell.flush()
        self._failures += 1

    def pre_handler_hook(self) -> None:
        """Leave SIGINT alone: blocks are interrupted by message. Called by the base class."""

    post_handler_hook = pre_handler_hook

    @property
    def kernel_info(self) -> dict[str, Any]:
        """The content of a kernel_info_reply."""
        return {
            "protocol_version": PROTOCOL,
            "implementation": self.implementation,
            "implementation_version": self.implementation_version,
            "language_info": dict(self.language_info),
            "banner": self.banner,
            "help_links": [],
            "supported_features": [],
        }

    # Execution.

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: object = None,
        cell_id: object = None,
    ) -> dict[str, Any]:
        """Run a cell as a block. Called by Jupyter."""
        if store_history and code.strip():
            self._history.add(self.execution_count, code)
        parent = {"header": self.get_parent("shell")["header"]}
        self._running = parent
        self._asked_by = self._get_shell_context_var(self._shell_parent_ident)
        self._outputs.expect(None if silent else parent)
        try:
            error = await self._run(code, interactive=allow_stdin)
        finally:
            self._running = None
        if error is not None:
            if not silent:
                self._send("error", error, parent)
            return {"status": "error", "execution_count": self.execution_count, **error}
        return {
            "status": "ok",
            "execution_count": self.execution_count,
            "payload": [],
            "user_expressions": await self._expressions(user_expressions),
        }

    async def _expressions(self, wanted: Mapping[str, str] | None) -> dict[str, Any]:
        return await self._questions.expand(wanted) if wanted else {}

    async def _run(self, code: str, *, interactive: bool) -> dict[str, Any] | None:
        """Run a block; returns what went wrong, if anything did."""
        try:
            block = await self.shell_session.run(code, interactive=interactive)
        except EffectTalkError as error:
            return failure.content(type(error).__name__, str(error))
        return None if block is None or block.status in GOOD else failure.of_block(block)

    def _send_interrupt_children(self) -> None:
        """Interrupt the running block. Called by the base class on the control channel."""
        self.shell_session.interrupt()

    # Input.

    def _ask(self, prompt: str, *, password: bool) -> None:
        self._send_outbox()  # what the program printed comes before its question
        content = {"prompt": prompt, "password": password}
        self.session.send(
            self._channels.stdin,
            "input_request",
            content,
            parent=dict(self._running or {}),
            ident=self._asked_by,
        )

    def _input_reply(self, frames: list[zmq.Frame]) -> None:
        try:
            _, rest = self.session.feed_identities(frames, copy=False)
            message = self.session.deserialize(rest, copy=False)
            value = message["content"]["value"]
        except (ValueError, KeyError, TypeError):
            self.log.exception("stdin.failed")
            return
        if value == "\x04":
            self.shell_session.end_of_file()
        else:
            self.shell_session.answer(str(value))

    # Questions about code.

    @cached_property
    def _questions(self) -> "Questions":
        # Not at start: no cell needs it.
        from effecttalk_kernel.questions import Questions

        return Questions(self.shell_session, self._shell_options)

    async def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """Complete at *cursor_pos*. Called by Jupyter."""
        return await self._questions.complete(code, len(code) if cursor_pos is None else cursor_pos)

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        """Tell about the word at *cursor_pos*. Called by Jupyter."""
        return await self._questions.inspect(code, cursor_pos, detail_level)

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Say whether *code* can run as it is. Called by Jupyter."""
        return await self._questions.is_complete(code)

    async def do_history(
        self,
        hist_access_type: str,
        output: bool,
        raw: bool,
        session: int | None = None,
        start: int | None = None,
        stop: int | None = None,
        n: int | None = None,
        pattern: str | None = None,
        unique: bool = False,
    ) -> dict[str, Any]:
        """Return cells of this session. Called by Jupyter."""
        match hist_access_type:
            case "tail":
                found = self._history.tail(n or 0)
            case "search":
                found = self._history.search(pattern or "*", n, unique=unique)
            case _:
                found = self._history.between(start or 0, stop)
        entries = [(s, line, (code, None) if output else code) for s, line, code in found]
        return {"status": "ok", "history": entries}

    # The end.

    async def shutdown_request(
        self, stream: Channel, ident: list[bytes], parent: Mapping[str, Any]
    ) -> None:
        """End the session, say so, and stop the loop. Called by Jupyter."""
        await self.shell_session.close()
        content = {"status": "ok", "restart": parent["content"]["restart"]}
        self.session.send(stream, "shutdown_reply", content, parent, ident=ident)
        self._send("shutdown_reply", content, parent)
        self._loop.call_soon(self._loop.stop)


def _message_type(frames: list[zmq.Frame]) -> str:
    """Return the type that a message's header names; the signature is checked later."""
    buffers = [bytes(frame.buffer[:64]) for frame in frames]
    try:
        header = frames[buffers.index(b"<IDS|MSG>") + 2]
        return str(json.loads(bytes(header.buffer))["msg_type"])
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
