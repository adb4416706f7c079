"""The input files of a cached block, and digests of their content."""

import errno
import glob
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import CacheError

# A pattern that matches more is a mistake: the home directory, or the root.
MAX_FILES: Final = 100_000
# Without waiting for the writer of a FIFO, and without acquiring a controlling terminal.
OPEN_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def find_inputs(inputs: Sequence[str], cwd: str) -> Mapping[str, Path]:
    """Return the files that *inputs* (paths and patterns) stand for, by name.

    Raises:
        CacheError: a path is not a file, or a pattern matches none.

    """
    found: dict[str, Path] = {}
    for given in inputs:
        for name in _expand_input(given, cwd):
            found[name] = Path(cwd, name)
    return found


def digest_file(path: Path, description: str) -> str:
    """Return the digest of a file's content; error messages call it *description*.

    Raises:
        CacheError: it is not a regular file, or cannot be read.

    """
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CacheError(f"{description} is not a regular file")
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                return file_digest(file, "sha256").hexdigest()
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CacheError(_describe_problem(description, error)) from None


def _expand_input(given: str, cwd: str) -> list[str]:
    if "\0" in given or any("\ud800" <= each < "\udc80" for each in given):
        raise CacheError(f"input {given!r} is not a valid file name")
    name = os.path.expanduser(given)  # noqa: PTH111 # a Path would make a/./b another name
    path = Path(cwd, name)
    if _is_directory(path):
        raise CacheError(
            f"input {given!r} is a directory: use {_all_files_pattern(given)!r} for all files in it"
        )
    # If a file with this name exists, the name is not a pattern.
    if os.path.lexists(path) or not glob.has_magic(name):
        return [name]
    names = [*islice(_find_files(name, cwd), MAX_FILES + 1)]
    if len(names) > MAX_FILES:
        raise CacheError(f"input {given!r} matches more than {MAX_FILES:,} files")
    if not names:
        raise CacheError(f"input {given!r} matches no file")
    return names


def _all_files_pattern(directory: str) -> str:
    return f"{directory.rstrip('/')}/**"


def _find_files(pattern: str, cwd: str) -> Iterator[str]:
    """Yield the files that match *pattern*; `*` does not match names that begin with a dot."""
    for name in glob.iglob(pattern, root_dir=cwd, recursive=True):  # noqa: PTH207 # for root_dir
        if not _is_directory(Path(cwd, name)):
            yield name


def _is_directory(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 # Path.is_dir raises errors


def _describe_problem(description: str, error: OSError) -> str:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return f"{description} does not exist"
    return f"{description} cannot be read: {error.strerror}"
