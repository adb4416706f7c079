"""Session page: one session with what it changed and what is kept of it."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from effecttalk_kernel.cli import format as wording
from effecttalk_kernel.cli.blocks import COLUMNS
from effecttalk_kernel.cli.exports import differences, exported
from effecttalk_kernel.cli.records import Record, block_record, session_record
from effecttalk_kernel.cli.tables import print_records
from effecttalk_kernel.store.blocks import Wanted, list_blocks
from effecttalk_kernel.store.rows import Session
from effecttalk_kernel.store.sessions import environment_of, find_session
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.states import find_state, numbers_of_states

LAST: Final = 10
# A value longer than this says nothing more at a glance; JSON has all of it.
LONGEST: Final = 120


def read_page(connection: sqlite3.Connection, name: str, data_directory: Path) -> Record:
    """Return all that is told of a session.

    Raises:
        SessionNotFoundError: there is none.

    """
    session = find_session(connection, name)
    spills = [*_files(spills_directory(data_directory) / session.id)]
    return {
        **session_record(session),
        "states": [*numbers_of_states(connection, session.id)],
        "spills": len({path.stem for path in spills}),
        "spill_bytes": sum(path.stat().st_size for path in spills),
        "environment": _environment(connection, session),
        "last_blocks": [
            block_record(block)
            for block in list_blocks(connection, Wanted(session=session.id, limit=LAST))
        ],
    }


def print_page(page: Record) -> None:
    """Print it for people."""
    for name, value in _facts(page):
        click.echo(click.style(f"{name + ':':<14}", bold=True) + value)
    if page["environment"]:
        click.echo(f"\n{click.style('environment:', bold=True)}")
    for variable in page["environment"]:
        click.echo(f"  {_change(variable)}")
    if page["last_blocks"]:
        click.echo(f"\n{click.style('last blocks:', bold=True)}")
        print_records(page["last_blocks"], COLUMNS, as_json=False, nothing="")


def spans(numbers: Iterable[int]) -> str:
    """Return ascending numbers in short: `0-4, 7`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in found)


def _facts(page: Record) -> Iterator[tuple[str, str]]:
    yield "session", page["id"]
    running = page["active_block"]
    yield "state", page["state"] + (f", block {running} runs" if running is not None else "")
    yield "created", page["created"] or ""
    yield "modified", page["modified"] or ""
    yield "blocks", f"{page['blocks']}, {page['failed']} failed"
    yield "directory", wording.printable(page["directory"])
    yield "notebook", wording.printable(page["notebook"]) or "-"
    yield "shell", wording.printable(page["shell"])
    yield "process", f"{page['pid']} on {wording.printable(page['host'])}"
    if page["continues"]:
        yield "continues", wording.printable(page["continues"])
    yield "states", f"after blocks {spans(page['states'])}" if page["states"] else "none"
    kept = f"{wording.size(page['kept_bytes'])} of outputs"
    yield "kept", f"{kept}, {page['spills']} large ones in {wording.size(page['spill_bytes'])}"


def _environment(connection: sqlite3.Connection, session: Session) -> list[dict[str, Any]]:
    state = find_state(connection, session.id)
    before, after = environment_of(connection, session), exported(state.parts[0]) if state else {}
    if not before or not after:  # one of them is not kept: an imported session, a lost shell
        return []
    return [
        {"name": name, "before": old, "after": new}
        for name, (old, new) in differences(before, after).items()
    ]


def _change(variable: Record) -> str:
    name, after = variable["name"], variable["after"]
    if after is None:
        return f"- {name}"
    text = wording.printable(after)
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{'+' if variable['before'] is None else '~'} {name}={cut}"


def _files(directory: Path) -> Iterator[Path]:
    """Yield the files of spills; what describes them does not count."""
    return (path for path in directory.glob("*.std*") if path.is_file())
