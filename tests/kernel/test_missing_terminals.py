"""Programs that need a terminal, in a headless run: they end, and the error says what to do."""

import shutil
import sys
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support import full_screen
from tests.support.notebook import Notebook

PROGRAM = f"{sys.executable} -IS {full_screen.__file__}"
ADVICE = "run the cell in JupyterLab, where a terminal opens"
REFUSED = {
    "htop": "htop",
    "top": "top",
    "nano": "nano file",
    "watch": "watch date",
    "a program that polls keys": f"{PROGRAM} --never-wait --file /dev/stdout",
    "python": f"{PROGRAM} --file /dev/stdout --bytes 0",
    "another python": "python3 -c 'import sys; sys.exit(\"{}: not a tty\".format(sys.argv[0]))'",
}


def skip_without(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


@pytest.mark.parametrize("name", REFUSED)
def test_a_program_that_needs_a_terminal_fails(kernel: Notebook, name: str) -> None:
    code = REFUSED[name]
    skip_without(code.split()[0])
    cell = kernel.run(code)
    assert cell.status == "error"
    program = code.split()[0].rpartition("/")[2]
    assert f"{program} needs a terminal, and no front end can show one" in cell.evalue
    assert ADVICE in cell.evalue
    assert "~" not in cell.shown("stdout")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_an_editor_that_waits_leaves_nothing(kernel: Notebook, tmp_path: Path) -> None:
    skip_without("vi")
    cell = kernel.run(f"cd {tmp_path}; echo before; vi file\necho after")
    assert cell.evalue.startswith("vi ")  # waited for input, or needs a terminal
    assert ADVICE in cell.evalue
    assert cell.shown("stdout").startswith("before\n")
    assert "~" not in cell.shown("stdout")


# What needs no terminal.

WORKS = {
    "an editor with commands": "printf 'a\\n' > f; vi -c 's/a/b/' -c wq f; cat f",
    "a script on the alternate screen": "printf '\\e[?1049h'; echo drawn; printf '\\e[?1049l'; echo b",
    "a line that only speaks of a terminal": "echo 'not a tty'; echo b",
    "an expected failure": "(echo 'not a tty'; exit 3); echo b",
    "a full-screen program of another one": (
        "expect -c 'log_user 1; spawn -noecho vi -u NONE; expect -timeout 9 ~;"
        ' send ":q\\r"; expect eof\'; echo b'
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_program_that_works_without_one_succeeds(
    kernel: Notebook, name: str, tmp_path: Path
) -> None:
    skip_without({"an editor with commands": "vi"}.get(name, "sh"))
    skip_without("expect" if "expect -c" in WORKS[name] else "sh")
    cell = kernel.run(f"cd {tmp_path}; {WORKS[name]}")
    assert (cell.status, cell.shown("stdout").rstrip()[-1]) == ("ok", "b")


def test_a_failure_of_another_kind_says_nothing_of_terminals(kernel: Notebook) -> None:
    cell = kernel.run("echo 'no such file' >&2; false")
    assert "terminal" not in cell.evalue


def test_a_failure_that_is_allowed_succeeds(kernel: Notebook) -> None:
    cell = kernel.run("#| allow-failure: true\necho 'stdin: not a tty' >&2; exit 1")
    assert cell.record.status is Status.SUCCESS


def test_the_policy_to_fail_holds_for_programs_that_draw(start: Start) -> None:
    kernel = start(EFFECTTALK_HEADLESS_POLICY="fail")
    cell = kernel.run(f"{PROGRAM}; echo after")
    assert (cell.status, "after" in cell.stdout) == ("error", False)
    assert "python" in cell.evalue
