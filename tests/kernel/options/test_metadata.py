"""Options in the metadata of cells and notebooks, which a cell can override."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Cell, Notebook

Start = Callable[..., Notebook]


def run(kernel: Notebook, code: str, metadata: Mapping[str, Any]) -> Cell:
    """Run a cell that has metadata, as JupyterLab sends it."""
    return kernel.finish(kernel.send_with_metadata(code, metadata))


def options(**given: Any) -> dict[str, Any]:
    return {"effecttalk": {"options": {name.replace("_", "-"): v for name, v in given.items()}}}


def test_a_cells_metadata_has_options(kernel: Notebook) -> None:
    assert run(kernel, "sleep 9", options(timeout="200ms")).record.status is Status.TIMED_OUT
    assert run(kernel, "(exit 3)", options(expect_exit=3)).status == "ok"


def test_the_cells_own_line_comes_first(kernel: Notebook) -> None:
    assert run(kernel, "#| expect-exit: 4\n(exit 4)", options(expect_exit=3)).status == "ok"
    assert run(kernel, "#| timeout:\nsleep 0.3", options(timeout="100ms")).status == "ok"
    # What excludes the one of the metadata takes its place, too.
    assert run(kernel, "#| allow-failure: true\n(exit 9)", options(expect_exit=3)).status == "ok"


def test_an_invalid_option_names_its_place(kernel: Notebook) -> None:
    cell = run(kernel, "echo no", options(timout="9s"))
    assert cell.evalue == (
        "in the metadata of the cell: unknown option 'timout': did you mean 'timeout'?"
    )
    cell = run(kernel, "echo no", {"effecttalk": {"options": 5}})
    assert cell.evalue == "in the metadata of the cell: the options must be an object, not 5"
    assert cell.stdout == ""


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"effecttalk": None},
        {"effecttalk": []},
        {"effecttalk": {}},
        {"effecttalk": {"options": {}}},
        {"tags": "x"},
        {"tags": [1, None, "mine"]},
        {"cellId": "x", "deletedCells": [], "recordTiming": False},
    ],
)
def test_other_metadata_is_ignored(kernel: Notebook, metadata: dict[str, Any]) -> None:
    assert run(kernel, "echo fine", metadata).stdout == "fine\n"


def test_cells_after_one_that_may_fail_run(kernel: Notebook, tmp_path: Path) -> None:
    go = tmp_path / "go"
    may_fail = kernel.send_with_metadata("false", {"tags": ["raises-exception"]})
    fails = kernel.send(f"until [ -e {go} ]; do sleep 0.01; done; false")
    cells = may_fail, fails
    last = kernel.send("echo not reached")
    kernel.ask("kernel_info_request")  # the kernel has the requests that were sent before
    go.touch()
    for cell in (*cells, last):
        kernel.finish(cell)
    assert [cell.reply["status"] for cell in (*cells, last)] == ["error", "error", "aborted"]
    assert [cell.record.status for cell in cells] == [Status.FAILED, Status.FAILED]


def test_parameters_stop_at_the_first_that_is_wrong(kernel: Notebook) -> None:
    cell = run(kernel, "a=1\nb=$(false)\nc=3", {"tags": ["parameters"]})
    assert (cell.record.status, cell.record.line) == (Status.FAILED, 2)
    own = run(kernel, "#| errexit: false\na=1\nb=$(false)\nc=3", {"tags": ["parameters"]})
    assert own.status == "ok"


def write_notebook(path: Path, metadata: Mapping[str, Any]) -> None:
    """Write it as Jupyter Server does, in one step."""
    notebook = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    new = path.with_suffix(".new")
    new.write_text(json.dumps(notebook, indent=1, sort_keys=True))
    new.replace(path)


def test_a_notebooks_metadata_has_options_for_all_cells(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    write_notebook(path, options(expect_exit=3, stderr="merged"))
    kernel = start(JPY_SESSION_NAME=str(path))
    cell = kernel.run("echo out; echo err >&2; (exit 3)")
    assert (cell.status, cell.stdout) == ("ok", "out\nerr\n")
    assert run(kernel, "(exit 4)", options(expect_exit=4)).status == "ok"
    assert kernel.run("#| expect-exit: 5\n(exit 5)").status == "ok"
    write_notebook(path, options(expect_exit=6))
    assert kernel.run("(exit 6)").status == "ok"
    write_notebook(path, {"effecttalk": {"options": {"nothing": 1}}})
    assert kernel.run("true").evalue.startswith("in the metadata of the notebook: unknown option")
    os.unlink(path)
    assert kernel.run("true").status == "ok"
