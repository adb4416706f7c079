"""Branch: of the git repository around a directory, read from its files; no program is run."""

import os
import re
from stat import S_ISREG
from typing import Final

# `HEAD` and `.git` have one line.
MOST_BYTES: Final = 4_096
LONGEST_SHOWN: Final = 200
SHORT_COMMIT: Final = 7
COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REFERENCE: Final = re.compile(r"ref:\s*(?:refs/(?:heads/)?)?(.+)")
# What stands in `HEAD` where another file has the branch (reftable).
ELSEWHERE: Final = ".invalid"


def branch_of(directory: str) -> str:
    """Return the branch that is checked out around *directory*, or the short commit.

    It is "" where there is none, or it can't be read.
    """
    try:
        return _named(_head_around(directory)) if directory.startswith("/") else ""
    except (OSError, ValueError):  # ValueError: there is a NUL byte in a path
        return ""


def _head_around(directory: str) -> str:
    """Return the first line of the repository's `HEAD`; "" if there is no repository."""
    # Strings, not paths: this is done after every block.
    place = directory.rstrip("/")
    if not os.access(directory, os.X_OK):
        return ""
    while True:
        try:
            return _first_line(f"{place}/.git/HEAD")
        except FileNotFoundError:
            pass
        except NotADirectoryError:  # a worktree or a submodule: `.git` says where it is
            return _first_line(f"{_elsewhere(place)}/HEAD")
        if not place:
            return ""
        place = place.rpartition("/")[0]


def _elsewhere(place: str) -> str:
    keyword, _, path = _first_line(f"{place}/.git").partition("gitdir:")
    path = path.strip()
    if keyword or not path:
        raise FileNotFoundError(place)
    return path if path.startswith("/") else f"{place}/{path}"


def _first_line(path: str) -> str:
    # Not blocking: it may be anything, a FIFO too.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        data = os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)
    return data.partition(b"\n")[0].decode(errors="surrogateescape").strip()


def _named(head: str) -> str:
    if COMMIT.fullmatch(head):
        return head[:SHORT_COMMIT]
    found = REFERENCE.fullmatch(head)
    if found is None or found[1] == ELSEWHERE or not found[1].isprintable():
        return ""
    return found[1][:LONGEST_SHOWN]
