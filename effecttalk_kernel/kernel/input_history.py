"""Input history: the code of the session's cells, for history requests."""

from collections import deque
from fnmatch import fnmatchcase
from typing import Final

# (session, line number, code), as in a history_reply.
Entry = tuple[int, int, str]
MAX_ENTRIES: Final = 10_000
THIS_SESSION: Final = 1


class InputHistory:
    """The code of the latest cells, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)

    def add(self, number: int, code: str) -> None:
        """Add the code of cell *number*."""
        self._entries.append((THIS_SESSION, number, code))

    def tail(self, count: int) -> list[Entry]:
        """Return the last *count* entries."""
        return list(self._entries)[-count:] if count > 0 else []

    def between(self, start: int, stop: int | None) -> list[Entry]:
        """Return the entries with numbers from *start* up to, but without, *stop*."""
        return [e for e in self._entries if e[1] >= start and (stop is None or e[1] < stop)]

    def search(self, pattern: str, count: int | None, *, unique: bool) -> list[Entry]:
        """Return the last *count* entries that match a glob *pattern*."""
        found = [e for e in self._entries if fnmatchcase(e[2], pattern)]
        if unique:
            found = list({entry[2]: entry for entry in found}.values())
        return found if count is None else found[-count:]
