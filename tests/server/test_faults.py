"""Faults: a store that is locked, damaged or not ours, and more than can be answered."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing

import pytest

from effecttalk_kernel.server import context as contexts
from effecttalk_kernel.server import thread_pool
from effecttalk_kernel.server.api import answer
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.http import Reply, Request
from effecttalk_kernel.server.routes import ROUTES, Route
from effecttalk_kernel.server.service import Service
from effecttalk_kernel.store.database import store_path
from tests.cli.command import Ran, keep
from tests.store.sample_store import process, wait_for


def route_named(name: str) -> Route:
    return next(route for route in ROUTES if route.name == name)


def ask(context: Context, operation: str, body: bytes = b"", **path: str) -> tuple[int, str]:
    reply = answer(context, route_named(operation), Request(path, {}, body))
    assert isinstance(reply, Reply)
    told = json.loads(reply.body) if reply.body else {}
    return reply.status, told.get("message", "")


def test_nothing_has_run_yet(context: Context) -> None:
    assert ask(context, "list_sessions") == (200, "")
    assert ask(context, "show_health") == (200, "")
    assert ask(context, "show_session", session="abcd") == (404, "there is no session 'abcd'")
    assert not context.directory.exists()


def test_another_process_writes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "PATIENCE_SECONDS", 0.05)
    keep(context.directory, "abcd", [Ran("true")])
    with closing(sqlite3.connect(store_path(context.directory), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, message = ask(context, "change_session", b'{"archived": true}', session="abcd")
        assert (status, "another process writes" in message) == (503, True)
        assert ask(context, "show_session", session="abcd") == (200, "")
        other.execute("ROLLBACK")


def test_a_damaged_store_is_named(context: Context) -> None:
    keep(context.directory, "abcd", [Ran("true")])
    path = store_path(context.directory)
    with path.open("r+b") as file:
        file.truncate(100)
    for operation in ("list_sessions", "show_health", "show_figures"):
        status, message = ask(context, operation)
        assert (status, f"{path} is damaged" in message) == (500, True)


def test_a_foreign_store_is_not_touched(context: Context) -> None:
    context.directory.mkdir()
    with closing(sqlite3.connect(store_path(context.directory))) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    status, message = ask(context, "list_sessions")
    assert (status, "another program" in message) == (500, True)


def test_a_store_that_cannot_be_opened(context: Context) -> None:
    store_path(context.directory).mkdir(parents=True)
    status, message = ask(context, "list_sessions")
    assert (status, str(store_path(context.directory)) in message) == (503, True)


def test_a_session_that_runs_stays(context: Context) -> None:
    keep(context.directory, "abcd", [Ran("true")], is_live=True)
    code = (
        "from effecttalk_kernel.store.presence import Presence\n"
        "presence = Presence(data, 'abcd')\nstop_here()"
    )
    with process(code, context.directory) as other:
        wait_for(other)
        for operation, body in (("delete_session", b""), ("change_session", b'{"archived": true}')):
            status, message = ask(context, operation, body, session="abcd")
            assert (status, "session abcd runs" in message) == (409, True)
    assert ask(context, "delete_session", session="abcd")[0] == 204


def test_a_setting_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    service = Service("/", "/effecttalk/api")
    request = Request({}, {})
    reply = asyncio.run(service.answer(route_named("list_sessions"), request))
    assert isinstance(reply, Reply)
    assert (reply.status, b"EFFECTTALK_ROWS can't be 'many'" in reply.body) == (500, True)


def test_more_than_can_be_answered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_pool, "MOST_WAITING", 3)
    goes_on = threading.Event()

    async def ask_much() -> list[object]:
        ours = thread_pool.ThreadPool()
        waiting = [asyncio.ensure_future(ours.run(lambda: goes_on.wait(30))) for _ in range(3)]
        await asyncio.sleep(0)  # they begin
        with pytest.raises(thread_pool.OverloadedError, match="3 requests wait"):
            await ours.run(lambda: True)
        goes_on.set()
        found: list[object] = [*await asyncio.gather(*waiting), await ours.run(lambda: "again")]
        return found

    assert asyncio.run(ask_much()) == [True, True, True, "again"]
