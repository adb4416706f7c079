"""An exported session runs again and produces the same outputs."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.journal.notebooks.exporter import export_notebook
from effecttalk_kernel.journal.notebooks.importer import import_notebook
from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.database import open_store
from effecttalk_kernel.store.rows import SessionState
from effecttalk_kernel.store.sessions import list_sessions
from tests.support.headless import execute
from tests.support.notebook import Notebook

TOUR = Path(__file__).parents[2] / "examples" / "tour.ipynb"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LATE = "late-and-behind"
BLOCKS = (
    "echo 'Grüße → 世界 🎉'",
    r"printf '\e[1;31mred\e[0m and \e[38;5;42mgreen\e[0m\n'; ls --color=always -d /",
    r"for n in 1 2 3; do printf '\rworking: %d %%' $n; sleep 0.1; done; echo",
    r"for n in 1 2 3; do printf 'up %d\nand down\n\e[2A' $n; sleep 0.1; done; printf '\e[2B'",
    "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three",
    "echo before; sh -c 'exit 7'",
    f"echo {PICTURE} | base64 -d | display; echo; display --type html <<< '<b>bold</b>'",
    "seq 20000",
    "true",
    "cd /usr/share",
    "greet() { echo \"hello, $1, from $PWD\"; }; names=(a 'b c')",
    'for name in "${names[@]}"; do greet "$name"; done; false | true; echo ${PIPESTATUS[*]}',
    f"( (until [ -e $GATE ]; do sleep 0.05; done; echo {LATE}) & ); echo at once",
    "kept=yes; exit 3",
    "echo $kept; set -e; false",
    "set +e; echo $kept; sleep 0.2; pwd >&2; touch $GATE; sleep 0.5",
    "sh -c 'kill -TERM $$'",
    "echo 'it ends'; printf 'no line end'",
)  # fmt: skip
# "[1] 4711": a job's process.
JOB = re.compile(r"(?m)^\[\d+\] \d+$")


def shape(cell: NotebookNode) -> list[Mapping[str, Any]]:
    """What a cell shows but for what differs from run to run, neighbouring texts in one."""
    found: list[dict[str, Any]] = []
    for output in cell.outputs:
        shown = nbformat.from_dict(output)
        if MIME_TYPE in shown.get("data", {}):
            shown.data[MIME_TYPE].pop("volatile")
        if shown.output_type == "stream" and found and found[-1].get("name") == shown.name:
            found[-1]["text"] += shown.text
        else:
            found.append(shown)
    for shown in found:
        if "text" in shown:
            shown["text"] = JOB.sub("[job]", shown["text"])
    return found


def execute_by_command(notebook: NotebookNode, directory: Path, **environment: str) -> NotebookNode:
    nbformat.write(notebook, directory / "exported.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", directory / "exported.ipynb"],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return nbformat.read(directory / "exported.ipynb", as_version=4)


def exported(data_directory: Path) -> NotebookNode:
    """The only session in a store, as a notebook."""
    with open_store(data_directory) as connection:
        [session] = list_sessions(connection)
        assert session.state is SessionState.CLOSED
        return export_notebook(connection, session)


def surroundings(directory: Path, name: str) -> dict[str, str]:
    return {
        "EFFECTTALK_DATA_DIR": str(directory / name),
        "EFFECTTALK_INLINE_HEAD_BYTES": "4000",
        "EFFECTTALK_INLINE_TAIL_BYTES": "2000",
        "GATE": str(directory / f"gate-{name}"),
    }


def test_an_exported_session_produces_the_same_outputs(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    first = surroundings(tmp_path, "first")
    with Notebook(first, cwd=str(work)) as kernel:
        cells = [kernel.run(code) for code in BLOCKS]
        background = cells[BLOCKS.index(next(code for code in BLOCKS if LATE in code))]
        kernel.late(background, lambda cell: cell.record.status.value == "success")
    notebook = exported(tmp_path / "first")
    assert [cell.source for cell in notebook.cells] == [*BLOCKS]
    nbformat.validate(notebook)
    again = execute(notebook, work, **surroundings(tmp_path, "again"))
    for before, after in zip(notebook.cells, again.cells, strict=True):
        assert after.execution_count == before.execution_count
        if LATE in before.source:
            compare_late_output(before, after)
        assert shape(after) == shape(before)


def compare_late_output(before: NotebookNode, after: NotebookNode) -> None:
    """Take late output out of both; nbclient has it with the record, as it drops late streams."""
    records = [cell.outputs.pop(0).data for cell in (before, after)]
    assert [each[MIME_TYPE].status for each in records] == ["success", "success"]
    assert [each.get("text/plain") for each in records] == [None, f"{LATE}\n"]
    [text] = [o for o in before.outputs if o.name == "stdout"]
    assert text.text == f"at once\n{LATE}\n"
    text.text = "at once\n"


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[NotebookNode, Path]:
    """The tour as it was executed, and where its session is stored."""
    directory = tmp_path_factory.mktemp("tour")
    notebook = nbformat.read(TOUR, as_version=4)
    environment = surroundings(directory, "first")
    return execute_by_command(notebook, directory, **environment), directory / "first"


def test_the_tour_produces_the_same_outputs(
    tour: tuple[NotebookNode, Path], tmp_path: Path
) -> None:
    notebook = exported(tour[1])
    # In the same directory: the records have it.
    nbformat.validate(notebook)
    again = execute(notebook, tour[1].parent, **surroundings(tmp_path, "again"))
    for before, after in zip(notebook.cells, again.cells, strict=True):
        if not before.source.startswith(("(for n in", "jobs")):  # what comes when is up to time
            assert by_stream(after) == by_stream(before)


def by_stream(cell: NotebookNode) -> dict[str, list[Mapping[str, Any]]]:
    """What a cell shows, where the order of the two streams is up to time."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for output in cell.outputs:
        found.setdefault(output.get("name", ""), []).append(output)
    return {name: shape(NotebookNode(outputs=outputs)) for name, outputs in found.items()}


def test_an_imported_notebook_is_exported_unchanged(
    tour: tuple[NotebookNode, Path], tmp_path: Path
) -> None:
    """A notebook with all that nbconvert writes into it."""
    read = tour[0]
    with open_store(tmp_path / "b", may_create=True) as connection:
        session = import_notebook(
            connection,
            nbformat.writes(read),
            masker=Masker(Settings(), {}),
            notebook="tour.ipynb",
            max_bytes=1_000_000,
            now=4e9,
        )
        assert export_notebook(connection, session) == read
        assert session.failed == sum("tags" in cell.metadata for cell in read.cells)
        assert session.created < session.modified
