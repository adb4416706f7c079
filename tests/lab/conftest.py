"""Fixtures: one server and one browser for all tests here, and a notebook for each test.

Their scope is the package: Playwright keeps an event loop running in this thread,
which would break tests elsewhere.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.lab.lab import CHROMIUM, Browser, LabNotebook, Server, StoreServer, chromium

OpenNotebook = Callable[..., LabNotebook]
# The directory for the last screenshot of every notebook, if they are wanted.
SCREENSHOTS = os.environ.get("LAB_SCREENSHOTS")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if CHROMIUM is None:
        pytest.skip("no chromium here (Debian: apt install chromium fonts-dejavu-core)")
    with Server(tmp_path_factory.mktemp("lab") / "server") as server:
        yield server


@pytest.fixture(scope="package")
def browser(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright, chromium(playwright, profile) as browser:
        yield browser


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SCREENSHOTS:
        return tmp_path_factory.mktemp("screenshots")
    Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
    return Path(SCREENSHOTS)


@pytest.fixture
def open_notebook(
    request: pytest.FixtureRequest, server: Server, browser: Browser, screenshots: Path
) -> Iterator[OpenNotebook]:
    """Open a notebook with these cells: `open_notebook("echo one", "echo two")`."""
    opened: list[LabNotebook] = []
    module = request.module.__name__.rpartition(".test_")[2]
    name = re.sub(r"\W+", "-", f"{module}-{request.node.name}").strip("-")

    def open_one(*cells: str) -> LabNotebook:
        opened.append(LabNotebook.open(browser, server, f"{name}-{len(opened)}", cells))
        return opened[-1]

    yield open_one
    server.set("@jupyterlab/apputils-extension:themes", {})  # which a test may have changed
    for notebook in opened:
        if SCREENSHOTS:
            notebook.screenshot(screenshots / f"{notebook.directory.name}.png")
        notebook.close()


@pytest.fixture(scope="package")
def store_server(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoreServer]:
    with StoreServer(tmp_path_factory.mktemp("store") / "server") as server:
        yield server


@pytest.fixture
def empty_server(store_server: StoreServer) -> StoreServer:
    """A server with its own store, which has no session yet."""
    store_server.empty_store()
    return store_server


@pytest.fixture
def windowed(server: Server) -> Iterator[None]:
    """Keep only the cells in view in the page, so that a notebook with 1,000 opens soon."""
    server.set("@jupyterlab/notebook-extension:tracker", {"windowingMode": "full"})
    yield
    server.set("@jupyterlab/notebook-extension:tracker", {})
