"""`effecttalk cache`: list and clear the outputs of blocks with the option `cache`."""

from typing import TYPE_CHECKING, Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import ENTRY
from effecttalk_kernel.cli.context import read_settings
from effecttalk_kernel.cli.records import Record
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records
from effecttalk_kernel.cli.text_format import format_iso, format_size

if TYPE_CHECKING:
    from effecttalk_kernel.store.cache.cache import Cache, EntrySummary

COLUMNS: Final = (
    Column("short_key", "entry", Kind.NAME),
    Column("block", "block", Kind.NAME),
    Column("made", "made", Kind.TIME),
    Column("size_bytes", "size", Kind.SIZE),
    Column("hits", "hits", Kind.NUMBER),
)
# Unique among millions of entries.
SHOWN_DIGITS: Final = 12


@click.group()
def cache() -> None:
    """List and clear cached outputs."""


@cache.command("list")
@as_json_option
def list_(*, as_json: bool) -> None:
    """List cached outputs, the last used first."""
    records = [_make_record(each) for each in _open_cache().list_entries()]
    print_records(records, COLUMNS, as_json=as_json, empty_message="the cache is empty")


@cache.command()
@click.argument("keys", nargs=-1, type=ENTRY, metavar="[ENTRY...]")
@as_json_option
def clear(keys: tuple[str, ...], *, as_json: bool) -> None:
    """Remove cached outputs, so that their blocks run again.

    ENTRY is a key from `effecttalk cache list`, or at least its first four characters. Without it,
    all are removed.
    """
    removed = _open_cache().clear(keys)
    size_bytes = sum(each.size_bytes for each in removed)
    if as_json:
        print_json({"entries": len(removed), "size_bytes": size_bytes})
    else:
        click.echo(f"removed {len(removed)} entries ({format_size(size_bytes)})")


def _open_cache() -> "Cache":
    from effecttalk_kernel.store.cache.cache import Cache

    settings = read_settings()
    return Cache(settings.data_directory, settings.max_cache_size)


def _make_record(entry: "EntrySummary") -> Record:
    return {
        "short_key": entry.key[:SHOWN_DIGITS],
        "key": entry.key,
        "block": entry.block,
        "made": format_iso(entry.made),
        "size_bytes": entry.size_bytes,
        "hits": entry.hits,
    }
