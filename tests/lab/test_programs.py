"""Programs, typed plainly: the terminal of their cell opens and closes by itself.

What each draws is what the same program draws in tmux, after the same keys.
"""

import difflib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.lab.answers import wait_for_field
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, POLL_MILLISECONDS, LabNotebook
from tests.lab.terminal import press, screen, wait_for_focus, wait_for_no_terminal, wait_for_screen
from tests.support.jupyter import PATIENCE_SECONDS
from tests.support.programs import CONVERSATIONS, EDITORS, PAGERS, SCREENS, SETUP, Program
from tests.support.tmux import Pane, Tmux

pytestmark = [
    pytest.mark.skipif(
        not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
    ),
    pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed"),
]

# The programs in the notebook and those in tmux have directories whose names have the same length.
COPY = "#| tty: true\nread -n 1; stty size > ../size; export -p > ../exports; cp -a . ../tmux"
# Whether all of the terminal is in the part of the notebook that can be seen.
IS_IN_VIEW = """() => {
  const box = document.querySelector('.et-Terminal').getBoundingClientRect();
  const view = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer')
    .getBoundingClientRect();
  return box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
}"""
TEXT = """number => {
  const shown = probe.cells[number].outputArea.node.cloneNode(true);
  shown.querySelectorAll('.et-Header, .et-Answer').forEach(part => part.remove());
  return shown.textContent;
}"""


@pytest.fixture(scope="module")
def tmux() -> Iterator[Tmux]:
    with Tmux() as tmux:
        yield tmux


class Comparison:
    """A notebook and tmux, which run the same programs."""

    def __init__(self, notebook: LabNotebook, tmux: Tmux) -> None:
        self.notebook = notebook
        self._tmux = tmux
        self._directory = notebook.directory
        notebook.run(0)
        notebook.start(1)
        wait_for_focus(notebook)
        press(notebook, "x")
        wait_for_no_terminal(notebook)
        notebook.wait_until_idle()
        rows, columns = (self._directory / "size").read_text().split()
        assert int(rows) == 24
        self._columns = int(columns)

    def run(self, number: int, program: Program) -> None:
        """Run a program on the terminal of its cell."""
        notebook = self.notebook
        with self._pane(program) as pane:
            notebook.start(number)
            wait_for_focus(notebook)
            notebook.wait(IS_IN_VIEW)
            for pattern, text, key in program.steps:
                wait_for_screen(notebook, pattern)
                self._wait_for_same(lambda: screen(notebook), lambda: pane.screen, program)
                press(notebook, text, *filter(None, [key]))
                pane.press(text, key)
            wait_for_no_terminal(notebook)
            notebook.wait_until_idle()
            notebook.wait("() => !!document.activeElement.closest('.jp-Cell')")
        text = notebook.stream(number) + notebook.stream(number, "stderr")
        assert re.fullmatch(program.stays, text, re.DOTALL), repr(text)

    def converse(self, number: int, program: Program) -> None:
        """Run a program that asks in its cell."""
        notebook = self.notebook
        with self._pane(program) as pane:
            notebook.start(number)
            for pattern, text, _key in program.steps:
                self._wait_for_text(number, pattern)
                wait_for_field(notebook)
                self._wait_for_same(lambda: self._text(number), lambda: pane.text, program)
                press(notebook, text, "Enter")
                pane.press(text, "Enter")
            notebook.wait_until_idle()
            self._wait_for_same(lambda: self._text(number), lambda: pane.text, program)

    def _wait_for_text(self, number: int, pattern: str) -> None:
        self._wait_for(
            lambda: re.search(pattern, self._text(number), re.MULTILINE),
            lambda: f"no {pattern!r} in {self._text(number)!r}",
        )

    def _text(self, number: int) -> str:
        """Return what a cell shows, without the field of a question."""
        return str(self.notebook.page.evaluate(TEXT, number))

    def _pane(self, program: Program) -> AbstractContextManager[Pane]:
        directory, exports = self._directory / "tmux", self._directory / "exports"
        return self._tmux.run(program.code, directory, exports, self._columns)

    def _wait_for_same(
        self, in_cell: Callable[[], str], in_tmux: Callable[[], str], program: Program
    ) -> None:
        def screens() -> list[str]:
            texts = (in_tmux().replace("/tmux", "/cell"), in_cell())
            return [program.stable(text) for text in texts]

        def describe() -> str:
            lines = (text.split("\n") for text in screens())
            return "\n".join(difflib.unified_diff(*lines, "tmux", "cell", n=1))

        self._wait_for(lambda: len({*screens()}) == 1, describe)

    def _wait_for(self, holds: Callable[[], object], describe: Callable[[], str] = str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < end, describe()
            self.notebook.page.wait_for_timeout(POLL_MILLISECONDS)


# Its agent asks for the password, on the whole screen. The path of its directory has to be short.
GPG = """export GNUPGHOME=$(mktemp -d) GPG_TTY=$(tty)
unset DISPLAY
echo text > file
gpg --batch --passphrase secret --pinentry-mode loopback -qc file
gpg -qd --no-symkey-cache file.gpg
gpgconf --kill all; rm -rf $GNUPGHOME"""


@pytest.mark.skipif(not shutil.which("pinentry-curses"), reason="pinentry is not installed")
def test_gpg_asks_for_a_password_on_a_terminal(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(GPG)
    notebook.start(0)
    wait_for_screen(notebook, "assphrase: _")
    wait_for_focus(notebook)
    notebook.wait(IS_IN_VIEW)
    press(notebook, "secret", "Enter")
    wait_for_no_terminal(notebook)
    notebook.wait_until_idle()
    notebook.wait_for_text(0, "text")
    assert notebook.page.locator(".et-Answer").count() == 0


GROUPS = {"editors": EDITORS, "pagers": PAGERS, "screens": SCREENS}


@pytest.mark.parametrize("name", GROUPS)
def test_a_terminal_opens_for(open_notebook: OpenNotebook, tmux: Tmux, name: str) -> None:
    programs = [program for program in GROUPS[name].values() if program.is_installed]
    notebook = open_notebook(
        f"mkdir cell; cd cell\n{SETUP}", COPY, *(program.code for program in programs)
    )
    comparison = Comparison(notebook, tmux)
    for number, program in enumerate(programs, 2):
        comparison.run(number, program)


# Whether a terminal has opened, for however short a time.
COUNT_TERMINALS = """() => {
  globalThis.terminals = 0;
  const note = () => { terminals += document.querySelectorAll('.et-Terminal').length; };
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
}"""


def test_a_program_that_draws_without_reading_has_no_terminal(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("watch -n1 echo drawn")
    notebook.page.evaluate(COUNT_TERMINALS)
    notebook.start(0)
    notebook.wait_for_text(0, "drawn")
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.wait_until_idle()
    assert notebook.page.evaluate("terminals") == 0
    assert notebook.page.locator(".et-Answer").count() == 0


def test_programs_that_read_lines_have_no_terminal(open_notebook: OpenNotebook, tmux: Tmux) -> None:
    programs = [program for program in CONVERSATIONS.values() if program.is_installed]
    notebook = open_notebook(
        f"mkdir cell; cd cell\n{SETUP}", COPY, *(program.code for program in programs)
    )
    comparison = Comparison(notebook, tmux)
    notebook.page.evaluate(COUNT_TERMINALS)
    for number, program in enumerate(programs, 2):
        comparison.converse(number, program)
    assert notebook.page.evaluate("terminals") == 0
