"""Pinned blocks in cells, in the saved notebook and in the panel."""

from typing import Final

import pytest

from tests.lab.actions import command, is_enabled, press, select
from tests.lab.blocks import badge_words, wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook
from tests.lab.panel import show_panel, wait_for_rows

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)
PINS: Final = """() => probe.cells.map(cell =>
    [...cell.node.querySelectorAll('.et-Badge .et-Pin')].some(pin => pin.checkVisibility()))"""
PINS_ARE: Final = f"expected => JSON.stringify(({PINS})()) === JSON.stringify(expected)"


def wait_for_pins(notebook: LabNotebook, *pinned: bool) -> None:
    notebook.wait(PINS_ARE, [*pinned])


def test_pin_is_saved_and_filters_the_list(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "#| timeout: 20s\nfalse", "echo three")
    notebook.run(0)
    notebook.run(1)
    wait_for_badge(notebook, 1, "failed")
    select(notebook, 2)
    assert not is_enabled(notebook, "pin")  # there is no block yet
    for number in (0, 1):
        select(notebook, number)
        press(notebook, "e i")
    wait_for_pins(notebook, True, True, False)
    assert badge_words(notebook, 0) == "success, pinned"
    select(notebook, 0)
    press(notebook, "e i")
    wait_for_pins(notebook, False, True, False)
    saved = notebook.save()
    assert [cell.metadata.get("effecttalk") for cell in saved.cells] == [
        None,
        {"pinned": True},
        None,
    ]
    notebook.load()
    notebook.wait_until_idle()
    wait_for_pins(notebook, False, True, False)
    # The kernel ignores the pin.
    notebook.run(1)
    wait_for_badge(notebook, 1, "failed")
    notebook.run(2)
    panel = show_panel(notebook.page)
    wait_for_rows(notebook, "success echo one", "failed false", "success echo three")
    assert panel.locator(".et-BlockList .et-Row-pin svg").count() == 1
    panel.get_by_role("button", name="Pinned only").click()
    wait_for_rows(notebook, "failed false")
    assert "pinned" in str(panel.locator(".et-BlockList .et-Row").get_attribute("aria-label"))


def test_pin_remains_without_output_and_shows_in_both_views(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    notebook.page.evaluate("void (globalThis.other = probe.panel)")
    notebook.page.evaluate("void jupyterapp.commands.execute('docmanager:clone')")
    notebook.wait("() => probe.panel !== other && probe.panel.content?.widgets.length === 1")
    notebook.page.evaluate("probe.panel.content.activate()")
    command(notebook, "pin")
    wait_for_pins(notebook, True)
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    wait_for_badge(notebook, 0, "none")
    notebook.wait("() => probe.cells[0].node.querySelector('.et-Badge').ariaLabel === 'pinned'")
    notebook.page.evaluate("jupyterapp.shell.activateById(other.id)")
    notebook.wait("() => probe.panel === other")
    wait_for_pins(notebook, True)
    command(notebook, "pin")
    wait_for_pins(notebook, False)
