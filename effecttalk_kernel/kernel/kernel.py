"""Kernel: the Jupyter protocol; the one place that knows both ends and wires them."""

import logging
import os
from collections.abc import Coroutine, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.block import GOOD, Block
from effecttalk_kernel.config.settings import TOKEN, Settings
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.kernel.channels import Channel, Channels
from effecttalk_kernel.kernel.comms.blocks import BlocksComm
from effecttalk_kernel.kernel.comms.control import ControlComm
from effecttalk_kernel.kernel.comms.manager import Comms
from effecttalk_kernel.kernel.comms.terminal import TerminalComm
from effecttalk_kernel.kernel.messages import Request
from effecttalk_kernel.kernel.requests import AnsweringKernel
from effecttalk_kernel.kernel.stdin import Question, UserInput, UserInputParts
from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.output.cell import SharedParts
from effecttalk_kernel.output.cells import Outputs, picture_decoder
from effecttalk_kernel.output.error_message import block_error
from effecttalk_kernel.output.publisher import Lane, Parent, Publisher
from effecttalk_kernel.output.rate_limit import RateLimits
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import Event, Notice
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.session.shell_events import SessionOptions
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.spill.writer import SpillFolder

if TYPE_CHECKING:
    from effecttalk_kernel.execution.executor import Executor
    from effecttalk_kernel.kernel.comms.location import Location
    from effecttalk_kernel.kernel.error_reports import ErrorReporter
    from effecttalk_kernel.kernel.persistence import Persistence

# Clients have connected and asked who the kernel is; most wait for their user then.
PREPARE_SECONDS: Final = 0.15


class EffectTalkKernel(AnsweringKernel):
    """A kernel whose cells are blocks of a shell session."""

    def __init__(
        self,
        channels: Channels,
        settings: Settings,
        options: SessionOptions,
        supervisor: ShellSupervisor,
        log: logging.Logger,
    ) -> None:
        super().__init__(channels, options, log)
        self._settings = settings
        limits = RateLimits(
            settings.data_rate_limit,
            settings.message_rate_limit,
            settings.rate_limit_window_seconds,
        )
        self._publisher = Publisher(self._send_now, limits)
        masker = self._masker = Masker(settings, os.environ)
        spills = self._spills = SpillFolder(
            spills_directory(settings.data_directory) / options.identity,
            settings.max_session_size,
            masker.stream,
        )
        token = options.supervisor.shell.environment[TOKEN]
        shared = SharedParts(settings, self._publisher, spills, picture_decoder(token), masker)
        self._outputs = Outputs(shared)
        self._user_input = UserInput(
            UserInputParts(
                self._send_question, self._take_answer, self._give_up_asking, masker.text
            )
        )
        self._terminal_comm = TerminalComm()
        self._blocks_comm = BlocksComm(
            options.identity,
            self.queued_cells,
            {"keep": self._keep_shown, "end": self._end_processes},
            self._publisher,
            self._user_input,
        )
        self._named = NamedOutputs(options.supervisor.runtime_directory)
        self.shell_session = ShellSession(options, supervisor, self._observe, self._keep_state)
        self._terminal_comm.show(self.shell_session)
        self._blocks_comm.use_location(lambda: self._location)
        targets = ControlComm(self.shell_session), self._terminal_comm, self._blocks_comm
        self._serve(Comms(targets, self._send))
        self._loop.call_later(PREPARE_SECONDS, self._prepare)

    def _prepare(self) -> None:
        """Do what the first block would have to wait for."""
        self._keeping.prepare()
        self.shell_session.prepare()

    def _keep_shown(self, number: int) -> None:
        self._keeping.keep_shown(number)

    def _end_processes(self, number: int) -> Coroutine[Any, Any, None]:
        # Not at start: few sessions have anything to end.
        from effecttalk_kernel.kernel.commands.jobs import JobCommands

        return JobCommands(self.shell_session).end(number)

    @cached_property
    def _keeping(self) -> "Persistence":
        # Not at start: it takes as long as all the rest.
        from effecttalk_kernel.kernel.commands.resources import ResourceCommand
        from effecttalk_kernel.kernel.persistence import Persistence, PersistenceParts

        parts = PersistenceParts(
            settings=self._settings,
            options=self._options,
            masker=self._masker,
            notice=self._notice,
            on_kept=self._spills.reserve,
            run_next=self._execution.run_next,
            resource_command=ResourceCommand(
                self._spills, self.shell_session, self._options.supervisor.runtime_directory
            ),
        )
        return Persistence(parts, self.shell_session)

    @cached_property
    def _location(self) -> "Location":
        # Not at start: only who watches blocks asks for it.
        from effecttalk_kernel.kernel.comms.location import Location, LocationParts

        parts = LocationParts(
            session=self.shell_session,
            environment=lambda: self._keeping.environment,
            send=self._blocks_comm.send_location,
        )
        return Location(parts)

    @cached_property
    def _execution(self) -> "Executor":
        # Not at start: a client waits for the first answer.
        from effecttalk_kernel.execution.executor import Executor, ExecutorParts

        parts = ExecutorParts(
            settings=self._settings,
            session=self.shell_session,
            named=self._named,
            ask=self._user_input.ask,
            asked=self._user_input.over,
            say=self._outputs.say,
            without_secrets=self._masker.pieces_without_secrets,
            prepare=self._prepare,
            settled=self._settled,
        )
        return Executor(parts)

    @cached_property
    def _error_reporter(self) -> "ErrorReporter":
        # Not at start: most kernels need it never.
        from effecttalk_kernel.kernel.error_reports import ErrorReporter

        return ErrorReporter.of(
            self._options.supervisor.runtime_directory,
            sanitizes=self._settings.sanitize_error_messages,
        )

    def _keep_state(self, number: int, state: Snapshot) -> None:
        self._keeping.keep_state(number, state)

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
        self._outputs.expect(None if silent else parent)
        self._blocks_comm.expect(cell_meta, self.execution_count)
        self._user_input.expect(cell_meta)
        self._terminal_comm.expect(cell_meta)
        error = await self._run(code, cell_meta, is_interactive=allow_stdin)
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

    async def _run(
        self, code: str, cell_meta: object, *, is_interactive: bool
    ) -> MaskedObject | None:
        """Run a cell; returns what went wrong, if anything did."""
        count = self.shell_session.count
        try:
            block = await self._execution.run(code, cell_meta, is_interactive=is_interactive)
        except Exception as error:  # noqa: BLE001 # a door: the kernel lives on
            begun = self.shell_session.count
            return self._masker.json(
                self._error_reporter.content(error, begun if begun > count else None)
            )
        if block is None or block.status in GOOD:
            return None
        return self._masker.json(block_error(block))

    async def _settled(self) -> None:
        """Wait until the block that has ended is shown and kept."""
        await self._publisher.drained(Lane.FOREGROUND)
        await self._keeping.settled()

    def _observe(self, block: Block, event: Event) -> None:
        cell = self._outputs.cell(block)  # gone behind its last event
        self._outputs(block, event)
        self._keeping.observe(block, event, cell or self._outputs.cell(block))
        self._user_input(block, event)
        self._terminal_comm(block, event)
        self._blocks_comm(block, event, None if cell is None else cell.last_record)
        self._named(block, event)
        self._execution(block, event)

    def _notice(self, block: Block, text: str) -> None:
        self._outputs(block, Notice(text))

    def _publish_status(self, status: str, channel: str, parent: Parent | None = None) -> None:
        super()._publish_status(status, channel, parent)
        if status == "idle":
            self._publisher.reset_limits()
            self._blocks_comm.idle()
            self._loop.call_soon(self._named.publish)

    def _send_interrupt_children(self) -> None:
        """Interrupt the running block. Called by the base class on the control channel."""
        self._execution.interrupt()
        self.shell_session.interrupt()

    # Input.

    def _send_question(self, question: Question) -> str | None:
        content = {"prompt": question.prompt, "password": question.is_password}
        return self._request_input(content, {"effecttalk": {"question": question.number}})

    def input_reply(self, request: Request) -> None:
        """Take the user's answer. Called by dispatch."""
        message = request.message
        value = str(message["content"].get("value", ""))
        self._user_input.reply(value, message["parent_header"])

    def _take_answer(self, text: str) -> None:
        """Hand the user's answer to who waits for it."""
        if self._execution.answer(text):
            return
        if text == "\x04":
            self.shell_session.end_of_file()
        else:
            self.shell_session.answer(text)

    def _give_up_asking(self) -> None:
        self._execution.give_up_asking()
        self.shell_session.give_up_asking()

    # The end.

    async def close(self) -> None:
        """End the session, and show and keep what is left; may be called twice."""
        await self.shell_session.close()
        self._outputs.close()
        self._named.close()
        if "_location" in vars(self):
            self._location.close()
        if "_keeping" in vars(self):
            await self._keeping.close()
        self._publisher.send_all()

    async def shutdown_request(
        self, stream: Channel, ident: list[bytes], parent: Mapping[str, Any]
    ) -> None:
        """End the session, say so, and stop the loop. Called by Jupyter."""
        await self.close()
        content = {"status": "ok", "restart": parent["content"]["restart"]}
        self._channels.session.send(stream, "shutdown_reply", content, parent, ident=ident)
        self._send("shutdown_reply", content, parent)
        self._loop.call_soon(self._loop.stop)
