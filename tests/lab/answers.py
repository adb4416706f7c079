"""Questions of blocks, and the fields that answer them."""

from playwright.sync_api import Locator

from tests.lab.lab import LabNotebook


def field(notebook: LabNotebook, prompt: str) -> Locator:
    """Return the field with this prompt as its label."""
    return notebook.page.locator(".et-Answer").get_by_label(prompt)


def box(notebook: LabNotebook, number: int = 0) -> Locator:
    """Return JupyterLab's own input box."""
    return notebook.output(number).locator(
        ".jp-OutputArea-stdin-item:not(.jp-OutputArea-stdin-hiding) input"
    )


def wait_for_none(notebook: LabNotebook) -> None:
    """Wait until there is no question, and JupyterLab runs cells again."""
    notebook.page.locator(".et-Answer").wait_for(state="detached")
    box(notebook).wait_for(state="detached")
    notebook.wait("() => !probe.panel.sessionContext.pendingInput")
