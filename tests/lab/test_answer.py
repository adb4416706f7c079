"""The answer field, which stands behind the prompt of a program in place of JupyterLab's box."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.lab.accessibility import THEMES, contrasts, low_contrast, show_theme, violations
from tests.lab.actions import command
from tests.lab.answers import HAS_FOCUS, button, field, wait_for_field, wait_for_none
from tests.lab.blocks import wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

ASK = "echo begin; read -p 'name? ' x; echo hi $x"
GO = "until [ -e go ]; do sleep 0.02; done"
# A program that waits until it is killed.
KILLED = (
    "(until [ -e stop ]; do sleep 0.02; done; kill $(cat pid)) &"
    " sh -c 'echo $$ >pid; printf \"name? \"; exec head -n 1'"
)
# The path of its directory has to be short.
GPG = """export GNUPGHOME=$(mktemp -d)
gpg -q --pinentry-mode loopback -o secret -c key.pub 2>/dev/null && printf '\\nencrypted\\n'
gpgconf --kill all; rm -rf $GNUPGHOME"""
# The client of a database.
MONITOR = r"""python3 -c "
import readline
try:
    while line := input('mysql> '):
        print('|', line, '|')
except EOFError:
    print('Bye')
"
"""
# Code, the answers (None: end of file), the lines of questions, and standard output.
PROGRAMS: Final = {
    "read -p 'name? ' x; echo hi $x": (["bob"], "name? bob\n", "hi bob\n"),
    "read x; echo hi $x": (["bob"], "bob\n", "hi bob\n"),
    "read -s -p 'secret: ' x; echo; echo ${#x}": (["s3cret"], "secret: \n", "6\n"),
    "select x in a b; do echo got $x; break; done": (["2"], "#? 2\n", "got b\n"),
    "python3 -c 'print(int(input(\"n? \")) * 2)'": (["21"], "n? 21\n", "42\n"),
    "python3 -c 'import getpass; print(len(getpass.getpass()))'": (
        ["s3cret"],
        "Password: \n",
        "6\n",
    ),
    "printf 'password for ann: ' >/dev/tty; read -s x </dev/tty; echo >/dev/tty; echo ${#x}": (
        ["s3cret"],
        "password for ann: \n",
        "6\n",
    ),
    "read -p $'\\e[1;32mcolour? \\e[0m' c; read -s -p 'again: ' d; echo; echo $c": (
        ["red", "s3cret"],
        "\x1b[1;32mcolour? \x1b[0mred\nagain: \n",
        "red\n",
    ),
    "ssh-keygen -q -t ed25519 -f key": (
        ["s3cret", "s3cret"],
        "Enter passphrase (empty for no passphrase): \nEnter same passphrase again: \n",
        "",
    ),
    # It erases its prompt.
    GPG: (["s3cret"], 18 * " " + "\n", "encrypted\n"),
    MONITOR: (
        ["select 1;", "select 2;", None],
        "mysql> select 1;\nmysql> select 2;\nmysql> Bye\n",
        "| select 1; |\n| select 2; |\n",
    ),
    "sqlite3 -interactive :memory: .show 'select 1 + 1;' 2>/dev/null | tail -n 1; cat": (
        ["line", None],
        "line\n",
        "2\nline\n",
    ),
}
IS_ANSWERED = "() => !document.querySelector('.et-Answer:not(.et-mod-ended) [data-answered]')"
BACKGROUND = """() => {
  const prompt = document.querySelector('.et-mod-inline').closest('.jp-OutputArea-child');
  const colours = [...prompt.querySelectorAll('*')].filter(e => !e.closest('.et-Answer'));
  return colours.every(e => getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)');
}"""


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


def test_each_program_has_one_prompt_with_one_field_and_the_focus(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(*PROGRAMS)
    keyboard = notebook.page.keyboard
    for number, (code, (answers, line, stdout)) in enumerate(PROGRAMS.items()):
        notebook.start(number)
        for answer in answers:
            has_prompt = code.startswith(("read -", "printf", "select", "python3", "ssh", "export"))
            wait_for_field(notebook, inline=has_prompt)
            hides = notebook.page.evaluate("document.activeElement.type") == "password"
            assert hides == (answer == "s3cret")
            assert not has_prompt or notebook.page.evaluate(BACKGROUND)
            notebook.page.evaluate("void (document.activeElement.dataset.answered = 'yes')")
            keyboard.type(answer or "")
            keyboard.press("Enter" if answer else "Control+d")
            notebook.wait(IS_ANSWERED)
        notebook.wait_until_idle()
        wait_for_none(notebook)
        assert (notebook.stream(number, "stdin"), notebook.stream(number)) == (line, stdout)
        # As before the cell was run: keys are for the notebook, on this cell.
        notebook.wait("n => document.activeElement === probe.cells[n].node", number)
    assert "s3cret" not in str(notebook.save())
    assert "s3cret" not in notebook.page.content()


def test_no_cell_is_refused_whatever_ends_a_question(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{KILLED}; {GO}; echo went on", ASK, ASK, ASK, "echo other")
    notebook.start(0)
    wait_for_field(notebook)
    notebook.touch("stop")
    wait_for_none(notebook)  # the program has ended it
    wait_for_badge(notebook, 0, "running")
    notebook.touch("go")
    notebook.wait_until_idle()
    for number, end in enumerate(
        [
            "effecttalk:interrupt",
            "notebook:interrupt-kernel",
            "kill",
        ],
        1,
    ):
        notebook.start(number)
        wait_for_field(notebook)
        if end == "kill":
            notebook.page.evaluate("probe.panel.sessionContext.session.kernel.restart()")
        else:
            notebook.page.evaluate("command => void jupyterapp.commands.execute(command)", end)
        wait_for_none(notebook)
        notebook.run(4)
        notebook.wait_for_whole_text(4, "other\n")
    assert notebook.page.locator(".jp-Dialog").count() == 0


def test_cells_are_queued_while_a_program_asks(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK, "echo other")
    notebook.start(0)
    wait_for_field(notebook)
    notebook.start(1)
    wait_for_badge(notebook, 1, "queued")
    field(notebook, "name?").fill("bob")
    field(notebook, "name?").press("Enter")
    notebook.wait_until_idle()
    assert notebook.stream(0) == "begin\nhi bob\n"
    notebook.wait_for_whole_text(1, "other\n")


def test_field_has_a_history_and_a_button_and_gives_the_focus_back(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        "read -p 'one? ' x; sleep 1; read -p 'two? ' y; echo $x$y", "echo other"
    )
    keyboard = notebook.page.keyboard
    notebook.start(0)
    field(notebook, "one?").wait_for()
    notebook.wait(HAS_FOCUS)
    keyboard.type("a\nb")  # what is typed before the next question is its answer
    field(notebook, "two?").wait_for()
    notebook.wait("() => document.activeElement.value === 'b'")
    keyboard.press("ArrowUp")
    assert field(notebook, "two?").input_value() == "a"
    keyboard.press("ArrowDown")
    button(notebook, "Answer").click()
    wait_for_none(notebook)
    notebook.wait_until_idle()
    assert notebook.stream(0) == "ab\n"


def test_field_takes_no_focus_from_a_user_who_writes(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{GO}; {ASK}", "echo other")
    notebook.start(0)
    notebook.type(1, " text")
    notebook.touch("go")
    field(notebook, "name?").wait_for()
    notebook.type(1, " and more")
    command(notebook, "answer-question")
    notebook.wait(HAS_FOCUS)
    notebook.page.keyboard.type("bob")
    notebook.page.keyboard.press("Enter")
    notebook.wait_until_idle()
    # Back in the editor.
    notebook.wait("() => probe.cells[1].node.contains(document.activeElement)")
    assert notebook.stream(0) == "begin\nhi bob\n"


def test_answer_field_is_restored_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{ASK}; read -s -p 'secret: ' y; echo; echo ${{#y}}", "echo other")
    notebook.start(0)
    wait_for_field(notebook)
    notebook.page.keyboard.press("Escape")
    notebook.save()
    notebook.load()
    wait_for_badge(notebook, 0, "waiting")
    field(notebook, "name?").fill("ann")
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
    notebook.run(1)
    notebook.wait_for_whole_text(1, "other\n")
    assert "s3cret" not in str(notebook.save())
    assert "s3cret" not in notebook.page.content()


def test_first_answer_of_two_pages_counts(other_page: tuple[LabNotebook, LabNotebook]) -> None:
    notebook, other = other_page
    notebook.start(0)
    wait_for_field(notebook)
    field(other, "name?").fill("from the other page")
    field(notebook, "name?").fill("late")
    field(other, "name?").press("Enter")
    field(notebook, "age?").fill("7")
    field(other, "age?").wait_for()
    field(notebook, "age?").press("Enter")
    wait_for_none(notebook)
    wait_for_none(other)
    notebook.wait_until_idle()
    assert notebook.stream(0) == "begin\nhi from the other page\n7\n"


def test_answer_field_is_in_every_view(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK, "echo other")
    notebook.page.evaluate(
        "jupyterapp.commands.execute('docmanager:clone').then(() => probe.panel.content.activate())"
    )
    notebook.wait("() => document.querySelectorAll('.jp-NotebookPanel').length === 2")
    notebook.start(0)
    notebook.wait("() => document.querySelectorAll('.et-Answer.et-mod-inline').length === 2")
    notebook.wait(HAS_FOCUS)
    assert notebook.page.locator(".jp-OutputArea-stdin-item").count() == 0
    first = notebook.page.locator(".et-Answer input").first
    first.fill("bob")
    first.press("Enter")
    notebook.wait_for_text(0, "hi bob")
    wait_for_none(notebook)


@pytest.mark.parametrize("key", ["interrupt", "Cancel", "y"])
def test_consent_is_given_by_two_buttons(key: str, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("#| confirm: Delete it?\necho deleted", "echo other")
    notebook.start(0)
    button(notebook, "Run").wait_for()
    notebook.wait(HAS_FOCUS)
    assert notebook.page.locator(".et-Answer").inner_text().split("\n")[0] == "Delete it?"
    assert notebook.page.locator(".et-Answer input").count() == 0
    wait_for_badge(notebook, 0, "waiting")
    match key:
        case "interrupt":
            notebook.page.evaluate("probe.panel.sessionContext.session.kernel.interrupt()")
            notebook.wait_for_status(0, "refused")
        case "Cancel":
            button(notebook, "Cancel").press("Enter")
            notebook.wait_for_status(0, "refused")
        case "y":
            notebook.load()
            wait_for_badge(notebook, 0, "waiting")
            button(notebook, "Run").press("y")
            notebook.wait_for_text(0, "deleted")
    wait_for_none(notebook)
    notebook.run(1)
    notebook.wait_for_whole_text(1, "other\n")


def test_answer_field_stays_when_the_output_is_folded(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK)
    notebook.start(0)
    field(notebook, "name?").fill("bo")
    notebook.page.evaluate("probe.cells[0].outputHidden = true")
    notebook.wait("() => document.querySelector('.et-Answer').closest('.jp-CellFooter')")
    notebook.page.evaluate("probe.cells[0].outputHidden = false")
    notebook.wait("() => document.querySelector('.et-Answer').closest('.jp-OutputArea')")
    answer = field(notebook, "name?")
    assert answer.input_value() == "bo"
    answer.press("End")
    answer.type("b")
    answer.press("Enter")
    notebook.wait_for_text(0, "hi bob")


# Whether the label of the field begins where the output does, and all of its button is in the cell.
PLACE = """() => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector('.jp-OutputArea-output pre'));
  const left = range.getBoundingClientRect().left;
  const right = document.querySelector('.jp-OutputArea').getBoundingClientRect().right;
  const label = document.querySelector('.et-Answer-prompt').getBoundingClientRect();
  const button = document.querySelector('.et-Answer-button').getBoundingClientRect();
  return Math.abs(label.left - left) < 1 && button.right <= right;
}"""


@pytest.mark.parametrize("width", [1400, 420])
def test_field_without_a_prompt_is_in_line_with_the_output(
    open_notebook: OpenNotebook, width: int
) -> None:
    notebook = open_notebook("echo before; read x")
    notebook.page.evaluate("jupyterapp.shell.collapseLeft()")
    notebook.page.set_viewport_size({"width": width, "height": 700})
    notebook.start(0)
    wait_for_field(notebook, inline=False)
    notebook.wait(PLACE)
    notebook.page.keyboard.press("Enter")
    wait_for_none(notebook)


def test_answer_field_is_accessible(open_notebook: OpenNotebook, screenshots: Path) -> None:
    notebook = open_notebook(
        "seq 3; read -s -p 'Password for ann: ' x", "#| confirm: Delete all of it?\ntrue"
    )
    page = notebook.page
    page.evaluate("jupyterapp.shell.collapseLeft()")
    notebook.use_up_page()
    for number, parts in [(0, 1), (1, 3)]:
        notebook.start(number)
        notebook.wait(HAS_FOCUS)
        for theme in THEMES:
            show_theme(page, theme)
            texts = contrasts(page, ".et-Answer-prompt, .et-Answer-button")
            for width in (1400, 900, 420):
                page.set_viewport_size({"width": width, "height": 700})
                page.screenshot(path=screenshots / f"answer-{number}-{theme}-{width}.png")
            assert violations(page, ".et-Answer") == []
            assert low_contrast(texts) == []
            assert len(texts) >= parts
        notebook.page.evaluate("probe.panel.sessionContext.session.kernel.interrupt()")
        wait_for_none(notebook)
