"""Sessions: what the routes for sessions answer."""

import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.http import JSON, Reply
from effecttalk_kernel.server.models import (
    NotebookModel,
    SessionDetails,
    SessionModel,
    SessionPage,
    time_of,
)
from effecttalk_kernel.server.parameters import ChangeSession, ListSessions, OneSession
from effecttalk_kernel.store import sessions as stored
from effecttalk_kernel.store.pagination import SessionQuery, read_session_page
from effecttalk_kernel.store.rows import SessionState, StoredSession
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.states import list_state_numbers


def list_sessions(context: Context, parameters: ListSessions) -> SessionPage:
    """Return a page of sessions, the last changed first."""
    wanted = SessionQuery(
        states=_states(parameters.archived),
        text=parameters.text,
        notebook=_path_of(parameters.notebook, context.root),
        limit=parameters.limit,
        offset=parameters.offset,
    )
    with context.open_store() as connection:
        found, total = ((), 0) if connection is None else read_session_page(connection, wanted)
    return SessionPage(sessions=[SessionModel(**_facts(each)) for each in found], total=total)


def show_session(context: Context, parameters: OneSession) -> SessionDetails:
    """Return one session."""
    with context.open_session(parameters.session) as (connection, session):
        states = len(list_state_numbers(connection, session.id))
    files = [*(spills_directory(context.directory) / session.id).glob("*.std*")]
    return SessionDetails(
        **_facts(session),
        states=states,
        spills=len({path.stem for path in files}),
        spill_bytes=sum(path.stat().st_size for path in files),
    )


def change_session(context: Context, parameters: ChangeSession) -> SessionModel:
    """Archive a session, or bring it back into the lists."""
    with context.open_session(parameters.session) as (connection, session):
        # A session that was lost is not closed by bringing back what was not away.
        if (session.state is SessionState.ARCHIVED) is not parameters.archived:
            stored.set_archived(connection, session, archived=parameters.archived)
        return SessionModel(**_facts(stored.find_session(connection, session.id)))


def delete_session(context: Context, parameters: OneSession) -> None:
    """Remove a session with all that is kept of it; backups still have it."""
    with context.open_session(parameters.session) as (connection, session):
        stored.delete_session(connection, session, spills_directory(context.directory))


def export_session(context: Context, parameters: OneSession) -> Annotated[Reply, NotebookModel]:
    """Return a session as a notebook; where it is written is the client's business."""
    import nbformat

    from effecttalk_kernel.journal.notebooks.exporter import export_notebook

    with context.open_session(parameters.session) as (connection, session):
        notebook = export_notebook(connection, session)
    return Reply(
        200,
        nbformat.writes(notebook).encode(errors="replace"),
        {
            "Content-Type": JSON,
            "Content-Disposition": f'attachment; filename="{session.id}.ipynb"',
        },
    )


def _states(archived: str) -> Sequence[SessionState]:
    if archived == "true":
        return [SessionState.ARCHIVED]
    return [each for each in SessionState if archived == "all" or each != SessionState.ARCHIVED]


def _path_of(notebook: str, root: str) -> str:
    """Return a notebook's path; it is compared with others, never opened."""
    return os.path.normpath(Path(root) / notebook) if notebook else ""


def _facts(session: StoredSession) -> dict[str, Any]:
    return {
        **session.facts,
        "created": time_of(session.created),
        "modified": time_of(session.modified),
    }
