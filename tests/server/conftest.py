"""Fixtures: one server for all tests; each test uses its own sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.jobs import JobRunner
from tests.server.server import Client, JupyterServer


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    pytest.importorskip("jupyter_server")
    with JupyterServer(tmp_path_factory.mktemp("jupyter") / "server") as server:
        yield server


@pytest.fixture
def client(server: JupyterServer) -> Iterator[Client]:
    client = Client(server)
    yield client
    client.close()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Return the context of a server with an empty data directory, without the server."""
    return Context(tmp_path / "data", str(tmp_path), JobRunner())
