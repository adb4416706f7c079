"""`allow-failure`: a cell that may fail."""

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook


@pytest.mark.parametrize(
    ("code", "status", "evalue"),
    [
        ("#| allow-failure: true\nfalse", "ok", ""),
        ("#| allow-failure: true\n(exit 7)", "ok", ""),
    ],
)
def test_any_exit_status_is_a_success(
    kernel: Notebook, code: str, status: str, evalue: str
) -> None:
    cell = kernel.run(code)
    assert (cell.status, cell.reply.get("evalue", "")) == (status, evalue)
    assert cell.record.status is (Status.SUCCESS if status == "ok" else Status.FAILED)


def test_the_record_has_the_true_exit_status(kernel: Notebook) -> None:
    assert kernel.run("#| allow-failure: true\n(exit 7)").record.exit_status == 7
    assert kernel.run("echo $?").stdout == "7\n"


def test_an_interrupt_is_not_a_success(kernel: Notebook) -> None:
    cell = kernel.run("#| allow-failure: true\necho on; sleep 60", after_text="on")
    assert cell.record.status is Status.INTERRUPTED
