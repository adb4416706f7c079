"""Errors of EffectTalk itself, in a real kernel: what a cell shows, and what the log has."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.notebook import Notebook

Start = Callable[..., Notebook]
# A configuration is a program: it can break what it likes.
BROKEN = """
from effecttalk_kernel.session.session import ShellSession

def run(*_, **__):
    raise KeyError("inner")

ShellSession.run = run
"""


def lose_directory(kernel: Notebook) -> str:
    """Replace the runtime directory, in which scripts for other programs are, by a file.

    A kernel that has just started may make the directory anew in between.
    """
    return kernel.run(
        'cd "${EFFECTTALK_SOCKET%/*}"; pwd; cd ..;'
        ' until [ -f "$OLDPWD" ]; do rm -r "$OLDPWD"; touch "$OLDPWD"; done'
    ).stdout.strip()


def test_an_internal_path_is_in_the_log_only(start: Start) -> None:
    kernel = start()
    directory = lose_directory(kernel)
    cell = kernel.run("#| shell: sh\necho more")
    assert cell.reply["ename"] == "BlockError"
    found = re.fullmatch(
        r"the code cannot be handed to sh: cannot write to <runtime directory> \(Not a directory\):"
        r" free some space there and make it writable, or restart the kernel with"
        r" JUPYTER_RUNTIME_DIR set to another directory \(error id ([0-9a-f]{8}): see the kernel's"
        r" log\)",
        cell.evalue,
    )
    assert found is not None, cell.evalue
    [line] = [line for line in kernel.log.splitlines() if found[1] in line]
    assert directory in line
    assert directory not in str(cell.errors)


def test_an_internal_path_is_shown_where_that_is_wanted(start: Start) -> None:
    kernel = start(EFFECTTALK_SANITIZE_ERROR_MESSAGES="0")
    directory = lose_directory(kernel)
    assert f"cannot write to {directory}" in kernel.run("#| shell: sh\necho more").evalue


@pytest.mark.parametrize("sanitizes", [True, False])
def test_an_unexpected_error_is_shown_and_logged(
    start: Start, tmp_path: Path, sanitizes: bool
) -> None:
    (tmp_path / "jupyter_effecttalk_config.py").write_text(BROKEN)
    kernel = start(
        JUPYTER_CONFIG_DIR=str(tmp_path), EFFECTTALK_SANITIZE_ERROR_MESSAGES=str(sanitizes)
    )
    cell = kernel.run("echo never")
    log = kernel.log
    kernel.forget_log()
    assert cell.reply["ename"] == "internal error"
    found = re.search(r"error id ([0-9a-f]{8})", cell.evalue)
    assert found is not None
    assert found[1] in log
    assert "KeyError: 'inner'" in log
    assert ("Traceback" in str(cell.errors), "inner" in cell.evalue) == (not sanitizes,) * 2
    assert kernel.ask("kernel_info_request")["status"] == "ok"


def test_an_unexpected_failure_of_a_call_is_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "jupyter_effecttalk_config.py").write_text(
        BROKEN.replace(
            "session.session import ShellSession", "journal.undo import UndoHistory"
        ).replace("ShellSession.run", "UndoHistory._undo")
    )
    kernel = start(JUPYTER_CONFIG_DIR=str(tmp_path))
    cell = kernel.run("effecttalk undo")
    log = kernel.log
    kernel.forget_log()
    found = re.search(r"failed with an internal error, KeyError;.*id ([0-9a-f]{8})", cell.stderr)
    assert found is not None, cell
    assert found[1] in log


@pytest.mark.parametrize(("level", "told"), [("WARNING", True), ("error", False)])
def test_the_log_begins_at_its_level(start: Start, level: str, told: bool) -> None:
    kernel = start(EFFECTTALK_LOG_LEVEL=level, EFFECTTALK_PTY_TERM_TYPE="no-such-terminal")
    assert kernel.run("echo $TERM").stdout == "no-such-terminal\n"
    line = r"(?m)^[-0-9 :,]{23} WARNING effecttalk setting\.refused pty_term_type: .*'no-such"
    assert bool(re.search(line, kernel.log)) == told


def test_settings_that_a_notebook_cannot_set_are_reported_in_the_first_block(
    start: Start, tmp_path: Path
) -> None:
    notebook = tmp_path / "book.ipynb"
    notebook.write_text(
        '{"cells": [], "metadata": {"effecttalk": {"settings": {"shell": "/tmp/evil",'
        ' "columns": 99}}}, "nbformat": 4}'
    )
    kernel = start(EFFECTTALK_NOTEBOOK=str(notebook))
    first = kernel.run("echo ${EFFECTTALK_NOTEBOOK-none}; tput cols")
    assert first.stdout == "none\n99\n"
    assert first.stderr == (
        "effecttalk: the notebook's setting 'shell' is ignored: a notebook cannot set it; set it"
        " in your own configuration, or with EFFECTTALK_SHELL\n"
    )
    assert kernel.run("echo again").stderr == ""


# A configuration that breaks the writing of the second block's record.
BROKEN_JOURNAL = """
from effecttalk_kernel.journal.journal import Journal

put = Journal._put

def fail(self, block, cell):
    if block.number == 2:
        raise UnicodeError("surrogates not allowed")
    put(self, block, cell)

Journal._put = fail
"""


def test_a_record_that_is_not_kept_is_told_once_in_the_cell(start: Start, tmp_path: Path) -> None:
    (tmp_path / "jupyter_effecttalk_config.py").write_text(BROKEN_JOURNAL)
    kernel = start(JUPYTER_CONFIG_DIR=str(tmp_path), EFFECTTALK_DATA_DIR=str(tmp_path / "data"))
    cells = [kernel.run(f"echo {number}") for number in (1, 2, 3)]
    assert [cell.stdout for cell in cells] == ["1\n", "2\n", "3\n"]
    assert [cell.stderr.count("effecttalk: internal error in Journal") for cell in cells] == [
        0,
        1,
        0,
    ]
    listed = kernel.run("effecttalk blocks list | cut -f7").stdout
    assert listed.split("\n")[1:3] == ["echo 3", "echo 1"]
    kernel.forget_log()


def test_a_state_that_is_not_kept_is_told_in_a_cell(start: Start, tmp_path: Path) -> None:
    (tmp_path / "jupyter_effecttalk_config.py").write_text(
        "from effecttalk_kernel.kernel.kernel import EffectTalkKernel\n"
        "def fail(self, number, state):\n    if number == 1: raise ValueError(number)\n"
        "EffectTalkKernel._save_state = fail\n"
    )
    kernel = start(JUPYTER_CONFIG_DIR=str(tmp_path))
    # The state of the first block comes before or while the second runs, which waits for it.
    cells = [kernel.run(code) for code in ("x=1", "effecttalk undo", "echo $x")]
    said = "".join(cell.stderr for cell in cells)
    assert said.count("the state after block 1 is not saved") == 1
    kernel.forget_log()
