"""Tables: records as JSON, as lines for other programs, or as a table for people.

Who reads is told by standard output: a terminal gets a table, everything else lines with
a tab between the fields and nothing that a terminal would need.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from effecttalk_kernel.cli.columns import Column, Records
from effecttalk_kernel.cli.format import printable

# An empty field would be none for `read` and awk.
NOTHING: Final = "-"


def print_records(
    records: Records, columns: Sequence[Column], *, as_json: bool, nothing: str
) -> None:
    """Print *records*; *nothing* is told to people when there are none."""
    if as_json:
        print_json([*records])
    elif not sys.stdout.isatty():
        for record in records:
            click.echo("\t".join(_field(record[column.key]) for column in columns))
    elif records:
        from effecttalk_kernel.cli.terminal_table import print_table

        print_table(records, columns)
    else:
        click.echo(nothing, err=True)


def print_json(value: object) -> None:
    """Print *value* in ASCII, so that no text in it does anything to a terminal."""
    click.echo(json.dumps(value, indent=2))


def as_json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
    return option(command)


def _field(value: object) -> str:
    return NOTHING if value in {None, ""} else printable(str(value))
