"""Answers: the contents of Jupyter's replies to requests about code.

Helper shells answer from the session's last snapshot, also while a block runs.
"""

from collections.abc import Mapping
from typing import Any

from effecttalk_kernel.kernel.introspection import complete, completeness, expressions, inspect
from effecttalk_kernel.kernel.introspection.helper_shell import HelperError, SessionContext
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.spawn import ShellOptions


class Introspection:
    """Answers the requests about code in one session."""

    def __init__(self, session: ShellSession, options: ShellOptions) -> None:
        self._session = session
        self._options = options

    async def complete(self, code: str, cursor: int) -> dict[str, Any]:
        """Return the content of a complete_reply."""
        found = await complete.complete(await self._context(), code, cursor)
        types = [
            {"start": found.start, "end": found.end, "text": match.text, "type": match.type}
            for match in found.matches
        ]
        return {
            "status": "ok",
            "matches": [match.text for match in found.matches],
            "cursor_start": found.start,
            "cursor_end": found.end,
            "metadata": {"_jupyter_types_experimental": types},
        }

    async def inspect(self, code: str, cursor: int, detail: int) -> dict[str, Any]:
        """Return the content of an inspect_reply."""
        text = await inspect.inspect(await self._context(), code, cursor, detail)
        data = {} if text is None else {"text/plain": text}
        return {"status": "ok", "found": text is not None, "data": data, "metadata": {}}

    async def is_complete(self, code: str) -> dict[str, Any]:
        """Return the content of an is_complete_reply."""
        answer = await completeness.completeness(self._options.program, code)
        if answer.status == "incomplete":
            return {"status": "incomplete", "indent": answer.indent}
        return {"status": answer.status}

    async def expand(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        """Return the value or the error of each of a request's user_expressions."""
        return {name: await self._expand(text) for name, text in wanted.items()}

    async def _expand(self, expression: str) -> dict[str, Any]:
        try:
            text = await expressions.expand(await self._context(), expression)
        except HelperError as error:
            return {
                "status": "error",
                "ename": "ExpressionError",
                "evalue": str(error),
                "traceback": [],
            }
        return {"status": "ok", "data": {"text/plain": text}, "metadata": {}}

    async def _context(self) -> SessionContext:
        return SessionContext(
            shell=self._options.program,
            snapshot=(await self._session.state()).script,
            cwd=self._session.cwd,
            environment=self._options.environment,
        )
