"""The routes for blocks and their output."""

import io
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, BinaryIO, Final

from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.http import Download
from effecttalk_kernel.server.models import (
    BlockDetails,
    BlockLine,
    BlockPage,
    Match,
    Matches,
    OutputsModel,
    Piece,
    SpillModel,
    to_datetime,
)
from effecttalk_kernel.server.parameters import (
    ListBlocks,
    OneBlock,
    ReadOutput,
    Search,
    to_timestamp,
)
from effecttalk_kernel.store import blocks
from effecttalk_kernel.store.outputs import extract_text, find_outputs, is_truncated
from effecttalk_kernel.store.pagination import (
    MAX_CHARACTERS,
    BlockQuery,
    BlockSummary,
    read_block_page,
)
from effecttalk_kernel.store.rows import StoredBlock
from effecttalk_kernel.store.shell_states import find_state
from effecttalk_kernel.store.spill.layout import STREAMS, spills_directory, stream_path
from effecttalk_kernel.store.spill.reader import SpillNotFoundError, StoredSpill, find_spill

RUNNING_STATUSES: Final = frozenset({"running", "background"})
# They enclose a match in a snippet. They are noncharacters (Unicode 23.7), which no text contains.
MARKS: Final = "\ufdd0\ufdd1"


def list_blocks(context: Context, parameters: ListBlocks) -> BlockPage:
    """List blocks of a session, page by page."""
    query = BlockQuery(
        status="" if parameters.status is None else parameters.status.value,
        failed=parameters.failed,
        since=to_timestamp(parameters.since),
        after=parameters.after,
        newest_first=parameters.order == "newest",
        limit=parameters.limit,
        offset=parameters.offset,
    )
    with context.open_session(parameters.session) as (connection, session):
        lines, total = read_block_page(connection, session, query)
    is_last = len(lines) < parameters.limit
    return BlockPage(
        blocks=[BlockLine(**_line_facts(session.id, line)) for line in lines],
        total=total,
        next=None if is_last else lines[-1].number,
    )


def show_block(context: Context, parameters: OneBlock) -> BlockDetails:
    """Return one block with its full command."""
    with _open_block(context, parameters.block) as (connection, block):
        has_state = find_state(connection, block.session, block.number) is not None
    spill = _find_spill(context, block.identity)
    return BlockDetails(
        **_block_facts(block),
        command=block.code,
        record=dict(block.record),
        spill=None if spill is None else _spill_model(spill),
        has_state=has_state,
    )


def show_outputs(context: Context, parameters: OneBlock) -> OutputsModel:
    """Return the outputs in the cell of a block; of a running block, those stored last."""
    with _open_block(context, parameters.block) as (connection, block):
        outputs = find_outputs(connection, block.key)
    return OutputsModel(
        block=block.identity,
        status=block.status,
        is_running=block.status in RUNNING_STATUSES,
        is_part=any(is_truncated(block, outputs, stream) for stream in STREAMS),
        outputs=outputs,
    )


def read_output(context: Context, parameters: ReadOutput) -> Download:
    """Return the output of a block on one stream, from its files if there are any."""
    spill = _find_spill(context, parameters.block)
    with ExitStack() as on_failure:
        if spill is not None:
            file: BinaryIO = on_failure.enter_context(_open_stream(spill, parameters.stream))
            is_complete = not spill.warning
        else:
            with _open_block(context, parameters.block) as (connection, block):
                outputs = find_outputs(connection, block.key)
            file = io.BytesIO(extract_text(outputs, parameters.stream).encode(errors="replace"))
            is_complete = block.status not in RUNNING_STATUSES and not is_truncated(
                block, outputs, parameters.stream
            )
        size = file.seek(0, os.SEEK_END)
        start = file.seek(min(parameters.offset, size))
        on_failure.pop_all()
    length = size - start if parameters.length is None else min(parameters.length, size - start)
    return Download(file, length, _make_headers(parameters, size, is_complete=is_complete))


def search(context: Context, parameters: Search) -> Matches:
    """Search the commands and outputs of blocks, the newest first."""
    query = blocks.BlockFilter(
        session=parameters.session or "",
        failed=parameters.failed,
        cwd=parameters.cwd,
        since=to_timestamp(parameters.since),
        limit=parameters.limit,
    )
    if parameters.session is not None:
        with context.open_session(parameters.session):
            pass  # raises unless the identity is complete
    with context.open_store() as connection:
        found = (
            []
            if connection is None
            else blocks.search(connection, parameters.q.replace("\0", " "), query, marks=MARKS)
        )
    return Matches(
        matches=[
            Match(
                **_block_facts(each.block),
                command=each.block.code[:MAX_CHARACTERS],
                pieces=[*_split_snippet(each.snippet)],
            )
            for each in found
        ]
    )


@contextmanager
def _open_block(context: Context, name: str) -> Iterator[tuple[sqlite3.Connection, StoredBlock]]:
    session = name.rpartition("-")[0]
    with context.open_session(session) as (connection, _):
        yield connection, blocks.find_block(connection, name)


def _find_spill(context: Context, name: str) -> StoredSpill | None:
    with suppress(SpillNotFoundError):
        found = find_spill(context.directory, name, "")
        # A link must not lead out of the directory.
        directory = spills_directory(context.directory).resolve()
        files = [stream_path(found.directory, found.number, stream) for stream in STREAMS]
        if all(file.resolve().is_relative_to(directory) for file in files):
            return found
    return None


def _open_stream(spill: StoredSpill, stream: str) -> BinaryIO:
    path = stream_path(spill.directory, spill.number, stream)
    return path.open("rb") if path.exists() else io.BytesIO()


def _spill_model(spill: StoredSpill) -> SpillModel:
    sizes = {}
    for stream in STREAMS:
        path = stream_path(spill.directory, spill.number, stream)
        sizes[f"{stream}_bytes"] = path.stat().st_size if path.exists() else 0
    return SpillModel(**sizes, warning=spill.warning)


def _make_headers(parameters: ReadOutput, size: int, *, is_complete: bool) -> dict[str, str]:
    kind = "attachment" if parameters.download else "inline"
    return {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": f'{kind}; filename="{parameters.block}.{parameters.stream}.txt"',
        "EffectTalk-Total-Bytes": str(size),
        "EffectTalk-Is-All": "true" if is_complete else "false",
        # The output of a running block grows.
        "Cache-Control": "no-store",
    }


def _split_snippet(snippet: str) -> Iterator[Piece]:
    before, *rest = snippet.split(MARKS[0])
    if before:
        yield Piece(text=before, is_match=False)
    for piece in rest:
        match, _, after = piece.partition(MARKS[1])
        yield Piece(text=match, is_match=True)
        if after:
            yield Piece(text=after, is_match=False)


def _line_facts(session: str, line: BlockSummary) -> dict[str, Any]:
    seconds = None if line.ended is None else max(0.0, line.ended - line.started)
    return {
        "block": f"{session}-{line.number}",
        "session": session,
        "number": line.number,
        "status": line.status,
        "exit_status": line.exit_status,
        "started": to_datetime(line.started),
        "ended": to_datetime(line.ended),
        "duration_seconds": None if seconds is None else round(seconds, 3),
        "directory": line.cwd,
        "command": line.code,
        "command_characters": line.characters,
    }


def _block_facts(block: StoredBlock) -> dict[str, Any]:
    line = BlockSummary(
        number=block.number,
        code="",
        characters=len(block.code),
        status=block.status,
        exit_status=block.exit_status,
        started=block.started,
        ended=block.ended,
        cwd=block.cwd,
    )
    facts = _line_facts(block.session, line)
    del facts["command"]
    return facts
