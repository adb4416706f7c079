"""Description: a block as the JSON object that goes into the notebook.

What it may hold is said by `record.Record`; importing that (pydantic) would
take a third of the kernel's start-up time.
"""

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.output.terminal.counts import Count, StreamCounts
from effecttalk_kernel.store.spill.layout import Contents

MIME_TYPE: Final = "application/vnd.effecttalk.block+json"
VERSION: Final = 1


def describe(
    block: Block,
    counts: StreamCounts,
    spill: Contents | None = None,
    *,
    volatile: bool,
    redacted: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Describe *block*; with *volatile* off, two identical runs give one record.

    *redacted* tells how often each rule found a secret in what the block wrote.
    """
    described = {
        "version": VERSION,
        "number": block.number,
        "status": block.status.value,
        **_result(block),
        "problem": block.problem or None,
        "cwd": _without_none({"before": block.cwd_before, "after": block.cwd_after or None}),
        "stdout": _stream(counts, "stdout"),
        "stderr": _stream(counts, "stderr"),
        "spill": None if spill is None else describe_spill(spill),
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
    return _without_none(described)


def describe_spill(spill: Contents) -> dict[str, Any]:
    """Describe where all of a block's output is, of which its cell shows only a part."""
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


def _stream(counts: StreamCounts, name: str) -> dict[str, int]:
    count = counts.get(name, Count())
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
            "started": _moment(block.started),
            "ended": _moment(block.ended),
            "duration_seconds": duration,
            "background_ended": _moment(block.background_ended),
            "host": _host(),
            "shell_pid": block.shell_pid,
        }
    )


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@cache
def _host() -> str:
    return os.environ.get("HOSTNAME") or socket.gethostname()
