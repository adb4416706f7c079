"""The page of one block in `effecttalk blocks show`."""

from collections.abc import Iterator
from typing import Any

import click

from effecttalk_kernel.cli.records import Record, block_record
from effecttalk_kernel.cli.render import render
from effecttalk_kernel.cli.text_format import escape, escape_lines, format_duration, format_iso
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.store.outputs import extract_text
from effecttalk_kernel.store.rows import Output, Outputs, StoredBlock
from effecttalk_kernel.store.spill.reader import SpillNotFoundError, find_spill


def make_page_record(block: StoredBlock, outputs: Outputs) -> Record:
    """Return everything about a block as JSON values."""
    return {
        **block_record(block),
        "stdout": extract_text(outputs, "stdout"),
        "stderr": extract_text(outputs, "stderr"),
        "record": dict(block.record),
    }


def print_page(block: StoredBlock, outputs: Outputs, settings: Settings) -> None:
    """Print everything about a block."""
    for name, value in _list_facts(block):
        click.echo(click.style(f"{name + ':':<11}", bold=True) + value)
    click.echo()
    click.echo(escape_lines(block.code.rstrip("\n")))
    click.echo()
    for output in outputs:
        _print_output(output, settings)
    try:
        find_spill(settings.data_directory, block.identity, "")
    except SpillNotFoundError:
        return
    hint = f"full output: effecttalk output {block.identity}"
    click.echo(click.style(hint, dim=True), err=True)


def _list_facts(block: StoredBlock) -> Iterator[tuple[str, str]]:
    ended = block.status
    if block.exit_status:
        ended += f" (exit status {block.exit_status})"
    yield "block", block.identity
    yield "status", ended
    yield "started", format_iso(block.started) or "unknown"
    if block.duration_seconds is not None:
        yield "took", format_duration(block.duration_seconds)
    yield "directory", escape(block.cwd)


def _print_output(output: Output, settings: Settings) -> None:
    match output:
        case {"output_type": "stream", "text": str(text)}:
            for piece in render([text.encode(errors="replace")], settings):
                click.echo(piece, nl=False)
        case {"data": dict(data)}:
            media_type = _find_media_type(data)
            if media_type:
                click.echo(f"[{escape(media_type)}]")


def _find_media_type(data: dict[str, Any]) -> str:
    """Return the media type that a front end shows; "" for the block's own record."""
    types = [each for each in data if not each.startswith("application/vnd.effecttalk.")]
    return next((each for each in types if each != "text/plain"), "".join(types[:1]))
