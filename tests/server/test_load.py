"""The server's time and memory with long sessions, long outputs and many clients."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from effecttalk_kernel.store.database import connect
from tests.server.server import TOKEN, Client, JupyterServer
from tests.support.stored_session import NOON, SampleBlock, store_session

MB = 1_000_000


def add_blocks(connection: sqlite3.Connection, session: str, count: int) -> None:
    """Add many blocks to a session, of which every tenth has failed."""
    (key,) = connection.execute("SELECT key FROM sessions WHERE id = ?", (session,)).fetchone()
    record = '{"text": "' + "x" * 1_000 + '"}'
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO blocks (session, number, code, status, exit_status, started, ended, cwd, record)"
        " VALUES (?, ?, 'echo', ?, 0, ?, ?, '/', ?)",
        (
            (
                key,
                number,
                "success" if number % 10 else "failed",
                NOON + number,
                NOON + number,
                record,
            )
            for number in range(2, count + 1)
        ),
    )
    connection.execute("COMMIT")


def test_a_session_of_100_000_blocks_is_paged_fast(client: Client) -> None:
    store_session(client.server.data, "100000", [SampleBlock("true")])
    with closing(connect(client.server.data)) as connection:
        add_blocks(connection, "100000", 100_000)
    for query in ({}, {"offset": 99_900}, {"after": 50_000}, {"order": "oldest", "offset": 50_000}):
        assert cost(client, query) < 0.1
    assert cost(client, {"failed": "true"}) < 0.5
    page = client.get("sessions/100000/blocks", offset=99_900, limit=1000)
    assert (page["total"], len(page["blocks"]), page["next"]) == (100_000, 100, None)
    assert client.get("sessions/100000/blocks", failed="true")["total"] == 10_000


def cost(client: Client, query: dict[str, Any]) -> float:
    """Return the server's processor time for a request, whatever else the machine does."""
    before = client.server.cpu_seconds
    for _ in range(5):
        assert len(client.get("sessions/100000/blocks", **query)["blocks"]) == 50
    return (client.server.cpu_seconds - before) / 5


def test_a_long_output_is_streamed(client: Client) -> None:
    store_session(client.server.data, "b16", [SampleBlock("true")])
    directory = client.server.data / "spills" / "b16"
    directory.mkdir(parents=True)
    with (directory / "1.stdout").open("wb") as file:
        os.truncate(file.fileno(), 100 * MB)
    client.ask("GET", "blocks/b16-1/output", params={"length": 1})
    before = client.server.most_memory_bytes
    with client.ask("GET", "blocks/b16-1/output", stream=True) as reply:
        size = 0
        for data in reply.iter_content(64 * 1024):
            size += len(data)
            if size < MB:  # a slow client does not block the server
                client.get("health")
    assert size == 100 * MB
    assert client.server.most_memory_bytes - before < 10 * MB


def test_the_file_is_closed_when_a_client_disconnects(client: Client) -> None:
    store_session(client.server.data, "60e5", [SampleBlock("true")])
    directory = client.server.data / "spills" / "60e5"
    directory.mkdir(parents=True)
    with (directory / "1.stdout").open("wb") as file:
        os.truncate(file.fileno(), 100 * MB)
    client.get("health")
    before = client.server.descriptors
    for _ in range(5):
        with client.ask("GET", "blocks/60e5-1/output", stream=True) as reply:
            next(reply.iter_content(1024))
    end = time.monotonic() + 30
    while client.server.descriptors > before:
        assert time.monotonic() < end
        client.get("health")


def test_many_clients_at_once(server: JupyterServer, client: Client) -> None:
    names = [f"3a4{number}" for number in range(8)]
    for name in names:
        store_session(server.data, name, [SampleBlock(f"echo {name}", f"{name}\n")])

    def use(name: str) -> Sequence[int]:
        other = Client(server)
        statuses = []
        for _ in range(10):
            for method, path, options in (
                ("GET", "sessions", {}),
                ("GET", f"search?q={name}", {}),
                ("PATCH", f"sessions/{name}", {"json": {"archived": True}}),
                ("GET", f"blocks/{name}-1/outputs", {}),
                ("PATCH", f"sessions/{name}", {"json": {"archived": False}}),
            ):
                statuses.append(other.ask(method, path, **options).status_code)
        other.close()
        return statuses

    with ThreadPoolExecutor(len(names)) as threads:
        found = [*threads.map(use, names)]
    assert {status for statuses in found for status in statuses} == {200}
    assert client.get("sessions", text="3a4")["total"] == len(names)


def test_nothing_heavy_is_imported_when_the_server_starts() -> None:
    code = (
        "import sys, effecttalk_kernel.server.handlers;"
        "print({'pydantic', 'nbformat', 'effecttalk_kernel.store.database'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_the_servers_log_has_no_traceback_and_no_token(
    server: JupyterServer, client: Client
) -> None:
    client.ask("GET", "sessions/nothing")
    assert "Traceback" not in server.log
    assert TOKEN not in server.log
