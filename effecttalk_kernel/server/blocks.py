"""Blocks: what the routes for blocks and for what they printed answer."""

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
    time_of,
)
from effecttalk_kernel.server.parameters import ListBlocks, OneBlock, ReadOutput, Search, seconds_of
from effecttalk_kernel.store import blocks as stored
from effecttalk_kernel.store.outputs import find_outputs, text_of
from effecttalk_kernel.store.pagination import (
    MOST_CHARACTERS,
    BlockQuery,
    BlockSummary,
    read_block_page,
)
from effecttalk_kernel.store.rows import Outputs, StoredBlock
from effecttalk_kernel.store.spill.layout import STREAMS, spills_directory, stream_path
from effecttalk_kernel.store.spill.reader import SpillNotFoundError, StoredSpill, find_spill
from effecttalk_kernel.store.states import find_state

RUNNING: Final = frozenset({"running", "background"})
# Around matches in a snippet; no text has them: they are no characters (Unicode, 23.7).
MARKS: Final = "\ufdd0\ufdd1"


def list_blocks(context: Context, parameters: ListBlocks) -> BlockPage:
    """Return a page of a session's blocks."""
    wanted = BlockQuery(
        status="" if parameters.status is None else parameters.status.value,
        failed=parameters.failed,
        since=seconds_of(parameters.since),
        after=parameters.after,
        newest_first=parameters.order == "newest",
        limit=parameters.limit,
        offset=parameters.offset,
    )
    with context.open_session(parameters.session) as (connection, session):
        lines, total = read_block_page(connection, session, wanted)
    is_last = len(lines) < parameters.limit
    return BlockPage(
        blocks=[BlockLine(**_line_facts(session.id, line)) for line in lines],
        total=total,
        next=None if is_last else lines[-1].number,
    )


def show_block(context: Context, parameters: OneBlock) -> BlockDetails:
    """Return one block, with all of its code."""
    with _found(context, parameters.block) as (connection, block):
        has_state = find_state(connection, block.session, block.number) is not None
    spill = _spill(context, block.identity)
    return BlockDetails(
        **_block_facts(block),
        command=block.code,
        record=dict(block.record),
        spill=None if spill is None else _spill_model(spill),
        has_state=has_state,
    )


def show_outputs(context: Context, parameters: OneBlock) -> OutputsModel:
    """Return what the cell of a block shows; of one that runs, what was kept last."""
    with _found(context, parameters.block) as (connection, block):
        outputs = find_outputs(connection, block.key)
    return OutputsModel(
        block=block.identity,
        status=block.status,
        is_running=block.status in RUNNING,
        is_part=any(_is_part(block, outputs, stream) for stream in STREAMS),
        outputs=outputs,
    )


def read_output(context: Context, parameters: ReadOutput) -> Download:
    """Return what a block wrote to a stream: all of it where that is in files."""
    spill = _spill(context, parameters.block)
    with ExitStack() as on_failure:
        if spill is not None:
            file: BinaryIO = on_failure.enter_context(_opened(spill, parameters.stream))
            is_all = not spill.warning
        else:
            with _found(context, parameters.block) as (connection, block):
                outputs = find_outputs(connection, block.key)
            file = io.BytesIO(text_of(outputs, parameters.stream).encode(errors="replace"))
            is_all = block.status not in RUNNING and not _is_part(block, outputs, parameters.stream)
        size = file.seek(0, os.SEEK_END)
        start = file.seek(min(parameters.offset, size))
        on_failure.pop_all()
    length = size - start if parameters.length is None else min(parameters.length, size - start)
    return Download(file, length, _headers(parameters, size, is_all=is_all))


def search(context: Context, parameters: Search) -> Matches:
    """Return blocks by the words of their commands and outputs, the newest first."""
    wanted = stored.BlockFilter(
        session=parameters.session or "",
        failed=parameters.failed,
        cwd=parameters.cwd,
        since=seconds_of(parameters.since),
        limit=parameters.limit,
    )
    if parameters.session is not None:
        with context.open_session(parameters.session):
            pass  # it is there, under its whole name
    with context.open_store() as connection:
        found = (
            []
            if connection is None
            else stored.search(connection, parameters.q.replace("\0", " "), wanted, marks=MARKS)
        )
    return Matches(
        matches=[
            Match(
                **_block_facts(each.block),
                command=each.block.code[:MOST_CHARACTERS],
                pieces=[*_pieces(each.snippet)],
            )
            for each in found
        ]
    )


@contextmanager
def _found(context: Context, name: str) -> Iterator[tuple[sqlite3.Connection, StoredBlock]]:
    session = name.rpartition("-")[0]
    with context.open_session(session) as (connection, _):
        yield connection, stored.find_block(connection, name)


def _spill(context: Context, name: str) -> StoredSpill | None:
    with suppress(SpillNotFoundError):
        found = find_spill(context.directory, name, "")
        # Links lead nowhere else.
        directory = spills_directory(context.directory).resolve()
        files = [stream_path(found.directory, found.number, stream) for stream in STREAMS]
        if all(file.resolve().is_relative_to(directory) for file in files):
            return found
    return None


def _opened(spill: StoredSpill, stream: str) -> BinaryIO:
    path = stream_path(spill.directory, spill.number, stream)
    return path.open("rb") if path.exists() else io.BytesIO()


def _spill_model(spill: StoredSpill) -> SpillModel:
    sizes = {}
    for stream in STREAMS:
        path = stream_path(spill.directory, spill.number, stream)
        sizes[f"{stream}_bytes"] = path.stat().st_size if path.exists() else 0
    return SpillModel(**sizes, warning=spill.warning)


def _is_part(block: StoredBlock, outputs: Outputs, stream: str) -> bool:
    """Whether the block wrote more than its cell shows, or that had to go."""
    facts = block.record.get(stream)
    written = facts if isinstance(facts, dict) else {}
    return bool(written.get("left_out_bytes") or (written.get("size_bytes") and not outputs))


def _headers(parameters: ReadOutput, size: int, *, is_all: bool) -> dict[str, str]:
    kind = "attachment" if parameters.download else "inline"
    return {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": f'{kind}; filename="{parameters.block}.{parameters.stream}.txt"',
        "EffectTalk-Total-Bytes": str(size),
        "EffectTalk-Is-All": "true" if is_all else "false",
        # That of a block that runs grows.
        "Cache-Control": "no-store",
    }


def _pieces(snippet: str) -> Iterator[Piece]:
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
        "started": time_of(line.started),
        "ended": time_of(line.ended),
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
