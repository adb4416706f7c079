"""`shell`: another program runs the code of a block."""

from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Cell, Notebook


def ended(cell: Cell) -> bool:
    return cell.record.status not in {Status.RUNNING, Status.BACKGROUND}


@pytest.mark.parametrize(
    ("shell", "code", "stdout"),
    [
        ("sh", 'echo "$((1 + 1))"', "2\n"),
        ("python3", "print(sum([1, 2]))\nprint('a\\tb')", "3\na\tb\n"),
        ("python3 -c 'import sys; print(open(sys.argv[1]).read())'", "any text", "any text\n"),
        ("cat", 'it\'s "as" $it \\is', 'it\'s "as" $it \\is'),
        ("bash -e", "false\necho no", ""),
    ],
)
def test_the_program_runs_the_code(kernel: Notebook, shell: str, code: str, stdout: str) -> None:
    cell = kernel.run(f"#| shell: {shell}\n{code}")
    assert cell.stdout.removeprefix(f"#| shell: {shell}\n") == stdout


def test_the_program_is_a_separate_process(kernel: Notebook) -> None:
    kernel.run("export here=1")
    cell = kernel.run("#| shell: sh\necho $here; here=2; cd /; exit 3")
    assert (cell.stdout, cell.record.exit_status) == ("1\n", 3)
    assert cell.record.status is Status.FAILED
    assert kernel.run("echo $here").stdout == "1\n"


def test_line_numbers_are_those_of_the_cell(kernel: Notebook) -> None:
    cell = kernel.run("#| shell: python3\nprint(1)\nraise SystemError('here')")
    assert "line 3" in cell.stderr


def test_a_program_can_ask_for_input(kernel: Notebook) -> None:
    cell = kernel.run("#| shell: python3\nprint('hello', input('Name: '))", answers=["ann"])
    assert cell.stdout.endswith("hello ann\n")


def test_a_program_can_be_interrupted(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| shell: python3\nimport time\nprint('now', flush=True)\ntime.sleep(60)",
        after_text="now",
    )
    assert cell.record.status is Status.INTERRUPTED


def test_a_program_can_run_in_the_background(kernel: Notebook) -> None:
    cell = kernel.run("#| shell: python3\n#| background: true\nprint(7)\nexit(3)")
    kernel.late(cell, ended)
    assert (cell.stdout, cell.record.exit_status) == ("7\n", 3)


def test_with_options_that_hold_for_any_block(kernel: Notebook, tmp_path: Path) -> None:
    cell = kernel.run(
        f"#| shell: python3\n#| cwd: {tmp_path}\n#| env: {{A: b}}\n#| stderr: merged\n"
        "import os, sys\nprint(os.getcwd(), os.environ['A'], file=sys.stderr)"
    )
    assert cell.stdout == f"{tmp_path} b\n"
    assert kernel.run("#| shell: python3\n#| timeout: 300ms\nwhile 1: pass").record.status is (
        Status.TIMED_OUT
    )
    cell = kernel.run("#| shell: python3\n#| fallback: echo instead\nexit(1)")
    assert (cell.status, cell.stdout) == ("ok", "instead\n")


def test_a_program_of_the_sessions_path_is_found(kernel: Notebook, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("#!/bin/sh\necho mine\n")
    (tmp_path / "mine").chmod(0o755)
    kernel.run(f"PATH={tmp_path}:$PATH")
    assert kernel.run("#| shell: mine\n!").stdout == "mine\n"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            "no-such-shell",
            "'no-such-shell' for option 'shell': there is no program no-such-shell in PATH",
        ),
        ("'\"sh'", "'\"sh' for option 'shell': No closing quotation"),
        ("''", "'' for option 'shell': name a program"),
        ("7", "7 for option 'shell': Input should be a valid string"),
    ],
)
def test_a_wrong_program_is_named_before_anything_runs(
    kernel: Notebook, value: str, problem: str
) -> None:
    cell = kernel.run(f"#| shell: {value}\necho no")
    assert (cell.evalue, cell.stdout) == (f"invalid value {problem}", "")
