"""Output: `effecttalk output`, all that a block wrote."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from effecttalk_kernel.cli.completers import BLOCK

if TYPE_CHECKING:
    from effecttalk_kernel.config.settings import Settings
    from effecttalk_kernel.store.rows import Block, Outputs


@click.command()
@click.argument("block", type=BLOCK)
@click.option("--stderr", "stream", flag_value="stderr", help="What went to standard error.")
@click.option("--stdout", "stream", flag_value="stdout", default=True, hidden=True)
@click.option("--raw", is_flag=True, help="The bytes as they were written, escapes and all.")
def output(block: str, stream: str, *, raw: bool) -> None:
    """Print all that a block wrote.

    BLOCK is a number in this session, as the cell names it, or SESSION-NUMBER. Without --raw, it
    is printed as a terminal would show it. Of a block whose cell has all of it, this prints what
    the cell has.
    """
    from effecttalk_kernel.cli.context import current_session, read_settings
    from effecttalk_kernel.store.spill.reader import SpillNotFoundError, find_spill

    settings = read_settings()
    try:
        spill = find_spill(settings.data_directory, block, current_session())
    except SpillNotFoundError as error:
        found = _stored(settings, block)
        if found is None:
            raise
        from effecttalk_kernel.store.outputs import text_of

        kept, outputs = found
        try:  # of a session that was named by its beginning
            spill = find_spill(settings.data_directory, kept.identity, "")
        except SpillNotFoundError:
            _print([text_of(outputs, stream).encode(errors="replace")], settings, raw=raw)
            if _is_part(kept, outputs, stream):
                raise click.ClickException(f"this is not all of it: {error}") from error
            return
    _print(spill.chunks(stream), settings, raw=raw)
    if spill.warning:
        click.echo(f"effecttalk: {spill.warning}", err=True)


def _print(chunks: Iterable[bytes], settings: "Settings", *, raw: bool) -> None:
    if raw:
        for data in chunks:
            sys.stdout.buffer.write(data)
        return
    from effecttalk_kernel.cli.render import shown

    for text in shown(chunks, settings):
        click.echo(text, nl=False)


def _stored(settings: "Settings", name: str) -> "tuple[Block, Outputs] | None":
    """Return the block and what its cell shows; None: it is not in the store."""
    from effecttalk_kernel.cli.context import current_session
    from effecttalk_kernel.store.blocks import find_block
    from effecttalk_kernel.store.database import opened, store_path
    from effecttalk_kernel.store.errors import BlockNotFoundError, SessionNotFoundError
    from effecttalk_kernel.store.outputs import find_outputs

    if not store_path(settings.data_directory).exists():
        return None
    try:
        with opened(settings.data_directory) as connection:
            block = find_block(connection, name, current_session())
            return block, find_outputs(connection, block.key)
    except (BlockNotFoundError, SessionNotFoundError):
        return None


def _is_part(block: "Block", outputs: "Outputs", stream: str) -> bool:
    """Whether the block wrote more than its cell shows, or that had to go."""
    facts = block.record.get(stream)
    written = facts if isinstance(facts, dict) else {}
    return bool(written.get("left_out_bytes") or (written.get("size_bytes") and not outputs))
