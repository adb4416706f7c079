"""The full-text index of code and output, and its searches.

It uses FTS5 (https://sqlite.org/fts5.html). Long output is indexed in parts, each in a short
transaction, so that no other kernel waits long for the lock. The first part has the code. The
column `facts` lets FTS5 filter by how the block ended, its day, and its directory and parents.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from effecttalk_kernel.store.masked import MaskedObject, MaskedText
from effecttalk_kernel.store.outputs import extract_text
from effecttalk_kernel.store.sqlite import transaction

PART_CHARACTERS: Final = 1 << 16
MAX_PARTS: Final = 1024  # rows of one block
# More days than this are searched by months.
MAX_DAYS: Final = 62
WORD: Final = re.compile(r"\w", re.UNICODE)
FAILED_FACT: Final = "xfailed"
# Colours; other escape sequences are not in the text of a cell.
COLOUR_ESCAPE: Final = re.compile(r"\x1b\[[0-9;:]*m")


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """A block as it is indexed; *session* is the identity of its session."""

    key: int
    session: str
    code: MaskedText
    outputs: Sequence[MaskedObject]
    started: float
    cwd: MaskedText
    has_failed: bool


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Filters of a search; None or "" for any."""

    failed: bool | None = None
    cwd: str = ""
    since: float | None = None
    session: str = ""


def index_block(connection: sqlite3.Connection, block: IndexedBlock) -> None:
    """Index a block, replacing what is indexed of it."""
    for number, part in enumerate(_split_text(extract_text(block.outputs))):
        with transaction(connection):
            if number == 0:
                remove_block(connection, block.key)
            write_part(connection, block, number, part)


def write_part(connection: sqlite3.Connection, block: IndexedBlock, number: int, part: str) -> None:
    """Index one part of a block's output, within the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO texts (rowid, code, output, facts) VALUES (?, ?, ?, ?)",
        (
            block.key * MAX_PARTS + number,
            "" if number else block.code,
            COLOUR_ESCAPE.sub("", part),
            " ".join(_list_facts(block)),
        ),
    )


def remove_block(connection: sqlite3.Connection, key: int) -> None:
    """Remove a block from the index, within the caller's transaction."""
    connection.execute(
        "DELETE FROM texts WHERE rowid >= ? AND rowid < ?", (key * MAX_PARTS, (key + 1) * MAX_PARTS)
    )


def build_words_expression(text: str, *, as_prefixes: bool = False) -> str:
    """Return the FTS5 expression for all words of *text*; *as_prefixes*: as prefixes.

    A word with punctuation (a path, an option) is a phrase. Return "" if there is no word.
    """
    star = "*" if as_prefixes else ""
    found = [f'"{_escape_quotes(word)}"{star}' for word in text.split() if WORD.search(word)]
    return f"{{code output}} : ({' AND '.join(found)})" if found else ""


def narrow(words: str, search_filter: SearchFilter, *, now: float) -> str:
    """Return the expression for *words*, restricted by the filter."""
    conditions = [words]
    if search_filter.failed:
        conditions.append(f"facts : {FAILED_FACT}")
    if search_filter.cwd:
        conditions.append(f"facts : {_directory_fact(search_filter.cwd)}")
    if search_filter.session:
        conditions.append(f"facts : {_session_fact(search_filter.session)}")
    if search_filter.since is not None:
        conditions.append(f"facts : ({' OR '.join(_list_day_facts(search_filter.since, now))})")
    expression = " AND ".join(conditions)
    return (
        f"({expression}) NOT facts : {FAILED_FACT}" if search_filter.failed is False else expression
    )


def find_matches(connection: sqlite3.Connection, expression: str) -> Iterator[int]:
    """Yield the keys of the blocks that match, newest first, each once."""
    last = -1
    rows = connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC", (expression,)
    )
    for (row,) in rows:
        key = row // MAX_PARTS
        if key != last:
            yield key
        last = key


def read_snippet(connection: sqlite3.Connection, words: str, key: int, marks: str) -> str:
    """Return the words around a match in a block, with *marks* around each match."""
    row = connection.execute(
        "SELECT snippet(texts, -1, ?, ?, '…', 16) FROM texts"
        " WHERE texts MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid LIMIT 1",
        (marks[0], marks[1], words, key * MAX_PARTS, (key + 1) * MAX_PARTS),
    ).fetchone()
    return "" if row is None else str(row[0])


def _split_text(text: str) -> Iterator[str]:
    """Cut *text* into parts, after lines if possible; the first part may be empty."""
    start = 0
    for number in range(MAX_PARTS):
        if number and start >= len(text):
            return
        end = start + PART_CHARACTERS
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield text[start:end]
        start = end


def _escape_quotes(word: str) -> str:
    return word.replace('"', '""')


def _list_facts(block: IndexedBlock) -> Iterator[str]:
    if block.has_failed:
        yield FAILED_FACT
    yield _session_fact(block.session)
    day = datetime.fromtimestamp(block.started, UTC).date()
    yield f"{day:xd%Y%m%d}"
    yield f"{day:xm%Y%m}"
    path = block.cwd.rstrip("/")
    while True:
        yield _directory_fact(path)
        if not path:
            return
        path = path.rpartition("/")[0]


def _session_fact(identity: str) -> str:
    return f"xs{identity.lower()}"


def _directory_fact(path: str) -> str:
    digest = hashlib.sha256(path.rstrip("/").encode(errors="surrogateescape"))
    return f"xc{digest.hexdigest()[:16]}"


def _list_day_facts(since: float, now: float) -> Iterator[str]:
    """Yield the facts for the days, or months, from *since* to tomorrow."""
    first = datetime.fromtimestamp(max(0.0, since), UTC).date()
    last = datetime.fromtimestamp(now, UTC).date() + timedelta(days=1)
    first = min(first, last)
    if (last - first).days <= MAX_DAYS:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            yield f"{date.fromordinal(ordinal):xd%Y%m%d}"
        return
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield f"xm{year:04}{month:02}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
