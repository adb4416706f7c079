"""The panel's section about the shell's environment, and the branch in the status bar."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from tests.lab.accessibility import THEMES, show_theme
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook
from tests.lab.panel import ACTIVE, show_panel, wait_for_status

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

PASSWORD = "correct-horse-battery"
REPOSITORY = "mkdir -p site/.git; echo 'ref: refs/heads/topic/one' > site/.git/HEAD"
# Changes by blocks, the newest first; the directory depends on the test's name.
CHANGES = """() => [...document.querySelectorAll('.et-Change-description')]
  .map(words => words.textContent.replace(/directory .*/, 'directory'))"""
CHANGES_ARE = f"expected => JSON.stringify(({CHANGES})()) === JSON.stringify(expected)"
# All messages that the kernel sends over comms.
LISTEN = """() => {
  probe.comms = [];
  probe.panel.sessionContext.iopubMessage.connect((_, message) => {
    if (message.header.msg_type === 'comm_msg') {
      probe.comms.push(message.content.data);
    }
  });
}"""
ENVIRONMENTS = "() => probe.comms.filter(data => data.event === 'environment').length"


def open_section(page: Page) -> Locator:
    """Expand the section, which is collapsed at first."""
    panel = show_panel(page)
    section = panel.locator(".et-Environment")
    assert section.is_hidden()
    panel.get_by_role("heading", name="Environment").click()
    section.wait_for()
    return section


def wait_for_changes(notebook: LabNotebook, *words: str) -> None:
    notebook.wait(CHANGES_ARE, [*words])


def test_environment_shows_changes_by_blocks(
    open_notebook: OpenNotebook, screenshots: Path
) -> None:
    notebook = open_notebook(
        f"export FOO=1 MY_PASSWORD={PASSWORD}; f() {{ :; }}",
        REPOSITORY,
        "cd site; FOO=two; unset -f f; shopt -s extglob",
    )
    page = notebook.page
    page.evaluate(LISTEN)
    for number in range(3):
        notebook.run(number)
    wait_for_status(notebook, "branch topic/one")
    assert page.evaluate(ENVIRONMENTS) == 0  # the section is not visible
    section = open_section(page)
    wait_for_changes(
        notebook,
        "FOO changed; function f removed; extglob on; directory",
        "FOO, MY_PASSWORD set; function f",
    )
    section.locator(".et-Location-branch").get_by_text("topic/one", exact=True).wait_for()
    assert (
        section.locator(".et-Location-cwd").get_attribute("title") == f"{notebook.directory}/site"
    )
    section.locator(".et-Change").last.click()
    notebook.wait(f"() => ({ACTIVE})() === 0")
    search = section.get_by_role("searchbox", name="Search names and values")
    search.fill("password")
    assert section.locator(".et-Variable-value").all_inner_texts() == ["•••"]
    assert PASSWORD not in str(page.evaluate("() => probe.comms"))
    search.fill("two")
    assert section.locator(".et-Variable-name").all_inner_texts() == ["FOO"]
    section.locator(".et-Variable-line").click()
    section.locator(".et-Variable-full", has_text="two").wait_for()
    for theme in THEMES:
        show_theme(page, theme)
        notebook.screenshot(screenshots / f"environment-{theme}.png")


def test_environment_is_updated_while_the_section_is_open(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("export FOO=1", "unset FOO", "true", "export BAR=3")
    page = notebook.page
    page.evaluate(LISTEN)
    section = open_section(page)
    section.get_by_text("No changes yet.").wait_for()
    notebook.run(0)
    wait_for_changes(notebook, "FOO set")
    notebook.run(1)
    wait_for_changes(notebook, "FOO unset", "FOO set")
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    section.wait_for(state="hidden")
    notebook.run(2)  # after it, the kernel has replied to all that was requested before
    before = page.evaluate(ENVIRONMENTS)
    notebook.run(3)
    assert page.evaluate(ENVIRONMENTS) == before
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    wait_for_changes(notebook, "BAR set", "FOO unset", "FOO set")
    page.evaluate("void probe.panel.sessionContext.shutdown()")
    section.get_by_text("No running kernel.").wait_for()
