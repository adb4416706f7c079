"""Files of backups: compressed, and written completely or not at all."""

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

# A store of 1.4 GB: to 54 % at 70 MB/s; level 6: 53 %, 46 MB/s; xz -0: 47 %, 14 MB/s.
COMPRESSION_LEVEL: Final = 3
CHUNK_BYTES: Final = 1 << 20
# The prefix of temporary files, by which those of killed processes are found.
TEMPORARY_PREFIX: Final = ".unfinished-"
FILE_SUFFIXES: Final = ("", "-journal", "-wal", "-shm")
CREATE_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Give a new private file beside *path*; it is deleted afterwards unless it was renamed."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")
    os.close(os.open(temporary, CREATE_FLAGS, 0o600))
    try:
        yield temporary
    finally:
        _remove_with_journals(temporary)


def has_temporary_files(directory: Path) -> bool:
    """Whether a process is writing files in *directory*, or was killed while it did."""
    return any(directory.glob(f"{TEMPORARY_PREFIX}*"))


def remove_temporary_files(directory: Path) -> None:
    """Delete the temporary files of killed processes; the caller holds the lock."""
    for path in directory.glob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError):
            path.unlink()


def compute_missing_bytes(directory: Path, needed_bytes: int) -> int:
    """Return how many bytes of free space are missing for *needed_bytes*.

    It is checked before: filling the disk would make every kernel fail to write.
    """
    return max(0, needed_bytes - shutil.disk_usage(directory).free)


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Copy the database, as the transaction of *source* sees it, into the empty file *target*."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # The copy is deleted if the process ends: it needs no journal and no fsync.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy)
        # The WAL mode was copied from the original; this database is a single file.
        copy.execute("PRAGMA journal_mode = DELETE")


def compress(source: Path, target: Path) -> str:
    """Compress *source* into *target* and sync it to disk; return the SHA-256 of *target*."""
    digest = hashlib.sha256()
    with source.open("rb") as original, target.open("wb") as file:
        for data in _compress_chunks(original):
            digest.update(data)
            file.write(data)
        file.flush()
        sync(file.fileno())
    return digest.hexdigest()


def decompress(source: Path, target: Path) -> None:
    """Decompress *source* into *target*.

    Raises:
        OSError: a file cannot be read or written.
        EOFError, zlib.error, gzip.BadGzipFile: it is damaged.

    """
    with gzip.open(source) as packed, target.open("wb") as file:
        while data := packed.read(CHUNK_BYTES):
            file.write(data)


def read_whole(path: Path) -> None:
    """Read a whole compressed file and verify its checksums; raises like `decompress`."""
    with gzip.open(path) as packed:
        while packed.read(CHUNK_BYTES):
            pass


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a file and sync it to disk before it appears at *path*."""
    with temporary_file(path) as temporary:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            sync(file.fileno())
        temporary.rename(path)


def sync(descriptor: int) -> None:
    """Wait until a file or directory is on the disk."""
    os.fsync(descriptor)


def sync_directory(directory: Path) -> None:
    """Wait until the entries of *directory* are on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def _compress_chunks(original: BinaryIO) -> Iterator[bytes]:
    compressor = zlib.compressobj(COMPRESSION_LEVEL, wbits=zlib.MAX_WBITS | 16)  # as gzip(1) does
    while data := original.read(CHUNK_BYTES):
        yield compressor.compress(data)
    yield compressor.flush()


def _remove_with_journals(path: Path) -> None:
    for companion in FILE_SUFFIXES:
        path.with_name(path.name + companion).unlink(missing_ok=True)
