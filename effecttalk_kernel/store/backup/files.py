"""Packing: a database as one compressed file, whole or not at all, and back."""

import gzip
import hashlib
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

# A store of 1.4 GB: to 54 % at 70 MB/s; 6: 53 %, 46 MB/s; xz -0: 47 %, 14 MB/s.
LEVEL: Final = 3
CHUNK_BYTES: Final = 1 << 20
# Names of files that are not finished; those of a process that was killed are found by it.
UNFINISHED: Final = ".unfinished-"
COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Give a new, private file beside *path*, that is gone afterwards unless it was renamed."""
    temporary = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    os.close(os.open(temporary, NEW, 0o600))
    try:
        yield temporary
    finally:
        _remove(temporary)


def has_temporary_files(directory: Path) -> bool:
    """Whether a process works there, or was killed."""
    return any(directory.glob(f"{UNFINISHED}*"))


def remove_temporary_files(directory: Path) -> None:
    """Remove what killed processes left; nobody may be at work."""
    for path in directory.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            path.unlink()


def missing_bytes(directory: Path, needed_bytes: int) -> int:
    """Return how much more room than there is *needed_bytes* take.

    A disk that is full for a second is full for every kernel that writes to the store.
    """
    return max(0, needed_bytes - shutil.disk_usage(directory).free)


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Copy the database as the transaction of *source* sees it into the empty file *target*."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # It is thrown away when we are: no journal, no waiting for the disk.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy)
        # The original's mode came along; this one is a single file.
        copy.execute("PRAGMA journal_mode = DELETE")


def compress(source: Path, target: Path) -> str:
    """Write *source* compressed into *target*, down to the disk; returns its SHA-256."""
    digest = hashlib.sha256()
    with source.open("rb") as original, target.open("wb") as file:
        for data in _compressed(original):
            digest.update(data)
            file.write(data)
        file.flush()
        sync(file.fileno())
    return digest.hexdigest()


def decompress(source: Path, target: Path) -> None:
    """Write *source* decompressed into *target*.

    Raises:
        OSError: it can't be read or written.
        EOFError, zlib.error, gzip.BadGzipFile: it is damaged.

    """
    with gzip.open(source) as packed, target.open("wb") as file:
        while data := packed.read(CHUNK_BYTES):
            file.write(data)


def read_whole(path: Path) -> None:
    """Read all of a compressed file, with its check sums; raises as `unpack` does."""
    with gzip.open(path) as packed:
        while packed.read(CHUNK_BYTES):
            pass


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a file down to the disk, and only then let it be seen."""
    with temporary_file(path) as temporary:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            sync(file.fileno())
        temporary.rename(path)


def sync(descriptor: int) -> None:
    """Wait until the disk has a file, or what a directory names."""
    os.fsync(descriptor)


def sync_directory(directory: Path) -> None:
    """Wait until the disk has the names in *directory*."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def _compressed(original: BinaryIO) -> Iterator[bytes]:
    compressor = zlib.compressobj(LEVEL, wbits=zlib.MAX_WBITS | 16)  # as gzip(1) does
    while data := original.read(CHUNK_BYTES):
        yield compressor.compress(data)
    yield compressor.flush()


def _remove(path: Path) -> None:
    for companion in COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)
