"""`needs`: a block runs only after others have succeeded."""

import pytest

from tests.support.notebook import Notebook


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("true", "needs: no block named 'base' has run in this session"),
        ("#| name: base\n(exit 4)", "needs: 'base' did not succeed (block 1: failed)"),
        (
            "#| name: base\n#| timeout: 100ms\nsleep 9",
            "'base' did not succeed (block 1: timed out)",
        ),
    ],
)
def test_a_block_runs_only_after_the_blocks_it_needs_have_succeeded(
    fresh: Notebook, first: str, problem: str
) -> None:
    fresh.run(first)
    cell = fresh.run("#| needs: base\necho ran")
    assert (cell.stdout, problem in cell.evalue) == ("", True), cell.evalue
    fresh.run("#| name: base\n#| expect-exit: 3\n(exit 3)")
    assert fresh.run("#| needs: [base]\necho ran").stdout == "ran\n"
