"""Replies if the store is locked, damaged or foreign, a setting is invalid, or the load is high."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from effecttalk_kernel.server import thread_pool
from effecttalk_kernel.server.api import answer
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.http import ApiRequest, Reply
from effecttalk_kernel.server.routes import ROUTES, Route
from effecttalk_kernel.server.service import Service
from effecttalk_kernel.store.database import store_path
from tests.store.sample_store import process, wait_for
from tests.support.stored_session import SampleBlock, store_session


def route_named(name: str) -> Route:
    return next(route for route in ROUTES if route.name == name)


def ask(context: Context, operation: str, body: bytes = b"", **path: str) -> tuple[int, str]:
    reply = answer(context, route_named(operation), ApiRequest(path, {}, body))
    assert isinstance(reply, Reply)
    body = json.loads(reply.body) if reply.body else {}
    return reply.status, body.get("message", "")


def test_without_a_store_there_are_no_sessions(context: Context) -> None:
    assert ask(context, "list_sessions") == (200, "")
    assert ask(context, "show_health") == (200, "")
    assert ask(context, "show_session", session="abcd") == (404, "there is no session 'abcd'")
    assert not context.directory.exists()


def test_a_locked_store_is_unavailable(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effecttalk_kernel.server.context.BUSY_TIMEOUT_SECONDS", 0.05)
    store_session(context.directory, "abcd", [SampleBlock("true")])
    with closing(sqlite3.connect(store_path(context.directory), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, message = ask(context, "change_session", b'{"archived": true}', session="abcd")
        assert (status, "another process is writing" in message) == (503, True)
        assert ask(context, "show_session", session="abcd") == (200, "")
        other.execute("ROLLBACK")


def test_a_damaged_store_is_named(context: Context) -> None:
    store_session(context.directory, "abcd", [SampleBlock("true")])
    path = store_path(context.directory)
    with path.open("r+b") as file:
        file.truncate(100)
    for operation in ("list_sessions", "show_health", "show_figures"):
        status, message = ask(context, operation)
        assert (status, f"{path} is damaged" in message) == (500, True)


def test_a_store_of_another_program_is_refused(context: Context) -> None:
    context.directory.mkdir()
    with closing(sqlite3.connect(store_path(context.directory))) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    status, message = ask(context, "list_sessions")
    assert (status, "another program" in message) == (500, True)


def test_a_store_that_cannot_be_opened(context: Context) -> None:
    store_path(context.directory).mkdir(parents=True)
    status, message = ask(context, "list_sessions")
    assert (status, str(store_path(context.directory)) in message) == (503, True)


def test_a_running_session_is_not_changed(context: Context) -> None:
    store_session(context.directory, "abcd", [SampleBlock("true")], is_live=True)
    code = (
        "from effecttalk_kernel.store.live_sessions import Presence\n"
        "presence = Presence(data, 'abcd')\nstop_here()"
    )
    with process(code, context.directory) as other:
        wait_for(other)
        for operation, body in (("delete_session", b""), ("change_session", b'{"archived": true}')):
            status, message = ask(context, operation, body, session="abcd")
            assert (status, "session abcd is live" in message) == (409, True)
    assert ask(context, "delete_session", session="abcd")[0] == 204


def test_an_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    service = Service("/", "/effecttalk/api")
    request = ApiRequest({}, {})
    reply = asyncio.run(service.answer(route_named("list_sessions"), request))
    assert isinstance(reply, Reply)
    assert (reply.status, b"EFFECTTALK_ROWS: invalid value 'many'" in reply.body) == (500, True)


def test_too_many_requests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_pool, "MAX_WAITING", 3)
    goes_on = threading.Event()

    async def send_requests() -> list[object]:
        pool = thread_pool.ThreadPool()
        waiting = [asyncio.ensure_future(pool.run(lambda: goes_on.wait(30))) for _ in range(3)]
        await asyncio.sleep(0)  # let them start
        with pytest.raises(thread_pool.OverloadedError, match="3 requests are waiting"):
            await pool.run(lambda: True)
        goes_on.set()
        found: list[object] = [*await asyncio.gather(*waiting), await pool.run(lambda: "again")]
        return found

    assert asyncio.run(send_requests()) == [True, True, True, "again"]


def test_a_data_directory_that_is_not_utf_8_is_named_with_escapes(
    context: Context, tmp_path: Path
) -> None:
    directory = tmp_path / "d\udce9"
    strange = replace(context, directory=directory)
    reply = answer(strange, route_named("show_health"), ApiRequest({}, {}, b""))
    assert isinstance(reply, Reply)
    assert json.loads(reply.body)["data_directory"] == f"{tmp_path}/d$'\\351'"
    store_session(directory, "abcd", [SampleBlock("true")])
    assert ask(strange, "list_sessions") == (200, "")
    store_path(directory).write_bytes(b"damaged" * 1_000)
    status, message = ask(strange, "list_sessions")
    assert status >= 500
    assert f"{tmp_path}/d$'\\351'/" in message
