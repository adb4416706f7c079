"""Measure the cost of the extension to a page of JupyterLab, as a ratio to JupyterLab without it.

There are two servers, one with the extension and one without, and one browser. A page that has
loaded opens a notebook, with each server in turn and in random order.
"""

import random
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from kernel import run_measurements

from tests.lab.blocks import record, saved_notebook
from tests.lab.lab import EXTENSION, Server, chromium

ROUNDS = 15
CELLS = 1_000
WITH, WITHOUT = "with", "without"
FILE = "notebook.ipynb"
# Return the seconds from the command until the first cell is shown, and the number of badges,
# once the page is idle.
OPEN = """async file => {
  const rest = () => new Promise(done => requestIdleCallback(done));
  const began = performance.now();
  const widget = await jupyterapp.commands.execute('docmanager:open', { path: file });
  await widget.context.ready;
  await widget.content.widgets[0].ready;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const shown = (performance.now() - began) / 1000;
  await widget.sessionContext.ready;
  await widget.sessionContext.session.kernel.info;
  for (let number = 0; number < 20; number++) await rest();
  return [shown, document.querySelectorAll('.et-Badge').length];
}"""
CLOSE = """async () => {
  const widget = jupyterapp.shell.currentWidget;
  await widget.sessionContext.shutdown();
  widget.close();
}"""


class ServerWithoutExtension(Server):
    """A server that does not load the extension, even if it is installed."""

    @property
    def arguments(self) -> list[str]:
        return [*super().arguments, f"--LabApp.labextensions_path={self._directory / 'none'}"]


@dataclass(frozen=True)
class Cost:
    """The cost of opening a notebook in seconds: until it is shown, and of work in total."""

    shown: float
    work: float


def open_once(context: BrowserContext, server: Server, *, is_ours: bool) -> Cost:
    """Open the notebook in a page that has loaded."""
    page = context.new_page()
    place, token = server.address.split("?")
    page.goto(f"{place}?reset&{token}")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.locator(".jp-Launcher").wait_for()
    page.evaluate("new Promise(done => requestIdleCallback(done))")
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    before = _work_seconds(devtools.send("Performance.getMetrics"))
    shown, badges = page.evaluate(OPEN, FILE)
    work = _work_seconds(devtools.send("Performance.getMetrics")) - before
    assert bool(badges) is is_ours, f"{badges} badges"
    _close(page)
    return Cost(shown, work)


def _work_seconds(metrics: Mapping[str, list[Mapping[str, float]]]) -> float:
    return next(one["value"] for one in metrics["metrics"] if one["name"] == "TaskDuration")


def _close(page: Page) -> None:
    page.evaluate(CLOSE)
    page.close()


@contextmanager
def two_servers(content: NotebookNode) -> Iterator[Mapping[str, Server]]:
    """Start a server with the extension and one without it, both with this notebook."""
    assert EXTENSION.exists(), "the extension is not built (npm run build in labextension)"
    with (
        TemporaryDirectory() as directory,
        Server(Path(directory) / WITH) as ours,
        ServerWithoutExtension(Path(directory) / WITHOUT) as bare,
    ):
        for server in (ours, bare):
            nbformat.write(content, server.notebooks / FILE)
        yield {WITH: ours, WITHOUT: bare}


def compare(what: str, content: NotebookNode, *, has_blocks: bool) -> None:
    """Print the cost of opening *content* with the extension, and the ratio to without."""
    with (
        two_servers(content) as servers,
        TemporaryDirectory() as profile,
        sync_playwright() as playwright,
        chromium(playwright, Path(profile)) as context,
    ):
        costs: dict[str, list[Cost]] = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name in random.sample([*servers], len(servers)):
                is_ours = has_blocks and name == WITH
                costs[name].append(open_once(context, servers[name], is_ours=is_ours))
    for part in ("shown", "work"):
        ours, bare = (
            statistics.median(getattr(cost, part) for cost in costs[name])
            for name in (WITH, WITHOUT)
        )
        print(f"{what}, {part}: {ours:.3f} s with the extension, {ours / bare:.3f} x without")


def compare_blocks() -> None:
    content = saved_notebook([record(number + 1) for number in range(CELLS)])
    compare(f"{CELLS:,} blocks", content, has_blocks=True)


def compare_python() -> None:
    content = saved_notebook([None] * CELLS, kernel="python3")
    for number, cell in enumerate(content.cells):
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{number}\n")]
    compare(f"{CELLS:,} cells of Python", content, has_blocks=False)


if __name__ == "__main__":
    run_measurements({"blocks": compare_blocks, "python": compare_python}, __doc__)
