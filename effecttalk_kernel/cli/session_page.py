"""The page of one session in `effecttalk sessions show`."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from effecttalk_kernel.cli.blocks import COLUMNS
from effecttalk_kernel.cli.exports import compare_exports, read_exports
from effecttalk_kernel.cli.records import Record, block_record, session_record
from effecttalk_kernel.cli.tables import print_records
from effecttalk_kernel.cli.text_format import escape, format_size
from effecttalk_kernel.store.blocks import BlockFilter, list_blocks
from effecttalk_kernel.store.identities import session_path
from effecttalk_kernel.store.rows import StoredSession
from effecttalk_kernel.store.sessions import find_session, read_environment
from effecttalk_kernel.store.shell_states import find_state, list_state_numbers
from effecttalk_kernel.store.spill.layout import spills_directory

LAST_BLOCKS: Final = 10
# A longer value is truncated; `--json` has all of it.
MAX_VALUE_CHARACTERS: Final = 120


def read_page(connection: sqlite3.Connection, name: str, data_directory: Path) -> Record:
    """Return everything about a session as JSON values.

    Raises:
        SessionNotFoundError: there is no such session.

    """
    session = find_session(connection, name)
    spills = [*_find_files(session_path(spills_directory(data_directory), session.id))]
    return {
        **session_record(session),
        "states": [*list_state_numbers(connection, session.id)],
        "spills": len({path.stem for path in spills}),
        "spill_bytes": sum(path.stat().st_size for path in spills),
        "environment": _compare_environment(connection, session),
        "last_blocks": [
            block_record(block)
            for block in list_blocks(connection, BlockFilter(session=session.id, limit=LAST_BLOCKS))
        ],
    }


def print_page(page: Record) -> None:
    """Print the page of a session."""
    for name, value in _list_facts(page):
        click.echo(click.style(f"{name + ':':<14}", bold=True) + value)
    if page["environment"]:
        click.echo(f"\n{click.style('environment:', bold=True)}")
    for variable in page["environment"]:
        click.echo(f"  {_format_change(variable)}")
    if page["last_blocks"]:
        click.echo(f"\n{click.style('last blocks:', bold=True)}")
        print_records(page["last_blocks"], COLUMNS, as_json=False, empty_message="")


def format_ranges(numbers: Iterable[int]) -> str:
    """Return ascending numbers as ranges: `0-4, 7`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


def _list_facts(page: Record) -> Iterator[tuple[str, str]]:
    yield "session", page["id"]
    running = page["active_block"]
    yield "state", page["state"] + (f", running block {running}" if running is not None else "")
    yield "created", page["created"] or ""
    yield "modified", page["modified"] or ""
    yield "blocks", f"{page['blocks']}, {page['failed']} failed"
    yield "directory", escape(page["directory"])
    yield "notebook", escape(page["notebook"]) or "-"
    yield "shell", escape(page["shell"])
    yield "process", f"{page['pid']} on {escape(page['host'])}"
    if page["continues"]:
        yield "continues", escape(page["continues"])
    yield "states", f"after blocks {format_ranges(page['states'])}" if page["states"] else "none"
    outputs = f"{format_size(page['kept_bytes'])} in the store"
    spills = f"{format_size(page['spill_bytes'])} in files of {page['spills']} large outputs"
    yield "outputs", f"{outputs}, {spills}"


def _compare_environment(
    connection: sqlite3.Connection, session: StoredSession
) -> list[dict[str, Any]]:
    state = find_state(connection, session.id)
    before, after = (
        read_environment(connection, session),
        read_exports(state.parts[0]) if state else {},
    )
    if not before or not after:  # one is not stored: the session was imported, or its shell died
        return []
    return [
        {"name": name, "before": old, "after": new}
        for name, (old, new) in compare_exports(before, after).items()
    ]


def _format_change(variable: Record) -> str:
    name, after = variable["name"], variable["after"]
    if after is None:
        return f"- {name}"
    text = escape(after)
    shortened = text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"
    return f"{'+' if variable['before'] is None else '~'} {name}={shortened}"


def _find_files(directory: Path) -> Iterator[Path]:
    """Yield the output files, without the JSON files that describe them."""
    return (path for path in directory.glob("*.std*") if path.is_file())
