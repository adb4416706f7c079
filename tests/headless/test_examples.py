"""The examples run headless, as a user runs them: nbconvert and papermill."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.output.record_schema import Record
from tests.support.headless import execute

EXAMPLES = Path(__file__).parents[2] / "examples"
BY_COMMAND = "recovery"
NAMES = ("background_server", "data_pipeline", "git_workflow", "recovery", "tour")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], capture_output=True, text=True, timeout=240
    )


def execute_by_command(name: str, directory: Path) -> NotebookNode:
    done = run(
        "nbconvert", "--to", "notebook", "--execute", EXAMPLES / f"{name}.ipynb",
        "--output-dir", directory,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return nbformat.read(directory / f"{name}.ipynb", as_version=4)


def execute_here(name: str) -> NotebookNode:
    return execute(nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4), EXAMPLES)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], NotebookNode]:
    """Examples by their names, each executed once, and one of them by the command."""

    def execute_one(name: str) -> NotebookNode:
        if name == BY_COMMAND:
            return execute_by_command(name, tmp_path_factory.mktemp(name))
        return execute_here(name)

    return cache(execute_one)


def text_of(cell: NotebookNode, stream: str = "stdout") -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == stream)


def by_name(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs_and_every_code_cell_has_a_final_record(
    name: str, executed: Callable[[str], NotebookNode]
) -> None:
    for cell in executed(name).cells:
        if cell.cell_type != "code":
            continue
        records = [o.data[MIME_TYPE] for o in cell.outputs if MIME_TYPE in o.get("data", {})]
        parts = [Record.model_validate(record) for record in records]
        assert [part.part or 1 for part in parts] == [*range(1, len(records) + 1)]
        assert "running" not in {part.status.value for part in parts}
        failed = any(o.output_type == "error" for o in cell.outputs)
        assert failed == ("raises-exception" in cell.metadata.get("tags", []))


def test_the_tour_shows_that_the_session_outlives_its_shell(
    executed: Callable[[str], NotebookNode],
) -> None:
    cells = by_name(executed("tour"))
    assert text_of(cells["errexit-after"]).startswith("kept: set before the failure\n")
    assert text_of(cells["exit-after"]) == "kept: set before the exit\n"
    assert text_of(cells["script"]).endswith("This is line 4 of the cell.\n")


def test_papermill_replaces_the_parameters(tmp_path: Path) -> None:
    result = tmp_path / "out.ipynb"
    done = run(
        "papermill", EXAMPLES / "data_pipeline.ipynb", result, "-p", "rows", "100",
        "-p", "region", "south", "--no-progress-bar",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = by_name(nbformat.read(result, as_version=4))
    assert text_of(cells["report"]).startswith("Sales in the region south\n")


def test_nbconvert_stops_at_a_failing_cell_and_names_the_status(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("echo first"),
            nbformat.v4.new_code_cell("sh -c 'exit 7'"),
            nbformat.v4.new_code_cell("touch not-reached"),
        ],
        metadata={"kernelspec": {"name": "effecttalk", "display_name": "EffectTalk"}},
    )
    nbformat.write(notebook, tmp_path / "fails.ipynb")
    done = run("nbconvert", "--to", "notebook", "--execute", tmp_path / "fails.ipynb")
    assert done.returncode != 0
    assert "exit status 7" in done.stderr
    assert not (tmp_path / "not-reached").exists()


def test_the_options_of_the_recovery_example_do_what_they_say(
    executed: Callable[[str], NotebookNode],
) -> None:
    cells = [cell for cell in executed("recovery").cells if cell.cell_type == "code"]
    late, tried, _, fallback, none_found, failed, _, merged, needs, lent, asked = cells[:11]
    assert text_of(late) == "this is kept\n"
    assert [o.ename for o in late.outputs if o.output_type == "error"] == ["timed out"]
    assert text_of(tried) == "attempt 1\nattempt 2\nattempt 3\n"
    assert text_of(fallback) == '{"from": "cache"}\n'
    assert "fallback, after exit status 7" in text_of(fallback, "stderr")
    assert text_of(none_found) == "0\n"
    assert "no-such-file" in text_of(failed, "stderr")
    assert text_of(merged) == "1\n2\n3\n4\n5\ndone\n"
    assert text_of(needs) == "6\n"
    assert text_of(lent) == "hello from /tmp\n"
    assert text_of(asked).endswith("hello Ada\n")


def test_more_options_of_the_recovery_example_do_what_they_say(
    executed: Callable[[str], NotebookNode],
) -> None:
    notebook = executed("recovery")
    cells = by_name(notebook)
    records = {
        name: [o.data[MIME_TYPE] for o in cell.outputs if MIME_TYPE in o.get("data", {})]
        for name, cell in cells.items()
        if cell.cell_type == "code"
    }
    assert records["background"][0]["name"] == "slow"
    assert "slow" in text_of(cells["wait"])
    assert records["confirm"][0]["status"] == "refused"
    assert "effecttalk output" in text_of(cells["output-limit"])
    shown = [o.data for o in cells["mime"].outputs if "application/json" in o.get("data", {})]
    assert shown[0]["application/json"] == {"answer": 42}
    assert (text_of(cells["cached"]), records["cached"][0]["cached"]) == ("made once\n", True)
    assert text_of(cells["shell"]) == "POSIX: 42\n"
    assert text_of(cells["errexit"]) == "two parameters\n"
    assert "needs an interactive front end" in cells["tty"].outputs[0].evalue


def test_a_notebook_with_options_is_a_script_that_runs_in_plain_bash(tmp_path: Path) -> None:
    done = run("nbconvert", "--to", "script", EXAMPLES / "recovery.ipynb", "--output-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    script = tmp_path / "recovery.sh"
    assert "#| fallback: cat cached.json" in script.read_text(encoding="utf-8")
    plain = subprocess.run(
        ["bash", "--norc", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (plain.returncode, "attempt 1" in plain.stdout) == (0, True), plain.stderr
