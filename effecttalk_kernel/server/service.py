"""Answer the requests of one server in threads, and import the store at the first of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from effecttalk_kernel.server.http import JSON, Download, Reply, Request
from effecttalk_kernel.server.jobs import JobRunner
from effecttalk_kernel.server.routes import Route
from effecttalk_kernel.server.thread_pool import OverloadedError, ThreadPool

if TYPE_CHECKING:
    from effecttalk_kernel.server.context import Context


class Service:
    """Answers the requests of one server: its notebooks are in *root*, its routes below *base*."""

    def __init__(self, root: str, base: str) -> None:
        self._root = root
        self._base = base
        self._threads = ThreadPool()
        self._jobs = JobRunner()
        self._context: Context | None = None

    async def answer(self, route: Route, request: Request) -> Reply | Download:
        """Return the reply to a request."""
        return await self._run(lambda: self._answer(route, request))

    async def describe(self) -> Reply | Download:
        """Return the OpenAPI document."""
        return await self._run(self._describe)

    async def read(self, file: BinaryIO, size: int) -> bytes:
        """Return the next bytes of a file, *size* of them at most."""
        return await self._threads.run(lambda: file.read(size))

    async def _run(self, work: Callable[[], Reply | Download]) -> Reply | Download:
        try:
            return await self._threads.run(work)
        except OverloadedError as error:
            from effecttalk_kernel.server.errors import problem_of

            return problem_of(error)

    def _answer(self, route: Route, request: Request) -> Reply | Download:
        from effecttalk_kernel.errors import SettingsError
        from effecttalk_kernel.server.api import answer
        from effecttalk_kernel.server.context import read_context
        from effecttalk_kernel.server.errors import problem_of

        try:
            context = self._context = self._context or read_context(self._root, self._jobs)
        except SettingsError as error:
            return problem_of(error)
        return answer(context, route, request)

    def _describe(self) -> Reply:
        from effecttalk_kernel.server.openapi import document_text

        return Reply(200, document_text(self._base), {"Content-Type": JSON})
