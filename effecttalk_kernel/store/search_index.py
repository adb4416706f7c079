"""Texts: the full-text index over commands and what they printed, and its searches.

FTS5 (https://sqlite.org/fts5.html). Long texts are indexed in parts, each by a short
transaction, so that no other kernel waits long for the lock. The first part has the
command. A column of facts narrows a search down inside of the index: how the block
ended, the day, the directory and those above it.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from effecttalk_kernel.masked import MaskedObject, MaskedText
from effecttalk_kernel.store.outputs import text_of
from effecttalk_kernel.store.sqlite import transaction

PART_CHARACTERS: Final = 1 << 16
PARTS: Final = 1024  # rowids of one block
# More days than this are searched by their months.
MOST_DAYS: Final = 62
WORD: Final = re.compile(r"\w", re.UNICODE)
FAILED: Final = "xfailed"
# Colours: what else a terminal understands is not in a cell's text.
ESCAPE: Final = re.compile(r"\x1b\[[0-9;:]*m")


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """A block as it is indexed; *key* is its own, *session* its session's identity."""

    key: int
    session: str
    code: MaskedText
    outputs: Sequence[MaskedObject]
    started: float
    cwd: MaskedText
    has_failed: bool


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a search is narrowed down to; None or "" for anything."""

    failed: bool | None = None
    cwd: str = ""
    since: float | None = None
    session: str = ""


def index_block(connection: sqlite3.Connection, block: IndexedBlock) -> None:
    """Put a block into the index, in place of what is there of it."""
    for number, part in enumerate(_parts(text_of(block.outputs))):
        with transaction(connection):
            if number == 0:
                remove_block(connection, block.key)
            write_part(connection, block, number, part)


def write_part(connection: sqlite3.Connection, block: IndexedBlock, number: int, part: str) -> None:
    """Index one part of a block's output, within the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO texts (rowid, code, output, facts) VALUES (?, ?, ?, ?)",
        (
            block.key * PARTS + number,
            "" if number else block.code,
            ESCAPE.sub("", part),
            " ".join(_facts(block)),
        ),
    )


def remove_block(connection: sqlite3.Connection, key: int) -> None:
    """Take a block out of the index, within the caller's transaction."""
    connection.execute(
        "DELETE FROM texts WHERE rowid >= ? AND rowid < ?", (key * PARTS, (key + 1) * PARTS)
    )


def words_expression(text: str, *, begins: bool = False) -> str:
    """Return the FTS5 expression for all words of *text*; *begins*: longer words count too.

    A word with punctuation inside (a path, an option) is a phrase. "" when there is no word.
    """
    star = "*" if begins else ""
    found = [f'"{_quoted(word)}"{star}' for word in text.split() if WORD.search(word)]
    return f"{{code output}} : ({' AND '.join(found)})" if found else ""


def narrow(words: str, narrowing: SearchFilter, *, now: float) -> str:
    """Return the expression for *words* in blocks of that kind."""
    wanted = [words]
    if narrowing.failed:
        wanted.append(f"facts : {FAILED}")
    if narrowing.cwd:
        wanted.append(f"facts : {_directory(narrowing.cwd)}")
    if narrowing.session:
        wanted.append(f"facts : {_session(narrowing.session)}")
    if narrowing.since is not None:
        wanted.append(f"facts : ({' OR '.join(_days(narrowing.since, now))})")
    expression = " AND ".join(wanted)
    return f"({expression}) NOT facts : {FAILED}" if narrowing.failed is False else expression


def find_matches(connection: sqlite3.Connection, expression: str) -> Iterator[int]:
    """Yield the keys of the blocks that match, the newest first, each once."""
    last = -1
    rows = connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC", (expression,)
    )
    for (row,) in rows:
        key = row // PARTS
        if key != last:
            yield key
        last = key


def snippet(connection: sqlite3.Connection, words: str, key: int, marks: str) -> str:
    """Return the words around a match in a block; *marks* are put around each."""
    row = connection.execute(
        "SELECT snippet(texts, -1, ?, ?, '…', 16) FROM texts"
        " WHERE texts MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid LIMIT 1",
        (marks[0], marks[1], words, key * PARTS, (key + 1) * PARTS),
    ).fetchone()
    return "" if row is None else str(row[0])


def _parts(text: str) -> Iterator[str]:
    """Cut *text* behind lines where that can be; there is always a first part."""
    start = 0
    for number in range(PARTS):
        if number and start >= len(text):
            return
        end = start + PART_CHARACTERS
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield text[start:end]
        start = end


def _quoted(word: str) -> str:
    return word.replace('"', '""')


def _facts(block: IndexedBlock) -> Iterator[str]:
    if block.has_failed:
        yield FAILED
    yield _session(block.session)
    day = datetime.fromtimestamp(block.started, UTC).date()
    yield f"{day:xd%Y%m%d}"
    yield f"{day:xm%Y%m}"
    path = block.cwd.rstrip("/")
    while True:
        yield _directory(path)
        if not path:
            return
        path = path.rpartition("/")[0]


def _session(identity: str) -> str:
    return f"xs{identity.lower()}"


def _directory(path: str) -> str:
    digest = hashlib.sha256(path.rstrip("/").encode(errors="surrogateescape"))
    return f"xc{digest.hexdigest()[:16]}"


def _days(since: float, now: float) -> Iterator[str]:
    """Yield the words for the days, or months, from *since* up to tomorrow."""
    first = datetime.fromtimestamp(max(0.0, since), UTC).date()
    last = datetime.fromtimestamp(now, UTC).date() + timedelta(days=1)
    first = min(first, last)
    if (last - first).days <= MOST_DAYS:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            yield f"{date.fromordinal(ordinal):xd%Y%m%d}"
        return
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield f"xm{year:04}{month:02}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
