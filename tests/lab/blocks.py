"""Badges, headers and records of the cells in a notebook."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import nbformat
from nbformat import NotebookNode

from effecttalk_kernel.output.record import MIME_TYPE
from tests.lab.lab import LabNotebook

SESSION: Final = "3f9a2c41b07e"
# Visible: a cell that is scrolled out of view may be in the page without a size.
SHOWN: Final = """
  const badge = probe.cells[n]?.node.querySelector('.et-Badge');
  const state = badge?.checkVisibility() ? badge.dataset.state : 'none';
"""


def badge(notebook: LabNotebook, number: int) -> str:
    """Return the state that a cell's badge shows; `none` if it is not visible."""
    return str(notebook.page.evaluate(f"n => {{ {SHOWN} return state; }}", number))


def badges(notebook: LabNotebook, count: int) -> list[str]:
    """Return the states of the first cells."""
    return [badge(notebook, number) for number in range(count)]


def wait_for_badge(notebook: LabNotebook, number: int, state: str) -> None:
    notebook.wait(f"([n, expected]) => {{ {SHOWN} return state === expected; }}", [number, state])


def badge_words(notebook: LabNotebook, number: int) -> str:
    """Return the accessible name of a cell's badge."""
    script = "n => probe.cells[n].node.querySelector('.et-Badge').getAttribute('aria-label')"
    return str(notebook.page.evaluate(script, number))


def headers(notebook: LabNotebook, number: int) -> list[dict[str, str]]:
    """Return the items of the headers above a cell's output, by kind."""
    script = """n => [...probe.cells[n].outputArea.node.querySelectorAll('.et-Header')].map(header => ({
        status: header.querySelector('.et-Header-status').textContent,
        ...Object.fromEntries(
            [...header.querySelectorAll('[data-kind]')].map(item => [item.dataset.kind, item.textContent])
        ),
    }))"""
    return list(notebook.page.evaluate(script, number))


def header(notebook: LabNotebook, number: int) -> dict[str, str]:
    """Return the items of the only header of a cell."""
    (only,) = headers(notebook, number)
    return only


def wait_for_header(notebook: LabNotebook, number: int, kind: str, text: str) -> None:
    script = """([n, kind, text]) => {
        const header = probe.cells[n].outputArea.node.querySelector('.et-Header');
        const item = kind === 'status' ? '.et-Header-status' : `[data-kind="${kind}"]`;
        return header?.querySelector(item)?.textContent.includes(text);
    }"""
    notebook.wait(script, [number, kind, text])


def wait_for_headers(notebook: LabNotebook, number: int, count: int) -> None:
    """Wait until there are so many headers above a cell's output."""
    script = """([n, count]) =>
        probe.cells[n].outputArea.node.querySelectorAll('.et-Header').length === count"""
    notebook.wait(script, [number, count])


def record(number: int, **fields: Any) -> dict[str, Any]:
    """Return a record as it is saved."""
    volatile = {
        "session": SESSION,
        "started": "2024-05-17T14:02:11+00:00",
        "host": "host",
        "shell_pid": 4711,
    }
    if fields.get("status") != "running":
        volatile |= {"ended": "2024-05-17T14:02:12+00:00", "duration_seconds": 1.0}
    cwd = {"before": "/home/ann/project"}
    return {
        "version": 1,
        "number": number,
        "status": "success",
        "cwd": cwd,
        "volatile": volatile,
    } | fields


def saved_notebook(
    records: Sequence[Mapping[str, Any] | None], kernel: str = "effecttalk"
) -> NotebookNode:
    """Return a saved notebook whose cells have these records; None for a cell that has not run."""
    cells = []
    for number, one in enumerate(records):
        cell = nbformat.v4.new_code_cell(f"echo {number}")
        if one is not None:
            data = {MIME_TYPE: one}
            cell.outputs = [
                nbformat.v4.new_output("display_data", data=data),
                nbformat.v4.new_output("stream", name="stdout", text=f"{number}\n"),
            ]
            cell.execution_count = number + 1
        cells.append(cell)
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)
