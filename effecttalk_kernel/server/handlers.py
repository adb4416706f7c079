"""Handlers: the doors of the routes. Who may come in is Jupyter Server's to say.

Each door names an operation; what that is, and the store with it, is imported when the
first one is used, in a thread.
"""

import json
from collections.abc import Awaitable, Callable
from http.client import responses
from typing import Final, TypeAlias

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, authenticated

from effecttalk_kernel.server.http import JSON, Download, Reply, Request
from effecttalk_kernel.server.service import Service

Method: TypeAlias = Callable[..., Awaitable[None] | None]

# Whom an authorizer may let in, or not: `is_authorized(handler, user, action, RESOURCE)`.
RESOURCE: Final = "effecttalk"
CHUNK_BYTES: Final = 1 << 18


def guarded(method: Method) -> Method:
    """Let only those in whom Jupyter Server knows and its authorizer allows it."""
    found: Method = authenticated(authorized(method))
    return found


class Door(APIHandler):
    """What all routes have in common."""

    auth_resource = RESOURCE

    def initialize(self, service: Service) -> None:
        """Remember who answers. Called by tornado."""
        self._service = service

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse what another site's page asks, be it only to read. Called by tornado."""
        await super().prepare()
        if self.current_user is not None and self.request.method == "GET":
            self.check_xsrf_cookie()

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Tell a problem as JSON, never how we came to it. Called by tornado."""
        found = kwargs.get("exc_info")
        error = found[1] if isinstance(found, tuple) else None
        told = error.log_message if isinstance(error, HTTPError) else None
        if status_code == 405:
            self.set_header("Allow", ", ".join(self._methods()))
        message = told or responses.get(status_code, "it failed")
        self.finish(json.dumps({"message": message, "errors": []}))

    async def answer(self, operation: str, **path: str) -> None:
        """Answer with what comes of an operation."""
        request = Request(path, self.request.query_arguments, self.request.body)
        await self.send(await self._service.answer(operation, request))

    async def send(self, reply: Reply | Download) -> None:
        """Send a reply to the client."""
        if isinstance(reply, Download):
            await self._send_file(reply)
            return
        self.set_status(reply.status)
        kind = reply.headers.get("Content-Type", JSON)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.status == 204:
            # Without a body there is nothing that could have a type.
            await RequestHandler.finish(self)
            return
        await self.finish(reply.body, set_content_type=kind)

    async def _send_file(self, download: Download) -> None:
        """Send a piece when the client has taken the one before, however slow it is."""
        left = download.length
        try:
            for name, value in download.headers.items():
                self.set_header(name, value)
            self.set_header("Content-Length", left)
            while left:
                size = min(left, CHUNK_BYTES)
                data = await self._service.read(download.file, size)
                if not data:  # somebody has made it shorter: the client sees that it is cut off
                    break
                self.write(data)
                await self.flush()
                left -= len(data)
            kind = download.headers["Content-Type"]
            await self.finish(set_content_type=kind)
        except StreamClosedError:
            return  # the client went away
        finally:
            download.file.close()

    def _methods(self) -> list[str]:
        unsupported = RequestHandler.get
        return [
            method
            for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS")
            if getattr(type(self), method.lower()) is not unsupported
        ]


class SessionsDoor(Door):
    """The sessions."""

    @guarded
    async def get(self) -> None:
        """List them."""
        await self.answer("list_sessions")


class SessionDoor(Door):
    """One session."""

    @guarded
    async def get(self, session: str) -> None:
        """Show it."""
        await self.answer("show_session", session=session)

    @guarded
    async def patch(self, session: str) -> None:
        """Archive it, or bring it back."""
        await self.answer("change_session", session=session)

    @guarded
    async def delete(self, session: str) -> None:
        """Remove it."""
        await self.answer("delete_session", session=session)


class ExportDoor(Door):
    """One session as a notebook."""

    @guarded
    async def post(self, session: str) -> None:
        """Export it."""
        await self.answer("export_session", session=session)


class SessionRestoreDoor(Door):
    """One session in the backups."""

    @guarded
    async def post(self, session: str) -> None:
        """Bring it back."""
        await self.answer("restore_session", session=session)


class BlocksDoor(Door):
    """The blocks of a session."""

    @guarded
    async def get(self, session: str) -> None:
        """List them."""
        await self.answer("list_blocks", session=session)


class BlockDoor(Door):
    """One block."""

    @guarded
    async def get(self, block: str) -> None:
        """Show it."""
        await self.answer("show_block", block=block)


class OutputsDoor(Door):
    """What the cell of a block shows."""

    @guarded
    async def get(self, block: str) -> None:
        """Show it."""
        await self.answer("show_outputs", block=block)


class OutputDoor(Door):
    """What a block wrote."""

    @guarded
    async def get(self, block: str) -> None:
        """Read it."""
        await self.answer("read_output", block=block)


class SearchDoor(Door):
    """Blocks by their words."""

    @guarded
    async def get(self) -> None:
        """Find them."""
        await self.answer("search")


class BackupsDoor(Door):
    """The backups."""

    @guarded
    async def get(self) -> None:
        """List them."""
        await self.answer("list_backups")

    @guarded
    async def post(self) -> None:
        """Make one."""
        await self.answer("begin_backup")


class RestoreDoor(Door):
    """One backup."""

    @guarded
    async def post(self, name: str) -> None:
        """Bring back what it has."""
        await self.answer("restore_backup", name=name)


class JobsDoor(Door):
    """What takes longer."""

    @guarded
    async def get(self) -> None:
        """List it."""
        await self.answer("list_jobs")


class JobDoor(Door):
    """One job."""

    @guarded
    async def get(self, job: str) -> None:
        """Show it."""
        await self.answer("show_job", job=job)


class FiguresDoor(Door):
    """Sums."""

    @guarded
    async def get(self) -> None:
        """Show them."""
        await self.answer("show_figures")


class HealthDoor(Door):
    """Whether the store can be read."""

    @guarded
    async def get(self) -> None:
        """Try it."""
        await self.answer("show_health")


class DescriptionDoor(Door):
    """The description of all routes."""

    @guarded
    async def get(self) -> None:
        """Show it."""
        await self.send(await self._service.describe())


class NoDoor(Door):
    """All other addresses below ours."""

    @guarded
    async def get(self) -> None:
        """Say that there is nothing."""
        raise _nothing()

    # Not one method under all names: the decorator keeps the action that it saw first.

    @guarded
    async def post(self) -> None:
        """Say that there is nothing."""
        raise _nothing()

    @guarded
    async def patch(self) -> None:
        """Say that there is nothing."""
        raise _nothing()

    @guarded
    async def delete(self) -> None:
        """Say that there is nothing."""
        raise _nothing()


def _nothing() -> HTTPError:
    return HTTPError(404, "there is no such route: openapi.json has those there are")
