"""`timeout`: a block that takes too long is ended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook, eventually

Start = Callable[..., Notebook]


def test_a_timeout_ends_a_block_and_keeps_its_output(kernel: Notebook) -> None:
    kernel.run("here=1")
    cell = kernel.run("#| timeout: 300ms\necho before; sleep 60; echo after")
    assert (cell.record.status, cell.stdout) == (Status.TIMED_OUT, "before\n")
    assert cell.reply["ename"] == "timed out"
    assert cell.evalue == "timed out after 0.3 s (SIGINT, exit status 130)"
    assert cell.record.volatile.duration_seconds < 30
    assert kernel.run("echo $here").stdout == "1\n"


def test_a_block_in_time_is_left_alone(kernel: Notebook) -> None:
    cell = kernel.run("#| timeout: 10s\necho fine")
    assert (cell.record.status, cell.stdout) == (Status.SUCCESS, "fine\n")


@pytest.mark.parametrize(
    "started",
    ["sleep 4567 &", "sleep 4567 >/dev/null 2>&1 &", "(sleep 4567 & sleep 4567) &"],
)
def test_all_processes_that_a_block_started_are_ended(
    kernel: Notebook, tmp_path: Path, started: str
) -> None:
    kernel.run("sleep 100 & other=$!")
    cell = kernel.run(f"#| timeout: 300ms\n{started} echo $! > {tmp_path}/pid; sleep 4567")
    assert cell.record.status is Status.TIMED_OUT
    pid = (tmp_path / "pid").read_text().strip()
    eventually(lambda: not Path(f"/proc/{pid}/cwd").exists(), "the end of its processes")
    assert kernel.run("kill -0 $other && echo lives").stdout == "lives\n"
    kernel.run("kill $other")


def test_a_program_that_ignores_signals_is_killed(start: Start) -> None:
    kernel = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.2")
    cell = kernel.run("#| timeout: 200ms\nbash -c 'trap : INT TERM; while :; do sleep 9; done'")
    assert cell.record.status is Status.TIMED_OUT
    assert cell.record.signals_sent[:2] == ("SIGINT", "SIGTERM")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_block_that_waits_for_input_times_out_too(kernel: Notebook) -> None:
    cell = kernel.run("#| timeout: 400ms\nread x", allow_stdin=True)
    assert (cell.record.status, len(cell.questions)) == (Status.TIMED_OUT, 1)


def test_a_setting_limits_blocks_that_have_no_limit(start: Start) -> None:
    kernel = start(EFFECTTALK_MAX_PROCESS_TIMEOUT="300ms")
    assert kernel.run("sleep 60").record.status is Status.TIMED_OUT
    assert kernel.run("#| timeout: 20s\nsleep 0.5; echo done").stdout == "done\n"
