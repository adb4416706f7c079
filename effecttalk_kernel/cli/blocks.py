"""`effecttalk blocks`: list, show and rerun blocks."""

import sys
from typing import Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import BLOCK, SESSION
from effecttalk_kernel.cli.context import current_session, read_settings, stored_path
from effecttalk_kernel.cli.param_types import SINCE
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records

COLUMNS: Final = (
    Column("block", "block", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("exit_status", "exit", Kind.NUMBER, min_width=70),
    Column("started", "started", Kind.TIME),
    Column("duration_seconds", "took", Kind.DURATION, min_width=70),
    Column("directory", "directory", Kind.PATH, min_width=100),
    Column("command", "command"),
)


@click.group()
def blocks() -> None:
    """List, show and rerun blocks."""


@blocks.command("list")
@click.argument("session", type=SESSION, default="")
@click.option(
    "--all", "everywhere", is_flag=True, help="List blocks of all sessions, also in a cell."
)
@click.option("--failed", is_flag=True, help="Only failed blocks.")
@click.option("--cwd", metavar="DIR", default="", help="Only blocks that ran in DIR or below it.")
@click.option("--since", type=SINCE, help="Only blocks started since then: 2h, 7d, 2026-11-01.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="NUMBER",
    default=50,
    show_default=True,
    help="List at most this many blocks.",
)
@as_json_option
def list_(
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

    SESSION is an identity or its beginning. Without it, a cell lists the blocks of its own
    session, and a terminal those of all sessions.
    """
    from effecttalk_kernel.cli.records import block_record
    from effecttalk_kernel.store.blocks import BlockFilter, list_blocks
    from effecttalk_kernel.store.readonly import open_existing

    block_filter = BlockFilter(
        session=session or ("" if everywhere else current_session()),
        failed=True if failed else None,
        cwd=stored_path(cwd) if cwd else "",
        since=since,
        limit=limit,
    )
    with open_existing(read_settings().data_directory) as connection:
        found = [] if connection is None else list_blocks(connection, block_filter)
    records = [block_record(block) for block in found]
    print_records(records, COLUMNS, as_json=as_json, empty_message="no matching blocks")


@blocks.command()
@click.argument("block", type=BLOCK)
@click.option("--stderr", "stream", flag_value="stderr", help="Print only its standard error.")
@click.option("--stdout", "stream", flag_value="stdout", help="Print only its standard output.")
@click.option("--record", is_flag=True, help="Print its record as JSON, as stored in the notebook.")
@as_json_option
def show(block: str, stream: str | None, *, record: bool, as_json: bool) -> None:
    """Show the command, the outcome and the output of a block.

    BLOCK is the number of a block of this session, or SESSION-NUMBER.
    """
    from effecttalk_kernel.cli.block_page import make_page_record, print_page
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.outputs import extract_text, find_outputs

    settings = read_settings()
    with open_store(settings.data_directory) as connection:
        found = find_block(connection, block, current_session())
        outputs = find_outputs(connection, found.key)
    if record:
        print_json(found.record)
    elif as_json:
        print_json(make_page_record(found, outputs))
    elif stream:
        from effecttalk_kernel.cli.render import render

        data = extract_text(outputs, stream).encode(errors="replace")
        click.echo("".join(render([data], settings)), nl=False)
    else:
        print_page(found, outputs, settings)


@blocks.command()
@click.argument("block", type=BLOCK)
def rerun(block: str) -> None:
    """Run the command of a block again.

    In a cell, it runs in this session as part of the cell. In a terminal, it runs in a new shell
    with the state before the block, if that was recorded. The exit status is the block's.
    """
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.shell_states import find_state

    with open_store(read_settings().data_directory) as connection:
        found = find_block(connection, block, current_session())
        state = find_state(connection, found.session, found.number - 1)
    if current_session():
        from effecttalk_kernel.cli.kernel_call import call_kernel

        answer = call_kernel("rerun", timeout_seconds=None, block=found.identity)
        sys.exit(int(str(answer.get("exit_status") or 0)))
    from effecttalk_kernel.cli.rerun import rerun_block

    sys.exit(rerun_block(found, has_state=state is not None))
