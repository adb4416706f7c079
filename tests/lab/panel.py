"""The panel on the left and the status bar."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.lab.lab import LabNotebook

# The panel's list, as a person reads it: state and command of the rows in the page.
ROWS: Final = """() => [...document.querySelectorAll('.et-BlockList .et-Row')]
  .sort((one, other) => one.ariaPosInSet - other.ariaPosInSet)
  .map(row => `${row.dataset.state} ${row.querySelector('.et-Row-command').textContent}`)"""


ROWS_ARE: Final = f"expected => JSON.stringify(({ROWS})()) === JSON.stringify(expected)"


ACTIVE: Final = "() => probe.panel.content.activeCellIndex"


def show_panel(page: Page) -> Locator:
    """Show the panel by a click in the status bar; its search field gets the focus."""
    status(page).click()
    panel = page.locator(".et-Panel")
    expect(panel.locator(".et-Blocks .et-Search")).to_be_focused()
    return panel


def status(page: Page) -> Locator:
    return page.locator(".et-Status")


def wait_for_rows(notebook: LabNotebook, *rows: str) -> None:
    notebook.wait(ROWS_ARE, [*rows])


def wait_for_status(notebook: LabNotebook, text: str) -> None:
    notebook.wait("text => document.querySelector('.et-Status').ariaLabel.includes(text)", text)
