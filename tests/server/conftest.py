"""Fixtures: one server for all tests here; each test keeps sessions of its own."""

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
    """The routes' context without a server, in a directory of the test's own."""
    return Context(tmp_path / "data", str(tmp_path), JobRunner())
