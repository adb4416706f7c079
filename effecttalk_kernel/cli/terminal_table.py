"""Print records as a table that fits the width of the terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from effecttalk_kernel.cli.columns import Column, Kind, Records
from effecttalk_kernel.cli.text_format import (
    escape,
    format_duration,
    format_size,
    format_time,
    shorten_path,
)

GAP: Final = 2
MIN_WIDTH: Final = 12  # width of a column that is truncated
FLEXIBLE_KINDS: Final = frozenset({Kind.TEXT, Kind.PATH})
RIGHT_ALIGNED: Final = frozenset({Kind.NUMBER, Kind.DURATION, Kind.SIZE})
# Of the status, which is also readable without colours.
STYLES: Final[Mapping[str, str]] = {
    "success": "green",
    "live": "green",
    "ok": "green",
    "running": "cyan",
    "background": "cyan",
    "archived": "dim",
    "closed": "",
}
BAD_STYLE: Final = "red"


def print_table(records: Records, columns: Sequence[Column]) -> None:
    """Print *records* with the columns that fit into the terminal."""
    console = Console(highlight=False, emoji=False, markup=False)
    shown = [column for column in columns if column.min_width <= console.width]
    now = datetime.now(UTC).astimezone()
    rows = [[_format_cell(record, column, now) for column in shown] for record in records]
    widths = _compute_widths(rows, shown, console.width)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for column, width in zip(shown, widths, strict=True):
        justify = "right" if column.kind in RIGHT_ALIGNED else "left"
        table.add_column(column.title.upper(), justify=justify, width=width, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        cells = zip(row, shown, widths, strict=True)
        table.add_row(*(_fit_text(text, column, width) for text, column, width in cells))
    console.print(table)


def _format_cell(record: Mapping[str, Any], column: Column, now: datetime) -> str:
    value = record[column.key]
    if value is None or value == "":
        return ""
    match column.kind:
        case Kind.TIME:
            return format_time(value, now)
        case Kind.DURATION:
            return format_duration(value)
        case Kind.SIZE:
            return format_size(value)
        case Kind.PATH:
            return escape(shorten_path(str(value)))
        case _:
            return escape(str(value))


def _compute_widths(rows: list[list[str]], columns: Sequence[Column], room: int) -> list[int]:
    """Return the width of each column; texts and paths are truncated if there is no room."""
    widths = [
        max(cell_len(column.title), *(cell_len(row[index]) for row in rows))
        for index, column in enumerate(columns)
    ]
    excess = sum(widths) + GAP * (len(widths) - 1) - room
    flexible = [index for index, column in enumerate(columns) if column.kind in FLEXIBLE_KINDS]
    while excess > 0:
        widest = max(flexible, key=lambda index: widths[index], default=None)
        if widest is None or widths[widest] <= MIN_WIDTH:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _fit_text(text: str, column: Column, width: int) -> Text:
    style = STYLES.get(text, BAD_STYLE) if column.kind is Kind.STATUS else ""
    if cell_len(text) <= width:
        return Text(text, style)
    if column.kind is Kind.PATH:  # its end is more useful than its beginning
        reverse = set_cell_size(text[::-1], width - 1)
        return Text(f"…{reverse[::-1]}", style)
    return Text(f"{set_cell_size(text, width - 1)}…", style)
