"""Terminal table: records as people read them, as wide as their terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from effecttalk_kernel.cli import format as wording
from effecttalk_kernel.cli.columns import Column, Kind, Records

GAP: Final = 2
LEAST: Final = 12  # of a column that has to give way
FLEXIBLE: Final = frozenset({Kind.TEXT, Kind.PATH})
RIGHT: Final = frozenset({Kind.NUMBER, Kind.DURATION, Kind.SIZE})
# The words say it too: never by colour alone.
STYLES: Final[Mapping[str, str]] = {
    "success": "green",
    "live": "green",
    "ok": "green",
    "running": "cyan",
    "background": "cyan",
    "archived": "dim",
    "closed": "",
}
BAD: Final = "red"


def print_table(records: Records, columns: Sequence[Column]) -> None:
    """Print *records* with the columns that the terminal has room for."""
    console = Console(highlight=False, emoji=False, markup=False)
    shown = [column for column in columns if column.least_width <= console.width]
    now = datetime.now(UTC).astimezone()
    rows = [[_cell(record, column, now) for column in shown] for record in records]
    widths = _widths(rows, shown, console.width)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for column, width in zip(shown, widths, strict=True):
        justify = "right" if column.kind in RIGHT else "left"
        table.add_column(column.title.upper(), justify=justify, width=width, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        cells = zip(row, shown, widths, strict=True)
        table.add_row(*(_text(text, column, width) for text, column, width in cells))
    console.print(table)


def _cell(record: Mapping[str, Any], column: Column, now: datetime) -> str:
    value = record[column.key]
    if value is None or value == "":
        return ""
    match column.kind:
        case Kind.TIME:
            return wording.when(value, now)
        case Kind.DURATION:
            return wording.duration(value)
        case Kind.SIZE:
            return wording.size(value)
        case Kind.PATH:
            return wording.printable(wording.short_path(str(value)))
        case _:
            return wording.printable(str(value))


def _widths(rows: list[list[str]], columns: Sequence[Column], room: int) -> list[int]:
    """Return a width for each column: as wide as it is, but texts give way."""
    widths = [
        max(cell_len(column.title), *(cell_len(row[place]) for row in rows))
        for place, column in enumerate(columns)
    ]
    excess = sum(widths) + GAP * (len(widths) - 1) - room
    flexible = [place for place, column in enumerate(columns) if column.kind in FLEXIBLE]
    while excess > 0:
        widest = max(flexible, key=lambda place: widths[place], default=None)
        if widest is None or widths[widest] <= LEAST:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _text(text: str, column: Column, width: int) -> Text:
    style = STYLES.get(text, BAD) if column.kind is Kind.STATUS else ""
    if cell_len(text) <= width:
        return Text(text, style)
    if column.kind is Kind.PATH:  # its end says more than its beginning
        reverse = set_cell_size(text[::-1], width - 1)
        return Text(f"…{reverse[::-1]}", style)
    return Text(f"{set_cell_size(text, width - 1)}…", style)
