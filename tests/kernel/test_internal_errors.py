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
    """Remove what shells are started in, and the shell; returns the directory."""
    return kernel.run(
        "dirname $EFFECTTALK_SOCKET; rm -r ${EFFECTTALK_SOCKET%/*}; exit"
    ).stdout.strip()


def test_a_path_of_ours_stands_in_the_log_alone(start: Start) -> None:
    kernel = start()
    directory = lose_directory(kernel)
    cell = kernel.run("echo more")
    assert cell.reply["ename"] == "ShellStartError"
    found = re.fullmatch(
        r"cannot write to <runtime directory> \(No such file or directory\): free some space there,"
        r" or set JUPYTER_RUNTIME_DIR to another directory \(error id ([0-9a-f]{8}): see the kernel's"
        r" log\)",
        cell.evalue,
    )
    assert found is not None
    [line] = [line for line in kernel.log.splitlines() if found[1] in line]
    assert directory in line
    assert directory not in str(cell.errors)


def test_a_path_of_ours_is_shown_where_that_is_wanted(start: Start) -> None:
    kernel = start(EFFECTTALK_SANITIZE_ERROR_MESSAGES="0")
    directory = lose_directory(kernel)
    assert kernel.run("echo more").evalue.startswith(f"cannot write to {directory}")


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


def test_a_call_that_fails_unexpectedly_is_told_likewise(start: Start, tmp_path: Path) -> None:
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


def test_what_a_notebook_may_not_set_is_told_in_the_first_block(
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
