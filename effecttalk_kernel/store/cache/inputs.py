"""Files: which ones the inputs of a block are, and what is in them."""

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

# A pattern that finds more was meant otherwise: the home directory, or a root.
MOST_FILES: Final = 100_000
# Whoever opens a FIFO for reading waits for a writer, and a terminal may become ours.
FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def find_inputs(inputs: Sequence[str], cwd: str) -> Mapping[str, Path]:
    """Return the files that *inputs* name, and patterns among them find, by their names there.

    Raises:
        CacheError: one of them is no file, or finds none.

    """
    found: dict[str, Path] = {}
    for given in inputs:
        for name in _names(given, cwd):
            found[name] = Path(cwd, name)
    return found


def digest_file(path: Path, told: str) -> str:
    """Return the digest of a file's content; *told* is what errors call it.

    Raises:
        CacheError: it is no plain file, or can't be read.

    """
    try:
        descriptor = os.open(path, FLAGS)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CacheError(f"{told} is no plain file")
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                return file_digest(file, "sha256").hexdigest()
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CacheError(_problem(told, error)) from None


def _names(given: str, cwd: str) -> list[str]:
    if "\0" in given or any("\ud800" <= each < "\udc80" for each in given):
        raise CacheError(f"input {given!r} can't be the name of a file")
    name = os.path.expanduser(given)  # noqa: PTH111 # a Path would make a/./b another name
    path = Path(cwd, name)
    if _is_directory(path):
        raise CacheError(
            f"input {given!r} is a directory: {_below(given)!r} stands for all files in it"
        )
    # A name that looks like a pattern is that of the file which has it.
    if os.path.lexists(path) or not glob.has_magic(name):
        return [name]
    names = [*islice(_files(name, cwd), MOST_FILES + 1)]
    if len(names) > MOST_FILES:
        raise CacheError(f"input {given!r} stands for more than {MOST_FILES:,} files")
    if not names:
        raise CacheError(f"input {given!r} stands for no file: there is none of such a name")
    return names


def _below(directory: str) -> str:
    return f"{directory.rstrip('/')}/**"


def _files(pattern: str, cwd: str) -> Iterator[str]:
    """Yield the files that the pattern finds, `*` none of those that begin with a dot."""
    for name in glob.iglob(pattern, root_dir=cwd, recursive=True):  # noqa: PTH207 # for root_dir
        if not _is_directory(Path(cwd, name)):
            yield name


def _is_directory(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 # that of a Path raises what it can't find out


def _problem(told: str, error: OSError) -> str:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return f"{told} is not there"
    return f"{told} can't be read: {error.strerror}"
