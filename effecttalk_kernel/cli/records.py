"""Records: what the command tells of sessions and blocks, with the names that `--json` has."""

from typing import TYPE_CHECKING, Any

from effecttalk_kernel.cli.format import iso

if TYPE_CHECKING:
    from effecttalk_kernel.store.rows import Block, Session

Record = dict[str, Any]


def session_record(session: "Session") -> Record:
    """Return what is told of a session."""
    times = {"created": iso(session.created), "modified": iso(session.modified)}
    # In the order in which the tables have them.
    return {"id": session.id, "state": session.state.value, **times, **session.facts}


def block_record(block: "Block") -> Record:
    """Return what is told of a block."""
    seconds = block.duration_seconds
    return {
        "block": block.identity,
        "session": block.session,
        "number": block.number,
        "status": block.status,
        "exit_status": block.exit_status,
        "started": iso(block.started),
        "ended": iso(block.ended),
        "duration_seconds": None if seconds is None else round(seconds, 3),
        "directory": block.cwd,
        "command": block.code,
    }
