"""What a block's end means, in the record and in the error."""

import asyncio
import signal

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from effecttalk_kernel.block import ShellFate, Status
from tests.conftest import Start
from tests.support.notebook import Notebook

STATUSES = {
    "true": 0,
    "false": 1,
    "(exit 42)": 42,
    "sh -c 'exit 255'": 255,
    "nosuchcommand_xyz": 127,
    "/etc/passwd": 126,
    "false || true": 0,
    "false; true": 0,
    "! true": 1,
    "if then": 2,
    "echo 'oops": 2,
    "true | false": 1,
    "false | true": 0,
    "[ 1 = 2 ]": 1,
    "((0))": 1,
    "f() { return 9; }; f": 9,
    "exit 3": 3,
    "exit 0": 0,
    "exit 300": 44,
    "echo ${nosuch:?}": 1,
}


@pytest.mark.parametrize(("code", "exit_status"), STATUSES.items())
def test_the_record_has_the_exit_status(kernel: Notebook, code: str, exit_status: int) -> None:
    assert kernel.run(code).record.exit_status == exit_status


@pytest.mark.parametrize(("code", "exit_status"), STATUSES.items())
def test_the_reply_is_an_error_unless_the_status_is_zero(
    kernel: Notebook, code: str, exit_status: int
) -> None:
    assert kernel.run(code).status == ("error" if exit_status else "ok")


@pytest.mark.parametrize(
    ("code", "pipestatus"),
    [
        ("true", (0,)),
        ("false", (1,)),
        ("true | false | (exit 3)", (0, 1, 3)),
        ("true | false | (exit 3)\n", (0, 1, 3)),
        ("true | false # comment", (0, 1)),
        ("set -o pipefail; false | true; set +o pipefail; (exit 2) | true", (2, 0)),
        ("! true | false", (0, 1)),
    ],
)
def test_the_record_has_the_status_of_every_part_of_a_pipeline(
    kernel: Notebook, code: str, pipestatus: tuple[int, ...]
) -> None:
    assert kernel.run(code).record.pipestatus == pipestatus


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGSEGV", "SIGPIPE", "SIGHUP", "SIGABRT"])
def test_a_signal_is_named(kernel: Notebook, name: str) -> None:
    cell = kernel.run(f"sh -c 'kill -{signal.Signals[name].value} $$'")
    assert (cell.record.signal, cell.reply["ename"]) == (name, name)


COMMANDS = {
    "the only one": ("false", "false", 1),
    "the second in a line": ("echo a; false", "false", 1),
    "in the second line": ("echo a\nls /nonexistent", "ls /nonexistent", 2),
    "in the last line": ("echo a\n\n\nfalse\n", "false", 4),
    "after &&": ("true && false", "false", 1),
    "a function": ("f() {\n  return 3\n}\nf", "f", 4),
    "a syntax error": ("if then", "if then", 1),
    "not a failure": ("! true", None, None),
    "the last of two": ("false\nsh -c 'exit 2'", "sh -c 'exit 2'", 2),
    "not an earlier one": ("false\n! true", None, None),
    "not one that was made good": ("false\ntrue\n[ 1 = 2 ] && true", None, None),
    "in errexit": ("set -e; f=1\nfalse\necho no", "false", 2),
}


@pytest.mark.parametrize(("code", "command", "line"), COMMANDS.values(), ids=COMMANDS)
def test_the_record_names_the_command_that_failed(
    kernel: Notebook, code: str, command: str | None, line: int | None
) -> None:
    record = kernel.run(code).record
    kernel.run("set +e")
    assert (record.command, record.line) == (command, line)


def test_the_error_says_what_failed_where_and_how(kernel: Notebook) -> None:
    cell = kernel.run("echo a\nsh -c 'exit 42'")
    assert cell.evalue == "`sh -c 'exit 42'` in line 2 ended with exit status 42"


def test_the_error_message_is_the_reply(kernel: Notebook) -> None:
    cell = kernel.run("false")
    assert [e["evalue"] for e in cell.errors] == [cell.evalue]


def test_a_success_sends_no_error(kernel: Notebook) -> None:
    assert kernel.run("true").errors == []


@pytest.mark.parametrize("code", ["if then", "echo 'oops", "(", "fi"])
def test_a_syntax_error_is_reported_by_bash(kernel: Notebook, code: str) -> None:
    assert "bash: " in kernel.run(code).stderr


def test_exit_0_is_a_success(kernel: Notebook) -> None:
    cell = kernel.run("echo a; exit 0; echo b")
    assert (cell.record.status, cell.stdout, cell.stderr) == (Status.SUCCESS, "a\n", "exit\n")


def test_exit_says_that_there_is_a_new_shell(kernel: Notebook) -> None:
    assert kernel.run("exit 0").record.shell is ShellFate.RESTARTED


def test_the_record_comes_before_the_output(kernel: Notebook) -> None:
    kinds = [m["msg_type"] for m in kernel.run("echo a").messages]
    assert kinds.index("display_data") < kinds.index("stream")


def test_a_long_block_shows_that_it_runs(kernel: Notebook) -> None:
    cell = kernel.send("echo go; sleep 30")
    kernel.wait(lambda: cell.records, "a record")
    running = cell.record.status
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert running is Status.RUNNING


def test_a_record_counts_the_output(kernel: Notebook) -> None:
    record = kernel.run("printf 'a\\nb\\nc'; echo é >&2").record
    counts = [(s.size_bytes, s.lines, s.left_out_bytes) for s in (record.stdout, record.stderr)]
    assert counts == [(5, 2, 0), (3, 1, 0)]


def test_a_record_has_the_directory_before_and_after(kernel: Notebook) -> None:
    kernel.run("cd /usr")
    record = kernel.run("cd /usr/share").record
    assert (record.cwd.before, record.cwd.after) == ("/usr", "/usr/share")


def test_blocks_are_numbered_one_by_one(kernel: Notebook) -> None:
    first = kernel.run(":").record.number
    assert kernel.run(":").record.number == first + 1


def test_all_displays_of_a_block_have_one_identity(kernel: Notebook) -> None:
    cell = kernel.run("sleep 0.1")
    displays = cell.contents("display_data", "update_display_data")
    assert len({d["transient"]["display_id"] for d in displays}) == 1


def test_volatile_facts_can_be_left_out(start: Start) -> None:
    assert start(EFFECTTALK_RECORD_VOLATILE="false").run(":").record.volatile is None


def test_a_notebook_runner_sees_the_error() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("sh -c 'exit 42'")])
    client = NotebookClient(notebook, kernel_name="effecttalk", timeout=20)
    with pytest.raises(CellExecutionError, match="exit status 42"):
        asyncio.run(client.async_execute())
