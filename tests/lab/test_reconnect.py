"""Pages whose connection to the server is cut, and a notebook that is closed and opened again."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.lab.answers import field, wait_for_none
from tests.lab.blocks import wait_for_badge, wait_for_header
from tests.lab.commands import (
    until,
    wait_for_line,
    wait_for_number,
    wait_in_kernel,
    wait_until_whole,
)
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server
from tests.lab.proxy import Proxy
from tests.support.jupyter import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

# Prints until there is the file `enough`, and creates the file `sixty` after line 60.
PRINTER = (
    "n=0; until [ -e enough ]; do echo line $((++n)); [ $n != 60 ] || touch sixty; sleep 0.02;"
    " done; echo end $n"
)
CLOSE_DIALOGS = "() => document.querySelectorAll('.jp-Dialog button').forEach(b => b.click())"
CONNECTION = "probe.panel.sessionContext.session.kernel.connectionStatus"


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    """One proxy for all tests here, so that the browser can use its cache."""
    with Proxy(server.address) as proxy:
        yield proxy


@pytest.fixture
def open_through(
    request: pytest.FixtureRequest, proxy: Proxy, server: Server, browser: Browser
) -> Iterator[OpenNotebook]:
    """Open a notebook through the proxy, with a kernel that has sent its state."""
    opened: list[LabNotebook] = []
    name = re.sub(r"\W+", "-", request.node.name).strip("-")

    def open_one(*cells: str) -> LabNotebook:
        opened.append(LabNotebook.open(browser, server, name, cells, proxy.address))
        page = opened[-1].page
        # Lab's message about the connection may come when there is a connection again.
        page.add_locator_handler(page.locator(".jp-Dialog"), lambda: page.evaluate(CLOSE_DIALOGS))
        opened[-1].run(1)
        wait_for_badge(opened[-1], 1, "success")
        return opened[-1]

    yield open_one
    proxy.restore()
    for notebook in opened:
        notebook.page.remove_locator_handler(notebook.page.locator(".jp-Dialog"))
        notebook.close()


def wait_for_idle_kernel(notebook: LabNotebook, server: Server) -> None:
    """Wait until the server knows that the kernel is idle."""
    identity = notebook.page.evaluate("probe.panel.sessionContext.session.kernel.id")
    address = server.address.replace("/lab?", f"/api/kernels/{identity}?")
    end = time.monotonic() + PATIENCE_SECONDS
    while notebook.page.request.get(address).json()["execution_state"] != "idle":
        assert time.monotonic() < end


def last_line(notebook: LabNotebook) -> int:
    """Wait until the page shows a line after line 60; return the number of the last one."""
    notebook.wait(r"() => Number(probe.text(0).trim().split('\n').at(-1).slice(5)) > 60")
    return int(notebook.page.evaluate(r"probe.text(0).trim().split('\n').at(-1).slice(5)"))


def cut(proxy: Proxy, notebook: LabNotebook) -> None:
    """Cut the connection and wait until the page knows."""
    proxy.cut()
    notebook.wait(f"() => {CONNECTION} !== 'connected'")


def restore(proxy: Proxy, notebook: LabNotebook) -> None:
    """Reconnect, as a user does from the menu instead of waiting for the next attempt."""
    proxy.restore()
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:reconnect-to-kernel')")
    notebook.wait(f"() => {CONNECTION} === 'connected'")
    notebook.page.evaluate(CLOSE_DIALOGS)


@pytest.mark.parametrize("is_noticed", [True, False], ids=["noticed", "not noticed"])
@pytest.mark.parametrize("is_over", [True, False], ids=["over", "running"])
def test_no_line_is_lost_or_repeated_when_the_connection_is_cut(
    is_over: bool, is_noticed: bool, proxy: Proxy, server: Server, open_through: OpenNotebook
) -> None:
    notebook = open_through(f"{PRINTER}; touch over; (exit 3)", "echo other")
    notebook.start(0)
    wait_for_line(notebook, 0, 5)
    if is_noticed:
        cut(proxy, notebook)  # the server keeps for the page what it cannot send
    else:
        proxy.swallow()
    wait_in_kernel(notebook, "sixty")
    if is_over:
        notebook.touch("enough")
        wait_in_kernel(notebook, "over")
        wait_for_idle_kernel(notebook, server)
    if not is_noticed:
        cut(proxy, notebook)
    restore(proxy, notebook)
    if not is_over:
        # New output arrives at once; lost output may only be added at the end.
        wait_for_line(notebook, 0, last_line(notebook) + 40)
        notebook.touch("enough")
    notebook.wait_for_text(0, "end ")
    wait_for_badge(notebook, 0, "failed")
    wait_for_header(notebook, 0, "status", "failed: exit status 3")
    wait_for_line(notebook, 0, 30)  # printed while the connection was cut
    wait_until_whole(notebook, 0)
    notebook.wait_until_idle()
    assert notebook.status(0) == "failed"
    wait_for_number(notebook, 0, "2")
    notebook.run(1)
    assert notebook.stream(1) == "other\n"


def test_cells_queued_before_a_cut_get_their_output(
    proxy: Proxy, open_through: OpenNotebook
) -> None:
    notebook = open_through(until("one"), "echo two; touch two", PRINTER)
    notebook.start_all()
    wait_for_badge(notebook, 2, "queued")
    cut(proxy, notebook)
    notebook.touch("one")
    wait_in_kernel(notebook, "two")
    wait_in_kernel(notebook, "sixty")
    restore(proxy, notebook)
    wait_for_line(notebook, 2, 60)
    notebook.touch("enough")
    notebook.wait_for_text(2, "end ")
    wait_for_badge(notebook, 2, "success")
    notebook.wait_for_stream(1, "two\n")
    wait_until_whole(notebook, 2)
    # Messages that were in transit when the connection broke are read from the store.
    notebook.wait_for_status(0, "success")
    notebook.wait_for_status(1, "success")


def test_question_asked_while_the_connection_was_cut_is_shown(
    proxy: Proxy, open_through: OpenNotebook
) -> None:
    notebook = open_through(f"{until('one')}; touch two; read -p 'name? ' x; echo $x", "echo other")
    notebook.start(0)
    wait_for_badge(notebook, 0, "running")
    cut(proxy, notebook)
    notebook.touch("one")
    wait_in_kernel(notebook, "two")
    restore(proxy, notebook)
    wait_for_badge(notebook, 0, "waiting")
    field(notebook, "name?").fill("bob")
    field(notebook, "name?").press("Enter")
    notebook.wait_for_text(0, "bob")
    wait_for_none(notebook)
    notebook.wait_until_idle()


def test_output_is_complete_after_a_tab_was_closed_and_opened_again(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(PRINTER, "echo other")
    notebook.start(0)
    wait_for_line(notebook, 0, 5)
    path = notebook.page.evaluate("probe.panel.context.path")
    notebook.page.evaluate("void probe.panel.close()")
    notebook.page.get_by_role("button", name="Discard").click()
    notebook.page.locator(".jp-NotebookPanel").wait_for(state="detached")
    wait_in_kernel(notebook, "sixty")
    notebook.page.evaluate(
        "path => void jupyterapp.commands.execute('docmanager:open', { path })", path
    )
    notebook.page.locator(".jp-CodeCell").first.wait_for()
    wait_for_line(notebook, 0, 60)
    wait_for_badge(notebook, 0, "running")
    notebook.touch("enough")
    notebook.wait_for_text(0, "end ")
    wait_for_badge(notebook, 0, "success")
    wait_for_number(notebook, 0, "1")
    wait_until_whole(notebook, 0)
