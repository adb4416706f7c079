"""Exports a session as a notebook that can be run again."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import nbformat
from nbformat import NotebookNode

from effecttalk_kernel.block import GOOD
from effecttalk_kernel.store.blocks import list_session_blocks
from effecttalk_kernel.store.imported_notebooks import find_document
from effecttalk_kernel.store.outputs import find_outputs
from effecttalk_kernel.store.rows import Output, Outputs, StoredBlock, StoredSession

NOTEBOOK_FORMAT: Final = (4, 5)
KERNELSPEC: Final = {"name": "effecttalk", "display_name": "EffectTalk", "language": "bash"}
# As in the kernel's info reply; a test compares them.
LANGUAGE_INFO: Final = {
    "name": "bash",
    "version": "",
    "mimetype": "text/x-sh",
    "file_extension": ".sh",
    "codemirror_mode": "shell",
    "pygments_lexer": "bash",
}
# With this tag, nbconvert and papermill continue after a cell that fails.
MAY_FAIL_TAG: Final = "raises-exception"


def export_notebook(connection: sqlite3.Connection, session: StoredSession) -> NotebookNode:
    """Return a valid notebook with a cell for each block of *session*, in order.

    An imported session gives its notebook, followed by cells for blocks that it does not have.
    """
    blocks = {block.number: block for block in list_session_blocks(connection, session.id)}
    document = find_document(connection, session) or _new_document(session)
    cells = [_insert_outputs(connection, cell, blocks) for cell in document["cells"]]
    has_ids = (document["nbformat"], document["nbformat_minor"]) >= NOTEBOOK_FORMAT
    for parts in _group_by_cell(blocks.values()):  # that are left
        cell = _make_cell(parts, [find_outputs(connection, block.key) for block in parts])
        cells.append({"id": parts[0].identity, **cell} if has_ids else cell)
    notebook: NotebookNode = nbformat.from_dict({**document, "cells": cells})
    return notebook


def _new_document(session: StoredSession) -> dict[str, Any]:
    created = datetime.fromtimestamp(session.created, UTC).isoformat()
    return {
        "nbformat": NOTEBOOK_FORMAT[0],
        "nbformat_minor": NOTEBOOK_FORMAT[1],
        "metadata": {
            "kernelspec": KERNELSPEC,
            "language_info": LANGUAGE_INFO,
            "effecttalk": {"session": session.id, "created": created},
        },
        "cells": [],
    }


def _insert_outputs(
    connection: sqlite3.Connection, cell: Mapping[str, Any], blocks: dict[int, StoredBlock]
) -> Mapping[str, Any]:
    """Return a cell of a document with the outputs of its block; remove the block from *blocks*."""
    number = cell.get("outputs")
    if not isinstance(number, int):
        return cell
    block = blocks.pop(number, None)
    outputs = [] if block is None else find_outputs(connection, block.key)
    return {**cell, "outputs": outputs}


def _group_by_cell(blocks: Iterable[StoredBlock]) -> Iterator[list[StoredBlock]]:
    """Yield the blocks of each cell: the first, and further parts of the same cell."""
    parts: list[StoredBlock] = []
    for block in blocks:
        if parts and block.record.get("part", 1) == 1:
            yield parts
            parts = []
        parts.append(block)
    if parts:
        yield parts


def _make_cell(parts: Sequence[StoredBlock], outputs: Sequence[Outputs]) -> dict[str, Any]:
    # A cell has at most one error: that of its last block.
    before = [o for shown in outputs[:-1] for o in shown if o["output_type"] != "error"]
    shown = [*_join_streams([*before, *outputs[-1]])]
    may_fail = parts[-1].status not in GOOD or any(o["output_type"] == "error" for o in shown)
    return {
        "cell_type": "code",
        "metadata": {"tags": [MAY_FAIL_TAG]} if may_fail else {},
        "source": parts[0].code,
        "execution_count": parts[0].number,
        "outputs": shown,
    }


def _join_streams(outputs: Outputs) -> Iterator[Output]:
    """Yield *outputs* with adjacent text of one stream joined, as front ends do."""
    last: Output | None = None
    for output in outputs:
        if last is not None and _is_same_stream(last, output):
            last = {**last, "text": last["text"] + output["text"]}
            continue
        if last is not None:
            yield last
        last = output
    if last is not None:
        yield last


def _is_same_stream(first: Output, second: Output) -> bool:
    streams = first["output_type"] == second["output_type"] == "stream"
    return bool(streams and first["name"] == second["name"])
