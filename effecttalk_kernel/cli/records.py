"""Sessions and blocks as records, with the field names of `--json`."""

from typing import TYPE_CHECKING, Any

from effecttalk_kernel.cli.text_format import format_iso

if TYPE_CHECKING:
    from effecttalk_kernel.store.rows import StoredBlock, StoredSession

Record = dict[str, Any]


def session_record(session: "StoredSession") -> Record:
    """Return the record of a session."""
    times = {"created": format_iso(session.created), "modified": format_iso(session.modified)}
    # In the order of the table's columns.
    return {"id": session.id, "state": session.state.value, **times, **session.facts}


def block_record(block: "StoredBlock") -> Record:
    """Return the record of a block."""
    seconds = block.duration_seconds
    return {
        "block": block.identity,
        "session": block.session,
        "number": block.number,
        "status": block.status,
        "exit_status": block.exit_status,
        "started": format_iso(block.started),
        "ended": format_iso(block.ended),
        "duration_seconds": None if seconds is None else round(seconds, 3),
        "directory": block.cwd,
        "command": block.code,
    }
