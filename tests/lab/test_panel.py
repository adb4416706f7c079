"""The panel on the left and the status bar."""

from pathlib import Path

import nbformat
import pytest

from tests.lab.accessibility import THEMES, show_theme, violations
from tests.lab.blocks import record, saved_notebook, wait_for_badge
from tests.lab.commands import until
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server, StoreServer
from tests.lab.panel import ACTIVE, show_panel, status, wait_for_rows, wait_for_status

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

CELLS = 1_000
IN_VIEW = """n => {
  const { top, bottom } = probe.cells[n].node.getBoundingClientRect();
  const view = probe.panel.content.node.getBoundingClientRect();
  return bottom > top && top >= view.top && bottom <= view.bottom;
}"""
# The row that has the focus.
FOCUSED = """() => {
  const row = document.activeElement;
  return row.matches('.et-BlockList .et-Row') ? Number(row.ariaPosInSet) : null;
}"""


# Blocks.


def test_list_follows_the_states_of_blocks(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("#| name: first\n" + until("one"), "echo two", "(exit 3)")
    panel = show_panel(notebook.page)
    panel.locator(".et-Blocks").get_by_text("No blocks yet.", exact=True).wait_for()
    notebook.start_all()
    wait_for_rows(notebook, f"running {until('one')}", "queued echo two", "queued (exit 3)")
    notebook.touch("one")
    wait_for_rows(notebook, f"success {until('one')}", "success echo two", "failed (exit 3)")
    assert panel.locator(".et-Row-status").all_inner_texts()[:3] == ["", "", "exit 3"]
    counts = panel.locator(".et-Counts .et-Count")
    assert [count.text_content() for count in counts.all()] == [
        "3 blocks",
        "2 succeeded",
        "1 failed",
    ]


def test_list_is_searched_and_filtered_by_failure(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "false", "echo two; false")
    for number in range(3):
        notebook.run(number)
    panel = show_panel(notebook.page)
    wait_for_rows(notebook, "success echo one", "failed false", "failed echo two; false")
    panel.get_by_role("searchbox").fill("ECHO")
    wait_for_rows(notebook, "success echo one", "failed echo two; false")
    panel.get_by_role("button", name="Failed only").click()
    wait_for_rows(notebook, "failed echo two; false")
    assert panel.locator(".et-Counts .et-Count").first.inner_text() == "1 of 3"
    panel.get_by_role("searchbox").fill("no such thing")
    panel.get_by_text("No matching blocks.").wait_for()
    panel.get_by_role("searchbox").press("Escape")
    wait_for_rows(notebook, "failed false", "failed echo two; false")


@pytest.mark.usefixtures("windowed")
def test_row_leads_to_its_cell_by_keyboard_and_click(server: Server, browser: Browser) -> None:
    records = [record(number) for number in range(1, CELLS + 1)]
    notebook = LabNotebook.show(browser, server, "panel-1000", saved_notebook(records))
    notebook.wait_until_idle()
    page = notebook.page
    panel = show_panel(page)
    panel.locator(".et-BlockList .et-Row").first.wait_for()
    assert panel.locator(".et-BlockList .et-Row").count() < 60
    with notebook.bound_work(seconds=1):
        page.keyboard.press("ArrowDown")  # from the search field, which has the focus first
        assert page.evaluate(FOCUSED) == 1
        page.keyboard.press("End")
        assert page.evaluate(FOCUSED) == CELLS
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert page.evaluate(FOCUSED) == CELLS - 2
    page.keyboard.press("Enter")
    notebook.wait(f"n => ({ACTIVE})() === n", CELLS - 3)
    notebook.wait(IN_VIEW, CELLS - 3)
    notebook.wait("() => probe.panel.node.contains(document.activeElement)")
    panel.locator(f'.et-Row[aria-selected="true"][aria-posinset="{CELLS - 2}"]').wait_for()
    # The list follows the notebook as well.
    page.evaluate("probe.panel.content.activeCellIndex = 499")
    panel.locator('.et-Row[aria-selected="true"][aria-posinset="500"]').wait_for()
    panel.locator('.et-Row[aria-posinset="503"]').click()
    notebook.wait(f"n => ({ACTIVE})() === n", 502)
    notebook.close()


# Background.


def test_blocks_in_the_background_can_be_stopped(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"({until('never')}) &", "#| background: true\nsleep 600", "read x")
    notebook.run(0)
    notebook.run(1)
    notebook.start(2)
    wait_for_badge(notebook, 2, "waiting")
    panel = show_panel(notebook.page)
    entries = panel.locator(".et-Background .et-Row")
    notebook.wait("() => document.querySelectorAll('.et-Background .et-Row').length === 3")
    assert entries.locator(".et-Row-command").all_inner_texts() == [
        f"({until('never')}) &",
        "sleep 600",
        "read x",
    ]
    end = panel.get_by_role("button", name="Stop block")
    end.nth(2).click()
    wait_for_badge(notebook, 2, "interrupted")
    end.nth(0).click()
    notebook.wait("() => document.querySelectorAll('.et-Background .et-Row').length === 1")
    end.nth(0).click()
    panel.get_by_text("No running blocks.").wait_for()


# The status bar.


def test_status_bar_shows_the_shell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("cd /usr/lib", "read x", "false")
    wait_for_status(notebook, "EffectTalk: Idle")
    notebook.run(0)
    wait_for_status(notebook, "EffectTalk: Idle, directory /usr/lib, 1 succeeded")
    notebook.start(1)
    wait_for_status(notebook, "Block 2 waits for input")
    answer = notebook.output(1).locator(".et-Answer-field")
    answer.fill("yes")
    answer.press("Enter")
    notebook.wait_until_idle()
    notebook.run(2)
    wait_for_status(notebook, "EffectTalk: Idle, directory /usr/lib, 2 succeeded, 1 failed")
    notebook.page.evaluate("void probe.panel.sessionContext.shutdown()")
    wait_for_status(notebook, "EffectTalk: No shell")


def test_panel_and_status_bar_follow_the_current_notebook(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one")
    page = notebook.page
    page.locator('.lm-TabBar-tab[data-id="effecttalk-panel"]').wait_for()
    other = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python"}}
    )
    nbformat.write(other, notebook.directory / "other.ipynb")
    path = f"{notebook.directory.name}/other.ipynb"
    page.evaluate("path => void jupyterapp.commands.execute('docmanager:open', { path })", path)
    page.locator('.lm-TabBar-tab[data-id="effecttalk-panel"]').wait_for(state="detached")
    status(page).wait_for(state="hidden")
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="notebook.ipynb").click()
    page.locator('.lm-TabBar-tab[data-id="effecttalk-panel"]').wait_for()
    status(page).wait_for()


# Sessions.


def test_missing_server_extension_is_explained(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one")
    notebook.use_up_page()  # the message stays
    notebook.page.route("**/effecttalk/api/**", lambda route: route.fulfill(status=404))
    panel = show_panel(notebook.page)
    message = panel.get_by_text("the server extension of EffectTalk is not enabled")
    message.wait_for()
    assert "jupyter server extension enable effecttalk_kernel.server" in message.inner_text()


# Accessibility.


def test_panel_is_accessible(
    empty_server: StoreServer, browser: Browser, screenshots: Path
) -> None:
    notebook = LabNotebook.open(browser, empty_server, "shop", list(SHOP))
    for number in range(len(SHOP) - 1):
        notebook.run(number)
    notebook.start(len(SHOP) - 1)
    wait_for_badge(notebook, len(SHOP) - 1, "waiting")
    show_panel(notebook.page)
    notebook.page.locator(".et-Session.et-mod-current").wait_for()
    parts = ".et-Blocks", ".et-Background", ".et-Environment", ".et-Sessions", ".et-Status"
    for theme in THEMES:
        show_theme(notebook.page, theme)
        notebook.screenshot(screenshots / f"panel-{theme}.png")
        assert violations(notebook.page, *parts) == []
    notebook.close()


SHOP = (
    "cd /usr/lib && git --version",
    "#| name: build\nprintf '%s\\n' compiling linking; sleep 1.2",
    "ls /nonexistent",
    "(exit 42)",
    "#| background: true\n#| name: server\nsleep 600",
    "for page in index about shop; do echo built $page; done",
    "read -p 'Deploy to production? ' answer",
)
