"""Records: what the command tells of sessions and blocks, with the names that `--json` has."""

from typing import TYPE_CHECKING, Any

from effecttalk_kernel.cli.wording import iso

if TYPE_CHECKING:
    from effecttalk_kernel.store.rows import Block, Session

Record = dict[str, Any]


def session_record(session: "Session") -> Record:
    """Return what is told of a session."""
    return {
        "id": session.id,
        "state": session.state.value,
        "created": iso(session.created),
        "modified": iso(session.modified),
        "blocks": session.blocks,
        "failed": session.failed,
        "directory": session.cwd,
        "notebook": session.notebook,
        "shell": session.shell,
        "host": session.host,
        "pid": session.pid,
        "active_block": session.active_block,
        "continues": session.continues,
        "kept_bytes": session.kept_bytes,
    }


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
