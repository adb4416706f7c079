"""JupyterLab's panel of running terminals and kernels."""

from typing import Final

from playwright.sync_api import Locator

from tests.lab.lab import LabNotebook

# The section for blocks.
SECTION: Final = "EffectTalk Blocks"


def show_running(notebook: LabNotebook) -> Locator:
    """Show JupyterLab's panel of running terminals and kernels."""
    notebook.page.evaluate("jupyterapp.shell.activateById('jp-running-sessions')")
    sessions = notebook.page.locator("#jp-running-sessions")
    sessions.wait_for()
    return sessions
