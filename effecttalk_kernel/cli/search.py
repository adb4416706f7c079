"""`effecttalk search`: find blocks by words in their commands and outputs."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from effecttalk_kernel.cli.columns import Column
from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import read_settings, stored_path
from effecttalk_kernel.cli.param_types import SINCE
from effecttalk_kernel.cli.tables import as_json_option, print_records
from effecttalk_kernel.cli.text_format import escape, format_time, shorten_path

if TYPE_CHECKING:
    from effecttalk_kernel.store.blocks import BlockFilter, SearchHit

# They enclose a match in a snippet. They are noncharacters (Unicode 23.7), which no text contains.
MARKS: Final = "\ufdd0\ufdd1"
COLUMNS: Final = (
    Column("block", "block"),
    Column("status", "status"),
    Column("exit_status", "exit"),
    Column("started", "started"),
    Column("directory", "directory"),
    Column("snippet", "snippet"),
)


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--failed", "ended", flag_value="failed", help="Only failed blocks.")
@click.option("--ok", "ended", flag_value="ok", help="Only blocks that did not fail.")
@click.option("--cwd", metavar="DIR", default="", help="Only blocks that ran in DIR or below it.")
@click.option("--since", type=SINCE, help="Only blocks started since then: 2h, 7d, 2026-11-01.")
@click.option("--session", type=SESSION, default="", help="Only blocks of one session.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="NUMBER",
    default=20,
    show_default=True,
    help="List at most this many blocks.",
)
@as_json_option
def search(
    text: tuple[str, ...],
    *,
    ended: str | None,
    cwd: str,
    since: float | None,
    session: str,
    limit: int,
    as_json: bool,
) -> None:
    """Search the commands and outputs of blocks.

    A block matches if it has all words of TEXT. If no block has them as whole words, they match the
    beginnings of words. The newest blocks come first. The exit status is 1 if nothing matches.
    """
    from effecttalk_kernel.store.blocks import BlockFilter

    block_filter = BlockFilter(
        session=session,
        failed=None if ended is None else ended == "failed",
        cwd=stored_path(cwd) if cwd else "",
        since=since,
        limit=limit,
    )
    # In stored output, bytes that are not UTF-8 are replaced, as a terminal shows them.
    words = os.fsencode(" ".join(text)).decode(errors="replace")
    records = [_make_record(found) for found in _search(words, block_filter)]
    if records and not as_json and sys.stdout.isatty():
        _print_matches(records)
    else:
        plain = [{**record, "snippet": _remove_marks(record["snippet"])} for record in records]
        print_records(plain, COLUMNS, as_json=as_json, empty_message="no matching blocks")
    sys.exit(0 if records else 1)


def _search(text: str, block_filter: "BlockFilter") -> "Sequence[SearchHit]":
    from effecttalk_kernel.store.blocks import search as search_store
    from effecttalk_kernel.store.readonly import open_existing

    with open_existing(read_settings().data_directory) as connection:
        return (
            [] if connection is None else search_store(connection, text, block_filter, marks=MARKS)
        )


def _make_record(found: "SearchHit") -> dict[str, Any]:
    from effecttalk_kernel.cli.records import block_record

    return {**block_record(found.block), "snippet": found.snippet}


def _print_matches(records: Sequence[Mapping[str, Any]]) -> None:
    now = datetime.now(UTC).astimezone()
    for record in records:
        is_good = record["status"] in {"running", "success", "background"}
        ended = record["status"] + ("" if is_good else f" ({record['exit_status']})")
        click.echo(
            "  ".join(
                (
                    click.style(record["block"], bold=True),
                    click.style(ended, fg="green" if is_good else "red"),
                    format_time(record["started"], now),
                    escape(shorten_path(record["directory"])),
                )
            )
        )
        click.echo(f"    {_highlight(record['snippet'])}")


def _highlight(snippet: str) -> str:
    before, *rest = " ".join(snippet.split()).split(MARKS[0])
    pieces = [escape(before)]
    for piece in rest:
        match, _, after = piece.partition(MARKS[1])
        pieces += (
            click.style(escape(match), fg="red", bold=True),
            escape(after),
        )
    return "".join(pieces)


def _remove_marks(snippet: str) -> str:
    return snippet.replace(MARKS[0], "").replace(MARKS[1], "")
