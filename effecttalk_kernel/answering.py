"""Answering: the requests about code and history, which run no block."""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from effecttalk_kernel.channels import Channels
from effecttalk_kernel.dispatch import DispatchingKernel
from effecttalk_kernel.history import History
from effecttalk_kernel.session.following import SessionOptions
from effecttalk_kernel.session.session import Session

if TYPE_CHECKING:
    from effecttalk_kernel.questions import Questions


class AnsweringKernel(DispatchingKernel):
    """A kernel that knows its cells, and what can be asked of their code."""

    shell_session: Session

    def __init__(self, channels: Channels, options: SessionOptions, log: logging.Logger) -> None:
        super().__init__(channels, log)
        self._options = options
        self._history = History()

    async def _expressions(self, wanted: Mapping[str, str] | None) -> dict[str, Any]:
        return await self._questions.expand(wanted) if wanted else {}

    @cached_property
    def _questions(self) -> "Questions":
        # Not at start: no cell needs it.
        from effecttalk_kernel.questions import Questions

        return Questions(self.shell_session, self._options.keeper.shell)

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
