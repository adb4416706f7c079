"""`fallback`: code that runs when the block has failed."""

from tests.support.notebook import Notebook


def test_a_fallback_replaces_a_block_that_failed(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| retry: {attempts: 2, base_delay: 10ms}\n#| fallback: echo cached\ncat /nowhere"
    )
    assert (cell.status, cell.stdout) == ("ok", "cached\n")
    assert "effecttalk: fallback, after exit status 1\n" in cell.stderr
    assert (cell.record.part, cell.record.fallback) == (3, True)
    assert not kernel.run("#| fallback: echo no\necho yes").record.fallback


def test_the_error_of_a_fallback_is_the_error_of_the_cell(kernel: Notebook) -> None:
    cell = kernel.run("#| fallback: (exit 9)\nfalse")
    assert cell.reply["ename"] == "exit status 9"


def test_a_fallback_has_the_name_of_the_block_it_replaces(fresh: Notebook) -> None:
    fresh.run("#| name: data\n#| fallback: echo cached\necho partial; false")
    assert fresh.run("#| needs: data\ncat $ET_OUT_data").stdout == "cached\n"
