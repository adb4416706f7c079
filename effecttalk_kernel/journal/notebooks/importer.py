"""Imports a notebook as a session.

A cell that ran becomes a block: by its record, or else by its outputs. A cell that never ran
stays, like text between the cells, only in the session's document.
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
from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.output.record_schema import Directories, Record
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.imported_notebooks import ImportedBlock, ImportedNotebook, put_imported
from effecttalk_kernel.store.masked import MaskedObject
from effecttalk_kernel.store.rows import NewBlock, NewSession, Outputs, StoredSession

# PATH_MAX of Linux: no path is longer.
MAX_PATH_CHARACTERS: Final = 4_096
# As in sessions of kernels by default.
IDENTITY_BYTES: Final = 6
# Where front ends write when a cell ran, in order of preference.
START_FIELDS: Final = ("iopub.execute_input", "iopub.status.busy")
END_FIELDS: Final = ("shell.execute_reply", "iopub.status.idle")


def import_notebook(
    connection: sqlite3.Connection,
    text: str | bytes,
    *,
    masker: Masker,
    notebook: str,
    max_bytes: int,
    now: float,
) -> StoredSession:
    """Store a notebook as a new session, all or nothing; *notebook* is its path.

    The secrets in all its texts are masked.

    Raises:
        NotebookError: it cannot be imported; nothing was stored.

    """
    document = read_notebook(text, masker=masker, max_bytes=max_bytes)
    blocks = [*_extract_blocks(document["cells"], masker, now)]
    hosts = [host for block in blocks if (host := _find_host(block.row.record))]
    session = NewSession(
        id=secrets.token_hex(IDENTITY_BYTES),
        notebook=masker.text(notebook),
        shell="",
        host=hosts[-1] if hosts else "",
        pid=0,
        created=blocks[0].row.started if blocks else now,
    )
    return put_imported(connection, ImportedNotebook(session, now, blocks, document))


def _extract_blocks(
    cells: list[dict[str, Any]], masker: Masker, now: float
) -> Iterator[ImportedBlock]:
    """Yield a block for each cell that ran; replace the outputs of the cell by its number."""
    started = now
    ran = (cell for cell in cells if _has_run(cell))
    for number, cell in enumerate(ran, 1):
        block = _make_block(cell, number, masker, _CellTimes(cell, started, now))
        started = block.row.started
        cell["outputs"] = number
        yield block


def _has_run(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code" and bool(
        cell["outputs"] or cell["execution_count"] is not None
    )


@dataclass(frozen=True, slots=True)
class _CellTimes:
    """When a cell ran, according to the notebook, if that is possible."""

    cell: Mapping[str, Any]
    previous_start: float  # when the previous cell started
    now: float

    def find_span(self, record: Record | None) -> tuple[float, float | None]:
        volatile = None if record is None else record.volatile
        starts = [volatile.started] if volatile is not None else []
        ends = [volatile.ended] if volatile is not None else []
        started = next(
            self._select_possible([*starts, *self._read_times(START_FIELDS)]), self.previous_start
        )
        after = (
            end
            for end in self._select_possible([*ends, *self._read_times(END_FIELDS)])
            if end >= started
        )
        return started, next(after, None)

    def _read_times(self, names: tuple[str, ...]) -> Iterator[datetime | None]:
        """Yield the times that the front end wrote."""
        execution = self.cell["metadata"].get("execution", {})
        return (_parse_time(execution.get(name)) for name in names)

    def _select_possible(self, times: Iterable[datetime | None]) -> Iterator[float]:
        """Yield the times from 1970 to now; a time without a time zone is in UTC."""
        for time in times:
            if time is not None and 1970 < time.year < 9999:
                seconds = time.replace(tzinfo=time.tzinfo or UTC).timestamp()
                if 0 <= seconds <= self.now:
                    yield seconds


def _make_block(
    cell: Mapping[str, Any], number: int, masker: Masker, times: _CellTimes
) -> ImportedBlock:
    outputs: list[MaskedObject] = cell["outputs"]
    record = next(_find_records(outputs), None)
    started, ended = times.find_span(record)
    if record is None:
        record = _make_record(outputs, number)
    record = record.model_copy(update={"number": number})
    row = NewBlock(
        number=number,
        code=cell["source"],
        status=record.status.value,
        exit_status=record.exit_status,
        started=started,
        ended=ended,
        cwd=masker.text(_validate_directory(record.cwd.before)),
        cwd_after=masker.text(_validate_directory(record.cwd.after or "")),
        # Not as a new record: the notebook has its paths escaped already.
        record=masker.json(record.model_dump(mode="json", exclude_none=True)),
    )
    return ImportedBlock(row, outputs)


def _find_records(outputs: Outputs) -> Iterator[Record]:
    """Yield the valid records among a cell's outputs."""
    for output in outputs:
        found = output.get("data", {}).get(MIME_TYPE)
        if found is not None:
            try:
                yield Record.model_validate(found)
            except ValidationError:
                continue


def _make_record(outputs: Outputs, number: int) -> Record:
    """Return a record for a cell that ran in another kernel."""
    has_failed = any(output["output_type"] == "error" for output in outputs)
    status = Status.FAILED if has_failed else Status.SUCCESS
    return Record(number=number, status=status, cwd=Directories(before=""))


def _validate_directory(path: str) -> str:
    is_path = path.startswith("/") and "\0" not in path and len(path) <= MAX_PATH_CHARACTERS
    return path if is_path else ""


def _find_host(record: MaskedObject | None) -> str:
    host: str = "" if record is None else record.get("volatile", {}).get("host", "")
    return host


def _parse_time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
