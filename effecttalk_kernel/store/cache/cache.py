"""The cache of outputs; the least recently used entries make room for new ones.

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

# An entry may have a quarter of the cache: a larger one would evict too many others.
MAX_ENTRY_SHARE: Final = 4
FIND_ENTRY: Final = """
SELECT key, block, made, exit_status, pipestatus, layout, content, seal
FROM entries NATURAL JOIN contents WHERE key = ?
"""
INSERT_ENTRY: Final = """
INSERT INTO entries
    (key, block, made, exit_status, pipestatus, layout, seal, size, hits, used)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 1 + (SELECT ifnull(max(used), 0) FROM entries))
"""
INSERT_CONTENT: Final = "INSERT INTO contents (id, content) VALUES (?, ?)"
COUNT_HIT: Final = """
UPDATE entries SET hits = hits + 1, used = 1 + (SELECT max(used) FROM entries) WHERE key = ?
"""
# Hits are statistics: counting one must not delay a block noticeably.
COUNT_TIMEOUT_MILLISECONDS: Final = 100
# As for sessions.
MIN_KEY_CHARACTERS: Final = 4


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """An entry in a list: everything except its content."""

    key: str
    block: str
    made: float
    size_bytes: int
    hits: int


class Cache:
    """The cache of all sessions; no file is open between two calls."""

    def __init__(self, data_directory: Path, max_bytes: int) -> None:
        self._directory = data_directory
        self._max_bytes = max_bytes

    @property
    def max_entry_bytes(self) -> int:
        """The size of the largest entry."""
        return self._max_bytes // MAX_ENTRY_SHARE

    def find(self, key: str, *, now: float, expires_seconds: float | None) -> Entry | None:
        """Return the entry with this key unless it has expired, and count the hit; never fails."""
        if not self._exists:
            return None
        try:
            with open_cache(self._directory) as connection:
                row = _read_row(connection, key)
                if row is None:
                    return None
                entry = Entry.from_row(row)
                if expires_seconds is not None and now - entry.made > expires_seconds:
                    return None
                _count_hit(connection, key)
                return entry
        except CacheError as error:
            log.warning("cache.unusable %s", error)
            return None

    def store(self, entry: Entry) -> None:
        """Store an entry, replacing one with the same key, and evict others if necessary.

        Raises:
            CacheError: the entry is too large, or the cache cannot be written.

        """
        if entry.size_bytes > self.max_entry_bytes:
            raise CacheError(
                f"its output has {entry.size_bytes:,} bytes, more than {self.max_entry_bytes:,}"
                " (a quarter of `max_cache_size`)"
            )
        try:
            self._put(entry)
        except CacheDamagedError as error:
            log.warning("cache.damaged %s", error)
            self._put(entry)

    def clear(self, keys: Sequence[str] = ()) -> Sequence[EntrySummary]:
        """Delete the entries whose keys begin with *keys*, or all; return the deleted ones.

        Raises:
            CacheError: no entry matches a key, or several do, or the cache cannot be written.

        """
        entries = self.list_entries()
        chosen = [_find_entry(key, entries) for key in keys] if keys else [*entries]
        if self._exists:
            with open_cache(self._directory) as connection:
                with transaction(connection):
                    for each in chosen:
                        connection.execute("DELETE FROM entries WHERE key = ?", (each.key,))
                # It returns a row without columns for each page: `execute` would stop at the first.
                connection.executescript("PRAGMA incremental_vacuum")
        return [*dict.fromkeys(chosen)]

    def list_entries(self) -> Sequence[EntrySummary]:
        """Return all entries, most recently used first.

        Raises:
            CacheError: the cache cannot be read.

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
            _evict(connection, self._max_bytes - entry.size_bytes)
            *fields, content = row
            inserted = connection.execute(
                INSERT_ENTRY, (*fields, compute_seal(row), entry.size_bytes)
            )
            connection.execute(INSERT_CONTENT, (inserted.lastrowid, content))


def _read_row(connection: sqlite3.Connection, key: str) -> Row | None:
    found = connection.execute(FIND_ENTRY, (key,)).fetchone()
    if found is None:
        return None
    *fields, seal = found
    row: Row = tuple(fields)
    if compute_seal(row) == seal:
        return row
    log.warning("cache.damaged entry %s", key)
    return None


def _count_hit(connection: sqlite3.Connection, key: str) -> None:
    # No space, no permission, or another process is writing: the entry is valid all the same.
    with suppress(sqlite3.OperationalError):
        connection.execute(f"PRAGMA busy_timeout = {COUNT_TIMEOUT_MILLISECONDS}")
        connection.execute(COUNT_HIT, (key,))


def _evict(connection: sqlite3.Connection, max_bytes: int) -> None:
    excess_bytes = connection.execute("SELECT ifnull(sum(size), 0) FROM entries").fetchone()[0]
    excess_bytes -= max_bytes
    if excess_bytes <= 0:
        return
    evicted = []
    for identity, size in connection.execute("SELECT id, size FROM entries ORDER BY used"):
        evicted.append((identity,))
        excess_bytes -= size
        if excess_bytes <= 0:
            break
    connection.executemany("DELETE FROM entries WHERE id = ?", evicted)


def _find_entry(prefix: str, entries: Sequence[EntrySummary]) -> EntrySummary:
    found = [each for each in entries if each.key.startswith(prefix)]
    if len(prefix) < MIN_KEY_CHARACTERS or not found:
        raise CacheError(f"no cache entry has a key that begins with {prefix!r}")
    if len(found) > 1:
        raise CacheError(f"several cache keys begin with {prefix!r}: give more characters")
    return found[0]
