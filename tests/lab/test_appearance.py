"""The appearance of headers and badges in all windowing modes and in both themes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.lab.accessibility import (
    ICON_CONTRAST,
    THEMES,
    contrasts,
    low_contrast,
    show_theme,
    violations,
)
from tests.lab.blocks import record, saved_notebook, wait_for_badge, wait_for_header
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

NOTEBOOK_SETTINGS = "@jupyterlab/notebook-extension:tracker"
# The badges of cells, and the icons of headers.
PICTURES = ".et-Badge:not([hidden]), .et-Header .et-Icon"
# Whether all of the prompt of each cell can be seen, beside its badge.
IS_WHOLE = """[...document.querySelectorAll('.jp-CodeCell')].map(cell => {
  const range = document.createRange();
  const prompt = cell.querySelector('.jp-InputPrompt');
  range.selectNodeContents(prompt);
  const badge = cell.querySelector('.et-Badge').getBoundingClientRect();
  const isBeside = badge.right <= range.getBoundingClientRect().left;
  return isBeside && prompt.scrollWidth <= prompt.clientWidth;
})"""
CELLS = 70
FAILED = 60


@pytest.fixture
def windowing(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    mode = str(request.param)
    server.set(NOTEBOOK_SETTINGS, {"windowingMode": mode})
    yield mode
    server.set(NOTEBOOK_SETTINGS, {})


@pytest.mark.parametrize("windowing", ["none", "defer", "full", "contentVisibility"], indirect=True)
def test_badges_are_correct_after_scrolling(
    windowing: str, server: Server, browser: Browser
) -> None:
    records = [record(number) for number in range(1, CELLS + 1)]
    records[FAILED] |= {"status": "failed", "exit_status": 3}
    content = saved_notebook(records)
    content.cells[0].source = "until [ -e one ]; do sleep 0.02; done; (exit 4)"
    notebook = LabNotebook.show(browser, server, f"window-{windowing}", content)
    notebook.wait_until_idle()
    wait_for_badge(notebook, 0, "success")
    notebook.start(0)
    wait_for_badge(notebook, 0, "running")
    notebook.scroll_to(FAILED)
    wait_for_badge(notebook, FAILED, "failed")
    # It ran before the first cell did.
    wait_for_badge(notebook, FAILED + 1, "stale")
    notebook.touch("one")
    notebook.wait_for_status(0, "failed")
    notebook.scroll_to(0)
    wait_for_badge(notebook, 0, "failed")
    wait_for_header(notebook, 0, "status", "failed: exit status 4")
    notebook.close()


def tour() -> nbformat.NotebookNode:
    """Return a notebook with blocks of all kinds."""
    megabyte = {"size_bytes": 3_400_000, "lines": 61_200, "left_out_bytes": 3_268_928}
    one_line = {"size_bytes": 52, "lines": 1, "left_out_bytes": 0}
    blocks: list[tuple[str, str, dict[str, Any]]] = [
        ("git pull --ff-only", "Already up to date.\n", record(8, stdout=one_line)),
        (
            "make -j4 2>&1 | tee build.log",
            "",
            record(
                3,
                name="build",
                stdout=megabyte,
                redacted={"token": 2},
                part=2,
                cwd={"before": "/home/ann/project", "after": "/home/ann/project/build"},
            ),
        ),
        (
            "./tests --all",
            "",
            record(4, status="failed", exit_status=139, signal="SIGSEGV", stderr=one_line),
        ),
        ("sleep 60", "", record(5, status="interrupted", signals_sent=["SIGINT", "SIGTERM"])),
        (
            "curl -fsS https://host/data.json",
            "",
            record(6, status="timed_out", problem="timed out after 30 s", exit_status=130),
        ),
        ("python3 -m http.server &", "", record(7, status="background", background=True)),
        ("tail -f app.log", "", record(9, status="running")),
    ]
    content = saved_notebook([one for _, _, one in blocks])
    for cell, (code, text, _) in zip(content.cells, blocks, strict=True):
        cell.source = code
        cell.outputs[1].text = text
        cell.outputs = cell.outputs if text else cell.outputs[:1]
    return content


def test_headers_and_badges_are_accessible(
    server: Server, browser: Browser, screenshots: Path
) -> None:
    notebook = LabNotebook.show(browser, server, "readable", tour())
    notebook.wait_until_idle()
    notebook.wait(f'() => document.querySelectorAll("{PICTURES}").length === 14')
    for theme in THEMES:
        show_theme(notebook.page, theme)
        texts = contrasts(notebook.page, ".et-Header-status, .et-Header-item")
        pictures = contrasts(notebook.page, PICTURES)
        notebook.page.screenshot(path=screenshots / f"tour-{theme}.png")
        assert violations(notebook.page, ".et-Header", ".et-Badge") == []
        assert notebook.page.locator('.et-Badge [role="img"], .et-Badge[role="img"]').count() > 0
        assert low_contrast(texts) == []
        assert low_contrast(pictures, ICON_CONTRAST) == []
        assert len(texts) > 20
        assert len(pictures) == 14
    server.set("@jupyterlab/apputils-extension:themes", {})
    notebook.close()


def test_narrow_header_wraps(server: Server, browser: Browser) -> None:
    notebook = LabNotebook.show(browser, server, "narrow", tour())
    notebook.page.set_viewport_size({"width": 620, "height": 900})
    wait_for_header(notebook, 1, "left-out", "3.3 MB not shown")
    wait_for_badge(notebook, 2, "failed")
    hidden = notebook.page.evaluate(
        "[...document.querySelectorAll('.et-Header-line')].map(line =>"
        " [...line.children].filter(item => item.getBoundingClientRect().right >"
        " line.getBoundingClientRect().right + 1).length)"
    )
    assert {*hidden} == {0}
    lines = notebook.page.evaluate(
        "n => probe.cells[n].outputArea.node.querySelector('.et-Header-line').clientHeight", 1
    )
    assert lines > 30
    # JupyterLab shows the prompt above the cell, where the badge is.
    notebook.page.evaluate("probe.cells[0].model.executionCount = 1234")
    notebook.wait("() => probe.cells[0].prompt === '1234'")
    assert notebook.page.evaluate(IS_WHOLE) == [True] * 7
    notebook.close()
