"""Invalid options: the cell fails before anything runs."""

import pytest

from tests.support.notebook import Notebook


@pytest.mark.parametrize("options", ["timeout: never", "expect-exit: x", "allow-fail: true"])
def test_an_invalid_option_fails_the_cell_before_it_runs(kernel: Notebook, options: str) -> None:
    cell = kernel.run(f"#| {options}\necho ran")
    assert (cell.status, cell.stdout, cell.reply["ename"]) == ("error", "", "OptionError")


def test_an_unknown_option_fails_the_cell_with_a_suggestion(kernel: Notebook) -> None:
    cell = kernel.run("#| stdn: x\necho no")
    assert (cell.reply["ename"], cell.stdout) == ("OptionError", "")
    assert "did you mean 'stdin'?" in cell.reply["evalue"]
