"""Undo, redo and goto in the cells of a notebook."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from effecttalk_kernel.block import ShellFate, Status
from tests.support.notebook import Notebook


def test_undo_and_redo_bring_back_what_a_cell_has_changed(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "echo $x"):
        fresh.run(code)
    undo = fresh.run("effecttalk undo")
    assert fresh.run("echo $x").stdout == "1\n"
    assert undo.stdout.splitlines() == [
        "the next block starts with the state after block 1",
        "  different: variables x",
    ]
    fresh.run("effecttalk redo")
    assert fresh.run("echo $x").stdout == "2\n"


def test_a_cell_that_undoes_succeeds_in_the_same_shell(fresh: Notebook) -> None:
    fresh.run("x=1")
    cell = fresh.run("effecttalk undo && echo ok; echo err >&2")
    assert cell.stdout.endswith("ok\n")
    assert cell.stderr == "err\n"
    assert (cell.record.status, cell.record.shell) == (Status.SUCCESS, ShellFate.KEPT)


def test_two_undos_in_one_cell_undo_two_steps(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "x=3", "effecttalk undo; effecttalk undo"):
        fresh.run(code)
    assert fresh.run("echo $x").stdout == "1\n"


def test_several_steps_are_undone_and_redone_at_once(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "x=3", "effecttalk undo 3"):
        fresh.run(code)
    assert fresh.run('echo "${x-none}"').stdout == "none\n"
    fresh.run("effecttalk redo 2")
    assert fresh.run("echo $x").stdout == "2\n"


def test_goto_restores_a_block_and_undo_reverts_it(fresh: Notebook) -> None:
    for code in ("x=1; f() { echo f; }; alias a=:; cd /usr", "x=2; unset -f f; unalias a; cd /"):
        fresh.run(code)
    told = fresh.run("effecttalk goto 1").stdout
    assert "variables x; functions f; aliases a; directory /usr" in told
    assert fresh.run("echo $x $PWD; f; alias a").stdout == "1 /usr\nf\nalias a=':'\n"
    assert fresh.run(":").record.cwd.before == "/usr"
    fresh.run("effecttalk undo")
    assert fresh.run("echo $x $PWD").stdout == "2 /\n"


def test_goto_0_restores_the_initial_state(fresh: Notebook) -> None:
    fresh.run("x=1; cd /; unset HOME")
    assert "the state at the start of the session" in fresh.run("effecttalk goto 0").stdout
    assert fresh.run('echo "${x-none} ${HOME+home}"').stdout == "none home\n"


def test_undo_drops_changes_of_the_rest_of_the_cell(fresh: Notebook) -> None:
    fresh.run("x=1")
    assert fresh.run("effecttalk undo; y=2; echo $x$y").stdout.endswith("12\n")
    assert fresh.run('echo "${x-none}${y-none}"').stdout == "nonenone\n"


ERRORS = {
    "effecttalk undo 99": "can be undone, not 99",
    "effecttalk redo": "there is nothing to redo",
    "effecttalk goto 999": "no state is saved after block 999",
    "effecttalk undo 0": "0 is not in the range",
    "effecttalk goto x": "'x' is not a valid integer",
}


@pytest.mark.parametrize(("code", "message"), ERRORS.items(), ids=ERRORS)
def test_an_error_is_a_line_on_stderr_and_a_status(
    kernel: Notebook, code: str, message: str
) -> None:
    kernel.run("x=1")
    cell = kernel.run(f"{code} || (exit $?)")
    assert message in cell.stderr
    assert cell.stdout == ""
    assert cell.record.exit_status in (1, 2)
    assert kernel.run("echo $x").stdout == "1\n"


def test_a_lost_shell_has_no_state(fresh: Notebook) -> None:
    fresh.run("x=1")
    fresh.run("x=2; kill -9 $$")
    assert "the shell was lost in block 2" in fresh.run("effecttalk goto 2").stderr
    assert fresh.run("echo $x").stdout == "1\n"


@pytest.mark.parametrize("end", ["exit 3", "kill -9 $$", "set -e; false", "exec true"])
def test_undo_works_even_if_the_shell_of_its_cell_ends(fresh: Notebook, end: str) -> None:
    fresh.run("x=1")
    fresh.run("x=2")
    cell = fresh.run(f"effecttalk undo; {end}")
    assert "state from before this block" not in cell.stderr
    assert fresh.run("echo $x; set +e").stdout == "1\n"
    fresh.run("effecttalk redo")
    assert fresh.run("echo $x").stdout == "2\n"


def test_undo_after_a_shell_has_ended_takes_back_what_its_last_cell_did(fresh: Notebook) -> None:
    fresh.run("x=1")
    fresh.run("x=2; exit 3")
    fresh.run("echo $x")
    fresh.run("effecttalk undo")
    assert fresh.run("echo $x").stdout == "1\n"


def test_under_errexit_an_undo_works_and_an_error_ends_the_shell(fresh: Notebook) -> None:
    fresh.run("set -e; x=1")
    fresh.run("x=2")
    fresh.run("effecttalk undo")
    assert fresh.run("echo $x $-").stdout.startswith("1 ")
    assert fresh.run("effecttalk redo 5; echo on").record.shell is ShellFate.RESTARTED


def test_readonly_variables_can_be_undone(fresh: Notebook) -> None:
    fresh.run("x=1")
    fresh.run("readonly x=2; readonly PATH")
    fresh.run("effecttalk undo")
    cell = fresh.run("x=3; PATH=$PATH:/; echo $x")
    assert (cell.stdout, cell.stderr) == ("3\n", "")


def test_the_users_exit_trap_is_part_of_the_state_and_does_not_run(
    fresh: Notebook, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    fresh.run(f"trap 'echo bye; : > {left}' EXIT")
    fresh.run("x=1")
    cell = fresh.run("effecttalk undo")
    assert fresh.run("echo ${x-none}").stdout == "none\n"
    assert "bye" not in cell.stdout
    assert not left.exists()
    assert fresh.run("exit 3").stdout == "bye\n"
    assert left.exists()


def test_a_background_job_continues_after_undo_and_writes_to_its_cell(
    fresh: Notebook, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    job = fresh.run(f"(read -r < {gate}; echo late) & x=1")
    undo = fresh.run("effecttalk undo")
    assert "processes that continue, but are not jobs of the new shell: ( read -r" in undo.stdout
    assert fresh.run("jobs; echo ${x-none}").stdout == "none\n"
    gate.write_text("go\n")
    assert fresh.late(job, lambda cell: cell.stdout).stdout == "late\n"
    assert fresh.late(job, lambda cell: not cell.record.background).record.status is Status.SUCCESS


def test_jobs_that_ran_then_are_named(fresh: Notebook, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    fresh.run(f"cat {gate} & x=1")
    fresh.run(f": > {gate}; wait; x=2")
    told = fresh.run("effecttalk undo").stdout
    assert f"jobs that were running then and have ended: cat {gate}" in told


def test_open_files_that_are_not_restored_are_named(fresh: Notebook, tmp_path: Path) -> None:
    fresh.run(f"x=1; exec 7>{tmp_path}/file")
    told = fresh.run("effecttalk undo").stdout
    assert f"open files that the new shell does not have: 7 ({tmp_path}/file)" in told
    fresh.run("x=1")
    assert "open files" not in fresh.run("effecttalk undo").stdout


def test_a_missing_directory_is_named(fresh: Notebook, tmp_path: Path) -> None:
    place = tmp_path / "it's gone"
    place.mkdir()
    fresh.run(f'cd "{place}"')
    fresh.run("cd /")
    place.rmdir()
    assert f"missing directory: {place}" in fresh.run("effecttalk undo").stdout
    assert fresh.run("echo fine").stdout == "fine\n"


def test_undo_from_the_background_comes_when_no_block_runs(fresh: Notebook, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    fresh.run("x=1")
    fresh.run("x=2")
    asking = fresh.run(f"(read -r < {gate}; effecttalk undo) &")
    gate.write_text("go\n")
    fresh.late(asking, lambda cell: not cell.record.background)
    assert "block 1" in asking.stdout
    assert fresh.run("echo $x").stdout == "1\n"


def test_a_cell_with_undo_alone_works_without_a_front_end() -> None:
    codes = ("x=1", "x=2", "effecttalk undo", "echo $x")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    NotebookClient(notebook, kernel_name="effecttalk", timeout=30).execute()
    shown = notebook.cells[-1].outputs
    assert [output["text"] for output in shown if output["output_type"] == "stream"] == ["1\n"]


def test_a_front_end_that_can_answer_changes_nothing(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "effecttalk undo"):
        cell = fresh.run(code, allow_stdin=True)
    assert (cell.record.status, cell.questions) == (Status.SUCCESS, [])
    assert fresh.run("echo $x", allow_stdin=True).stdout == "1\n"


def test_outside_a_session_the_command_reports_it(kernel: Notebook) -> None:
    cell = kernel.run("env -u EFFECTTALK_SOCKET effecttalk undo; echo $?")
    assert cell.stdout == "1\n"
    assert "not in an EffectTalk session" in cell.stderr


def test_a_specification_of_a_start_up_file_is_known_before_the_first_cell(
    start, surroundings: Path
) -> None:
    rc = surroundings / ".bashrc"
    rc.write_text("complete -W 'apple apricot' fruit\n")
    try:
        notebook = start()
        content = {"code": "fruit ap", "cursor_pos": 8}
        assert notebook.ask("complete_request", content)["matches"] == ["apple", "apricot"]
    finally:
        rc.unlink()


def test_the_first_cell_begins_where_a_start_up_file_has_gone(start, surroundings: Path) -> None:
    rc = surroundings / ".bashrc"
    rc.write_text("cd /usr\n")
    try:
        cell = start().run("pwd")
        assert (cell.stdout, cell.record.cwd.before) == ("/usr\n", "/usr")
    finally:
        rc.unlink()


def test_changes_of_a_prompt_hook_are_not_a_step(fresh: Notebook) -> None:
    kernel = fresh
    kernel.run("PROMPT_COMMAND='_hook_count=$((_hook_count + 1)); PS1=$_hook_count'")
    for code in ("x=1", "x=2", "echo $x"):
        kernel.run(code)
    assert kernel.run("effecttalk undo").status == "ok"
    assert kernel.run("echo $x").stdout == "1\n"
    assert kernel.run("effecttalk redo").status == "ok"
    assert kernel.run("echo $x $((_hook_count > 2))").stdout == "2 1\n"
