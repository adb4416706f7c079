"""The routes for sessions."""

import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from effecttalk_kernel.bash_quoting import escape_value
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.http import JSON, Reply
from effecttalk_kernel.server.models import (
    NotebookModel,
    SessionDetails,
    SessionModel,
    SessionPage,
    to_datetime,
)
from effecttalk_kernel.server.parameters import ChangeSession, ListSessions, OneSession
from effecttalk_kernel.store import sessions
from effecttalk_kernel.store.identities import session_path
from effecttalk_kernel.store.pagination import SessionQuery, read_session_page
from effecttalk_kernel.store.rows import SessionState, StoredSession
from effecttalk_kernel.store.shell_states import list_state_numbers
from effecttalk_kernel.store.spill.layout import spills_directory


def list_sessions(context: Context, parameters: ListSessions) -> SessionPage:
    """List sessions, the last changed first, page by page."""
    query = SessionQuery(
        states=_select_states(parameters.archived),
        text=parameters.text,
        notebook=_notebook_path(parameters.notebook, context.root),
        limit=parameters.limit,
        offset=parameters.offset,
    )
    with context.open_store() as connection:
        found, total = ((), 0) if connection is None else read_session_page(connection, query)
    return SessionPage(sessions=[SessionModel(**_facts(each)) for each in found], total=total)


def show_session(context: Context, parameters: OneSession) -> SessionDetails:
    """Return one session."""
    with context.open_session(parameters.session) as (connection, session):
        states = len(list_state_numbers(connection, session.id))
    files = [*session_path(spills_directory(context.directory), session.id).glob("*.std*")]
    return SessionDetails(
        **_facts(session),
        states=states,
        spills=len({path.stem for path in files}),
        spill_bytes=sum(path.stat().st_size for path in files),
    )


def change_session(context: Context, parameters: ChangeSession) -> SessionModel:
    """Archive a session, or show it in the lists again."""
    with context.open_session(parameters.session) as (connection, session):
        # Taking a session out of the archive closes it, which must not happen to a lost one.
        if (session.state is SessionState.ARCHIVED) is not parameters.archived:
            sessions.set_archived(connection, session, archived=parameters.archived)
        return SessionModel(**_facts(sessions.find_session(connection, session.id)))


def delete_session(context: Context, parameters: OneSession) -> None:
    """Delete a session with its blocks and outputs; backups still contain it."""
    with context.open_session(parameters.session) as (connection, session):
        sessions.delete_session(connection, session, spills_directory(context.directory))


def export_session(context: Context, parameters: OneSession) -> Annotated[Reply, NotebookModel]:
    """Export a session as a notebook, which the client saves."""
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


def _select_states(archived: str) -> Sequence[SessionState]:
    if archived == "true":
        return [SessionState.ARCHIVED]
    return [each for each in SessionState if archived == "all" or each != SessionState.ARCHIVED]


def _notebook_path(notebook: str, root: str) -> str:
    """Return the path of a notebook as the store has it; it is compared and never opened."""
    return escape_value(os.path.normpath(Path(root) / notebook)) if notebook else ""


def _facts(session: StoredSession) -> dict[str, Any]:
    return {
        **session.facts,
        "created": to_datetime(session.created),
        "modified": to_datetime(session.modified),
    }
