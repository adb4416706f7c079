"""Faults: a store that is locked, damaged or not ours, and more than can be answered."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing

import pytest

from effecttalk_kernel.server import context as places
from effecttalk_kernel.server import thread_pool as workers
from effecttalk_kernel.server.api import answer
from effecttalk_kernel.server.context import Place
from effecttalk_kernel.server.http import Reply, Request
from effecttalk_kernel.server.service import Service
from effecttalk_kernel.store.database import store_path
from tests.cli.command import Ran, keep
from tests.store.sample_store import process, wait_for


def ask(place: Place, operation: str, body: bytes = b"", **path: str) -> tuple[int, str]:
    reply = answer(place, operation, Request(path, {}, body))
    assert isinstance(reply, Reply)
    told = json.loads(reply.body) if reply.body else {}
    return reply.status, told.get("message", "")


def test_nothing_has_run_yet(place: Place) -> None:
    assert ask(place, "list_sessions") == (200, "")
    assert ask(place, "show_health") == (200, "")
    assert ask(place, "show_session", session="abcd") == (404, "there is no session 'abcd'")
    assert not place.directory.exists()


def test_another_process_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.05)
    keep(place.directory, "abcd", [Ran("true")])
    with closing(sqlite3.connect(store_path(place.directory), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, message = ask(place, "change_session", b'{"archived": true}', session="abcd")
        assert (status, "another process writes" in message) == (503, True)
        assert ask(place, "show_session", session="abcd") == (200, "")
        other.execute("ROLLBACK")


def test_a_damaged_store_is_named(place: Place) -> None:
    keep(place.directory, "abcd", [Ran("true")])
    path = store_path(place.directory)
    with path.open("r+b") as file:
        file.truncate(100)
    for operation in ("list_sessions", "show_health", "show_figures"):
        status, message = ask(place, operation)
        assert (status, f"{path} is damaged" in message) == (500, True)


def test_a_foreign_store_is_not_touched(place: Place) -> None:
    place.directory.mkdir()
    with closing(sqlite3.connect(store_path(place.directory))) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    status, message = ask(place, "list_sessions")
    assert (status, "another program" in message) == (500, True)


def test_a_store_that_cannot_be_opened(place: Place) -> None:
    store_path(place.directory).mkdir(parents=True)
    status, message = ask(place, "list_sessions")
    assert (status, str(store_path(place.directory)) in message) == (503, True)


def test_a_session_that_runs_stays(place: Place) -> None:
    keep(place.directory, "abcd", [Ran("true")], is_live=True)
    code = (
        "from effecttalk_kernel.store.presence import Presence\n"
        "presence = Presence(data, 'abcd')\nstop_here()"
    )
    with process(code, place.directory) as other:
        wait_for(other)
        for operation, body in (("delete_session", b""), ("change_session", b'{"archived": true}')):
            status, message = ask(place, operation, body, session="abcd")
            assert (status, "session abcd runs" in message) == (409, True)
    assert ask(place, "delete_session", session="abcd")[0] == 204


def test_a_setting_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    service = Service("/", "/effecttalk/api")
    request = Request({}, {})
    reply = asyncio.run(service.answer("list_sessions", request))
    assert isinstance(reply, Reply)
    assert (reply.status, b"EFFECTTALK_ROWS can't be 'many'" in reply.body) == (500, True)


def test_more_than_can_be_answered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_WAITING", 3)
    goes_on = threading.Event()

    async def ask_much() -> list[object]:
        ours = workers.Workers()
        waiting = [asyncio.ensure_future(ours.run(lambda: goes_on.wait(30))) for _ in range(3)]
        await asyncio.sleep(0)  # they begin
        with pytest.raises(workers.OverloadedError, match="3 requests wait"):
            await ours.run(lambda: True)
        goes_on.set()
        found: list[object] = [*await asyncio.gather(*waiting), await ours.run(lambda: "again")]
        return found

    assert asyncio.run(ask_much()) == [True, True, True, "again"]
