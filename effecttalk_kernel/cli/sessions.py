"""`effecttalk sessions`: list, show, archive, delete, export and import sessions."""

from typing import Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import read_settings, stored_path
from effecttalk_kernel.cli.lazy import LazyCommand, LazyGroup
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records

MODULE: Final = "effecttalk_kernel.cli.sessions"
NOTEBOOKS: Final = "effecttalk_kernel.cli.notebooks"
COLUMNS: Final = (
    Column("id", "session", Kind.NAME),
    Column("state", "state", Kind.STATUS),
    Column("created", "created", Kind.TIME, min_width=110),
    Column("modified", "modified", Kind.TIME),
    Column("blocks", "blocks", Kind.NUMBER),
    Column("failed", "failed", Kind.NUMBER, min_width=70),
    Column("directory", "directory", Kind.PATH),
    Column("notebook", "notebook", Kind.PATH, min_width=70),
)


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="List archived sessions, too.")
@click.option("--notebook", metavar="PATH", default="", help="Only sessions of this notebook.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="NUMBER",
    default=50,
    show_default=True,
    help="List at most this many sessions.",
)
@as_json_option
def list_(*, everything: bool, notebook: str, limit: int, as_json: bool) -> None:
    """List sessions, the last changed first."""
    from effecttalk_kernel.cli.records import session_record
    from effecttalk_kernel.store.readonly import open_existing
    from effecttalk_kernel.store.rows import SessionState
    from effecttalk_kernel.store.sessions import list_sessions

    states = [each for each in SessionState if everything or each is not SessionState.ARCHIVED]
    path = stored_path(notebook) if notebook else ""
    with open_existing(read_settings().data_directory) as connection:
        found = (
            []
            if connection is None
            else list_sessions(connection, states=states, notebook=path, limit=limit)
        )
    records = [session_record(session) for session in found]
    print_records(records, COLUMNS, as_json=as_json, empty_message="no sessions")


@click.command()
@click.argument("session", type=SESSION)
@as_json_option
def show(session: str, *, as_json: bool) -> None:
    """Show a session, changes of its environment, and its last blocks.

    SESSION is an identity, or its first characters.
    """
    from effecttalk_kernel.cli.session_page import print_page, read_page
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.readonly import mark_lost_sessions

    directory = read_settings().data_directory
    with open_store(directory) as connection:
        mark_lost_sessions(connection, directory)
        page = read_page(connection, session, directory)
    if as_json:
        print_json(page)
    else:
        print_page(page)


@click.command()
@click.argument("ids", nargs=-1, required=True, type=SESSION, metavar="SESSION...")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete(ids: tuple[str, ...], *, yes: bool) -> None:
    """Delete sessions with all their blocks and outputs.

    Earlier backups still contain them.
    """
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.readonly import mark_lost_sessions
    from effecttalk_kernel.store.sessions import delete_session, find_session
    from effecttalk_kernel.store.spill.layout import spills_directory

    directory = read_settings().data_directory
    with open_store(directory) as connection:
        mark_lost_sessions(connection, directory)
        found = {session.id: session for session in (find_session(connection, id_) for id_ in ids)}
        blocks = sum(session.blocks for session in found.values())
        if not yes:
            click.confirm(f"Delete {', '.join(found)} with {blocks} blocks?", abort=True, err=True)
        for session in found.values():
            delete_session(connection, session, spills_directory(directory))


@click.command()
@click.argument("ids", nargs=-1, required=True, type=SESSION, metavar="SESSION...")
@click.option("--undo", is_flag=True, help="Show the sessions in the lists again.")
def archive(ids: tuple[str, ...], *, undo: bool) -> None:
    """Hide sessions from the lists; nothing is deleted."""
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.readonly import mark_lost_sessions
    from effecttalk_kernel.store.sessions import find_session, set_archived

    directory = read_settings().data_directory
    with open_store(directory) as connection:
        mark_lost_sessions(connection, directory)
        for session in [find_session(connection, identity) for identity in ids]:
            set_archived(connection, session, archived=not undo)


sessions = LazyGroup(
    table={
        "list": LazyCommand(f"{MODULE}:list_", "List sessions, the last changed first."),
        "show": LazyCommand(
            f"{MODULE}:show", "Show a session, changes of its environment, and its last blocks."
        ),
        "load": LazyCommand(
            "effecttalk_kernel.cli.undo:load", "Continue with the state of another session."
        ),
        "delete": LazyCommand(
            f"{MODULE}:delete", "Delete sessions with all their blocks and outputs."
        ),
        "archive": LazyCommand(
            f"{MODULE}:archive", "Hide sessions from the lists; nothing is deleted."
        ),
        "export": LazyCommand(f"{NOTEBOOKS}:export", "Export a session as a notebook."),
        "import": LazyCommand(f"{NOTEBOOKS}:import_", "Import a notebook as a session."),
    },
    summary="List, show, archive, delete, export and import sessions.",
)
