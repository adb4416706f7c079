"""Kernel: the Jupyter protocol; the only module that knows both ends, and wires them."""

import asyncio
import errno
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from functools import cached_property
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

import zmq
from ipykernel.kernelbase import Kernel
from traitlets import Any as AnyTrait

from effecttalk_kernel import __version__
from effecttalk_kernel.block import GOOD
from effecttalk_kernel.config.settings import TOKEN, Settings
from effecttalk_kernel.execution.line_ends import normalize_line_ends
from effecttalk_kernel.execution.metadata import allows_failure, read_cell_id
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.kernel.channels import Channel, Channels
from effecttalk_kernel.kernel.comms.blocks import BlocksComm
from effecttalk_kernel.kernel.comms.control import ControlComm
from effecttalk_kernel.kernel.comms.manager import Comms
from effecttalk_kernel.kernel.comms.terminal import TerminalComm
from effecttalk_kernel.kernel.dispatch import Dispatcher
from effecttalk_kernel.kernel.front_ends import FrontEnds
from effecttalk_kernel.kernel.input_history import InputHistory
from effecttalk_kernel.kernel.messages import JupyterRequest
from effecttalk_kernel.kernel.stdin import Question, UserInput, UserInputParts
from effecttalk_kernel.output.cell import CellOutputs, SharedParts
from effecttalk_kernel.output.cell_observer import Cells, picture_decoder
from effecttalk_kernel.output.error_message import block_error
from effecttalk_kernel.output.publisher import Lane, Parent, Publisher
from effecttalk_kernel.output.rate_limit import RateLimits
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import CellRequest, Notice
from effecttalk_kernel.session.runtime_directory import RuntimeDirectory
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.store.masked import MaskedObject
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.spill.writer import SpillFolder

if TYPE_CHECKING:
    from effecttalk_kernel.execution.executor import Executor
    from effecttalk_kernel.kernel.comms.location import Location
    from effecttalk_kernel.kernel.error_reports import ErrorReporter
    from effecttalk_kernel.kernel.introspection.answers import Introspection
    from effecttalk_kernel.kernel.persistence import Persistence

# The newest message protocol of which every message is served.
PROTOCOL: Final = "5.4"
# By then clients have connected and asked for kernel_info; most wait for their user.
PREPARE_SECONDS: Final = 0.15
RUNTIME_LOST: Final = (
    "the kernel's runtime directory is gone and cannot be made anew ({}); the session continues,"
    " but without the `effecttalk` command, named outputs and other programs (`shell:`): see"
    " `jupyter --runtime-dir`, make that directory writable, or restart with JUPYTER_RUNTIME_DIR"
    " set to another one"
)

Handler = Callable[[Channel, list[bytes], Parent], object]


class EffectTalkKernel(Kernel):
    """A kernel whose cells are blocks of a shell session, with everything on one loop.

    ipykernel's base class answers the requests for which it has a `..._request` method;
    the dispatcher decides when, and the publisher sends what goes to every client.
    """

    implementation = "effecttalk"
    implementation_version = __version__
    banner = f"EffectTalk {__version__}: every cell is a block in one shell session"
    language_info: dict[str, object] = {  # noqa: RUF012 # a dict in the base class
        "name": "bash",
        "version": "",
        "mimetype": "text/x-sh",
        "file_extension": ".sh",
        "codemirror_mode": "shell",
        "pygments_lexer": "bash",
    }
    # IPython's type is not named here, because that would import IPython.
    profile_dir = AnyTrait(None, allow_none=True)
    # The base class expects ZMQStreams here.
    shell_stream = AnyTrait()
    control_stream = AnyTrait()

    def __init__(
        self,
        channels: Channels,
        settings: Settings,
        options: SessionOptions,
        supervisor: ShellSupervisor,
        runtime: RuntimeDirectory,
        masker: Masker,
        log: logging.Logger,
    ) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            session=channels.session,
            shell_stream=channels.shell,
            control_stream=channels.control,
            iopub_socket=channels.iopub,
            stdin_socket=channels.stdin,
            log=log,
        )
        self._channels = channels
        self._options = options
        self._settings = settings
        self._supervisor = supervisor
        self._runtime = runtime
        self._runtime_problem = ""
        self._loop = asyncio.get_running_loop()
        self._dispatcher = Dispatcher(channels, self, log)
        self._history = InputHistory()
        limits = RateLimits(
            settings.data_rate_limit,
            settings.message_rate_limit,
            settings.rate_limit_window_seconds,
        )
        self._publisher = Publisher(self._send_now, limits)
        self._masker = masker
        spills = self._spills = SpillFolder(
            spills_directory(settings.data_directory) / options.identity,
            settings.max_session_size,
            masker.stream,
        )
        token = options.supervisor.shell.environment[TOKEN]
        shared = SharedParts(settings, self._publisher, spills, picture_decoder(token), masker)
        self._cells = Cells(shared)
        front_ends = FrontEnds(settings.front_end_timeout, lambda: self._channels.has_subscribers)
        self._user_input = UserInput(
            UserInputParts(
                front_ends,
                self._show_prompt,
                self._send_question,
                self._take_answer,
                self._give_up_asking,
                masker.text,
            )
        )
        self._terminal_comm = TerminalComm(settings.front_end_timeout)
        self._blocks_comm = BlocksComm(
            options.identity,
            self._dispatcher.queued_cells,
            {"keep": self._save_output, "end": self._end_processes},
            self._publisher,
            self._user_input,
            self._cells.find_record,
        )
        self._named_outputs = NamedOutputs(
            options.supervisor.runtime_directory,
            lambda block, text: self.shell_session.observers.tell(block, Notice(text)),
        )
        self.shell_session = ShellSession(options, supervisor, self._save_state)
        self.shell_session.observers.add(self._cells, self._terminal_comm, self._named_outputs)
        self._cells.observers.add(self._user_input, self._blocks_comm)
        self._terminal_comm.show(self.shell_session)
        self._blocks_comm.use_location(lambda: self._location)
        targets = ControlComm(self.shell_session), self._terminal_comm, self._blocks_comm
        self._serve(Comms(targets, self._publisher.send))
        self._loop.call_later(PREPARE_SECONDS, self._prepare)

    def start(self) -> None:
        """Serve the channels. Called by the app."""
        self._dispatcher.start()
        self._publish_status("starting", "shell")

    def _prepare(self) -> None:
        """Prepare resources in advance, so that the first block starts without delay."""
        self._restore_runtime_directory()
        self._persistence.prepare()
        self.shell_session.prepare()

    def _restore_runtime_directory(self) -> None:
        """Make the directory anew if it is gone; if that fails, tell the user once."""
        problem = ""
        try:
            if self._runtime.restore():
                self.log.warning("runtime.restored %s", self._runtime.path)
        except OSError as error:
            problem = error.strerror or str(error)
        if problem and problem != self._runtime_problem:
            self._supervisor.warn(RUNTIME_LOST.format(problem))
        self._runtime_problem = problem

    def _save_output(self, number: int) -> None:
        self._persistence.save_output(number)

    def _save_state(self, number: int, state: Snapshot) -> None:
        self._persistence.save_state(number, state)

    def _end_processes(self, number: int) -> Coroutine[Any, Any, None]:
        # Imported here: few sessions have anything to end.
        from effecttalk_kernel.kernel.commands.jobs import JobCommands

        return JobCommands(self.shell_session).end(number)

    @cached_property
    def _persistence(self) -> "Persistence":
        # Imported here: it takes as long as all the rest of the start.
        from effecttalk_kernel.kernel.commands.resources import ResourceCommand
        from effecttalk_kernel.kernel.persistence import Persistence, PersistenceParts

        parts = PersistenceParts(
            settings=self._settings,
            options=self._options,
            masker=self._masker,
            cells=self._cells,
            on_saved=self._spills.reserve,
            run_next=self._executor.run_next,
            resource_command=ResourceCommand(
                self._spills, self.shell_session, self._options.supervisor.runtime_directory
            ),
        )
        return Persistence(parts, self.shell_session)

    @cached_property
    def _location(self) -> "Location":
        # Imported here: only clients of the comm of blocks need it.
        from effecttalk_kernel.kernel.comms.location import Location, LocationParts

        parts = LocationParts(
            session=self.shell_session,
            environment=lambda: self._persistence.environment,
            send=self._blocks_comm.send_location,
        )
        return Location(parts)

    @cached_property
    def _executor(self) -> "Executor":
        # Imported here: a client waits for the first answer.
        from effecttalk_kernel.execution.executor import Executor, ExecutorParts

        parts = ExecutorParts(
            settings=self._settings,
            session=self.shell_session,
            named=self._named_outputs,
            ask=self._user_input.ask,
            end_question=self._user_input.over,
            say=self._cells.say,
            without_secrets=self._masker.pieces_without_secrets,
            prepare=self._prepare,
            wait_until_written=self._wait_until_settled,
        )
        return Executor(parts)

    @cached_property
    def _error_reporter(self) -> "ErrorReporter":
        # Imported here: most kernels never need it.
        from effecttalk_kernel.kernel.error_reports import ErrorReporter

        return ErrorReporter.of(
            self._options.supervisor.runtime_directory,
            sanitizes=self._settings.sanitize_error_messages,
        )

    # Requests.

    async def handle(self, request: JupyterRequest, channel: Channel, name: str) -> None:
        """Do what *request* asks for, between "busy" and "idle". Called by the dispatcher."""
        self.set_parent(request.route, request.message, name)
        self._publish_status("busy", name)
        handlers = self.control_handlers if name == "control" else self.shell_handlers
        handler = handlers.get(request.kind)
        try:
            if handler is None:  # "busy" and "idle" tell the client that it has arrived
                self.log.warning("request.unknown %s", request.kind)
            elif isawaitable(done := handler(channel, request.route, request.message)):
                await done
        except Exception as error:  # the kernel must outlive a request that it cannot handle
            self.log.exception("request.failed %s", request.kind)
            self._reply_to_failed(request, channel, error)
        self._publish_status("idle", name)
        self._publisher.flush()

    def _reply_to_failed(self, request: JupyterRequest, channel: Channel, error: Exception) -> None:
        """Reply to a request that could not be handled, so that its client does not wait."""
        base, is_request, _ = request.kind.rpartition("_request")
        if is_request:
            content = {"status": "error", **self._error_reporter.content(error)}
            self._channels.session.send(
                channel,
                f"{base}_reply",
                self._masker.json(content),
                request.message,
                ident=request.route,
            )

    def abort(self, request: JupyterRequest) -> None:
        """Reply to an execute request that an earlier cell's failure has cancelled."""
        self.set_parent(request.route, request.message)
        self._publish_status("busy", "shell")
        self._send_abort_reply(self._channels.shell, request.message, request.route)
        self._publish_status("idle", "shell")

    def publish_busy(self, request: JupyterRequest) -> None:
        """Tell clients that *request*, which runs, keeps the kernel busy."""
        self._publish_status("busy", "shell", request.message)

    def _publish_status(self, status: str, channel: str, parent: Parent | None = None) -> None:
        self._publisher.send(
            "status", {"execution_state": status}, parent or self.get_parent(channel)
        )
        if status == "idle":
            self._publisher.reset_limits()
            self._blocks_comm.idle()
            self._loop.call_soon(self._named_outputs.publish)

    def _send_now(self, kind: str, content: Mapping[str, Any], parent: Parent) -> None:
        topic = self._topic(kind)
        self._channels.session.send(self._channels.iopub, kind, content, parent, ident=topic)

    def _serve(self, comms: Comms) -> None:
        """Handle the messages of comms, also while a cell runs."""

        def without_reply(take: Callable[[Parent, Parent], None]) -> Handler:
            return lambda _stream, _ident, message: take(
                message["content"], {"header": message["header"]}
            )

        def comm_info(stream: Channel, ident: list[bytes], parent: Parent) -> None:
            found = comms.list_comms(parent["content"].get("target_name"))
            content = {"status": "ok", "comms": found}
            self._channels.session.send(stream, "comm_info_reply", content, parent, ident=ident)

        handlers: dict[str, Handler] = {
            "comm_open": without_reply(comms.open),
            "comm_msg": without_reply(comms.message),
            "comm_close": without_reply(comms.close),
            "comm_info_request": comm_info,
        }
        self.shell_handlers.update(handlers)
        self.control_handlers.update(handlers)

    # Cells.

    async def execute_request(self, stream: Channel, ident: list[bytes], parent: Parent) -> None:
        """Run a cell and reply. Called by handle()."""
        content = parent["content"]
        silent = content.get("silent", False)
        started = datetime.now(UTC).isoformat()
        if not silent:
            self.execution_count += 1
            published = {"code": content["code"], "execution_count": self.execution_count}
            self._publisher.send("execute_input", published, parent)
        reply = await self._execute(parent, silent=silent)
        stops = content.get("stop_on_error", True) and not allows_failure(parent.get("metadata"))
        if reply["status"] == "error" and not silent and stops:
            # Before the reply, because a cell that the client sends after it must run.
            self._dispatcher.abort_queue()
        self._channels.session.send(
            stream, "execute_reply", reply, parent, ident=ident, metadata={"started": started}
        )

    async def _execute(self, parent: Parent, *, silent: bool) -> dict[str, Any]:
        """Run a cell as a block; return the content of the reply."""
        content, metadata, count = parent["content"], parent.get("metadata"), self.execution_count
        if content.get("store_history", not silent) and content["code"].strip():
            self._history.add(count, content["code"])
        origin = {"header": parent["header"]}
        request = CellRequest(None if silent else origin, read_cell_id(metadata), count)
        is_interactive = content.get("allow_stdin", False)
        error = await self._run(content["code"], metadata, request, is_interactive=is_interactive)
        if error is not None:
            if not silent:
                self._publisher.send("error", error, origin)
            return {"status": "error", "execution_count": count, **error}
        expressions = content.get("user_expressions")
        values = await self._questions.expand(expressions) if expressions else {}
        return {
            "status": "ok",
            "execution_count": count,
            "payload": [],
            "user_expressions": values,
        }

    async def _run(
        self, code: str, metadata: object, request: CellRequest, *, is_interactive: bool
    ) -> MaskedObject | None:
        """Run a cell; return the content of an error message if it failed."""
        count = self.shell_session.count
        try:
            block = await self._executor.run(code, metadata, request, is_interactive=is_interactive)
        except Exception as error:  # noqa: BLE001 # the kernel must outlive it
            block_number = self.shell_session.count if self.shell_session.count > count else None
            return self._masker.json(self._error_reporter.content(error, block_number))
        if block is None or block.status in GOOD:
            return None
        return self._masker.json(block_error(block))

    async def _wait_until_settled(self) -> None:
        """Wait until the block that has ended is shown and saved."""
        await self._publisher.wait_until_drained(Lane.FOREGROUND)
        await self._persistence.wait_until_written()

    # Introspection about the code, the cells and the kernel, which the base class asks.

    @property
    def kernel_info(self) -> dict[str, Any]:
        """The content of a kernel_info_reply."""
        return {
            "protocol_version": PROTOCOL,
            "implementation": self.implementation,
            "implementation_version": self.implementation_version,
            "language_info": self.language_info,
            "banner": self.banner,
            "help_links": [],
            "supported_features": [],
        }

    @cached_property
    def _questions(self) -> "Introspection":
        # Imported here: running a cell does not need it.
        from effecttalk_kernel.kernel.introspection.answers import Introspection

        return Introspection(self.shell_session, self._options.supervisor.shell)

    async def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """Complete the word at *cursor_pos*."""
        return await self._questions.complete(code, len(code) if cursor_pos is None else cursor_pos)

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        """Describe the word at *cursor_pos*."""
        return await self._questions.inspect(code, cursor_pos, detail_level)

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Say whether *code* can run as it is."""
        return await self._questions.is_complete(normalize_line_ends(code))

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
        """Return cells of this session."""
        match hist_access_type:
            case "tail":
                found = self._history.tail(n or 0)
            case "search":
                found = self._history.search(pattern or "*", n, unique=unique)
            case _:
                found = self._history.between(start or 0, stop)
        entries = [(s, line, (code, None) if output else code) for s, line, code in found]
        return {"status": "ok", "history": entries}

    def _send_interrupt_children(self) -> None:
        """Interrupt the running block. Called by the base class for an interrupt_request."""
        self._executor.interrupt()
        self.shell_session.interrupt()

    # Input.

    def _show_prompt(self, question: Question) -> None:
        """Show the prompt in its cell for a page with the extension, which puts a field there.

        Any other client shows the prompt with its own input box.
        """
        cell = self._find_cell(question)
        if cell is not None and self._is_asked_in_cell(question):
            cell.show_prompt()
        self._publisher.flush()  # what the program printed comes before its question

    def _is_asked_in_cell(self, question: Question) -> bool:
        return question.cell is not None and self._blocks_comm.has_clients

    def _find_cell(self, question: Question) -> CellOutputs | None:
        return None if question.block is None else self._cells.get(question.block)

    def _send_question(self, question: Question) -> str | None:
        """Ask the client that sent the running cell; return the id of the input_request.

        Return None if that client has no stdin channel.
        """
        asking = self._dispatcher.running
        request = None if asking is None else self._send_input_request(question, asking)
        cell = self._find_cell(question)
        if cell is not None and not self._is_asked_in_cell(question):
            if request is None:
                cell.release_line()
            else:
                cell.drop_prompt()
        return request

    def _send_input_request(self, question: Question, asking: JupyterRequest) -> str | None:
        try:
            sent: Any = self._channels.session.send(
                self._channels.stdin,
                "input_request",
                {"prompt": question.prompt, "password": question.is_password},
                parent=asking.message,
                ident=asking.route,
                metadata={"effecttalk": {"question": question.number}},
            )
        except zmq.ZMQError as error:
            if error.errno != errno.EHOSTUNREACH:
                raise
            return None
        return str(sent["header"]["msg_id"])

    def input_reply(self, request: JupyterRequest) -> None:
        """Take the user's answer. Called by the dispatcher."""
        message = request.message
        value = str(message["content"].get("value", ""))
        self._user_input.reply(value, message["parent_header"])

    def _take_answer(self, text: str) -> None:
        """Pass the user's answer to the executor or the program that waits for it."""
        if self._executor.answer(text):
            return
        if text == "\x04":
            self.shell_session.end_of_file()
        else:
            self.shell_session.answer(text)

    def _give_up_asking(self) -> None:
        self._executor.give_up_asking()
        self.shell_session.give_up_asking()

    # The end.

    async def close(self) -> None:
        """End the session, and show and save what is left; may be called twice."""
        await self.shell_session.close()
        self._cells.close()
        self._named_outputs.close()
        if "_location" in vars(self):
            self._location.close()
        if "_persistence" in vars(self):
            await self._persistence.close()
        self._publisher.send_all()

    async def shutdown_request(
        self, stream: Channel, ident: list[bytes], parent: Mapping[str, Any]
    ) -> None:
        """End the session, reply, and stop the loop. Called by handle()."""
        await self.close()
        content = {"status": "ok", "restart": parent["content"]["restart"]}
        self._channels.session.send(stream, "shutdown_reply", content, parent, ident=ident)
        self._publisher.send("shutdown_reply", content, parent)
        self._loop.call_soon(self._loop.stop)
