"""Access: nobody gets in whom Jupyter Server does not know, or its authorizer does not let in."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from effecttalk_kernel.server.handlers import HANDLERS, NotFoundHandler
from effecttalk_kernel.server.routes import ROUTES
from tests.cli.command import Ran, keep
from tests.server.server import TOKEN, Client, JupyterServer, browser

METHODS = ("get", "head", "post", "put", "patch", "delete")
# What stands for the parts of an address.
NAMES = {"{session}": "acce55", "{block}": "acce55-1", "{name}": "latest", "{job}": "0" * 16}


def methods_of(handler: type) -> Iterator[tuple[str, object]]:
    for method in METHODS:
        found = getattr(handler, method)
        if found.__qualname__ != "RequestHandler._unimplemented_method":
            yield method, found


def path_of(route: str) -> str:
    for part, name in NAMES.items():
        route = route.replace(part, name)
    return route


EVERY = [
    pytest.param(method.upper(), path_of(path), id=f"{method} {path}")
    for path, handler in HANDLERS.items()
    for method, _ in methods_of(handler)
]


@pytest.mark.parametrize(
    "handler",
    [*HANDLERS.values(), NotFoundHandler],
    ids=[*HANDLERS, "not found"],
)
def test_every_method_is_behind_both_of_jupyters_decorators(handler: type) -> None:
    found = [method for _, method in methods_of(handler)]
    assert found
    for method in found:
        assert [*wrappers_of(method)] == ["tornado/web.py", "jupyter_server/auth/decorator.py"]


def wrappers_of(method: Any) -> Iterator[str]:
    """The files of the decorators around a method, the outermost first."""
    while hasattr(method, "__wrapped__"):
        yield method.__code__.co_filename.rpartition("site-packages/")[2]
        method = method.__wrapped__


def test_every_route_has_its_method() -> None:
    found = {
        (method.upper(), path)
        for path, handler in HANDLERS.items()
        for method, _ in methods_of(handler)
        if path != "openapi.json"
    }
    assert found == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_without_a_token_nobody_gets_in(server: JupyterServer, method: str, path: str) -> None:
    reply = requests.request(method, f"{server.api}/{path}", timeout=30, allow_redirects=False)
    assert reply.status_code == 403
    assert "Asked" not in reply.headers


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_who_is_not_allowed_does_not_get_in(client: Client, method: str, path: str) -> None:
    reply = client.ask(method, path, headers={"Deny": "all"})
    assert reply.status_code == 403
    assert "not authorized" in reply.json()["message"]


def test_reading_and_writing_are_allowed_apart(client: Client) -> None:
    keep(client.server.data, "acce55ab", [Ran("true")])
    denied = {"Deny": "write"}
    assert client.ask("GET", "sessions/acce55ab", headers=denied).status_code == 200
    refused = client.ask("DELETE", "sessions/acce55ab", headers=denied)
    assert refused.status_code == 403
    done = client.ask("DELETE", "sessions/acce55ab")
    assert (done.status_code, done.headers["Asked"]) == (204, "write effecttalk")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_another_sites_page_does_nothing(server: JupyterServer, method: str, path: str) -> None:
    """It has the browser's cookies, and not the token that goes with them."""
    with browser(server) as session:
        reply = session.request(
            method,
            f"{server.api}/{path}",
            headers={"Referer": "https://elsewhere.example/"},
            timeout=30,
        )
    assert reply.status_code == 403


def test_the_servers_own_page_gets_in(server: JupyterServer) -> None:
    keep(server.data, "acce55cd", [Ran("true")])
    with browser(server) as session:
        token = {"X-XSRFToken": session.cookies["_xsrf"]}
        url = f"{server.api}/sessions/acce55cd"
        assert session.get(url, headers=token, timeout=30).status_code == 200
        # A link that saves a file has no header, but says where it stands.
        page = {"Referer": f"{server.origin}lab"}
        assert session.get(url, headers=page, timeout=30).status_code == 200
        body = {"archived": True}
        assert session.patch(url, json=body, headers=page, timeout=30).status_code == 403
        assert session.patch(url, json=body, headers=token, timeout=30).status_code == 200


def test_other_methods_are_named(client: Client) -> None:
    reply = client.ask("PUT", "sessions/acce55")
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "GET, PATCH, DELETE, OPTIONS"


def test_the_token_is_not_in_what_is_told(client: Client) -> None:
    assert TOKEN not in client.ask("GET", "health", params={"token": TOKEN}).text
