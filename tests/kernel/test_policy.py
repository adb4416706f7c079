"""The policy in a kernel: cells that it refuses, and cells that the user must confirm."""

from collections.abc import Callable

import psutil

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook, eventually

Start = Callable[..., Notebook]


def test_a_denied_command_does_not_run_and_stands_in_the_record(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_DENY="rm -r*; git push *")
    cell = kernel.run("echo before\nrm -rf /nowhere")
    assert (cell.record.status, cell.stdout) == (Status.REFUSED, "")
    assert cell.reply["ename"] == "refused"
    assert "`rm -rf /nowhere` in line 2" in cell.record.problem
    assert cell.evalue.endswith("; the block did not run")
    assert kernel.run('echo "rm -rf /"').stdout == "rm -rf /\n"
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_confirmed_command_runs(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_CONFIRM="touch *")
    assert kernel.run("touch /nowhere/x", answers=["n"]).record.status is Status.REFUSED
    cell = kernel.run("touch /dev/null && echo done", answers=["y"])
    assert cell.stdout.endswith("done\n")
    assert "touch" in cell.questions[0]["prompt"]
    assert kernel.run("touch /dev/null").record.status is Status.REFUSED


def test_the_policy_checks_the_fallback(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_DENY="rm")
    cell = kernel.run("#| fallback: rm /nowhere\ntrue")
    assert cell.record.status is Status.REFUSED


def test_the_policy_checks_the_program_of_a_block(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_DENY="python*")
    assert kernel.run("#| shell: python3\nprint(1)").record.status is Status.REFUSED
    assert kernel.run("#| shell: sh\necho 1").stdout == "1\n"


def test_read_only(start: Start) -> None:
    kernel = start(EFFECTTALK_READ_ONLY="true")
    assert kernel.run("ls / | head -1").status == "ok"
    assert kernel.run("echo x >/tmp/file").record.status is Status.REFUSED
    assert kernel.run("touch /tmp/file").record.status is Status.REFUSED


# Large cells.

GARBAGE = '"a","b""c"\n' * 300_000  # no script: some ten seconds for the grammar


def readers(kernel: Notebook) -> list[psutil.Process]:
    """The processes that read a cell for the policy."""
    children = psutil.Process(kernel.pid).children()
    return [child for child in children if is_reader(child)]


def is_reader(process: psutil.Process) -> bool:
    try:
        return "effecttalk_kernel.safety.policy_process" in process.cmdline()
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return False


def test_a_large_script_gets_the_same_verdict_as_a_small_one(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_DENY="rm")
    comments = "# a comment\n" * 10_000
    cell = kernel.run(f"{comments}rm /nowhere")
    assert cell.record.status is Status.REFUSED
    assert "`rm /nowhere` in line 10001" in cell.record.problem
    assert kernel.run(f"{comments}echo one").stdout == "one\n"
    assert readers(kernel) == []


def test_the_session_answers_while_a_large_cell_is_read(start: Start) -> None:
    kernel = start(EFFECTTALK_POLICY_DENY="rm")
    cell = kernel.send(GARBAGE)
    eventually(lambda: readers(kernel), "a reader")
    assert kernel.finish(kernel.control("kernel_info_request")).reply["status"] == "ok"
    assert not cell.reply
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert cell.status == "error"
    assert cell.evalue == "interrupted before the block ran"
    assert kernel.run("echo two").stdout == "two\n"
    eventually(lambda: not readers(kernel), "the reader's end")
