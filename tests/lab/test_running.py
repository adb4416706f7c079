"""Running blocks in JupyterLab's panel of running terminals and kernels."""

from typing import Final

import pytest

from tests.lab.blocks import wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION
from tests.lab.running import SECTION, show_running

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)
ITEMS: Final = "() => [...document.querySelectorAll('#jp-running-sessions .et-RunningBlock')]"
COUNT_IS: Final = f"count => ({ITEMS})().length === count"


def test_running_blocks_are_listed_and_stopped(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "#| background: true\nsleep 600", *["true"] * 30, "# slow\nsleep 700\necho over"
    )
    sessions = show_running(notebook)
    sessions.get_by_text(SECTION).wait_for()
    notebook.wait(COUNT_IS, 0)
    notebook.run(0)
    notebook.start(31)
    wait_for_badge(notebook, 31, "running")
    notebook.wait(COUNT_IS, 2)
    items = sessions.locator(".et-RunningBlock")
    labels = items.locator(".jp-RunningSessions-itemLabel")
    assert labels.all_inner_texts() == ["sleep 600", "sleep 700"]
    assert "notebook.ipynb" in items.nth(1).locator(".jp-RunningSessions-itemDetail").inner_text()
    labels.nth(0).click()
    notebook.wait("() => probe.panel.content.activeCellIndex === 0")
    notebook.wait("() => probe.cells[0].node.contains(document.activeElement)")
    items.nth(1).hover()
    items.nth(1).get_by_title("Stop block").click()
    wait_for_badge(notebook, 31, "interrupted")
    notebook.wait(COUNT_IS, 1)
    notebook.start(31)
    wait_for_badge(notebook, 31, "running")
    notebook.wait(COUNT_IS, 2)
    sessions.get_by_role("button", name="Stop All").click()
    notebook.page.locator(".jp-Dialog").get_by_role("button", name="Stop All").click()
    notebook.wait(COUNT_IS, 0)
    wait_for_badge(notebook, 31, "interrupted")
