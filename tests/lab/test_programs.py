"""Full-screen programs, typed plainly: the terminal of their cell opens and closes by itself."""

import re
import shutil
from typing import NamedTuple

import pytest

from tests.lab.answers import wait_for_field
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook
from tests.lab.terminal import press, wait_for_focus, wait_for_no_terminal, wait_for_screen

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

SETUP = (
    "unset PAGER GIT_PAGER MANPAGER LESS VISUAL EDITOR; mkdir repository; git -C repository init -q;"
    " for n in {1..40}; do git -C repository -c user.name=n -c user.email=e"
    " commit -qm commit-$n --allow-empty; done; seq 1000 > numbers"
)
# Whether all of the terminal is in the part of the notebook that can be seen.
IS_IN_VIEW = """() => {
  const box = document.querySelector('.et-Terminal').getBoundingClientRect();
  const view = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer')
    .getBoundingClientRect();
  return box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
}"""


class Program(NamedTuple):
    """A program, what is typed when something is on its screen, and what stays in the cell."""

    code: str
    steps: tuple[tuple[str, str, str], ...]  # a pattern, text to type, and a key
    stays: str

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.code.split(";")[-1].split("|")[-1].split()[0]) is not None


# Nano drops keys while it adapts to the width of the cell, and then says no more that the file
# is new.
NANO = r"^(?![^]*\[ New File)[^]*GNU nano"
EDITORS = (
    Program(
        "echo before; vi notes; cat notes",
        (("^~$", "ihello", "Escape"), ("^hello", ":wq", "Enter")),
        "before\nhello\n",
    ),
    Program(
        "nano text; cat text",
        ((NANO, "abc", "Control+x"), ("Save modified", "y", ""), ("Write", "", "Enter")),
        "abc\n",
    ),
)
PAGERS = (
    Program("less numbers; echo over", (("^23$", " ", ""), ("^46$", "q", "")), "over\n"),
    Program("seq 1000 | less", (("^23$", "G", ""), ("^1000$", "q", "")), ""),
    # By default, git lets less leave the text on the screen.
    Program(
        "git -C repository log", (("commit-40", "G", ""), ("commit-1$", "q", "")), r".*commit-1\n"
    ),
    Program("man ls", (("^NAME", "/--almost-all", "Enter"), ("almost-all", "q", "")), ""),
)
PROGRAMS = (
    Program("top", ((r"^ +PID", "q", ""),), r"top - .*Tasks:.*"),
    Program("htop", ((r"PID", "q", ""),), ""),
    Program(
        "dialog --yesno question 10 30; echo status-$?",
        (("question", "", "Tab"), ("question", "", "Enter")),
        r".*status-1\n.*",
    ),
    Program("mc -u", ((r"10 ?Quit", "", "F10"),), r"\s*"),
    Program("seq 100 | fzf", (("^> ?$", "42", ""), ("> 42", "", "Enter")), "42\n"),
    Program("cd repository; tig; cd ..", (("commit-40", "q", ""),), ""),
)


def run(notebook: LabNotebook, number: int, program: Program) -> None:
    notebook.start(number)
    wait_for_focus(notebook)
    notebook.wait(IS_IN_VIEW)
    for pattern, text, key in program.steps:
        wait_for_screen(notebook, pattern)
        press(notebook, text, *filter(None, [key]))
    wait_for_no_terminal(notebook)
    notebook.wait_until_idle()
    notebook.wait("() => !!document.activeElement.closest('.jp-Cell')")
    text = notebook.stream(number) + notebook.stream(number, "stderr")
    assert re.fullmatch(program.stays, text, re.DOTALL), repr(text)


@pytest.mark.parametrize("name", ["editors", "pagers", "others"])
def test_a_terminal_opens_for(open_notebook: OpenNotebook, name: str) -> None:
    programs = {"editors": EDITORS, "pagers": PAGERS, "others": PROGRAMS}[name]
    notebook = open_notebook(SETUP, *(program.code for program in programs))
    notebook.run(0)
    for number, program in enumerate(programs, 1):
        if program.is_installed:
            run(notebook, number, program)


def test_programs_that_do_not_need_a_terminal_have_none(open_notebook: OpenNotebook) -> None:
    """One draws without reading keys, one reads lines: the cell shows and asks as always."""
    notebook = open_notebook("watch -n1 echo drawn", "python3 -q", "#| tty: false\nless numbers")
    notebook.page.evaluate("globalThis.terminals = 0")
    notebook.page.evaluate(
        "new MutationObserver(() => { terminals += document.querySelectorAll('.et-Terminal').length;"
        " }).observe(document.body, { childList: true, subtree: true })"
    )
    notebook.start(0)
    notebook.wait_for_text(0, "drawn")
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.wait_until_idle()
    notebook.start(1)
    for shown, answer in ((">>> ", "6*7"), ("42", "exit()")):
        notebook.wait_for_text(1, shown)
        wait_for_field(notebook)
        notebook.page.keyboard.type(answer)
        notebook.page.keyboard.press("Enter")
    notebook.wait_until_idle()
    assert ">>> 6*7\n42\n" in notebook.text(1)
    assert notebook.page.evaluate("terminals") == 0
