"""`cache`: blocks that show their stored output while their inputs are unchanged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook

Start = Callable[..., Notebook]


@pytest.fixture
def count(tmp_path: Path) -> Path:
    """A file to which blocks write each time when they run."""
    return tmp_path / "count"


def test_a_cached_block_runs_once(kernel: Notebook, count: Path) -> None:
    code = f"#| cache: true\necho x >>{count}; echo out; echo err >&2"
    first, second = kernel.run(code), kernel.run(code)
    assert count.read_text() == "x\n"
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr) == ("out\n", "err\n")
    assert (first.record.cached, second.record.cached) == (False, True)
    session, number = second.record.volatile.session, first.record.number
    assert second.record.volatile.original == f"{session}-{number}"
    assert (second.record.status, second.record.exit_status) == (Status.SUCCESS, 0)
    assert second.record.stdout.size_bytes == 4
    assert second.record.number == first.record.number + 1


def test_the_cache_is_shared_between_sessions(start: Start, count: Path) -> None:
    code = f"#| cache: true\necho x >>{count}; echo out"
    start().run(code)
    cell = start().run(code)
    assert (cell.stdout, cell.record.cached, count.read_text()) == ("out\n", True, "x\n")


def test_a_change_of_code_directory_or_inputs_runs_the_block_again(
    kernel: Notebook, count: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1")
    kernel.run("v=1")

    def runs(code: str = "", cwd: str = "/") -> int:
        options = f"{{inputs: [{data}], variables: [v]}}"
        kernel.run(f"#| cache: {options}\n#| cwd: {cwd}\necho x >>{count}; {code}")
        return len(count.read_text().split())

    assert [runs(), runs()] == [1, 1]
    data.write_text("2")
    assert [runs(), runs()] == [2, 2]
    kernel.run("v=2")
    assert [runs(), runs()] == [3, 3]
    assert [runs("true"), runs("true")] == [4, 4]
    assert [runs(cwd="/tmp"), runs(cwd="/tmp")] == [5, 5]
    assert runs() == 5


def test_the_cache_depends_on_the_outputs_of_needed_blocks(kernel: Notebook, count: Path) -> None:
    code = f"#| cache: true\n#| needs: source\necho x >>{count}; cat $ET_OUT_source"
    for text, runs in (("a", 1), ("a", 1), ("b", 2)):
        kernel.run(f"#| name: source\necho {text}")
        assert kernel.run(code).stdout == f"{text}\n"
        assert len(count.read_text().split()) == runs


def test_a_named_block_gives_its_output_from_the_cache(kernel: Notebook, count: Path) -> None:
    for _ in range(2):
        kernel.run(f"#| cache: true\n#| name: kept\necho x >>{count}; echo data")
    assert kernel.run("cat $ET_OUT_kept").stdout == "data\n"
    assert count.read_text() == "x\n"


def test_a_block_runs_again_when_its_entry_has_expired(kernel: Notebook, count: Path) -> None:
    code = f"#| cache: {{expires: 1ms}}\necho x >>{count}"
    kernel.run(code)
    kernel.run(code)
    assert count.read_text() == "x\nx\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("there=1", "it changes the session: variables there"),
        ("f() { :; }", "it changes the session: functions f"),
        ("cd /usr", "it changes the session: directory"),
        ("sleep 0.2 &", "processes that it started are still running"),
        ("echo ghp_0123456789abcdefghijABCDEFGHIJ012345", "it printed secrets"),
        ("exit 0", "its shell was replaced"),
    ],
)
def test_a_block_that_cannot_be_cached_says_why(
    fresh: Notebook, count: Path, code: str, reason: str
) -> None:
    for runs in (1, 2):
        cell = fresh.run(f"#| cache: true\necho x >>{count}; {code}")
        assert cell.record.cached is False
        assert len(count.read_text().split()) == runs
        if runs == 1:
            assert cell.stderr.endswith(f"effecttalk: not stored in the cache: {reason}\n")


def test_a_block_whose_input_changes_is_not_cached(kernel: Notebook, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("1")
    cell = kernel.run(f"#| cache: {{inputs: {data}}}\ncat {data}; echo 2 >{data}")
    assert "its inputs changed while it ran" in cell.stderr


def test_a_failed_block_is_not_cached(kernel: Notebook, count: Path) -> None:
    code = f"#| cache: true\necho x >>{count}; (exit 3)"
    for _ in range(2):
        cell = kernel.run(code)
        assert (cell.record.status, "cache" in cell.stderr) == (Status.FAILED, False)
    assert count.read_text() == "x\nx\n"


def test_an_expected_status_is_replayed(kernel: Notebook) -> None:
    code = "#| cache: true\n#| expect-exit: 3\ntrue | (exit 3)"
    kernel.run(code)
    cell = kernel.run(code)
    assert (cell.record.cached, cell.record.exit_status) == (True, 3)


def test_attempts_are_made_once(kernel: Notebook, count: Path) -> None:
    code = (
        "#| cache: true\n#| retry: {attempts: 3, base_delay: 1ms}\n"
        f"echo x >>{count}; [ $(wc -l <{count}) -ge 2 ]"
    )
    kernel.run(code)
    cell = kernel.run(code)
    assert (cell.record.cached, count.read_text()) == (True, "x\nx\n")


def test_an_input_that_is_not_there_fails_the_cell(kernel: Notebook, tmp_path: Path) -> None:
    cell = kernel.run(f"#| cache: {{inputs: {tmp_path}/none}}\necho no")
    assert (cell.status, cell.stdout) == ("error", "")
    assert f"{tmp_path}/none" in cell.evalue


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            "5",
            "invalid value 5 for option 'cache': use true, or some of inputs, variables, expires",
        ),
        ("{input: x}", "unknown option 'cache.input': did you mean 'inputs'?"),
        ("{expires: soon}", "invalid value 'soon' for option 'cache.expires'"),
    ],
)
def test_a_wrong_value_is_named(kernel: Notebook, value: str, problem: str) -> None:
    assert problem in kernel.run(f"#| cache: {value}\ntrue").evalue
