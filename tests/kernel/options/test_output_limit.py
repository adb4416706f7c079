"""`output-limit`: how much of a block's output the cell shows."""

from collections.abc import Callable

import pytest

from tests.support.notebook import Notebook

Start = Callable[..., Notebook]


def test_a_block_shows_no_more_than_its_limit(kernel: Notebook) -> None:
    cell = kernel.run("#| output-limit: 100\nseq 1000; seq 1000 >&2")
    for text in (cell.stdout, cell.stderr):
        head, _, tail = text.partition("[effecttalk: ")
        assert (head[:4], tail[-10:]) == ("1\n2\n", "\n999\n1000\n"[-10:])
        assert len(head) + len(tail.partition("\n")[2]) <= 100
    assert kernel.run(f"effecttalk output {cell.record.number} | wc -l").stdout == "1000\n"


def test_a_limit_may_be_higher_than_the_settings(start: Start) -> None:
    kernel = start(EFFECTTALK_INLINE_HEAD_BYTES="100", EFFECTTALK_INLINE_TAIL_BYTES="100")
    assert kernel.run("#| output-limit: 10 kB\nseq 1000").stdout.count("\n") == 1000
    assert "omitted here" in kernel.run("seq 1000").stdout


def test_a_limit_of_0_shows_only_where_the_output_is(kernel: Notebook) -> None:
    cell = kernel.run("#| output-limit: 0\nseq 1000; printf 'half\\rbar' >&2")
    number = cell.record.number
    assert cell.stdout == (
        f"[effecttalk: 3,893 bytes of output omitted here; full output: effecttalk output {number}]\n"
    )
    assert cell.stderr.endswith(f"full output: effecttalk output {number} --stderr]\n")
    assert "bar" not in cell.stderr
    assert cell.record.stdout.left_out_bytes == cell.record.stdout.size_bytes == 3893
    assert kernel.run(f"effecttalk output {number} | wc -l").stdout == "1000\n"
    assert kernel.run("#| output-limit: 0\ntrue").stdout == ""


def test_messages_of_the_kernel_are_not_limited(kernel: Notebook) -> None:
    cell = kernel.run("#| output-limit: 0\n#| mime: png\necho x")
    assert "is not shown as image/png" in cell.stderr
    assert "2 bytes of output omitted here" in cell.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "output-limit: 3MB",
            (
                "invalid value 3,000,000 bytes for option 'output-limit': with max_block_output_size 10,000,000"
                " the largest is 2,000,000"
            ),
        ),
        (
            "output-limit: -1",
            "invalid value -1 for option 'output-limit': Input should be greater than or equal to 0",
        ),
        (
            "output-limit: much",
            (
                "invalid value 'much' for option 'output-limit': 'much' is not a size, use a number and kB,"
                " MB, GB or TB, for example 2GB"
            ),
        ),
    ],
)
def test_an_invalid_limit_fails_the_cell_before_it_runs(
    kernel: Notebook, options: str, message: str
) -> None:
    cell = kernel.run(f"#| {options}\necho ran", allow_stdin=True)
    assert (cell.status, cell.stdout, cell.evalue) == ("error", "", message)
