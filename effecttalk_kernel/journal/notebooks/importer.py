"""Importing: a notebook as a session of the store.

A cell that ran becomes a block: as its record says, or else as its outputs do. One
that never ran is none; like text between the cells, it is kept in the session's document.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from effecttalk_kernel.block import Status
from effecttalk_kernel.journal.notebooks.reader import read_notebook
from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.output.record_schema import Directories, Record
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.imported_notebooks import ImportedBlock, ImportedNotebook, put_imported
from effecttalk_kernel.store.rows import NewBlock, NewSession, Outputs, StoredSession

# PATH_MAX of Linux: no directory has a longer name.
LONGEST_PATH: Final = 4_096
# As sessions of kernels have it by default.
IDENTITY_BYTES: Final = 6
# Where front ends write when a cell ran, the best first.
STARTS: Final = ("iopub.execute_input", "iopub.status.busy")
ENDS: Final = ("shell.execute_reply", "iopub.status.idle")


def import_notebook(
    connection: sqlite3.Connection,
    text: str | bytes,
    *,
    masker: Masker,
    notebook: str,
    most_bytes: int,
    now: float,
) -> StoredSession:
    """Keep a notebook as a new session, all or nothing; *notebook* is its path.

    The secrets in all its texts are masked.

    Raises:
        NotebookError: it can't be imported; nothing was stored.

    """
    document = read_notebook(text, masker=masker, most_bytes=most_bytes)
    blocks = [*_take_out_blocks(document["cells"], masker, now)]
    hosts = [host for block in blocks if (host := _host(block.row.record))]
    session = NewSession(
        id=secrets.token_hex(IDENTITY_BYTES),
        notebook=masker.text(notebook),
        shell="",
        host=hosts[-1] if hosts else "",
        pid=0,
        created=blocks[0].row.started if blocks else now,
    )
    return put_imported(connection, ImportedNotebook(session, now, blocks, document))


def _take_out_blocks(
    cells: list[dict[str, Any]], masker: Masker, now: float
) -> Iterator[ImportedBlock]:
    """Yield a block for each cell that ran, whose number takes the place of its outputs."""
    started = now
    ran = (cell for cell in cells if _has_run(cell))
    for number, cell in enumerate(ran, 1):
        block = _block(cell, number, masker, _Moments(cell, started, now))
        started = block.row.started
        cell["outputs"] = number
        yield block


def _has_run(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code" and bool(
        cell["outputs"] or cell["execution_count"] is not None
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    """When a cell ran, as far as the notebook tells and it can be."""

    cell: Mapping[str, Any]
    before: float  # when the cell before it began
    now: float

    def span(self, record: Record | None) -> tuple[float, float | None]:
        told = None if record is None else record.volatile
        starts = [told.started] if told is not None else []
        ends = [told.ended] if told is not None else []
        started = next(self._possible([*starts, *self._seen(STARTS)]), self.before)
        after = (end for end in self._possible([*ends, *self._seen(ENDS)]) if end >= started)
        return started, next(after, None)

    def _seen(self, names: tuple[str, ...]) -> Iterator[datetime | None]:
        """Yield what the front end wrote down."""
        execution = self.cell["metadata"].get("execution", {})
        return (_moment(execution.get(name)) for name in names)

    def _possible(self, moments: Iterable[datetime | None]) -> Iterator[float]:
        """Yield those that are from 1970 to now; one without a time zone is in UTC."""
        for moment in moments:
            if moment is not None and 1970 < moment.year < 9999:
                seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
                if 0 <= seconds <= self.now:
                    yield seconds


def _block(
    cell: Mapping[str, Any], number: int, masker: Masker, moments: _Moments
) -> ImportedBlock:
    outputs: list[MaskedObject] = cell["outputs"]
    record = next(_records(outputs), None)
    started, ended = moments.span(record)
    if record is None:
        record = _made(outputs, number)
    record = record.model_copy(update={"number": number})
    row = NewBlock(
        number=number,
        code=cell["source"],
        status=record.status.value,
        exit_status=record.exit_status,
        started=started,
        ended=ended,
        cwd=masker.text(_directory(record.cwd.before)),
        cwd_after=masker.text(_directory(record.cwd.after or "")),
        record=masker.record(record.model_dump(mode="json", exclude_none=True)),
    )
    return ImportedBlock(row, outputs)


def _records(outputs: Outputs) -> Iterator[Record]:
    """Yield the records among a cell's outputs that are as records have to be."""
    for output in outputs:
        found = output.get("data", {}).get(MIME_TYPE)
        if found is not None:
            try:
                yield Record.model_validate(found)
            except ValidationError:
                continue


def _made(outputs: Outputs, number: int) -> Record:
    """Return a record for a cell that has none: it ran in another kernel."""
    has_failed = any(output["output_type"] == "error" for output in outputs)
    status = Status.FAILED if has_failed else Status.SUCCESS
    return Record(number=number, status=status, cwd=Directories(before=""))


def _directory(path: str) -> str:
    is_path = path.startswith("/") and "\0" not in path and len(path) <= LONGEST_PATH
    return path if is_path else ""


def _host(record: MaskedObject | None) -> str:
    host: str = "" if record is None else record.get("volatile", {}).get("host", "")
    return host


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
