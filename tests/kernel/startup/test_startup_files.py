"""Start-up files like those that people have: cells run, and hooks see what they see in a terminal."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.support.notebook import Notebook, eventually
from tests.support.plain_bash import PlainBash

FILES = sorted((Path(__file__).parent / "files").glob("*.sh"))
# Two of them source it.
BASH_PREEXEC = Path(__file__).parent / "bash_preexec.sh"
# One command line each, with its output and exit status.
CELLS = [
    ("echo one", "one\n", 0),
    ("false", "", 1),
    ("cd /usr; echo two; (exit 3)", "two\n", 3),
    ("for i in a b; do echo $i; done", "a\nb\n", 0),
    ("x=$(echo three); echo $x", "three\n", 0),
]
FROM_SKELETONS = ("debian", "ubuntu", "fedora", "fzf", "nvm", "conda")


def prepare(home: Path, file: Path) -> Path:
    home.mkdir()
    (home / ".bashrc").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(BASH_PREEXEC, home / ".bash-preexec.sh")
    return home / "hooks"


def read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_hooks_see_the_cells_of_a_notebook(start: Start, tmp_path: Path, file: Path) -> None:
    terminal_log = prepare(tmp_path / "terminal", file)
    with PlainBash(tmp_path / "terminal") as plain:
        plain.wait()
        for line, _, _ in CELLS:
            plain.type(line)
    log = prepare(tmp_path / "notebook", file)
    notebook = start(HOME=str(tmp_path / "notebook"))
    for line, stdout, status in CELLS:
        cell = notebook.run(line)
        assert (cell.stdout, cell.record.exit_status, cell.stderr) == (stdout, status, "")
    expected = read(terminal_log).replace(str(tmp_path / "terminal"), str(tmp_path / "notebook"))
    assert bool(expected) is (file.stem not in FROM_SKELETONS)
    eventually(lambda: len(read(log)) >= len(expected), f"{expected!r}, not {read(log)!r}", 10)
    assert read(log) == expected


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_state_shows_nothing_of_the_kernel(start: Start, tmp_path: Path, file: Path) -> None:
    prepare(tmp_path / "home", file)
    notebook = start(HOME=str(tmp_path / "home"))
    shell = notebook.run(":").record.volatile.shell_pid
    shown = notebook.run(
        "history; jobs; env; alias; trap -p DEBUG; compgen -A function | grep -v '^__[e]t_';"
        " caller; type cd; declare -p PROMPT_COMMAND PS0 PS1; :"
    )
    assert "__et" not in shown.stdout
    assert notebook.run("echo").record.volatile.shell_pid == shell


StartWith = Callable[[str], Notebook]


def test_a_message_of_direnv_comes_with_the_next_block(start: Start, tmp_path: Path) -> None:
    prepare(tmp_path / "home", Path(__file__).parent / "files" / "direnv.sh")
    (tmp_path / "home" / "project").mkdir()
    (tmp_path / "home" / "project" / ".envrc").write_text("export LEVEL=9\n")
    notebook = start(HOME=str(tmp_path / "home"))
    notebook.run("cd ~/project")
    cell = notebook.run("echo $LEVEL")
    assert cell.stdout == "9\n"
    assert cell.stderr == (
        f"effecttalk: printed between the blocks:\nenv: loading {tmp_path}/home/project/.envrc\n"
    )


def test_a_line_editor_in_bash_is_declined_with_a_word(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text(
        "BLE_VERSION=0.4\n"
        "ble-attach() { stty raw -echo; while read -rsn1 key; do :; done; }\n"
        "ble() { :; }\nPROMPT_COMMAND=ble-attach\n"
    )
    cell = start(HOME=str(tmp_path)).run("echo one")
    assert cell.stdout == "one\n"
    assert "ble.sh" in cell.stderr
