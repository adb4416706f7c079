"""Print records as JSON, as lines for other programs, or as a table for people.

If standard output is a terminal, it gets a table; otherwise lines with tabs between the fields and
without colours.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from effecttalk_kernel.bash_quoting import escape_json
from effecttalk_kernel.cli.columns import Column, Records
from effecttalk_kernel.cli.text_format import escape

# `read` and awk would skip an empty field.
EMPTY_FIELD: Final = "-"


def print_records(
    records: Records, columns: Sequence[Column], *, as_json: bool, empty_message: str
) -> None:
    """Print *records*; if there are none, a terminal gets the message *empty_message*."""
    if as_json:
        print_json([*records])
    elif not sys.stdout.isatty():
        for record in records:
            click.echo("\t".join(_format_field(record[column.key]) for column in columns))
    elif records:
        from effecttalk_kernel.cli.terminal_table import print_table

        print_table(records, columns)
    else:
        click.echo(empty_message, err=True)


def print_json(value: object) -> None:
    """Print *value* as ASCII, so that a terminal does not obey control characters in it."""
    click.echo(json.dumps(escape_json(value), indent=2))


def as_json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    return option(command)


def _format_field(value: object) -> str:
    return EMPTY_FIELD if value in {None, ""} else escape(str(value))
