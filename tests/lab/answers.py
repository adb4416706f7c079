"""Questions of blocks, and the fields that answer them."""

from playwright.sync_api import Locator

from tests.lab.lab import LabNotebook

HAS_FOCUS = "() => !!document.activeElement.closest('.et-Answer:not(.et-mod-ended)')"
# The fields of a page, JupyterLab's own included, and whether they stand behind their prompts.
FIELDS = """() => [...document.querySelectorAll('.et-Answer, .jp-OutputArea-stdin-item')]
  .filter(field => field.checkVisibility() && !field.matches('.et-mod-ended'))
  .map(field => field.matches('.et-mod-inline'))"""


def field(notebook: LabNotebook, prompt: str) -> Locator:
    """Return the field with this prompt as its label."""
    return notebook.page.locator(".et-Answer:not(.et-mod-ended)").get_by_label(prompt)


def button(notebook: LabNotebook, name: str) -> Locator:
    """Return a button of the question."""
    return notebook.page.locator(".et-Answer:not(.et-mod-ended)").get_by_role("button", name=name)


def wait_for_field(notebook: LabNotebook, *, inline: bool = True) -> None:
    """Wait until there is one field, which has the focus; *inline*: behind its prompt."""
    notebook.wait(f"inline => JSON.stringify(({FIELDS})()) === JSON.stringify([inline])", inline)
    notebook.wait(HAS_FOCUS)


def wait_for_none(notebook: LabNotebook) -> None:
    """Wait until there is no question, and JupyterLab runs cells again."""
    notebook.page.locator(".et-Answer").wait_for(state="detached")
    notebook.page.locator(".jp-OutputArea-stdin-item").wait_for(state="detached")
    notebook.wait("() => !probe.panel.sessionContext.pendingInput")
