"""Interrupting makes a block stop, and only that block."""

import signal
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.notebook import Notebook

STOPPED = {
    "sleep": "echo go; sleep 30",
    "a loop": "echo go; while :; do :; done",
    "a flood": "echo go; yes",
    "a loop that floods": "echo go; while :; do echo y; done",
    "a pipeline": "echo go; cat /dev/zero | tr x y | wc -c",
    "a function": "f() { echo go; sleep 30; }; f",
    "a subshell": "(echo go; sleep 30; echo no)",
    "a substitution": "echo go; y=$(sleep 30)",
    "a script": "sh -c 'echo go; sleep 30; echo no'",
    "wait": "sleep 30 & echo go; wait",
    "a Python program": "python3 -c 'import time; print(\"go\", flush=True); time.sleep(30)'",
    "a list": "echo go; sleep 30 && echo no || echo no",
    "one with a trap on EXIT": 'sh -c \'trap "exit 1" EXIT; sh -c "echo go; exec sleep 30"; :\'',
    "a read from a FIFO": "mkfifo $HOME/f.$$; echo go; read x < $HOME/f.$$",
    "find": "echo go; find / -name nosuch 2>/dev/null | sort | sleep 30",
}


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_an_interrupt_stops(kernel: Notebook, code: str) -> None:
    cell = kernel.run(f"{code}\necho no", after_text="go")
    assert (cell.record.status, cell.record.signals_sent) == (Status.INTERRUPTED, ("SIGINT",))


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_the_next_cell_works_after(kernel: Notebook, code: str) -> None:
    kernel.run("x=kept")
    kernel.run(code, after_text="go")
    cell = kernel.run("echo $x")
    assert (cell.stdout, cell.stderr) == ("kept\n", "")


def test_the_rest_of_an_interrupted_cell_does_not_run(kernel: Notebook) -> None:
    cell = kernel.run("echo go; sleep 30; echo no\necho no", after_text="go")
    assert cell.stdout == "go\n"


def test_an_interrupted_cell_says_so(kernel: Notebook) -> None:
    cell = kernel.run("echo go; sleep 30", after_text="go")
    assert cell.evalue == "interrupted (SIGINT), exit status 130"


def test_an_interrupt_prints_nothing(kernel: Notebook) -> None:
    cell = kernel.run("echo go; sleep 30", after_text="go")
    assert (cell.stdout, cell.stderr) == ("go\n", "")


def test_an_interrupt_is_answered(kernel: Notebook) -> None:
    request = kernel.control("interrupt_request")
    kernel.wait(lambda: request.reply, "a reply")
    assert request.reply == {"status": "ok"}


def test_an_interrupt_while_idle_does_nothing(kernel: Notebook) -> None:
    kernel.run("x=1")
    request = kernel.control("interrupt_request")
    kernel.wait(lambda: request.reply, "a reply")
    cell = kernel.run("echo $x")
    assert (cell.stdout, cell.stderr, cell.status) == ("1\n", "", "ok")


def test_sigint_to_the_kernel_interrupts_too(kernel: Notebook) -> None:
    import os

    cell = kernel.send("echo go; sleep 30")
    kernel.wait(lambda: cell.stdout, "go")
    os.kill(kernel.pid, signal.SIGINT)
    assert kernel.finish(cell).record.status is Status.INTERRUPTED


STUBBORN = {
    "SIGINT": (["INT"], ("SIGINT", "SIGTERM")),
    "SIGINT and SIGTERM": (["INT", "TERM"], ("SIGINT", "SIGTERM", "SIGKILL")),
}


@pytest.mark.parametrize(("ignored", "sent"), STUBBORN.values(), ids=STUBBORN)
def test_a_program_that_ignores_is_stopped(
    start: Start, ignored: list[str], sent: tuple[str, ...]
) -> None:
    notebook = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.3")
    code = f"sh -c 'trap \"\" {' '.join(ignored)}; echo go; while :; do sleep 1; done'"
    cell = notebook.run(code, after_text="go")
    assert (cell.record.status, cell.record.signals_sent) == (Status.INTERRUPTED, sent)


def test_every_step_of_an_interrupt_is_reported(start: Start) -> None:
    notebook = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.3")
    code = "sh -c 'trap \"\" INT TERM; echo go; while :; do sleep 1; done'"
    lines = notebook.run(code, after_text="go").stderr.splitlines()
    assert [line for line in lines if "sent" in line] == [
        "effecttalk: not stopped by SIGINT: SIGTERM is sent",
        "effecttalk: not stopped by SIGTERM: SIGKILL is sent",
    ]


def test_the_session_goes_on_after_the_last_step(start: Start) -> None:
    notebook = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.3")
    notebook.run("x=kept")
    code = "sh -c 'trap \"\" INT TERM; echo go; while :; do sleep 1; done'"
    notebook.run(code, after_text="go")
    assert notebook.run("echo $x").stdout == "kept\n"


def test_a_shell_that_ignores_sigint_itself_is_stopped(start: Start) -> None:
    notebook = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.3")
    notebook.run("trap '' INT TERM")
    notebook.run("echo go; while :; do :; done", after_text="go")
    assert notebook.run("echo fine").stdout == "fine\n"


def test_a_second_interrupt_takes_the_next_step_at_once(start: Start) -> None:
    kernel = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="1000")
    cell = kernel.send("sh -c 'trap \"\" INT; echo go; while :; do sleep 1; done'")
    kernel.wait(lambda: cell.stdout, "go")
    kernel.manager.interrupt_kernel()
    kernel.manager.interrupt_kernel()
    assert kernel.finish(cell).record.signals_sent == ("SIGINT", "SIGTERM")


def test_a_background_job_survives_an_interrupt(kernel: Notebook, tmp_path: Path) -> None:
    kernel.run(f"mkfifo {tmp_path}/gate")
    cell = kernel.run(f"(read -r < {tmp_path}/gate; echo late) &")
    kernel.run("echo go; sleep 30", after_text="go")
    (tmp_path / "gate").write_text("go\n")
    assert kernel.late(cell, lambda c: c.stdout).stdout == "late\n"


def test_a_background_job_of_the_interrupted_cell_survives(
    kernel: Notebook, tmp_path: Path
) -> None:
    kernel.run(f"mkfifo {tmp_path}/gate")
    cell = kernel.run(
        f"(read -r < {tmp_path}/gate; echo late) & echo go; sleep 30", after_text="go"
    )
    (tmp_path / "gate").write_text("go\n")
    assert kernel.late(cell, lambda c: "late" in c.stdout).stdout == "go\nlate\n"


def test_a_cell_may_interrupt_its_own_shell(kernel: Notebook) -> None:
    cell = kernel.run("kill -INT $$; sleep 30; echo no")
    assert (cell.stdout, cell.record.exit_status) == ("", 130)


def test_a_cell_that_begins_late_may_interrupt_its_own_shell(fresh: Notebook) -> None:
    fresh.run("PROMPT_COMMAND='sleep 0.5'")
    cell = fresh.run("kill -INT $$; sleep 30; echo no")
    assert (cell.stdout, cell.record.exit_status) == ("", 130)


def test_a_cell_may_trap_the_interrupt(kernel: Notebook) -> None:
    cell = kernel.run("trap 'echo trapped' INT; echo go; sleep 30; trap - INT", after_text="go")
    kernel.run("trap - INT")
    assert "trapped" in cell.stdout


def test_a_trap_of_the_cell_may_make_it_a_success(kernel: Notebook) -> None:
    code = "sh -c 'trap \"echo tidy; exit 0\" INT; echo go; while :; do sleep 0.05; done'"
    assert "tidy" in kernel.run(code, after_text="go").stdout


def test_queued_cells_are_aborted_by_an_interrupt(kernel: Notebook) -> None:
    cells = [kernel.send("echo go; sleep 30"), kernel.send("echo no")]
    kernel.wait(lambda: cells[0].stdout, "go")
    kernel.manager.interrupt_kernel()
    for cell in cells:
        kernel.finish(cell)
    assert [cell.status for cell in cells] == ["error", "aborted"]
