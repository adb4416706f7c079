"""Notebooks with other kernels: the extension neither shows nor sends anything."""

import pytest

from tests.lab.actions import press, select
from tests.lab.blocks import saved_notebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server
from tests.lab.panel import status
from tests.lab.running import SECTION, show_running

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

COMMS = """probe.panel.sessionContext.session.kernel.requestCommInfo({})
    .then(reply => reply.content.comms)"""
VISIBLE_COMMANDS = """() => jupyterapp.commands.listCommands()
    .filter(name => /^effecttalk:(copy|go|fold|rerun|kill|filter-output|find-in-output)/.test(name))
    .map(name => jupyterapp.commands.isVisible(name))"""


def test_notebook_with_another_kernel_shows_nothing_of_the_extension(
    server: Server, browser: Browser
) -> None:
    content = saved_notebook([None], kernel="python3")
    content.cells[0].source = "print('from python')"
    notebook = LabNotebook.show(browser, server, "python", content)
    page = notebook.page
    try:
        notebook.wait_until_idle()
        notebook.run(0)
        notebook.wait_for_text(0, "from python")
        notebook.save()
        notebook.load()  # from now on the page has shown no EffectTalk notebook
        notebook.wait_until_idle()
        # Neither the output nor the kernel is touched.
        notebook.wait_for_whole_text(0, "from python\n")
        assert notebook.block_requests == []
        assert page.evaluate(COMMS) == {}
        # Nothing is visible, in the cell, in the status bar and on the left.
        assert page.locator("[class*='et-']:visible").count() == 0
        assert status(page).is_hidden()
        assert page.locator('[data-id="effecttalk-panel"]').count() == 0
        # There are no commands, by the palette, by keys and in the menu of a cell.
        select(notebook, 0)
        visible = page.evaluate(VISIBLE_COMMANDS)
        assert len(visible) > 2
        assert not any(visible)
        press(notebook, "e g")
        assert page.locator(".et-FilterBar").count() == 0
        page.locator(".jp-Cell .jp-InputPrompt").first.click(button="right")
        page.locator(".lm-Menu-item[data-command='notebook:cut-cell']").wait_for()
        assert page.locator(".lm-Menu-item", has_text="Block").count() == 0
        press(notebook, "Escape")
        # JupyterLab's list of what is running has no section for blocks.
        sessions = show_running(notebook)
        sessions.get_by_text("Kernels").first.wait_for()
        assert sessions.get_by_text(SECTION).count() == 0
    finally:
        notebook.close()
