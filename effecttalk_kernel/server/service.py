"""Service: answers the requests of one server, and imports what that takes when it is asked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from effecttalk_kernel.server.http import JSON, Download, Reply, Request
from effecttalk_kernel.server.jobs import Jobs
from effecttalk_kernel.server.thread_pool import OverloadedError, Workers

if TYPE_CHECKING:
    from effecttalk_kernel.server.context import Place


class Service:
    """The answers of one server, whose notebooks are in *root* and routes below *base*."""

    def __init__(self, root: str, base: str) -> None:
        self._root = root
        self._base = base
        self._workers = Workers()
        self._jobs = Jobs()
        self._place: Place | None = None

    async def answer(self, operation: str, request: Request) -> Reply | Download:
        """Return what comes of an operation."""
        return await self._run(lambda: self._answer(operation, request))

    async def describe(self) -> Reply | Download:
        """Return the description of the routes."""
        return await self._run(self._describe)

    async def read(self, file: BinaryIO, size: int) -> bytes:
        """Return the next bytes of a file, *size* of them at most."""
        return await self._workers.run(lambda: file.read(size))

    async def _run(self, work: Callable[[], Reply | Download]) -> Reply | Download:
        try:
            return await self._workers.run(work)
        except OverloadedError as error:
            from effecttalk_kernel.server.errors import reply_to

            return reply_to(error)

    def _answer(self, operation: str, request: Request) -> Reply | Download:
        from effecttalk_kernel.errors import SettingsError
        from effecttalk_kernel.server.api import answer
        from effecttalk_kernel.server.context import find_place
        from effecttalk_kernel.server.errors import reply_to

        try:
            place = self._place = self._place or find_place(self._root, self._jobs)
        except SettingsError as error:
            return reply_to(error)
        return answer(place, operation, request)

    def _describe(self) -> Reply:
        from effecttalk_kernel.server.openapi import text_of

        return Reply(200, text_of(self._base), {"Content-Type": JSON})
