"""Actions on blocks, by keyboard, menu and command."""

from typing import Final

from tests.lab.lab import LabNotebook

MENU: Final = ".lm-Menu-item[data-command='effecttalk:{}']"


def select(notebook: LabNotebook, number: int) -> None:
    """Make a cell the active one, with the keyboard on it and not in its text."""
    notebook.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".cm-content").click()
    notebook.page.keyboard.press("Escape")
    wait_for_active(notebook, number)


def press(notebook: LabNotebook, keys: str) -> None:
    """Press keys one after the other."""
    for key in keys.split():
        notebook.page.keyboard.press(key)


def wait_for_active(notebook: LabNotebook, number: int) -> None:
    script = """n => probe.panel.content.activeCellIndex === n
        && probe.panel.content.mode === 'command'
        && probe.cells[n].node.contains(document.activeElement)"""
    notebook.wait(script, number)


def command(notebook: LabNotebook, name: str) -> None:
    """Do what the command palette would do, as soon as it would."""
    wait_until_enabled(notebook, name)
    notebook.page.evaluate("name => void jupyterapp.commands.execute(name)", f"effecttalk:{name}")


def is_enabled(notebook: LabNotebook, name: str) -> bool:
    script = "name => jupyterapp.commands.isEnabled(name)"
    return bool(notebook.page.evaluate(script, f"effecttalk:{name}"))


def wait_until_enabled(notebook: LabNotebook, name: str) -> None:
    notebook.wait("name => jupyterapp.commands.isEnabled(name)", f"effecttalk:{name}")


def wait_until_disabled(notebook: LabNotebook, name: str) -> None:
    notebook.wait("name => !jupyterapp.commands.isEnabled(name)", f"effecttalk:{name}")


def wait_for_clipboard(notebook: LabNotebook, text: str) -> None:
    script = "async text => (await navigator.clipboard.readText()).includes(text)"
    notebook.wait(script, text)


def wait_until_folded(notebook: LabNotebook, number: int, *, is_folded: bool) -> None:
    script = "([n, expected]) => probe.cells[n].outputHidden === expected"
    notebook.wait(script, [number, is_folded])
