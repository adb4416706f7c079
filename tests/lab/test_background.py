"""The panel's background section: running blocks, their last lines, and stopping them."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.lab.accessibility import THEMES, show_theme
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook
from tests.lab.panel import show_panel

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

SERVER = r"""#| background: true
for number in {1..30}; do printf '\e[32mline %d\e[0m\n' $number; done
until [ -e go ]; do sleep 0.02; done; echo 'it goes on'; sleep 4741"""
LAST_LINES = "() => document.querySelector('.et-Tail-text').textContent"


def wait_for_entries(notebook: LabNotebook, count: int) -> None:
    entries = "document.querySelectorAll('.et-Background .et-Row').length"
    notebook.wait(f"count => {entries} === count", count)


def test_last_lines_are_shown_live_and_lead_to_the_cell(
    open_notebook: OpenNotebook, screenshots: Path
) -> None:
    notebook = open_notebook(SERVER, "echo other")
    page = notebook.page
    notebook.run(0)
    notebook.run(1)
    panel = show_panel(page)
    wait_for_entries(notebook, 1)
    notebook.wait_for_text(0, "line 30")
    button = panel.get_by_role("button", name="Last lines of for number")
    assert button.get_attribute("aria-expanded") == "false"
    assert panel.locator(".et-Tail").is_hidden()
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    lines = panel.get_by_role("region", name="Last lines of for number")
    last = "\n".join(f"line {number}" for number in range(11, 31))
    notebook.wait(f"last => ({LAST_LINES})().trimEnd() === last", last)
    notebook.touch("go")
    notebook.wait(f"() => ({LAST_LINES})().endsWith('line 30\\nit goes on')")
    box = lines.bounding_box()
    assert box is not None
    assert box["height"] > 100
    for theme in THEMES:
        show_theme(page, theme)
        notebook.screenshot(screenshots / f"background-{theme}.png")
    panel.get_by_role("button", name="Go to Cell").click()
    notebook.wait("() => probe.panel.content.activeCellIndex === 0")
    button.click()
    lines.wait_for(state="hidden")


def test_stopping_a_block_creates_no_block(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "#| background: true\nsleep 4742", "sleep 4743 & sleep 4743", "echo on"
    )
    notebook.run(0)
    notebook.start(1)
    panel = show_panel(notebook.page)
    wait_for_entries(notebook, 2)
    panel.get_by_role("button", name="Stop block").first.click()
    wait_for_entries(notebook, 1)
    assert notebook.is_running(1)
    panel.get_by_role("button", name="Stop block").click()
    notebook.wait_until_idle()
    # A process that it started is still running.
    panel.locator('.et-Background .et-Row[data-state="interrupted"]').wait_for()
    panel.get_by_role("button", name="Stop block").click()
    panel.get_by_text("No running blocks.").wait_for()
    notebook.run(2)
    numbers = "() => probe.cells.map(cell => cell.model.executionCount)"
    assert notebook.page.evaluate(numbers) == [1, 2, 3]
