"""The tornado handlers of the routes; Jupyter Server authorizes every request."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.client import responses
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeAlias

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, authenticated

from effecttalk_kernel.server.http import JSON, ApiRequest, Download, Reply
from effecttalk_kernel.server.routes import PREFIX, ROUTES, Route
from effecttalk_kernel.server.service import Service

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

Method: TypeAlias = Callable[..., Awaitable[None] | None]

# What an authorizer is asked about: `is_authorized(handler, user, action, RESOURCE)`.
RESOURCE: Final = "effecttalk"
CHUNK_BYTES: Final = 1 << 18


def guard(method: Method) -> Method:
    """Let Jupyter Server authenticate each request and its authorizer allow it."""
    wrapped: Method = authenticated(authorized(method))
    return wrapped


class ApiHandler(APIHandler):
    """What all routes have in common."""

    auth_resource = RESOURCE

    def initialize(self, service: Service) -> None:
        """Keep the service that answers. Called by tornado."""
        self.service = service

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse requests from pages of other sites, reading ones too. Called by tornado."""
        await super().prepare()
        if self.current_user is not None and self.request.method == "GET":
            self.check_xsrf_cookie()

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Send an error as JSON, without its traceback. Called by tornado."""
        exc_info = kwargs.get("exc_info")
        error = exc_info[1] if isinstance(exc_info, tuple) else None
        reason = error.log_message if isinstance(error, HTTPError) else None
        if status_code == 405:
            self.set_header("Allow", ", ".join(self._list_methods()))
        message = reason or responses.get(status_code, "it failed")
        self.finish(json.dumps({"message": message, "errors": []}))

    async def send(self, reply: Reply | Download) -> None:
        """Send a reply to the client."""
        if isinstance(reply, Download):
            await self._send_file(reply)
            return
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.status == 204:
            # Not APIHandler's, which would set a content type for a reply without content.
            await RequestHandler.finish(self)
            return
        await self.finish(reply.body, set_content_type=reply.headers.get("Content-Type", JSON))

    async def _send_file(self, download: Download) -> None:
        """Send a file in pieces, each when the client has taken the one before."""
        remaining_bytes = download.length
        try:
            for name, value in download.headers.items():
                self.set_header(name, value)
            self.set_header("Content-Length", remaining_bytes)
            while remaining_bytes:
                size = min(remaining_bytes, CHUNK_BYTES)
                data = await self.service.read(download.file, size)
                if not data:  # the file has been cut: the client sees that the reply is too short
                    break
                self.write(data)
                await self.flush()
                remaining_bytes -= len(data)
            await self.finish(set_content_type=download.headers["Content-Type"])
        except StreamClosedError:
            return  # the client has closed the connection
        finally:
            download.file.close()

    def _list_methods(self) -> list[str]:
        unsupported = RequestHandler.get
        return [
            method
            for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS")
            if getattr(type(self), method.lower()) is not unsupported
        ]


def _make_operation_handler(routes: Iterable[Route]) -> type[ApiHandler]:
    """Return the handler of one address, with a method for each of its routes."""
    methods = {route.method.lower(): _make_operation_method(route) for route in routes}
    return type("OperationHandler", (ApiHandler,), methods)


def _make_operation_method(route: Route) -> Method:
    # A function for each route: `authorized` keeps the action that it saw first.
    @guard
    async def answer(self: ApiHandler, **path: str) -> None:
        request = ApiRequest(path, self.request.query_arguments, self.request.body)
        await self.send(await self.service.answer(route, request))

    return answer


class DocumentHandler(ApiHandler):
    """The OpenAPI document of all routes."""

    @guard
    async def get(self) -> None:
        """Return it."""
        await self.send(await self.service.describe())


def _make_not_found_method() -> Method:
    @guard
    async def answer(self: ApiHandler) -> None:
        raise HTTPError(404, "there is no such route: see openapi.json")

    return answer


class NotFoundHandler(ApiHandler):
    """All other addresses below the prefix."""

    get = _make_not_found_method()
    post = _make_not_found_method()
    patch = _make_not_found_method()
    delete = _make_not_found_method()


HANDLERS: Final[Mapping[str, type[ApiHandler]]] = {
    **{
        path: _make_operation_handler(routes)
        for path, routes in groupby(ROUTES, key=lambda route: route.path)
    },
    "openapi.json": DocumentHandler,
}


def add_handlers(server: "ServerApp") -> None:
    """Add the routes to a server that starts."""
    base = f"{server.base_url.rstrip('/')}/{PREFIX}"
    arguments = {"service": Service(str(server.root_dir), base)}
    handlers = [
        (f"{re.escape(base)}/{_path_pattern(path)}", handler, arguments)
        for path, handler in HANDLERS.items()
    ]
    handlers.append((f"{re.escape(base)}(?:/.*)?", NotFoundHandler, arguments))
    server.web_app.add_handlers(".*$", handlers)


def _path_pattern(path: str) -> str:
    # A name may be anything up to the next slash: the models check it.
    return re.sub(
        r"\{(\w+)\}", r"(?P<\1>[^/]*)", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    )
