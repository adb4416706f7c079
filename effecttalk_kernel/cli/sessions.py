"""Sessions: `effecttalk sessions`: which there are, what one holds, and what becomes of it."""

from typing import Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import directory_of, read_settings
from effecttalk_kernel.cli.lazy import Command, LazyGroup
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records

PLACE: Final = "effecttalk_kernel.cli.sessions"
EXCHANGE: Final = "effecttalk_kernel.cli.notebooks"
COLUMNS: Final = (
    Column("id", "session", Kind.NAME),
    Column("state", "state", Kind.STATUS),
    Column("created", "created", Kind.TIME, least_width=110),
    Column("modified", "modified", Kind.TIME),
    Column("blocks", "blocks", Kind.NUMBER),
    Column("failed", "failed", Kind.NUMBER, least_width=70),
    Column("directory", "directory", Kind.PATH),
    Column("notebook", "notebook", Kind.PATH, least_width=70),
)


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Archived sessions too.")
@click.option("--notebook", metavar="PATH", default="", help="Only those of one notebook.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@as_json_option
def list_(*, everything: bool, notebook: str, limit: int, as_json: bool) -> None:
    """List sessions, the last changed first."""
    from effecttalk_kernel.cli.records import session_record
    from effecttalk_kernel.store.readonly import looked_into
    from effecttalk_kernel.store.rows import SessionState
    from effecttalk_kernel.store.sessions import list_sessions

    states = [each for each in SessionState if everything or each is not SessionState.ARCHIVED]
    path = directory_of(notebook) if notebook else ""
    with looked_into(read_settings().data_directory) as connection:
        found = (
            []
            if connection is None
            else list_sessions(connection, states=states, notebook=path, limit=limit)
        )
    records = [session_record(session) for session in found]
    print_records(records, COLUMNS, as_json=as_json, nothing="no session is kept")


@click.command()
@click.argument("session", type=SESSION)
@as_json_option
def show(session: str, *, as_json: bool) -> None:
    """Show a session: facts, changes of its environment, its last blocks.

    SESSION is its identity, or how that begins.
    """
    from effecttalk_kernel.cli.session_page import print_page, read_page
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.readonly import note_lost

    directory = read_settings().data_directory
    with opened(directory) as connection:
        note_lost(connection, directory)
        page = read_page(connection, session, directory)
    if as_json:
        print_json(page)
    else:
        print_page(page)


@click.command()
@click.argument("ids", nargs=-1, required=True, type=SESSION, metavar="SESSION...")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(ids: tuple[str, ...], *, yes: bool) -> None:
    """Remove sessions with all that is kept of them.

    Backups still have them.
    """
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.readonly import note_lost
    from effecttalk_kernel.store.sessions import delete_session, find_session
    from effecttalk_kernel.store.spill.layout import spills_directory

    directory = read_settings().data_directory
    with opened(directory) as connection:
        note_lost(connection, directory)
        found = {session.id: session for session in (find_session(connection, id_) for id_ in ids)}
        blocks = sum(session.blocks for session in found.values())
        if not yes:
            click.confirm(f"Delete {', '.join(found)} with {blocks} blocks?", abort=True, err=True)
        for session in found.values():
            delete_session(connection, session, spills_directory(directory))


@click.command()
@click.argument("ids", nargs=-1, required=True, type=SESSION, metavar="SESSION...")
@click.option("--undo", is_flag=True, help="Bring them back into the lists.")
def archive(ids: tuple[str, ...], *, undo: bool) -> None:
    """Take sessions out of the lists, with all that is kept."""
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.readonly import note_lost
    from effecttalk_kernel.store.sessions import find_session, set_archived

    directory = read_settings().data_directory
    with opened(directory) as connection:
        note_lost(connection, directory)
        for session in [find_session(connection, identity) for identity in ids]:
            set_archived(connection, session, archived=not undo)


sessions = LazyGroup(
    table={
        "list": Command(f"{PLACE}:list_", "List sessions, the last changed first."),
        "show": Command(
            f"{PLACE}:show", "Show a session: facts, changes of its environment, its last blocks."
        ),
        "load": Command(
            "effecttalk_kernel.cli.undo:load", "Go on from the state of another session."
        ),
        "delete": Command(f"{PLACE}:delete", "Remove sessions with all that is kept of them."),
        "archive": Command(
            f"{PLACE}:archive", "Take sessions out of the lists, with all that is kept."
        ),
        "export": Command(f"{EXCHANGE}:export", "Write a session as a notebook."),
        "import": Command(f"{EXCHANGE}:import_", "Keep a notebook as a session."),
    },
    summary="List, show, keep and remove sessions.",
)
