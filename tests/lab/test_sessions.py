"""The panel's sessions section: actions on sessions and backups."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator

from tests.lab.accessibility import THEMES, show_theme, violations
from tests.lab.lab import EXTENSION, Browser, LabNotebook, StoreServer
from tests.lab.panel import show_panel

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

COUNT = "count => document.querySelectorAll('.et-Session:not(.et-Backup)').length === count"


@pytest.fixture
def notebook(
    empty_server: StoreServer, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[LabNotebook]:
    """A notebook with a running session, and the finished session of another one."""
    cells = ["cd /usr/lib; colour=green", "false"]
    old = LabNotebook.open(browser, empty_server, f"deployment-{request.node.name}", cells)
    old.run(0)
    old.run(1)
    old.close()
    cells = ["echo one", "echo $colour $PWD"]
    notebook = LabNotebook.open(browser, empty_server, f"site-{request.node.name}", cells)
    notebook.run(0)
    show_panel(notebook.page)
    notebook.wait(COUNT, 2)
    yield notebook
    notebook.close()


def choose(notebook: LabNotebook, action: str) -> None:
    """Choose an action from the menu of the older session."""
    button = notebook.page.locator(".et-Session").nth(1).get_by_role("button", name="Actions for")
    button.click()
    notebook.page.locator(".lm-Menu").get_by_text(action, exact=True).click()


def dialog(notebook: LabNotebook) -> Locator:
    return notebook.page.locator(".jp-Dialog")


def message(notebook: LabNotebook) -> Locator:
    return notebook.page.locator(".et-Message")


def sources(file: Path) -> list[str]:
    cells = nbformat.read(file, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def test_session_is_opened_as_a_new_notebook(notebook: LabNotebook) -> None:
    page, name = notebook.page, notebook.directory.name
    # By keyboard.
    page.locator(".et-Session").nth(1).get_by_role("button", name="Actions for").press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    box = dialog(notebook).get_by_role("textbox")
    assert box.input_value() == f"{name}/notebook (session).ipynb"
    box.press("Enter")
    message(notebook).get_by_text("Saved and opened").wait_for()
    file = notebook.directory / "notebook (session).ipynb"
    assert sources(file) == ["cd /usr/lib; colour=green", "false"]
    notebook.wait(f"() => probe.panel.context?.path === '{name}/notebook (session).ipynb'")
    kernel = "() => probe.panel.sessionContext.session?.kernel?.name === 'effecttalk'"
    notebook.wait(kernel)
    page.evaluate("probe.panel.sessionContext.shutdown()")
    # A file that exists is not overwritten.
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="notebook.ipynb").click()
    choose(notebook, "Open as a Notebook…")
    assert box.input_value() == f"{name}/notebook (session) 2.ipynb"
    box.fill(f"{name}/notebook")
    box.press("Enter")
    dialog(notebook).get_by_text(f"{name}/notebook.ipynb already exists").wait_for()
    page.keyboard.press("Escape")
    dialog(notebook).wait_for(state="detached")
    assert sources(notebook.directory / "notebook.ipynb") == ["echo one", "echo $colour $PWD"]


def test_state_is_restored_into_the_current_notebook(notebook: LabNotebook) -> None:
    choose(notebook, "Restore into This Notebook…")
    dialog(notebook).get_by_text("will be replaced by those").wait_for()
    dialog(notebook).get_by_role("button", name="Restore").click()
    message(notebook).get_by_text("Restored the state of").wait_for()
    notebook.run(1)
    notebook.wait_for_whole_text(1, "green /usr/lib\n")


def test_sessions_are_downloaded_archived_and_deleted(
    notebook: LabNotebook, tmp_path: Path
) -> None:
    page = notebook.page
    sessions = page.locator(".et-Session")
    sessions.nth(0).locator(".et-Session-state").get_by_text("current", exact=True).wait_for()
    sessions.nth(1).get_by_text("2 blocks").first.wait_for()
    with page.expect_download() as download:
        choose(notebook, "Download as a Notebook")
    download.value.save_as(tmp_path / "exported.ipynb")
    assert sources(tmp_path / "exported.ipynb") == ["cd /usr/lib; colour=green", "false"]
    choose(notebook, "Archive")
    message(notebook).get_by_text("Archived").wait_for()
    notebook.wait(COUNT, 1)
    page.get_by_role("button", name="Show archived sessions").click()
    notebook.wait(COUNT, 2)
    choose(notebook, "Delete…")
    dialog(notebook).get_by_text("The session has 2 blocks.").wait_for()
    dialog(notebook).get_by_text("There is no backup, so this cannot be undone.").wait_for()
    page.keyboard.press("Escape")
    dialog(notebook).wait_for(state="detached")
    assert sessions.count() == 2
    choose(notebook, "Delete…")
    dialog(notebook).get_by_role("button", name="Delete").click()
    message(notebook).get_by_text("Deleted").wait_for()
    notebook.wait(COUNT, 1)
    page.get_by_role("button", name="Restore from Latest Backup").click()
    message(notebook).get_by_text("no backup in").wait_for()


def test_deleted_session_is_restored_from_a_backup(
    notebook: LabNotebook, screenshots: Path
) -> None:
    page = notebook.page
    page.get_by_role("button", name="Back up all sessions now").click()
    message(notebook).get_by_text("Backed up").wait_for()
    for way in ("Restore from Latest Backup", "Restore…"):
        choose(notebook, "Delete…")
        dialog(notebook).get_by_text("can be restored as it was in the backup").wait_for()
        dialog(notebook).get_by_role("button", name="Delete").click()
        notebook.wait(COUNT, 1)
        if way == "Restore…":
            page.get_by_role("button", name="Show backups").click()
            page.get_by_role("button", name=way).click()
            dialog(notebook).get_by_role("button", name="Restore").click()
        else:
            page.get_by_role("button", name=way).click()
        message(notebook).get_by_text("Restored 1 session (2 blocks).").wait_for()
        if way == "Restore…":
            for theme in THEMES:
                show_theme(page, theme)
                notebook.screenshot(screenshots / f"backups-{theme}.png")
                assert violations(page, ".et-Sessions") == []
            page.get_by_role("button", name="Show backups").click()
        notebook.wait(COUNT, 2)
    page.locator(".et-Session").nth(1).click(button="right")
    page.locator(".lm-Menu").get_by_text("Archive", exact=True).wait_for()
    notebook.screenshot(screenshots / "sessions.png")
    page.keyboard.press("Escape")
