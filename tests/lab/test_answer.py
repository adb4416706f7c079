"""The answer field below a block's header, beside JupyterLab's own input box."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.accessibility import THEMES, contrasts, low_contrast, show_theme, violations
from tests.lab.answers import box, field, wait_for_none
from tests.lab.blocks import wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

ASK = "echo begin; read -p 'name? ' x; echo hi $x"
HAS_FOCUS = "() => !!document.activeElement.closest('.et-Answer')"


@pytest.fixture
def other_page(
    open_notebook: OpenNotebook, browser: Browser, server: Server
) -> Iterator[tuple[LabNotebook, LabNotebook]]:
    """One notebook in two pages."""
    notebook = open_notebook(f"{ASK}; read -p 'age? ' y; echo $y", "echo other")
    other = LabNotebook(browser, browser.new_page(), server, notebook.directory)
    other.load()
    other.wait_until_idle()
    yield notebook, other
    other.page.close()


def test_answer_in_the_field_removes_jupyterlabs_box(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK, "echo next")
    notebook.start(0)
    box(notebook).wait_for()
    answer = field(notebook, "name?")
    answer.fill("bob")
    answer.press("Enter")
    notebook.wait_for_text(0, "hi bob")
    wait_for_none(notebook)
    notebook.wait_until_idle()
    wait_for_badge(notebook, 0, "success")
    notebook.run(1)
    assert notebook.text(1) == "next\n"
    saved = [(one.get("name"), one.get("text")) for one in notebook.save().cells[0].outputs[1:]]
    assert ("stdin", "name?  bob\n") in saved


def test_answer_in_jupyterlabs_box_removes_the_field(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("read -p 'one? ' x; read -p 'two? ' y; echo $x$y")
    notebook.start(0)
    field(notebook, "one?").wait_for()
    box(notebook).fill("a")
    box(notebook).press("Enter")
    field(notebook, "two?").fill("b")
    assert field(notebook, "one?").count() == 0
    notebook.page.locator(".et-Answer").get_by_role("button", name="Answer").click()
    wait_for_none(notebook)
    notebook.wait_until_idle()
    assert notebook.stream(0) == "ab\n"


def test_answer_field_is_restored_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{ASK}; read -s -p 'secret: ' y; echo ${{#y}}", "echo other")
    notebook.start(0)
    box(notebook).wait_for()
    notebook.save()
    notebook.load()
    wait_for_badge(notebook, 0, "waiting")
    field(notebook, "name?").fill("ann")
    assert box(notebook).count() == 0
    field(notebook, "name?").press("Enter")
    # A question for which the page got no input request.
    answer = field(notebook, "secret:")
    answer.wait_for()
    assert answer.get_attribute("type") == "password"
    notebook.wait(HAS_FOCUS)  # it was in the field of the previous question
    answer.fill("s3cret")
    answer.press("Enter")
    wait_for_badge(notebook, 0, "success")
    wait_for_none(notebook)
    notebook.wait_for_text(0, "6")
    notebook.wait_for_text(0, "hi ann")
    assert "s3cret" not in str(notebook.save())
    assert "s3cret" not in notebook.page.content()


def test_first_answer_of_two_pages_counts(other_page: tuple[LabNotebook, LabNotebook]) -> None:
    notebook, other = other_page
    notebook.start(0)
    box(notebook).wait_for()
    field(other, "name?").fill("from the other page")
    field(notebook, "name?").fill("late")
    field(other, "name?").press("Enter")
    field(notebook, "age?").fill("7")
    field(other, "age?").wait_for()
    assert box(notebook).count() == 1
    field(notebook, "age?").press("Enter")
    wait_for_none(notebook)
    wait_for_none(other)
    notebook.wait_until_idle()
    assert notebook.stream(0) == "begin\nhi from the other page\n7\n"


def test_answer_field_is_in_every_view_and_takes_no_focus(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK, "echo other")
    notebook.page.evaluate(
        "jupyterapp.commands.execute('docmanager:clone').then(() => probe.panel.content.activate())"
    )
    notebook.wait("() => document.querySelectorAll('.jp-NotebookPanel').length === 2")
    notebook.start(0)
    notebook.wait("() => document.querySelectorAll('.et-Answer').length === 2")
    assert not notebook.page.evaluate(HAS_FOCUS)
    first = notebook.page.locator(".et-Answer input").first
    first.fill("bob")
    first.press("Enter")
    notebook.wait_for_text(0, "hi bob")
    wait_for_none(notebook)


@pytest.mark.parametrize("key", ["interrupt", "confirm"])
def test_consent_is_given_in_a_cell_without_a_header(key: str, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("#| confirm: Delete it?\necho deleted", "echo other")
    notebook.start(0)
    field(notebook, "Delete it? [y/N]").wait_for()
    wait_for_badge(notebook, 0, "waiting")
    if key == "interrupt":
        notebook.page.evaluate("probe.panel.sessionContext.session.kernel.interrupt()")
        notebook.wait_for_status(0, "refused")
    else:
        notebook.load()
        wait_for_badge(notebook, 0, "waiting")
        field(notebook, "Delete it? [y/N]").fill("y")
        field(notebook, "Delete it? [y/N]").press("Enter")
        notebook.wait_for_text(0, "deleted")
    wait_for_none(notebook)
    notebook.run(1)
    assert notebook.text(1) == "other\n"


def test_answer_field_stays_when_the_output_is_folded(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK)
    notebook.start(0)
    field(notebook, "name?").fill("bo")
    notebook.page.evaluate("probe.cells[0].outputHidden = true")
    notebook.wait("() => document.querySelector('.et-Answer').closest('.jp-CellFooter')")
    notebook.page.evaluate("probe.cells[0].outputHidden = false")
    notebook.wait("() => document.querySelector('.et-Answer').closest('.et-Block')")
    answer = field(notebook, "name?")
    assert answer.input_value() == "bo"
    answer.press("End")
    answer.type("b")
    answer.press("Enter")
    notebook.wait_for_text(0, "hi bob")


def test_answer_field_is_accessible(open_notebook: OpenNotebook, screenshots: Path) -> None:
    notebook = open_notebook("seq 12; read -s -p 'Password for ann: ' x", "echo next")
    notebook.start(0)
    field(notebook, "Password for ann:").fill("s3cret")
    for theme in THEMES:
        show_theme(notebook.page, theme)
        texts = contrasts(notebook.page, ".et-Answer-prompt, .et-Answer-button")
        notebook.page.screenshot(path=screenshots / f"answer-{theme}.png")
        assert violations(notebook.page, ".et-Answer") == []
        assert low_contrast(texts) == []
        assert len(texts) == 2
