"""Stats: `effecttalk stats`, how much ran, failed and is kept."""

from collections.abc import Iterator, Mapping

import click

from effecttalk_kernel.cli import format as wording
from effecttalk_kernel.cli.context import Since, read_settings
from effecttalk_kernel.cli.records import Record
from effecttalk_kernel.cli.tables import as_json_option, print_json


@click.command()
@click.option("--since", type=Since(), default=0.0, help="Begun since then: 2h, 7d, 2026-11-01.")
@as_json_option
def stats(since: float, *, as_json: bool) -> None:
    """Tell how much ran, failed and is kept."""
    from effecttalk_kernel.store.database import store_path
    from effecttalk_kernel.store.readonly import looked_into
    from effecttalk_kernel.store.spill.layout import spills_directory
    from effecttalk_kernel.store.statistics import nothing, read_figures, size_of

    directory = read_settings().data_directory
    with looked_into(directory) as connection:
        figures = nothing() if connection is None else read_figures(connection, since)
    store = store_path(directory)
    figures |= {
        "store_bytes": sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*")),
        "spill_bytes": size_of(spills_directory(directory)),
        "backup_bytes": size_of(directory / "backups"),
    }
    if as_json:
        print_json(figures)
        return
    for name, value in _lines(figures):
        click.echo(click.style(f"{name + ':':<13}", bold=True) + value)


def _lines(figures: Record) -> Iterator[tuple[str, str]]:
    yield "sessions", _counts(figures["sessions_by_state"])
    yield "blocks", f"{figures['blocks']} ({_counts(figures['blocks_by_status'])})"
    if figures["failed_share"] is not None:
        yield "failed", f"{figures['failed_share']:.1%}"
    if figures["median_seconds"] is not None:
        total, median = (
            wording.duration(figures[f"{name}_seconds"]) for name in ("total", "median")
        )
        yield "time", f"{total} in all, {median} the median"
    if figures["commands"]:
        yield "commands", _ranking(figures["commands"], "command")
    if figures["directories"]:
        yield "directories", _ranking(figures["directories"], "directory")
    kept = [
        f"{wording.size(figures[f'{name}_bytes'])} in {place}" for name, place in PLACES.items()
    ]
    yield "kept", ", ".join(kept)


PLACES: Mapping[str, str] = {"store": "the store", "spill": "large outputs", "backup": "backups"}


def _counts(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{count} {wording.printable(name)}" for name, count in counts.items()) or "none"
    )


def _ranking(records: list[Record], key: str) -> str:
    return ", ".join(
        f"{wording.printable(wording.short_path(record[key]))} {record['blocks']}"
        for record in records
    )
