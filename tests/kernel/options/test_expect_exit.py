"""`expect-exit`: the exit statuses that are a success."""

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook


@pytest.mark.parametrize(
    ("code", "status", "evalue"),
    [
        ("#| expect-exit: [0, 1]\ngrep -q x /dev/null", "ok", ""),
        ("#| expect-exit: 3\n(exit 3)", "ok", ""),
        (
            "#| expect-exit: 3\n(exit 4)",
            "error",
            "`( exit 4 )` in line 2 ended with exit status 4, expected 3",
        ),
        (
            "#| expect-exit: [1, 2]\ntrue",
            "error",
            "the cell ended with exit status 0, expected 1 or 2",
        ),
    ],
)
def test_the_expected_exit_statuses_are_a_success(
    kernel: Notebook, code: str, status: str, evalue: str
) -> None:
    cell = kernel.run(code)
    assert (cell.status, cell.reply.get("evalue", "")) == (status, evalue)
    assert cell.record.status is (Status.SUCCESS if status == "ok" else Status.FAILED)
