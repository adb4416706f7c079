"""Answering: the requests about the kernel, its comms, code and history, which run no block."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from effecttalk_kernel import __version__
from effecttalk_kernel.kernel.channels import Channel, Channels
from effecttalk_kernel.kernel.comms.manager import Comms
from effecttalk_kernel.kernel.dispatch import DispatchingKernel
from effecttalk_kernel.kernel.input_history import InputHistory
from effecttalk_kernel.kernel.messages import PROTOCOL
from effecttalk_kernel.output.publisher import Parent
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.session.shell_events import SessionOptions

if TYPE_CHECKING:
    from effecttalk_kernel.kernel.introspection.answers import Questions


class AnsweringKernel(DispatchingKernel):
    """A kernel that knows its cells, and what can be asked of their code."""

    implementation = "effecttalk"
    implementation_version = __version__
    banner = f"EffectTalk {__version__}: every cell is a block in one shell session"
    language_info: dict[str, object] = {  # noqa: RUF012 # ipykernel declares it as a plain dict
        "name": "bash",
        "version": "",
        "mimetype": "text/x-sh",
        "file_extension": ".sh",
        "codemirror_mode": "shell",
        "pygments_lexer": "bash",
    }
    shell_session: ShellSession

    def __init__(self, channels: Channels, options: SessionOptions, log: logging.Logger) -> None:
        super().__init__(channels, log)
        self._options = options
        self._history = InputHistory()

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

    def _serve(self, comms: Comms) -> None:
        """Take what clients say on comms, also while a cell runs."""
        handlers = {
            "comm_open": partial(_take, comms.open),
            "comm_msg": partial(_take, comms.message),
            "comm_close": partial(_take, comms.close),
            "comm_info_request": partial(self._tell_comms, comms),
        }
        self.shell_handlers.update(handlers)
        self.control_handlers.update(handlers)

    def _tell_comms(
        self, comms: Comms, stream: Channel, ident: list[bytes], parent: Parent
    ) -> None:
        found = comms.list_comms(parent["content"].get("target_name"))
        content = {"status": "ok", "comms": found}
        self._channels.session.send(stream, "comm_info_reply", content, parent, ident=ident)

    async def _expressions(self, wanted: Mapping[str, str] | None) -> dict[str, Any]:
        return await self._questions.expand(wanted) if wanted else {}

    @cached_property
    def _questions(self) -> "Questions":
        # Not at start: no cell needs it.
        from effecttalk_kernel.kernel.introspection.answers import Questions

        return Questions(self.shell_session, self._options.supervisor.shell)

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


def _take(
    take: Callable[[Parent, Parent], None], _stream: Channel, _ident: list[bytes], message: Parent
) -> None:
    """Hand on a message of a comm, which has no reply."""
    take(message["content"], {"header": message["header"]})
