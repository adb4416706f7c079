"""`effecttalk output`: print the full output of a block."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from effecttalk_kernel.cli.completers import BLOCK

if TYPE_CHECKING:
    from effecttalk_kernel.config.settings import Settings
    from effecttalk_kernel.store.rows import Outputs, StoredBlock


@click.command()
@click.argument("block", type=BLOCK)
@click.option(
    "--stderr",
    "stream",
    flag_value="stderr",
    help="Print standard error instead of standard output.",
)
@click.option("--stdout", "stream", flag_value="stdout", default=True, hidden=True)
@click.option(
    "--raw", is_flag=True, help="Print the bytes as they were written, with escape sequences."
)
def output(block: str, stream: str, *, raw: bool) -> None:
    """Print the full output of a block.

    BLOCK is the number of a block of this session, or SESSION-NUMBER. Without --raw, escape
    sequences are interpreted as by a terminal. If the cell shows the full output, that is printed.
    """
    from effecttalk_kernel.cli.context import current_session, read_settings
    from effecttalk_kernel.store.spill.reader import SpillNotFoundError, find_spill

    settings = read_settings()
    try:
        spill = find_spill(settings.data_directory, block, current_session())
    except SpillNotFoundError as error:
        stored = _find_stored(settings, block)
        if stored is None:
            raise
        from effecttalk_kernel.store.outputs import extract_text, is_truncated

        row, outputs = stored
        try:  # the user gave only the beginning of the session's identity
            spill = find_spill(settings.data_directory, row.identity, "")
        except SpillNotFoundError:
            _print_chunks(
                [extract_text(outputs, stream).encode(errors="replace")], settings, raw=raw
            )
            if is_truncated(row, outputs, stream):
                raise click.ClickException(f"the output is incomplete: {error}") from error
            return
    _print_chunks(spill.read_chunks(stream), settings, raw=raw)
    if spill.warning:
        click.echo(f"effecttalk: {spill.warning}", err=True)


def _print_chunks(chunks: Iterable[bytes], settings: "Settings", *, raw: bool) -> None:
    if raw:
        for data in chunks:
            sys.stdout.buffer.write(data)
        return
    from effecttalk_kernel.cli.render import render

    for text in render(chunks, settings):
        click.echo(text, nl=False)


def _find_stored(settings: "Settings", name: str) -> "tuple[StoredBlock, Outputs] | None":
    """Return the block and the outputs of its cell; None if it is not in the store."""
    from effecttalk_kernel.cli.context import current_session
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import open_store, store_path
    from effecttalk_kernel.store.errors import BlockNotFoundError, SessionNotFoundError
    from effecttalk_kernel.store.outputs import find_outputs

    if not store_path(settings.data_directory).exists():
        return None
    try:
        with open_store(settings.data_directory) as connection:
            block = find_block(connection, name, current_session())
            return block, find_outputs(connection, block.key)
    except (BlockNotFoundError, SessionNotFoundError):
        return None
