"""Fixtures: one server for all tests here; each test keeps sessions of its own."""

from collections.abc import Iterator

import pytest

from effecttalk_kernel.server.context import Place
from effecttalk_kernel.server.jobs import Jobs
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
def place(tmp_path) -> Place:
    """What is kept in a directory of the test's own, asked without a server."""
    return Place(tmp_path / "data", str(tmp_path), Jobs())
