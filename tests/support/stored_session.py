"""Store a session as kernels do, for tests that read the store."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.block import has_failed
from effecttalk_kernel.store import outputs, search_index, shell_states
from effecttalk_kernel.store.database import connect
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

# 2026-01-31, 12:00 UTC
NOON: Final = 1_769_860_800.0


@dataclass(frozen=True)
class SampleBlock:
    """One block of a stored session."""

    code: str
    stdout: str = ""
    stderr: str = ""
    exit_status: int = 0
    cwd: str = "/home/me"
    started: float = NOON
    seconds: float = 0.25
    variables: bytes = b""


def store_session(
    data: Path,
    identity: str,
    blocks: Sequence[SampleBlock],
    *,
    is_live: bool = False,
    notebook: str = "",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Write a session with its blocks into the store, as a kernel does."""
    new = NewSession(
        identity, notebook, "bash", "here", 4711, NOON, "", environment=environment or {}
    )
    with closing(SessionWriter(data, new)) as writer, closing(connect(data)) as connection:
        for number, block in enumerate(blocks, 1):
            row = _row(number, block)
            writer.put(row)
            shown = [
                {"output_type": "stream", "name": name, "text": text}
                for name, text in (("stdout", block.stdout), ("stderr", block.stderr))
                if text
            ]
            kept = outputs.put_outputs(connection, identity, number, shown, 1_000_000)
            assert kept is not None
            search_index.index_block(
                connection,
                search_index.IndexedBlock(
                    key=kept.block,
                    session=identity,
                    code=block.code,
                    outputs=shown,
                    started=block.started,
                    cwd=block.cwd,
                    has_failed=has_failed(row.status),
                ),
            )
            shell_states.put_state(
                connection, identity, shell_states.NewState(number, ([block.variables], [], []))
            )
        if not is_live:
            writer.finish()


def _row(number: int, block: SampleBlock) -> NewBlock:
    return NewBlock(
        number=number,
        code=block.code,
        status="failed" if block.exit_status else "success",
        exit_status=block.exit_status,
        started=block.started,
        ended=block.started + block.seconds,
        cwd=block.cwd,
        cwd_after=block.cwd,
        record={"code": block.code},
    )
