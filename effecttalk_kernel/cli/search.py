"""Search: `effecttalk search`, blocks by the words of their commands and outputs."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from effecttalk_kernel.cli import format as wording
from effecttalk_kernel.cli.columns import Column
from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import Since, directory_of, read_settings
from effecttalk_kernel.cli.tables import as_json_option, print_records

if TYPE_CHECKING:
    from effecttalk_kernel.store.blocks import Found, Wanted

# Around matches in a snippet; no text has them: they are no characters (Unicode, 23.7).
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
@click.option("--failed", "ended", flag_value="failed", help="Only blocks that failed.")
@click.option("--ok", "ended", flag_value="ok", help="Only blocks that did not fail.")
@click.option("--cwd", metavar="DIR", default="", help="Run in DIR or a directory below it.")
@click.option("--since", type=Since(), help="Begun since then: 2h, 7d, 2026-11-01.")
@click.option("--session", type=SESSION, default="", help="Of one session.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@as_json_option
def search(  # what click gives
    text: tuple[str, ...],
    *,
    ended: str | None,
    cwd: str,
    since: float | None,
    session: str,
    limit: int,
    as_json: bool,
) -> None:
    """Find blocks by words of command and output.

    All words of TEXT have to be there, whole or, where there is none, as beginnings of words.
    The newest are first. The exit status is 1 when nothing is found.
    """
    from effecttalk_kernel.store.blocks import Wanted

    wanted = Wanted(
        session=session,
        failed=None if ended is None else ended == "failed",
        cwd=directory_of(cwd) if cwd else "",
        since=since,
        limit=limit,
    )
    records = [_record(found) for found in _search(" ".join(text), wanted)]
    if records and not as_json and sys.stdout.isatty():
        _print_matches(records)
    else:
        plain = [{**record, "snippet": _unmarked(record["snippet"])} for record in records]
        print_records(plain, COLUMNS, as_json=as_json, nothing="nothing was found")
    sys.exit(0 if records else 1)


def _search(text: str, wanted: "Wanted") -> "Sequence[Found]":
    from effecttalk_kernel.store.blocks import search as search_store
    from effecttalk_kernel.store.readonly import looked_into

    with looked_into(read_settings().data_directory) as connection:
        return [] if connection is None else search_store(connection, text, wanted, marks=MARKS)


def _record(found: "Found") -> dict[str, Any]:
    from effecttalk_kernel.cli.records import block_record

    return {**block_record(found.block), "snippet": found.snippet}


def _print_matches(records: Sequence[Mapping[str, Any]]) -> None:
    now = datetime.now(UTC).astimezone()
    for record in records:
        good = record["status"] in {"running", "success", "background"}
        ended = record["status"] + ("" if good else f" ({record['exit_status']})")
        click.echo(
            "  ".join(
                (
                    click.style(record["block"], bold=True),
                    click.style(ended, fg="green" if good else "red"),
                    wording.when(record["started"], now),
                    wording.printable(wording.short_path(record["directory"])),
                )
            )
        )
        click.echo(f"    {_highlighted(record['snippet'])}")


def _highlighted(snippet: str) -> str:
    before, *rest = " ".join(snippet.split()).split(MARKS[0])
    pieces = [wording.printable(before)]
    for piece in rest:
        match, _, after = piece.partition(MARKS[1])
        pieces += (
            click.style(wording.printable(match), fg="red", bold=True),
            wording.printable(after),
        )
    return "".join(pieces)


def _unmarked(snippet: str) -> str:
    return snippet.replace(MARKS[0], "").replace(MARKS[1], "")
