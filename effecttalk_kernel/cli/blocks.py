"""Blocks: `effecttalk blocks`: which ran, what one did, and running it again."""

import sys
from typing import Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import BLOCK, SESSION
from effecttalk_kernel.cli.context import (
    Since,
    current_session,
    directory_of,
    read_settings,
)
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records

COLUMNS: Final = (
    Column("block", "block", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("exit_status", "exit", Kind.NUMBER, least_width=70),
    Column("started", "started", Kind.TIME),
    Column("duration_seconds", "took", Kind.DURATION, least_width=70),
    Column("directory", "directory", Kind.PATH, least_width=100),
    Column("command", "command"),
)


@click.group()
def blocks() -> None:
    """List, show and rerun blocks."""


@blocks.command("list")
@click.argument("session", type=SESSION, default="")
@click.option("--all", "everywhere", is_flag=True, help="In a cell: blocks of all sessions.")
@click.option("--failed", is_flag=True, help="Only blocks that failed.")
@click.option("--cwd", metavar="DIR", default="", help="Run in DIR or a directory below it.")
@click.option("--since", type=Since(), help="Begun since then: 2h, 7d, 2026-11-01.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@as_json_option
def list_(  # what click gives
    session: str,
    *,
    everywhere: bool,
    failed: bool,
    cwd: str,
    since: float | None,
    limit: int,
    as_json: bool,
) -> None:
    """List blocks, the newest first.

    Without SESSION, those of this session in a cell, and of all sessions elsewhere.
    """
    from effecttalk_kernel.cli.records import block_record
    from effecttalk_kernel.store.blocks import Wanted, list_blocks
    from effecttalk_kernel.store.readonly import looked_into

    wanted = Wanted(
        session=session or ("" if everywhere else current_session()),
        failed=True if failed else None,
        cwd=directory_of(cwd) if cwd else "",
        since=since,
        limit=limit,
    )
    with looked_into(read_settings().data_directory) as connection:
        found = [] if connection is None else list_blocks(connection, wanted)
    records = [block_record(block) for block in found]
    print_records(records, COLUMNS, as_json=as_json, nothing="no block is kept")


@blocks.command()
@click.argument("block", type=BLOCK)
@click.option("--stderr", "stream", flag_value="stderr", help="Only its standard error.")
@click.option("--stdout", "stream", flag_value="stdout", help="Only its standard output.")
@click.option("--record", is_flag=True, help="Print its record, as the notebook has it, as JSON.")
@as_json_option
def show(block: str, stream: str | None, *, record: bool, as_json: bool) -> None:
    """Show what a block did: its command, how it ended, and what its cell shows.

    BLOCK is a number in this session, or SESSION-NUMBER.
    """
    from effecttalk_kernel.cli.block_page import json_page, print_page
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.outputs import find_outputs, text_of

    settings = read_settings()
    with opened(settings.data_directory) as connection:
        found = find_block(connection, block, current_session())
        outputs = find_outputs(connection, found.key)
    if record:
        print_json(found.record)
    elif as_json:
        print_json(json_page(found, outputs))
    elif stream:
        from effecttalk_kernel.cli.render import shown

        data = text_of(outputs, stream).encode(errors="replace")
        click.echo("".join(shown([data], settings)), nl=False)
    else:
        print_page(found, outputs, settings)


@blocks.command()
@click.argument("block", type=BLOCK)
def rerun(block: str) -> None:
    """Run the command of a block again.

    In a cell it runs in this session, as a part of the cell; elsewhere in a shell of its own, from
    the state before the block where that is kept. The exit status is that of the block.
    """
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.states import find_state

    with opened(read_settings().data_directory) as connection:
        found = find_block(connection, block, current_session())
        state = find_state(connection, found.session, found.number - 1)
    if current_session():
        from effecttalk_kernel.cli.kernel_call import ask

        answer = ask("rerun", timeout_seconds=None, block=found.identity)
        sys.exit(int(str(answer.get("exit_status") or 0)))
    from effecttalk_kernel.cli import rerun as outside

    sys.exit(outside.rerun(found, has_state=state is not None))
