"""`background: true`: blocks that the session does not wait for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Cell, Notebook, eventually

Start = Callable[..., Notebook]


def test_a_background_cell_returns_at_once_and_gets_its_output(
    kernel: Notebook, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    cell = kernel.run(
        f"#| background: true\necho first; while [ ! -e {gate} ]; do sleep 0.01; done; echo last"
    )
    assert (cell.status, cell.record.status) == ("ok", Status.BACKGROUND)
    assert (cell.record.exit_status, cell.record.background) == (None, True)
    kernel.run(f"echo next; touch {gate}")
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    assert cell.stdout == "first\nlast\n"
    assert (cell.record.exit_status, cell.stderr) == (0, "")


def test_a_failing_background_block_reports_it(kernel: Notebook) -> None:
    cell = kernel.run("#| background: true\necho $LINENO >&2; (exit 3)")
    kernel.late(cell, lambda cell: cell.record.status is Status.FAILED)
    assert cell.stderr == "2\neffecttalk: in the background: failed with exit status 3\n"
    assert cell.record.exit_status == 3


def ended(cell: Cell) -> bool:
    return cell.record.status not in {Status.RUNNING, Status.BACKGROUND}


@pytest.mark.parametrize(
    ("code", "status", "exit_status", "stderr"),
    [
        ("true", Status.SUCCESS, 0, ""),
        ("exit 0", Status.SUCCESS, 0, ""),
        ("exec true", Status.SUCCESS, 0, ""),
        ("#| allow-failure: true\nfalse", Status.SUCCESS, 1, ""),
        ("#| expect-exit: 4\nexit 4", Status.SUCCESS, 4, ""),
        ("exit 7", Status.FAILED, 7, "failed with exit status 7"),
        ("#| errexit: true\nfalse\necho no", Status.FAILED, 1, "failed with exit status 1"),
        ("set -e; false; echo no", Status.FAILED, 1, "failed with exit status 1"),
        ("kill -9 $BASHPID", Status.FAILED, 137, "ended by SIGKILL (exit status 137)"),
        ("kill -9 0", Status.FAILED, 137, "ended by SIGKILL (exit status 137)"),
        ("kill 0; sleep 9", Status.FAILED, 143, "ended by SIGTERM (exit status 143)"),
        (
            "#| timeout: 200ms\nsleep 4711",
            Status.TIMED_OUT,
            130,
            "timed out after 0.2 s (SIGINT, exit status 130)",
        ),
    ],
)
def test_the_end_of_a_background_block_is_shown(
    kernel: Notebook, code: str, status: Status, exit_status: int, stderr: str
) -> None:
    cell = kernel.late(kernel.run(f"#| background: true\n{code}"), ended)
    assert (cell.status, cell.record.status) == ("ok", status)
    assert (cell.record.exit_status, cell.stdout) == (exit_status, "")
    assert cell.stderr == (f"effecttalk: in the background: {stderr}\n" if stderr else "")


def test_a_syntax_error_in_a_background_block_is_shown(kernel: Notebook) -> None:
    cell = kernel.late(kernel.run("#| background: true\nif then"), ended)
    assert (cell.record.status, cell.record.exit_status) == (Status.FAILED, 2)
    assert "line 2: syntax error" in cell.stderr


def test_a_background_block_has_the_sessions_state_and_does_not_change_it(kernel: Notebook) -> None:
    kernel.run("here=1; set -- a b; list=(x y); f() { echo f $here; }")
    code = 'echo "$here $# ${list[1]}"; f; here=2; declare there=3; cd /; trap "echo bye" EXIT'
    cell = kernel.late(kernel.run(f"#| background: true\n{code}"), ended)
    assert cell.stdout == "1 2 y\nf 1\nbye\n"
    assert kernel.run('echo "$here-${there-}-$#"; pwd').stdout.startswith("1--2\n/")


def test_its_input_is_empty(kernel: Notebook) -> None:
    cell = kernel.late(kernel.run("#| background: true\ncat; echo done", allow_stdin=True), ended)
    assert (cell.stdout, cell.questions) == ("done\n", [])


def test_temporary_variables_apply_in_the_background(kernel: Notebook, tmp_path: Path) -> None:
    code = f"#| background: true\n#| cwd: {tmp_path}\n#| env: {{A: b}}\nsleep 0.1; pwd; echo $A"
    cell = kernel.late(kernel.run(code), ended)
    assert cell.stdout == f"{tmp_path}\nb\n"
    assert kernel.run("echo ${A-none}").stdout == "none\n"


def test_a_background_block_runs_until_its_last_process_ends(
    kernel: Notebook, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = f"#| background: true\n(while [ ! -e {gate} ]; do sleep 0.01; done; echo late) &\nexit 5"
    cell = kernel.run(code)
    waited = kernel.run(f"effecttalk wait {cell.record.number}")
    assert (waited.record.exit_status, cell.record.status) == (5, Status.BACKGROUND)
    kernel.run(f"touch {gate}")
    kernel.late(cell, ended)
    assert (cell.stdout, cell.record.status) == ("late\n", Status.FAILED)


def test_jobs_wait_and_kill(fresh: Notebook) -> None:
    assert "no block" in fresh.run("effecttalk jobs").stderr
    cell = fresh.run("#| background: true\n#| name: server\nsleep 4712; true")
    listed = fresh.run("effecttalk jobs").stdout
    assert "server" in listed
    assert "sleep 4712" in listed
    assert "block 2 has ended" in fresh.run("effecttalk kill server").stdout
    fresh.late(cell, ended)
    assert (cell.record.status, cell.record.signals_sent) == (Status.INTERRUPTED, ("SIGTERM",))
    waited = fresh.run("effecttalk wait 2 server")
    assert waited.record.exit_status == 143
    wrong = fresh.run("effecttalk wait nobody")
    assert "no background block 'nobody'" in wrong.stderr


def test_processes_that_a_block_left_can_be_awaited_and_ended(fresh: Notebook) -> None:
    cell = fresh.run("sleep 4713 &")
    assert "ended" in fresh.run("effecttalk kill 1").stdout
    fresh.late(cell, ended)
    assert cell.record.status is Status.SUCCESS
    assert fresh.run("effecttalk wait 1").record.exit_status == 0


def test_later_blocks_find_a_named_one_when_it_has_ended(kernel: Notebook) -> None:
    cell = kernel.run("#| background: true\n#| name: data\nsleep 0.1; echo 1 2 3; exit 6")
    assert kernel.run("#| needs: data\necho [$ET_STATUS_data]").stdout == "[]\n"
    assert kernel.run("effecttalk wait data").record.exit_status == 6
    kernel.late(cell, ended)
    assert kernel.run("cat $ET_OUT_data; echo $ET_STATUS_data").stdout == "1 2 3\n6\n"
    assert "did not succeed" in kernel.run("#| needs: data\ntrue").evalue


def test_a_background_block_outlives_the_shell(kernel: Notebook, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    wait = f"while [ ! -e {gate} ]; do sleep 0.01; done"
    cell = kernel.run(f"#| background: true\n{wait}; echo still here; exit 3")
    kernel.run("exit 1")
    kernel.run(f"touch {gate}")
    kernel.late(cell, ended)
    assert (cell.stdout, cell.record.exit_status) == ("still here\n", 3)


def test_the_end_of_the_session_ends_it(fresh: Notebook, tmp_path: Path) -> None:
    cell = fresh.run(
        f"#| background: true\ntrap 'echo bye >{tmp_path}/bye' EXIT; echo in; sleep 4714"
    )
    fresh.late(cell, lambda cell: cell.stdout)
    fresh.control("shutdown_request", {"restart": False})
    fresh.late(cell, ended)
    eventually(lambda: (tmp_path / "bye").read_text() == "bye\n", "the end of the EXIT trap")
    assert cell.record.status is Status.INTERRUPTED


def test_there_is_a_limit(start: Start) -> None:
    kernel = start(EFFECTTALK_MAX_CONCURRENT_PROCESSES="2")
    for _ in range(2):
        kernel.run("#| background: true\nsleep 4715")
    cell = kernel.run("#| background: true\nsleep 4715")
    assert (cell.record.status, cell.reply["ename"]) == (Status.REFUSED, "refused")
    assert "2 blocks run in the background (max_concurrent_processes)" in cell.evalue
    kernel.run("effecttalk kill 1")
    assert kernel.run("#| background: true\ntrue").status == "ok"


@pytest.mark.parametrize("other", ["tty: true", "retry: 2", "fallback: x", "stdin: x"])
def test_background_excludes_other_options(kernel: Notebook, other: str) -> None:
    name = other.partition(":")[0]
    cell = kernel.run(f"#| background: true\n#| {other}\ntrue", allow_stdin=True)
    assert cell.evalue == f"invalid options: background and {name} cannot be combined"


def test_a_hundred_at_once(fresh: Notebook) -> None:
    cells = [fresh.run(f"#| background: true\nsleep 0.3; echo {n}") for n in range(100)]
    assert fresh.run("effecttalk wait").record.exit_status == 0
    for number, cell in enumerate(cells):
        fresh.late(cell, ended)
        assert cell.stdout == f"{number}\n"


@pytest.mark.parametrize(
    "before",
    [
        "set -C",
        "set -u",
        "set -e",
        "set +m",
        "set -o posix",
        "set -T; trap 'echo debug >&2' DEBUG; trap 'echo err >&2' ERR",
        "ulimit -f 0",
        "umask 777",
        "PATH=",
        "printf() { echo mine; }; eval() { echo mine; }; exit() { echo mine; }; trap() { :; }",
        "shopt -s expand_aliases; alias eval=false exit=false printf=false trap=false",
        "exec 29</dev/null",
        "IFS=0123456789",
        "readonly BASHPID",
        "trap '' TERM HUP INT",
        "cd /tmp && mkdir -p gone && cd gone && rmdir ../gone",
    ],
)
def test_the_end_of_a_background_block_is_reported_whatever_the_user_set(
    fresh: Notebook, before: str
) -> None:
    fresh.run(before)
    cell = fresh.late(fresh.run("#| background: true\necho here; /bin/sh -c 'exit 7'"), ended)
    assert (cell.record.status, cell.record.exit_status) == (Status.FAILED, 7)
    assert cell.stdout == "here\n"


def test_a_background_block_under_a_debug_trap_leaves_the_terminal_to_the_shell(
    fresh: Notebook, tmp_path: Path
) -> None:
    fresh.run(
        "set -T; trap : DEBUG; shell=$$; has_terminal() { read -ra stat; ((stat[7] == $$)); }"
    )
    code = f"until [ -e {tmp_path}/gate ]; do echo >>{tmp_path}/lines; done; exit 7"
    cell = fresh.run(f"#| background: true\n{code}")
    eventually((tmp_path / "lines").exists, "the block")
    looks = (
        f"for ((n = 0; n < 20; )); do mapfile -t lines <{tmp_path}/lines; n=${{#lines[@]}};"
        " has_terminal </proc/$$/stat || echo lost; done"
    )
    assert fresh.run(looks).stdout == ""
    assert fresh.run(f"touch {tmp_path}/gate; ((shell == $$))").status == "ok"
    fresh.late(cell, ended)
    assert cell.record.exit_status == 7


def test_traces_are_of_the_lines_of_the_block(fresh: Notebook) -> None:
    fresh.run("set -x")
    cell = fresh.late(fresh.run("#| background: true\ntrue one"), ended)
    assert "+ true one\n" in cell.stderr
    assert "report" not in cell.stderr


def test_a_step_back_tells_of_it(fresh: Notebook) -> None:
    fresh.run("x=1")
    fresh.run("#| background: true\nsleep 4716")
    fresh.run("x=2")
    assert (
        "not jobs of the new shell: a block in the background"
        in fresh.run("effecttalk undo").stdout
    )
