"""Buttons for the block of the active cell, in JupyterLab's toolbar of that cell."""

from typing import Final

import pytest
from playwright.sync_api import Locator

from tests.lab.actions import select, wait_for_clipboard, wait_until_folded
from tests.lab.blocks import saved_notebook, wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)
OURS: Final = ".jp-cell-toolbar .et-CellButton"
LABS: Final = ".jp-cell-toolbar [data-jp-item-name='duplicate-cell']"
NAMES: Final = ["Copy Output", "Run Block Again", "Interrupt Block", "Fold Output", "Pin Block"]


def button(notebook: LabNotebook, name: str) -> Locator:
    """Return a button of the active cell's toolbar by its accessible name."""
    toolbar = notebook.page.locator(".jp-cell-toolbar")
    return toolbar.get_by_role("button", name=name)


def wait_until_enabled(notebook: LabNotebook, name: str, *, is_enabled: bool) -> None:
    state = ":not([aria-disabled='true'])" if is_enabled else "[aria-disabled='true']"
    notebook.page.locator(f"{OURS} jp-button[aria-label^='{name}']{state}").wait_for()


def test_active_cell_has_buttons_for_its_block(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo begun\nuntil [ -e over ]; do sleep 0.02; done", "echo two")
    select(notebook, 0)
    for name in NAMES:
        button(notebook, name).wait_for()
    wait_until_enabled(notebook, "Interrupt", is_enabled=False)
    wait_until_enabled(notebook, "Pin", is_enabled=False)
    button(notebook, "Run Block Again").click()
    notebook.wait_for_text(0, "begun")
    wait_until_enabled(notebook, "Interrupt", is_enabled=True)
    wait_until_enabled(notebook, "Run", is_enabled=False)
    button(notebook, "Interrupt Block").click()
    wait_for_badge(notebook, 0, "interrupted")
    wait_until_enabled(notebook, "Interrupt", is_enabled=False)
    button(notebook, "Copy Output").click()
    wait_for_clipboard(notebook, "begun")
    button(notebook, "Fold Output").click()
    wait_until_folded(notebook, 0, is_folded=True)
    button(notebook, "Unfold Output").click()
    wait_until_folded(notebook, 0, is_folded=False)
    button(notebook, "Pin Block").click()
    notebook.page.locator(f"{OURS} jp-button[aria-label^='Pin'][aria-pressed='true']").wait_for()
    notebook.page.locator(".jp-Cell").nth(1).locator(".jp-InputPrompt").click()
    notebook.wait("() => probe.cells[1].node.querySelectorAll('.et-CellButton').length === 5")
    notebook.wait("() => document.querySelectorAll('.et-CellButton').length === 5")


def test_buttons_give_way_to_the_text_and_to_jupyterlabs_buttons(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("echo one")
    select(notebook, 0)
    button(notebook, "Pin Block").wait_for()
    notebook.page.locator(LABS).wait_for()
    notebook.type(0, " and more words than there is room for besides")
    notebook.page.locator(OURS).first.wait_for(state="hidden")
    notebook.page.locator(LABS).wait_for()
    notebook.type(0, ", up to the end of the line and beyond")
    notebook.page.locator(LABS).wait_for(state="hidden")
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.press("Backspace")
    button(notebook, "Pin Block").wait_for()
    notebook.page.set_viewport_size({"width": 800, "height": 800})
    notebook.page.locator(OURS).first.wait_for(state="hidden")
    notebook.page.locator(LABS).wait_for()


def test_buttons_appear_when_the_kernel_is_changed_to_effecttalk(
    server: Server, browser: Browser
) -> None:
    content = saved_notebook([None], kernel="python3")
    notebook = LabNotebook.show(browser, server, "toolbar-change", content)
    try:
        notebook.wait("() => probe.panel.sessionContext.isReady")
        select(notebook, 0)
        notebook.page.locator(LABS).wait_for()
        assert notebook.page.locator(OURS).count() == 0
        wait_for_names(notebook)
        change = "name => void probe.panel.sessionContext.changeKernel({ name })"
        notebook.page.evaluate(change, "effecttalk")
        notebook.wait("() => document.querySelectorAll('.et-CellButton').length === 5")
        notebook.wait_until_idle()
        wait_for_names(notebook, "copy-output", "rerun", "interrupt", "fold-output", "pin")
        button(notebook, "Run Block Again").click()
        wait_for_badge(notebook, 0, "success")
        notebook.page.evaluate(change, "python3")
        notebook.page.locator(OURS).first.wait_for(state="hidden")
    finally:
        notebook.close()


# The visible items of the toolbar in order.
ITEMS: Final = """[...document.querySelectorAll('.jp-cell-toolbar > [data-jp-item-name]')]
    .filter(item => item.getBoundingClientRect().width > 0)
    .map(item => item.dataset.jpItemName)"""


def wait_for_names(notebook: LabNotebook, *expected: str) -> None:
    """Wait until these items of the extension are visible in the toolbar."""
    names = f"{ITEMS}.filter(name => name.startsWith('effecttalk-'))"
    items = ",".join(f"effecttalk-{name}" for name in expected)
    notebook.wait(f"items => {names}.join() === items", items)
