"""The session outlives its shell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.block import ShellFate, Status
from tests.conftest import Start
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

# What a cell sets; what a later cell, in another shell, asks; what it must print.
STATE = {
    "a variable": ("v='a  b'", 'echo "$v"', "a  b\n"),
    "a variable with odd bytes": (
        r"o=$'a\n\001\xff\'\"\\'",
        'printf %s "$o" | od -An -tx1',
        " 61 0a 01 ff 27 22 5c\n",
    ),
    "an exported variable": ("export ev=1", "sh -c 'echo $ev'", "1\n"),
    "an unset variable of the environment": ("unset LC_ALL", "echo ${LC_ALL-none}", "none\n"),
    "a readonly variable": (
        "readonly ro=1",
        "echo $ro; (ro=2) 2>/dev/null || echo kept",
        "1\nkept\n",
    ),
    "an array": ("a=(1 '2 3'); a[9]=x", 'echo ${!a[@]} "${a[1]}"', "0 1 9 2 3\n"),
    "an associative array": (
        "declare -A m=([k ey]=v [']']=w)",
        'echo "${m[k ey]} ${#m[@]}"',
        "v 2\n",
    ),
    "an integer": ("declare -i n=4", "n=n+1; echo $n", "5\n"),
    "a reference": ("declare -n r=v", 'echo "$r"', "a  b\n"),
    "a function": ('f() { echo "got $1"; }', "f it", "got it\n"),
    "an exported function": ("g() { echo g; }; export -f g", "bash -c g", "g\n"),
    "an alias": ("alias say='echo said'", "say it", "said it\n"),
    "an alias of a builtin": ("alias cd='cd -P'", "alias cd", "alias cd='cd -P'\n"),
    "an option": ("set -o noclobber", "shopt -po noclobber", "set -o noclobber\n"),
    "a shell option": ("shopt -s extglob globstar", "shopt -q extglob globstar && echo on", "on\n"),
    "the umask": ("umask 027", "umask", "0027\n"),
    "the directory": ("cd /usr/share", "pwd", "/usr/share\n"),
    "the directory before": (":", "echo $OLDPWD", "/usr\n"),
    "the directory stack": ("cd /usr; pushd /usr/share >/dev/null", "dirs -l", "/usr/share /usr\n"),
    "positional parameters": ("set -- a 'b c'", 'echo $# "$2"', "2 b c\n"),
    "a trap": ("trap 'echo usr1' USR1", "kill -USR1 $$; :", "usr1\n"),
    "a prompt": ("PS1='mine '", 'echo "$PS1"', "mine \n"),
    "a special variable": ("IFS=:", "x=a:b; echo $x; IFS=$' \\t\\n'", "a b\n"),
}


@pytest.fixture(scope="module", params=["exit 3", "kill -9 $$", "set -e; false", "exec true"])
def revived(request: pytest.FixtureRequest, template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel whose first shell has ended."""
    with Notebook(template=template) as notebook:
        for first, _, _ in STATE.values():
            assert notebook.run(first).status == "ok", first
        notebook.run(request.param)
        notebook.run("set +e")
        yield notebook


@pytest.mark.parametrize(("_", "second", "stdout"), STATE.values(), ids=STATE)
def test_a_new_shell_has(revived: Notebook, _: str, second: str, stdout: str) -> None:
    cell = revived.run(second)
    assert (cell.stdout, cell.stderr) == (stdout, "")


ENDS = {
    "exit 3": (Status.FAILED, 3, ShellFate.RESTARTED),
    ":; exit": (Status.SUCCESS, 0, ShellFate.RESTARTED),
    "false; exit": (Status.FAILED, 1, ShellFate.RESTARTED),
    "set -e; false; :": (Status.FAILED, 1, ShellFate.RESTARTED),
    "exec true": (Status.SUCCESS, 0, None),
    "exec sh -c 'exit 6'": (Status.FAILED, 6, None),
    "kill -9 $$": (Status.SHELL_LOST, 137, ShellFate.LOST),
    "kill -SEGV $$": (Status.SHELL_LOST, 139, None),
    "kill -HUP $$; sleep 5": (Status.SHELL_LOST, 129, None),
    "logout": (Status.FAILED, 1, ShellFate.KEPT),
}


@pytest.mark.parametrize(("code", "end"), ENDS.items(), ids=ENDS)
def test_the_end_of_a_shell_is_reported(
    kernel: Notebook, code: str, end: tuple[Status, int, ShellFate | None]
) -> None:
    status, exit_status, shell = end
    record = kernel.run(code).record
    seen = record.status, record.exit_status, record.shell if shell else None
    kernel.run("set +e")
    assert seen == (status, exit_status, shell)


@pytest.mark.parametrize("code", ENDS)
def test_the_next_cell_works_after(kernel: Notebook, code: str) -> None:
    kernel.run(code)
    cell = kernel.run("set +e; echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")


def test_output_before_the_end_of_the_shell_is_shown(kernel: Notebook) -> None:
    assert kernel.run("seq 2000; exit 3").stdout.endswith("\n1999\n2000\n")


def test_exit_says_what_it_says_in_a_terminal(kernel: Notebook) -> None:
    assert kernel.run("exit 3").stderr == "exit\n"


def test_changes_of_a_cell_that_exits_are_kept(kernel: Notebook) -> None:
    kernel.run("late=1; cd /usr; exit 3")
    assert kernel.run("echo $late $PWD").stdout == "1 /usr\n"


def test_a_lost_shell_says_what_was_lost(kernel: Notebook) -> None:
    assert "state from before this block" in kernel.run("kill -9 $$").stderr.replace("\n", " ")


def test_a_users_exit_trap_runs_when_a_later_cell_exits(fresh: Notebook) -> None:
    fresh.run("trap 'echo bye $x' EXIT")
    assert fresh.run("x=5; exit 4").stdout == "bye 5\n"


def test_the_state_is_kept_when_a_user_has_an_exit_trap(fresh: Notebook) -> None:
    fresh.run("trap 'echo bye' EXIT")
    fresh.run("x=5; exit 4")
    assert fresh.run("echo $x").stdout == "5\n"


def test_the_state_is_kept_when_a_start_up_file_sets_an_exit_trap(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / ".bashrc").write_text("trap 'echo bye' EXIT\n")
    notebook = start(HOME=str(tmp_path))
    assert notebook.run("x=kept; exit").stdout == "bye\n"
    assert notebook.run("echo $x").stdout == "kept\n"


def test_the_status_is_kept_when_a_user_has_an_exit_trap(fresh: Notebook) -> None:
    fresh.run("trap 'true' EXIT")
    assert fresh.run("exit 4").record.exit_status == 4


def test_a_users_exit_trap_is_restored(fresh: Notebook) -> None:
    fresh.run("trap 'echo bye' EXIT")
    fresh.run("exit 4")
    assert fresh.run("exit 5").stdout == "bye\n"


def test_an_exit_trap_of_the_same_cell_runs(fresh: Notebook) -> None:
    assert fresh.run("trap 'echo bye' EXIT; exit 4").stdout == "bye\n"


def test_a_background_job_survives_its_shell(kernel: Notebook, tmp_path: Path) -> None:
    kernel.run(f"mkfifo {tmp_path}/gate")
    cell = kernel.run(f"(read -r < {tmp_path}/gate; echo late) & exit 0")
    kernel.run("echo other")
    (tmp_path / "gate").write_text("go\n")
    assert kernel.late(cell, lambda c: c.stdout).stdout == "late\n"


@pytest.mark.parametrize(
    "code", ["PROMPT_COMMAND=exit", "PROMPT_COMMAND='kill -9 $$'", "trap exit DEBUG"]
)
def test_a_shell_that_ends_at_every_prompt_does_not_go_on_for_ever(
    fresh: Notebook, code: str
) -> None:
    fresh.run(code)
    fresh.run("echo once more")
    assert fresh.run("echo fine").stdout == "fine\n"


def test_a_shell_killed_while_idle_is_replaced(fresh: Notebook) -> None:
    import os
    import signal

    # The reply with a value comes when the state is saved.
    shell = fresh.run("x=1", user_expressions={"x": "x"}).record.volatile
    assert shell is not None
    os.kill(shell.shell_pid, signal.SIGKILL)
    fresh.run(":")
    assert fresh.run("echo $x").stdout == "1\n"
