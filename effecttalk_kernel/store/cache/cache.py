"""Cache: entries by their keys; the one that was least recently used makes room for a new one.

All calls block, and may come from several threads and processes at once.
"""

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.store.cache.database import CacheDamagedError, cache_path, open_cache
from effecttalk_kernel.store.cache.entry import Entry, Row, compute_seal
from effecttalk_kernel.store.sqlite import transaction

log = logging.getLogger("effecttalk.cache")

# One that takes all the room would cost all others.
LARGEST_PART: Final = 4
FIND: Final = """
SELECT key, block, made, exit_status, pipestatus, layout, content, seal
FROM entries NATURAL JOIN contents WHERE key = ?
"""
KEEP: Final = """
INSERT INTO entries
    (key, block, made, exit_status, pipestatus, layout, seal, size, hits, used)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 1 + (SELECT ifnull(max(used), 0) FROM entries))
"""
KEEP_CONTENT: Final = "INSERT INTO contents (id, content) VALUES (?, ?)"
COUNT: Final = """
UPDATE entries SET hits = hits + 1, used = 1 + (SELECT max(used) FROM entries) WHERE key = ?
"""
# A number for people is worth no wait that a person feels.
COUNTING_MILLISECONDS: Final = 100
# Those of sessions are as long.
SHORTEST_KEY: Final = 4


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """What is told of an entry."""

    key: str
    block: str
    made: float
    size_bytes: int
    hits: int


class Cache:
    """What blocks of all sessions printed; no file is open between two calls."""

    def __init__(self, data_directory: Path, most_bytes: int) -> None:
        self._directory = data_directory
        self._most_bytes = most_bytes

    @property
    def largest_bytes(self) -> int:
        """The size of an entry that can just be kept."""
        return self._most_bytes // LARGEST_PART

    def find(self, key: str, *, now: float, expires_seconds: float | None) -> Entry | None:
        """Return the entry of that key if it is no older, and count that; it never fails."""
        if not self._exists:
            return None
        try:
            with open_cache(self._directory) as connection:
                row = _row(connection, key)
                if row is None:
                    return None
                entry = Entry.of(row)
                if expires_seconds is not None and now - entry.made > expires_seconds:
                    return None
                _count_hit(connection, key)
                return entry
        except CacheError as error:
            log.warning("cache.unusable %s", error)
            return None

    def keep(self, entry: Entry) -> None:
        """Keep an entry, in the place of one of the same key, and remove what is too much.

        Raises:
            CacheError: it is too large, or nothing can be kept here.

        """
        if entry.size_bytes > self.largest_bytes:
            raise CacheError(
                f"it printed {entry.size_bytes:,} bytes, and at most {self.largest_bytes:,}"
                " of a block are kept (a quarter of `max_cache_size`)"
            )
        try:
            self._put(entry)
        except CacheDamagedError as error:
            log.warning("cache.damaged %s", error)
            self._put(entry)

    def clear(self, keys: Sequence[str] = ()) -> Sequence[EntrySummary]:
        """Remove the entries whose keys begin so, or all; return what was removed.

        Raises:
            CacheError: there is none of such a key, or more than one; or nothing can be written.

        """
        present = self.figures()
        chosen = [_only(key, present) for key in keys] if keys else [*present]
        if self._exists:
            with open_cache(self._directory) as connection:
                with transaction(connection):
                    for each in chosen:
                        connection.execute("DELETE FROM entries WHERE key = ?", (each.key,))
                # Of rows without columns, one for each page, `execute` takes the first only.
                connection.executescript("PRAGMA incremental_vacuum")
        return [*dict.fromkeys(chosen)]

    def figures(self) -> Sequence[EntrySummary]:
        """Return what is told of all entries, the last used first.

        Raises:
            CacheError: the cache can't be read.

        """
        if not self._exists:
            return []
        with suppress(CacheDamagedError), open_cache(self._directory) as connection:
            rows = connection.execute(
                "SELECT key, block, made, size, hits FROM entries ORDER BY used DESC"
            )
            return [EntrySummary(*row) for row in rows]
        return []

    @property
    def _exists(self) -> bool:
        return cache_path(self._directory).exists()

    def _put(self, entry: Entry) -> None:
        row = entry.row
        with open_cache(self._directory, may_create=True) as connection, transaction(connection):
            connection.execute("DELETE FROM entries WHERE key = ?", (entry.key,))
            _make_room(connection, self._most_bytes - entry.size_bytes)
            *fields, content = row
            kept = connection.execute(KEEP, (*fields, compute_seal(row), entry.size_bytes))
            connection.execute(KEEP_CONTENT, (kept.lastrowid, content))


def _row(connection: sqlite3.Connection, key: str) -> Row | None:
    found = connection.execute(FIND, (key,)).fetchone()
    if found is None:
        return None
    *fields, seal = found
    row: Row = tuple(fields)
    if compute_seal(row) == seal:
        return row
    log.warning("cache.damaged entry %s", key)
    return None


def _count_hit(connection: sqlite3.Connection, key: str) -> None:
    # No room, no right to write, or somebody else writes: the entry is there all the same.
    with suppress(sqlite3.OperationalError):
        connection.execute(f"PRAGMA busy_timeout = {COUNTING_MILLISECONDS}")
        connection.execute(COUNT, (key,))


def _make_room(connection: sqlite3.Connection, most_bytes: int) -> None:
    excess = connection.execute("SELECT ifnull(sum(size), 0) FROM entries").fetchone()[0]
    excess -= most_bytes
    if excess <= 0:
        return
    gone = []
    for identity, size in connection.execute("SELECT id, size FROM entries ORDER BY used"):
        gone.append((identity,))
        excess -= size
        if excess <= 0:
            break
    connection.executemany("DELETE FROM entries WHERE id = ?", gone)


def _only(beginning: str, present: Sequence[EntrySummary]) -> EntrySummary:
    found = [each for each in present if each.key.startswith(beginning)]
    if len(beginning) < SHORTEST_KEY or not found:
        raise CacheError(f"no entry of the cache has a key that begins with {beginning!r}")
    if len(found) > 1:
        raise CacheError(f"more than one entry's key begins with {beginning!r}: give more of it")
    return found[0]
