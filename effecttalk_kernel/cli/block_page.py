"""Block page: one block with all that is kept of it."""

from collections.abc import Iterator
from typing import Any

import click

from effecttalk_kernel.cli import format as wording
from effecttalk_kernel.cli.records import Record, block_record
from effecttalk_kernel.cli.render import shown
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.store.outputs import text_of
from effecttalk_kernel.store.rows import Block, Output, Outputs
from effecttalk_kernel.store.spill.reader import SpillNotFoundError, find_spill


def json_page(block: Block, outputs: Outputs) -> Record:
    """Return all of a block for programs."""
    return {
        **block_record(block),
        "stdout": text_of(outputs, "stdout"),
        "stderr": text_of(outputs, "stderr"),
        "record": dict(block.record),
    }


def print_page(block: Block, outputs: Outputs, settings: Settings) -> None:
    """Print all of a block for people."""
    for name, value in _facts(block):
        click.echo(click.style(f"{name + ':':<11}", bold=True) + value)
    click.echo()
    click.echo(wording.printable_lines(block.code.rstrip("\n")))
    click.echo()
    for output in outputs:
        _print_output(output, settings)
    try:
        find_spill(settings.data_directory, block.identity, "")
    except SpillNotFoundError:
        return
    told = f"all of it: effecttalk output {block.identity}"
    click.echo(click.style(told, dim=True), err=True)


def _facts(block: Block) -> Iterator[tuple[str, str]]:
    ended = block.status
    if block.exit_status:
        ended += f" (exit status {block.exit_status})"
    yield "block", block.identity
    yield "status", ended
    yield "started", wording.iso(block.started) or "at an unknown time"
    if block.duration_seconds is not None:
        yield "took", wording.duration(block.duration_seconds)
    yield "directory", wording.printable(block.cwd)


def _print_output(output: Output, settings: Settings) -> None:
    match output:
        case {"output_type": "stream", "text": str(text)}:
            for piece in shown([text.encode(errors="replace")], settings):
                click.echo(piece, nl=False)
        case {"data": dict(data)}:
            kind = _kind(data)
            if kind:
                click.echo(f"[{wording.printable(kind)}]")


def _kind(data: dict[str, Any]) -> str:
    """Return the type of what is shown, but for the block's own record."""
    kinds = [kind for kind in data if not kind.startswith("application/vnd.effecttalk.")]
    return next((kind for kind in kinds if kind != "text/plain"), "".join(kinds[:1]))
