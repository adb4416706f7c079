"""Record: a block as a JSON object, which is stored in the notebook.

The model of it is `record_schema.Record`. It is not used here: importing pydantic
would take a third of the kernel's start-up time.
"""

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.output.terminal.stream import StreamSize
from effecttalk_kernel.store.spill.layout import SpillContents

MIME_TYPE: Final = "application/vnd.effecttalk.block+json"
VERSION: Final = 1


def build_record(
    block: Block,
    counts: Mapping[str, StreamSize],
    spill: SpillContents | None = None,
    *,
    volatile: bool,
    redacted: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return the record of *block*; without *volatile*, identical runs give equal records.

    *redacted* counts the secrets in the block's output by rule.
    """
    record = {
        "version": VERSION,
        "number": block.number,
        "status": block.status.value,
        **_result(block),
        "problem": block.problem or None,
        "cwd": _without_none({"before": block.cwd_before, "after": block.cwd_after or None}),
        "stdout": _stream(counts, "stdout"),
        "stderr": _stream(counts, "stderr"),
        "spill": None if spill is None else spill_record(spill),
        "name": block.spec.name or None,
        "part": block.spec.part if block.spec.part > 1 else None,
        "fallback": block.spec.is_fallback or None,
        "cached": bool(block.original) or None,
        "tty": block.spec.tty or None,
        "merged": block.spec.is_merged or None,
        "mime": block.spec.mime or None,
        "shell": block.shell.value,
        "background": block.has_writers,
        "redacted": dict(redacted) if redacted else None,
        "signals_sent": list(block.signals_sent),
        "input": [
            {
                "process": q.process,
                "prompt": q.prompt,
                "password": q.password,
                "answered_by": q.answered_by.value,
            }
            for q in block.asked
        ],
        "volatile": _volatile(block) if volatile else None,
    }
    return _without_none(record)


def spill_record(spill: SpillContents) -> dict[str, Any]:
    """Return the record of a block's full output, of which the cell shows only a part."""
    streams = {
        name: {"size_bytes": stream.size_bytes, "sha256": stream.sha256}
        for name, stream in spill.streams.items()
    }
    return _without_none({**streams, "problem": spill.problem or None})


def _result(block: Block) -> dict[str, Any]:
    result = block.result
    if result is None:
        return {}
    return {
        "exit_status": result.exit_status,
        "signal": result.signal,
        "pipestatus": list(result.pipestatus),
        "command": result.command or None,
        "line": result.line,
    }


def _stream(counts: Mapping[str, StreamSize], name: str) -> dict[str, int]:
    count = counts.get(name, StreamSize())
    return {
        "size_bytes": count.size_bytes,
        "lines": count.lines,
        "left_out_bytes": count.left_out_bytes,
    }


def _volatile(block: Block) -> dict[str, Any]:
    duration = None if block.ended is None else round(max(0.0, block.ended - block.started), 6)
    return _without_none(
        {
            "session": block.session,
            "original": block.original or None,
            "started": _timestamp(block.started),
            "ended": _timestamp(block.ended),
            "duration_seconds": duration,
            "background_ended": _timestamp(block.background_ended),
            "host": _host(),
            "shell_pid": block.shell_pid,
        }
    )


def _timestamp(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@cache
def _host() -> str:
    return os.environ.get("HOSTNAME") or socket.gethostname()
