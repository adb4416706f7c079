"""Using a notebook without a mouse."""

import pytest

from tests.lab.actions import press
from tests.lab.blocks import wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

OPEN_FIELD = ".et-Answer:not(.et-mod-ended)"
ASK = "read -p 'name? ' name; read -p 'age? ' age; echo $name is $age"
FOLDED = "n => probe.cells[n].outputHidden"
IN_CELL = """n => probe.panel.content.mode === 'command' && probe.panel.content.activeCellIndex === n
    && document.activeElement === probe.cells[n].node"""


def wait_for_keyboard(notebook: LabNotebook, selector: str) -> None:
    """Wait until the focus is in an element that matches the selector."""
    notebook.wait("selector => !!document.activeElement.closest(selector)", selector)


def wait_for_cell(notebook: LabNotebook, number: int) -> None:
    """Wait until a cell has the focus in command mode."""
    notebook.wait(IN_CELL, number)


def run_command(notebook: LabNotebook, name: str) -> None:
    """Run a command from the palette."""
    press(notebook, "Control+Shift+C")
    wait_for_keyboard(notebook, ".lm-CommandPalette-search")
    notebook.page.keyboard.type(name)
    first = notebook.page.locator(".lm-CommandPalette-item.lm-mod-active")
    first.get_by_text(name).wait_for()
    press(notebook, "Enter")


def test_cells_are_run_interrupted_and_navigated_by_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("seq 40", "sleep 100", "false", "seq 3 >&2; false", "pwd")
    wait_for_cell(notebook, 0)  # where the focus is after loading
    press(notebook, "Shift+Enter Shift+Enter")
    wait_for_badge(notebook, 1, "running")
    press(notebook, "i i")
    wait_for_badge(notebook, 1, "interrupted")
    for number in (2, 3):
        press(notebook, "Shift+Enter")
        wait_for_badge(notebook, number, "failed")
    press(notebook, "Control+Enter e p")
    wait_for_badge(notebook, 4, "success")
    wait_for_cell(notebook, 3)
    press(notebook, "e f")
    notebook.wait(FOLDED, 3)
    press(notebook, "e f e p")
    wait_for_cell(notebook, 2)
    press(notebook, "e i e k e k")
    wait_for_cell(notebook, 0)
    # The lines of an output, and back.
    notebook.use_up_page()
    press(notebook, "e g")
    wait_for_keyboard(notebook, ".et-FilterBar")
    notebook.page.keyboard.type("3")
    notebook.page.get_by_text("13 of 40 lines").wait_for()
    press(notebook, "Escape")
    wait_for_cell(notebook, 0)
    # The panel, its search, and a cell again.
    run_command(notebook, "Show Blocks Panel")
    wait_for_keyboard(notebook, "#effecttalk-panel .et-Search")
    notebook.page.keyboard.type("pwd")
    notebook.wait("() => document.querySelectorAll('.et-BlockList .et-Row').length === 1")
    press(notebook, "ArrowDown Enter")
    wait_for_cell(notebook, 4)


def test_questions_are_answered_with_the_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK, "echo next", "echo last")
    wait_for_cell(notebook, 0)  # where the focus is after loading
    press(notebook, "Shift+Enter")
    wait_for_keyboard(notebook, OPEN_FIELD)
    notebook.page.keyboard.type("bob")
    press(notebook, "Enter")
    notebook.page.locator(OPEN_FIELD).get_by_label("age?").wait_for()
    wait_for_keyboard(notebook, OPEN_FIELD)
    # Back to the cell that was active, and to the question.
    press(notebook, "Escape")
    wait_for_cell(notebook, 1)
    press(notebook, "e a")
    wait_for_keyboard(notebook, OPEN_FIELD)
    notebook.page.keyboard.type("7")
    press(notebook, "Enter")
    notebook.wait_for_text(0, "bob is 7")
    wait_for_cell(notebook, 1)
    press(notebook, "Shift+Enter")
    notebook.wait_for_text(1, "next")
    wait_for_cell(notebook, 2)
