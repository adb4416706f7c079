"""The terminal of a block in its cell."""

import re
from pathlib import Path

import pytest

from tests.lab.accessibility import THEMES, contrasts, low_contrast, show_theme, violations
from tests.lab.blocks import record, saved_notebook, wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server
from tests.lab.terminal import (
    HAS_FOCUS,
    press,
    screen,
    wait_for_focus,
    wait_for_no_terminal,
    wait_for_screen,
)

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

SHELL = "#| tty: true\nPS1='$ ' bash --norc --noprofile -i"
CLIPBOARD = "navigator.clipboard.readText()"
# The parts of the extension that the page has loaded.
LOADED = """performance.getEntriesByType('resource').map(one => one.name)
  .filter(name => name.includes('/labextensions/effecttalk/') || name.includes('/effecttalk/static'))
"""


def start_shell(notebook: LabNotebook, number: int = 0) -> None:
    notebook.start(number)
    wait_for_screen(notebook, r"^\$$")
    wait_for_focus(notebook)


def columns(notebook: LabNotebook, mark: str) -> int:
    """Return the width of the terminal as programs see it; check that it has 24 rows."""
    press(notebook, f"echo {mark}-$(stty size | tr ' ' x)-", "Enter")
    wait_for_screen(notebook, rf"^{mark}-\d+x\d+-")
    found = re.search(rf"^{mark}-(\d+)x(\d+)-", screen(notebook), re.MULTILINE)
    assert found is not None
    assert found[1] == "24"
    return int(found[2])


def test_vi_edits_a_file(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("#| tty: true\nvi -u NONE -N notes.txt; cat notes.txt")
    notebook.start(0)
    wait_for_focus(notebook)
    wait_for_screen(notebook, "^~$")
    # Many of these keys are notebook shortcuts.
    press(notebook, "idd and x, b, a: all text", "Escape")
    wait_for_screen(notebook, "^dd and x, b, a: all text")
    assert (notebook.directory / "notes.txt").exists() is False
    press(notebook, ":wq", "Enter")
    wait_for_no_terminal(notebook)
    notebook.wait_until_idle()
    assert (notebook.directory / "notes.txt").read_text() == "dd and x, b, a: all text\n"
    notebook.wait_for_text(0, "written")
    assert notebook.stream(0).startswith("dd and x, b, a: all text\n")
    assert notebook.page.evaluate("probe.cells.length") == 1
    assert notebook.output(0).get_by_text("written").is_visible()


def test_less_shows_pages_and_leaves_the_last_one(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("#| tty: true\nseq 100 | less")
    notebook.start(0)
    wait_for_screen(notebook, "^23$")
    wait_for_focus(notebook)
    press(notebook, " ")
    wait_for_screen(notebook, "^46$")
    press(notebook, "q")
    wait_for_no_terminal(notebook)
    notebook.wait_for_text(0, "45\n46\n")
    # The focus is in the notebook again.
    notebook.wait("() => !!document.activeElement.closest('.jp-Cell')")


def test_programs_know_the_width_of_the_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    wide = columns(notebook, "wide")
    notebook.page.set_viewport_size({"width": 800, "height": 800})
    notebook.wait(
        "() => document.querySelector('.xterm-screen').getBoundingClientRect().right <="
        " document.querySelector('.et-Terminal').getBoundingClientRect().right"
    )
    narrow = columns(notebook, "narrow")
    assert wide > 80 > narrow > 20
    assert "exit" not in screen(notebook)
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_terminal_is_restored_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("", SHELL)
    start_shell(notebook, 1)
    # A query of a program, which must not be answered again when the screen is restored.
    press(notebook, r"echo early; printf '\e[c'; IFS= read -rsd c answer; echo known", "Enter")
    wait_for_screen(notebook, "^known")
    notebook.load()
    wait_for_screen(notebook, "^known")
    notebook.page.locator(".et-Terminal .xterm-screen").click()
    wait_for_focus(notebook)
    press(notebook, "echo $((6*7))", "Enter")
    wait_for_screen(notebook, r"^\$ echo \$\(\(6\*7\)\)\n42")
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)
    wait_for_badge(notebook, 1, "success")


def test_focus_leaves_the_terminal_and_returns(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL, "echo other")
    start_shell(notebook)
    press(notebook, "", "Tab", "Shift+Tab")
    assert notebook.page.evaluate(HAS_FOCUS)
    press(notebook, "", "Control+Shift+Enter")
    notebook.wait(f"() => !{HAS_FOCUS} && !!document.activeElement.closest('.jp-Cell')")
    press(notebook, "", "Control+Shift+Enter")
    wait_for_focus(notebook)
    press(notebook, "echo still", "Enter")
    wait_for_screen(notebook, "^still")
    notebook.page.get_by_role("button", name="Leave", exact=True).click()
    notebook.wait(f"() => !{HAS_FOCUS}")
    notebook.page.locator(".et-Terminal .xterm-screen").click()
    wait_for_focus(notebook)
    press(notebook, "", "Control+d")
    wait_for_no_terminal(notebook)


def test_terminal_takes_no_focus_from_another_cell(open_notebook: OpenNotebook) -> None:
    wait = "until [ -e one ]; do sleep 0.02; done"
    notebook = open_notebook(wait, SHELL, "echo ")
    notebook.start_all()
    notebook.type(2, "mine")
    notebook.touch("one")
    wait_for_screen(notebook, r"^\$$")
    notebook.page.keyboard.type(" too")
    assert notebook.page.evaluate(HAS_FOCUS) is False
    notebook.wait("() => probe.cells[2].model.sharedModel.source === 'echo mine too'")
    notebook.page.locator(".et-Terminal .xterm-screen").click()
    press(notebook, "exit", "Enter")
    notebook.wait_until_idle()


def test_terminal_takes_the_focus_after_run_and_advance(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL, "echo other")
    notebook.type(0, "")
    notebook.page.keyboard.press("Shift+Enter")
    wait_for_focus(notebook)
    wait_for_screen(notebook, r"^\$$")
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_program_recognizes_pasted_text(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    notebook.page.evaluate(
        "() => { const data = new DataTransfer(); data.setData('text/plain', 'echo a\\necho b');"
        " document.activeElement.dispatchEvent("
        "   new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); }"
    )
    # readline recognizes two pasted lines, and does not run them yet.
    wait_for_screen(notebook, r"^\$ echo a\n(> )?echo b$")
    press(notebook, "", "Enter")
    wait_for_screen(notebook, r"^a\nb$")
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_active_view_has_the_terminal(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    notebook.page.evaluate("void jupyterapp.commands.execute('docmanager:clone')")
    notebook.wait("() => document.querySelectorAll('.jp-NotebookPanel').length === 2")
    notebook.wait("() => probe.panel.node.querySelector('.et-Terminal .xterm-screen')")
    assert notebook.page.locator(".et-Terminal").count() == 1
    notebook.page.locator(".et-Terminal:visible .xterm-screen").click()
    press(notebook, "echo $((6*7))", "Enter")
    wait_for_screen(notebook, "^42$")
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_flood_on_the_terminal_shows_its_end(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    with notebook.bound_work(seconds=4):
        press(notebook, "seq 1 2000000", "Enter")
        wait_for_screen(notebook, r"^2000000\n\$$")
    assert not re.search("rate exceeded|iopub", notebook.server_log, re.IGNORECASE)
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_first_terminal_loads_xterm(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", SHELL)
    notebook.load()  # in a page that has shown no terminal
    notebook.wait_until_idle()
    notebook.run(0)
    before = notebook.page.evaluate(LOADED)
    assert before
    start_shell(notebook, 1)
    added = {*notebook.page.evaluate(LOADED)} - {*before}
    assert added
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_notebooks_with_other_kernels_have_no_terminal(server: Server, browser: Browser) -> None:
    notebook = LabNotebook.show(
        browser, server, "terminal-other", saved_notebook([record(1)], kernel="python3")
    )
    notebook.wait_until_idle()
    asked = "probe.panel.sessionContext.session.kernel.requestCommInfo({}).then(reply =>"
    asked += " Object.values(reply.content.comms ?? {}).map(one => one.target_name))"
    assert notebook.page.evaluate(asked) == []
    assert notebook.page.locator(".et-Terminal").count() == 0
    notebook.close()


INVERSE_CONTRAST = 10
# All colours, and inverse text.
COLOURS = r"""for n in {30..37} {90..97} 7; do printf "\e[${n}mhue\e[m "; done; echo"""


def test_terminal_is_accessible(open_notebook: OpenNotebook, screenshots: Path) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    press(notebook, COLOURS, "Enter")
    wait_for_screen(notebook, "^(hue ){16}hue$")
    backgrounds = []
    for theme in THEMES:
        show_theme(notebook.page, theme)
        # The rows are drawn in the next frame.
        notebook.wait(
            "() => getComputedStyle(document.querySelector('.xterm-scrollable-element')).backgroundColor"
            " === getComputedStyle(document.querySelector('.et-Terminal')).backgroundColor"
        )
        script = "getComputedStyle(document.querySelector('.et-Terminal')).backgroundColor"
        backgrounds.append(notebook.page.evaluate(script))
        texts = contrasts(notebook.page, ".et-Terminal-bar > *, .xterm-rows span")
        notebook.page.screenshot(path=screenshots / f"terminal-{theme}.png")
        coloured = [ratio for text, ratio in texts if text.strip() == "hue"]
        assert len(coloured) == 17
        assert coloured[-1] > INVERSE_CONTRAST
        assert low_contrast([one for one in texts if one[0].strip()]) == []
        assert violations(notebook.page, ".et-Terminal") == []
    assert len({*backgrounds}) == 2
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_characters_have_the_width_that_programs_expect(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    # A report of the cursor's column after each: wide characters, an emoji, a combining accent.
    report = r"width() { printf '\r%s\e[6n' $1; IFS= read -rsd R at; echo; echo ${at#*[}; }"
    press(notebook, report, "Enter")
    for text, column in (("\u6f22\u5b57", 5), ("\U0001f600", 3), ("e\u0301", 2)):
        press(notebook, f"width {text}", "Enter")
        wait_for_screen(notebook, rf"^\d+;{column}$")
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)


def test_a_program_copies_only_on_a_key(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SHELL)
    start_shell(notebook)
    copy = r"copy() { printf '\e]52;c;%s\a' $(printf $1 | base64); }"
    loop = "while read -rsn1 key && [ $key != q ]; do copy first; echo $((++n)) keys; done"
    press(notebook, f"{copy}; stty -echo; echo ready; {loop}; stty echo; echo left", "Enter")
    wait_for_screen(notebook, "^ready$")
    # A key counts for five seconds, which is short for a program on a busy machine.
    for key in range(1, 20):
        press(notebook, "k")
        wait_for_screen(notebook, f"^{key} keys$")
        if notebook.page.evaluate(CLIPBOARD) == "first":
            break
    press(notebook, "q")
    wait_for_screen(notebook, r"^left\n\$$")
    # Not while the focus is elsewhere.
    press(notebook, "until [ -e go ]; do sleep 0.1; done; copy second; echo over", "Enter")
    press(notebook, "", "Control+Shift+Enter")
    notebook.wait(f"() => !{HAS_FOCUS}")
    (notebook.directory / "go").touch()
    wait_for_screen(notebook, "^over$")
    assert notebook.page.evaluate(CLIPBOARD) == "first"
    notebook.page.locator(".et-Terminal .xterm-screen").click()
    press(notebook, "exit", "Enter")
    wait_for_no_terminal(notebook)
