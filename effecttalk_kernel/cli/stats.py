"""`effecttalk stats`: show how many blocks ran and failed, and the disk usage."""

from collections.abc import Iterator, Mapping

import click

from effecttalk_kernel.cli.context import read_settings
from effecttalk_kernel.cli.param_types import SINCE
from effecttalk_kernel.cli.records import Record
from effecttalk_kernel.cli.tables import as_json_option, print_json
from effecttalk_kernel.cli.text_format import escape, format_duration, format_size, shorten_path


@click.command()
@click.option(
    "--since",
    type=SINCE,
    default=0.0,
    help="Only blocks started since then: 2h, 7d, 2026-11-01.",
)
@as_json_option
def stats(since: float, *, as_json: bool) -> None:
    """Show how many blocks ran and failed, and the disk usage."""
    from effecttalk_kernel.store.database import store_path
    from effecttalk_kernel.store.readonly import open_existing
    from effecttalk_kernel.store.spill.layout import spills_directory
    from effecttalk_kernel.store.statistics import (
        empty_statistics,
        measure_directory,
        read_statistics,
    )

    directory = read_settings().data_directory
    with open_existing(directory) as connection:
        figures = empty_statistics() if connection is None else read_statistics(connection, since)
    store = store_path(directory)
    figures |= {
        "store_bytes": sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*")),
        "spill_bytes": measure_directory(spills_directory(directory)),
        "backup_bytes": measure_directory(directory / "backups"),
    }
    if as_json:
        print_json(figures)
        return
    for name, value in _format_lines(figures):
        click.echo(click.style(f"{name + ':':<13}", bold=True) + value)


def _format_lines(figures: Record) -> Iterator[tuple[str, str]]:
    yield "sessions", _format_counts(figures["sessions_by_state"])
    yield "blocks", f"{figures['blocks']} ({_format_counts(figures['blocks_by_status'])})"
    if figures["failed_share"] is not None:
        yield "failed", f"{figures['failed_share']:.1%}"
    if figures["median_seconds"] is not None:
        total, median = (
            format_duration(figures[f"{name}_seconds"]) for name in ("total", "median")
        )
        yield "time", f"{total} in total, median {median}"
    if figures["commands"]:
        yield "commands", _format_ranking(figures["commands"], "command")
    if figures["directories"]:
        yield "directories", _format_ranking(figures["directories"], "directory")
    sizes = (
        f"{format_size(figures[f'{name}_bytes'])} in {place}" for name, place in PLACES.items()
    )
    yield "disk usage", ", ".join(sizes)


PLACES: Mapping[str, str] = {"store": "the store", "spill": "large outputs", "backup": "backups"}


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {escape(name)}" for name, count in counts.items()) or "none"


def _format_ranking(records: list[Record], key: str) -> str:
    return ", ".join(
        f"{escape(shorten_path(record[key]))} {record['blocks']}" for record in records
    )
