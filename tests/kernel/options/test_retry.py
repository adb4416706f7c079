"""`retry`: a block that fails is run again."""

from collections.abc import Callable

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook

Start = Callable[..., Notebook]


def test_a_block_is_retried_until_it_succeeds(fresh: Notebook) -> None:
    cell = fresh.run(
        "#| retry: {attempts: 5, base_delay: 10ms}\nn=$((n + 1)); echo try $n; [ $n = 3 ]"
    )
    assert cell.status == "ok"
    assert cell.stdout == "try 1\ntry 2\ntry 3\n"
    assert cell.stderr == (
        "effecttalk: attempt 2 of 5, after exit status 1\n"
        "effecttalk: attempt 3 of 5, after exit status 1\n"
    )
    last = {record.number: record for record in cell.records}
    assert [(r.part, r.status) for r in last.values()] == [
        (None, Status.FAILED),
        (2, Status.FAILED),
        (3, Status.SUCCESS),
    ]
    assert fresh.run("echo $n").stdout == "3\n"


def test_the_last_error_is_the_error_of_the_cell(kernel: Notebook) -> None:
    cell = kernel.run("#| retry: {attempts: 2, base_delay: 10ms}\n(exit 7)")
    assert (cell.status, cell.reply["ename"]) == ("error", "exit status 7")
    assert len(cell.errors) == 1
    assert {record.part for record in cell.records} == {None, 2}


def test_only_the_given_exit_statuses_are_retried(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| retry: {attempts: 5, base_delay: 10ms, exit: [6, 7]}\necho once; (exit 3)"
    )
    assert cell.stdout == "once\n"


def test_every_attempt_has_its_own_timeout(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| timeout: 200ms\n#| retry: {attempts: 2, base_delay: 10ms}\necho try; sleep 60"
    )
    assert (cell.stdout, cell.record.status) == ("try\ntry\n", Status.TIMED_OUT)
    assert "attempt 2 of 2, after timed out after 0.2 s" in cell.stderr


@pytest.mark.parametrize("after", ["try", "pause"])
def test_an_interrupt_ends_the_block_or_the_pause_and_all_attempts(
    kernel: Notebook, after: str
) -> None:
    code = "#| retry: {attempts: 9, base_delay: 60s}\n#| fallback: echo no\necho try; "
    code += "sleep 60" if after == "try" else "false"
    ended = lambda cell: cell.records and cell.record.status is Status.FAILED  # noqa: E731
    when = (lambda cell: "try" in cell.stdout) if after == "try" else ended
    cell = kernel.run(code, interrupt_when=when)
    assert (cell.status, cell.stdout) == ("error", "try\n")
    assert "interrupted" in cell.evalue
    assert kernel.run("echo fine").stdout == "fine\n"


def test_settings_give_the_number_of_attempts_where_the_cell_does_not(start: Start) -> None:
    kernel = start(
        EFFECTTALK_ERROR_RETRY_MAX_ATTEMPTS="2", EFFECTTALK_ERROR_RETRY_BASE_DELAY="10ms"
    )
    assert kernel.run("#| retry: true\necho try; false").stdout == "try\ntry\n"
    assert kernel.run("#| retry: 3\necho try; false").stdout == "try\ntry\ntry\n"
