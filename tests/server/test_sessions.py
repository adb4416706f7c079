"""Sessions: what the routes for sessions answer."""

import nbformat
import pytest

from tests.cli.command import Ran, keep
from tests.server.server import Client

ODD = [
    "..",
    "../x",
    "%2e%2e%2fx",
    "..%2F..%2Fetc%2Fpasswd",
    "a%00b",
    "a b",
    "é",
    "x" * 65,
    "*",
    "a/",
]


def test_sessions_are_listed_page_by_page(client: Client) -> None:
    for number in range(5):
        keep(client.server.data, f"5e55{number}", [Ran("true", started=2e9 + number)])
    first = client.get("sessions", text="5e55", limit=3)
    second = client.get("sessions", text="5e55", limit=3, offset=3)
    names = [each["id"] for each in first["sessions"] + second["sessions"]]
    assert names == ["5e554", "5e553", "5e552", "5e551", "5e550"]
    assert first["total"] == second["total"] == 5


def test_a_session_is_found_by_its_notebook(client: Client) -> None:
    path = client.server.notebooks / "work" / "day.ipynb"
    keep(client.server.data, "d0c5", [Ran("true")], notebook=str(path))
    for name in (str(path), "work/day.ipynb", "work/../work/day.ipynb"):
        assert [each["id"] for each in client.get("sessions", notebook=name)["sessions"]] == [
            "d0c5"
        ]
    assert client.get("sessions", notebook="day.ipynb")["total"] == 0


def test_a_session_is_archived_and_comes_back(client: Client) -> None:
    keep(client.server.data, "a2c41e", [Ran("true")])

    def listed(archived: str) -> int:
        return client.get("sessions", text="a2c41e", archived=archived)["total"]

    for archived in (True, True, False):
        changed = client.ask("PATCH", "sessions/a2c41e", json={"archived": archived}).json()
        assert (changed["state"] == "archived") is archived
        assert listed("true") == archived
        assert listed("false") == (not archived)
        assert listed("all") == 1


def test_a_session_is_shown_and_deleted(client: Client) -> None:
    keep(
        client.server.data, "de1e7e", [Ran("true", variables=b"a=1\n"), Ran("false", exit_status=1)]
    )
    shown = client.get("sessions/de1e7e")
    assert (shown["blocks"], shown["failed"], shown["states"], shown["spills"]) == (2, 1, 2, 0)
    assert shown["created"] == "2026-01-31T12:00:00Z"
    assert client.ask("DELETE", "sessions/de1e7e").status_code == 204
    again = client.ask("DELETE", "sessions/de1e7e")
    assert again.status_code == 404
    assert again.json()["message"] == "there is no session 'de1e7e'"


def test_a_session_is_named_as_a_whole(client: Client) -> None:
    """Four characters do for the command, where a person sees what is meant."""
    keep(client.server.data, "7a11bad0", [Ran("true")])
    assert client.ask("DELETE", "sessions/7a11").status_code == 404
    assert client.get("sessions/7a11bad0")["blocks"] == 1


def test_a_session_is_exported_as_a_notebook(client: Client) -> None:
    keep(client.server.data, "e2904", [Ran("echo a", "a\n"), Ran("false", exit_status=1)])
    reply = client.ask("POST", "sessions/e2904/export")
    notebook = nbformat.reads(reply.text, as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["echo a", "false"]
    assert reply.headers["Content-Disposition"] == 'attachment; filename="e2904.ipynb"'


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("route", ["sessions/{}", "blocks/{}-1", "blocks/{}-1/output"])
def test_odd_names_are_not_found(client: Client, route: str, name: str) -> None:
    reply = client.ask("GET", route.format(name))
    assert reply.status_code == 404
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json().keys() == {"message", "errors"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": "1_0"}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 2**64}, "offset"),
        ({"archived": "yes"}, "archived"),
        ({"txet": "a"}, "txet"),
        ({"limit": [1, 2]}, "limit"),
        ({"text": b"\xff"}, "text"),
    ],
)
def test_what_is_wrong_is_named(client: Client, query: dict[str, object], field: str) -> None:
    reply = client.ask("GET", "sessions", params=query)
    assert reply.status_code == 422
    assert [each["field"] for each in reply.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "the body is not JSON"),
        (b"[1]", 422, "body: it must be a JSON object"),
        (b"{}", 422, "archived: it is missing"),
        (b'{"archived": "yes"}', 422, "archived: Input should be a valid boolean"),
        (b'{"archived": true, "session": "b0d2"}', 422, "session: there is no such field"),
        (b"[" * 100_000, 400, "the body is not JSON"),
    ],
)
def test_bodies_are_checked(client: Client, body: bytes, status: int, message: str) -> None:
    reply = client.ask("PATCH", "sessions/b0d1", data=body)
    assert reply.status_code == status
    assert reply.json()["message"].startswith(message)


def test_what_jupyters_client_adds_is_no_field(client: Client) -> None:
    client.get("sessions", **{"1769860800123": "", "no_track_activity": "1"})
