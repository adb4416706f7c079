"""`stderr`: both streams of a block are merged into one."""

from collections.abc import Callable

from tests.support.notebook import Notebook

Start = Callable[..., Notebook]
MIXED = "for i in $(seq 200); do echo out $i; echo err $i >&2; done"
IN_ORDER = "".join(f"out {i}\nerr {i}\n" for i in range(1, 201))


def test_merged_streams_keep_their_exact_order(kernel: Notebook) -> None:
    cell = kernel.run(f"#| stderr: merged\n{MIXED}")
    assert (cell.stdout, cell.stderr) == (IN_ORDER, "")
    assert (cell.record.merged, cell.record.stdout.lines) == (True, 400)


def test_merged_streams_are_one_terminal_for_that_block_only(kernel: Notebook) -> None:
    assert kernel.run("#| stderr: merged\n[ -t 1 ] && [ -t 2 ] && tty <&2").status == "ok"
    assert kernel.run("echo apart >&2").stderr == "apart\n"


def test_a_setting_merges_the_streams_of_all_blocks(start: Start) -> None:
    kernel = start(EFFECTTALK_STDERR="merged")
    assert kernel.run("echo err >&2").stdout == "err\n"
    assert kernel.run("#| stderr: split\necho err >&2").stderr == "err\n"
