"""Finds and reads the spills of all sessions, including those that have ended."""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.store.spill.layout import (
    STREAMS,
    SpillContents,
    contents_path,
    spills_directory,
    stream_path,
)

CHUNK_BYTES: Final = 1 << 16
# "12", or "3f9a2c41b07e-12": the block's number in the session, or its identity.
BLOCK_NAME: Final = re.compile(r"(?:(?P<session>[0-9A-Za-z]+)-)?(?P<number>[0-9]{1,9})")


class SpillNotFoundError(EffectTalkError):
    """There is no such spill; the message says why, and which spills there are."""


@dataclass(frozen=True, slots=True)
class StoredSpill:
    """The spill of one block."""

    directory: Path
    number: int
    contents: SpillContents | None

    @property
    def warning(self) -> str:
        """Why the output may be incomplete, "" if it is complete."""
        if self.contents is None:
            return "the output may be incomplete: the block still runs, or its kernel was killed"
        return self.contents.problem and f"the output is incomplete: {self.contents.problem}"

    def read_chunks(self, stream: str) -> Iterator[bytes]:
        """Yield the bytes of a stream."""
        path = stream_path(self.directory, self.number, stream)
        with path.open("rb") as file:
            while data := file.read(CHUNK_BYTES):
                yield data


def find_spill(data_directory: Path, block: str, session: str) -> StoredSpill:
    """Return the spill of *block*; a number alone is of *session*, if that is not "".

    Raises:
        SpillNotFoundError: there is no such spill.

    """
    found = BLOCK_NAME.fullmatch(block)
    if found is None:
        raise SpillNotFoundError(
            f"{block!r} is not a block: give its number, or SESSION-NUMBER for another session"
        )
    number, session = int(found["number"]), found["session"] or session
    if not session:
        raise SpillNotFoundError(_describe_missing_session(data_directory, number))
    directory = spills_directory(data_directory) / session
    if not contents_path(directory, number).exists() and not _has_files(directory, number):
        raise SpillNotFoundError(_describe_missing_spill(directory, number))
    spill = StoredSpill(directory, number, _read_contents(directory, number))
    if not _has_files(directory, number):
        raise SpillNotFoundError(f"block {number} has no full output: {spill.warning}")
    return spill


def remove_old_spills(data_directory: Path, before: float) -> None:
    """Delete the spills of sessions that have written none since *before*, in Unix seconds."""
    for directory in spills_directory(data_directory).glob("*/"):
        with suppress(OSError):  # deleted already, or of another user
            # The time of the directory does not change when a file in it grows.
            newest = max(path.stat().st_mtime for path in (directory, *directory.iterdir()))
            if newest < before:
                shutil.rmtree(directory, ignore_errors=True)


def _has_files(directory: Path, number: int) -> bool:
    return any(stream_path(directory, number, stream).exists() for stream in STREAMS)


def _read_contents(directory: Path, number: int) -> SpillContents | None:
    try:
        return SpillContents.from_json(contents_path(directory, number).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not written yet, or truncated by a full disk
        return None


def _describe_missing_spill(directory: Path, number: int) -> str:
    numbers = sorted({int(path.stem) for path in directory.glob("*.std*") if path.stem.isdigit()})
    known = ", ".join(map(str, numbers)) or "none"
    return (
        f"no full output of block {number} of session {directory.name} is stored: its cell shows"
        f" all of it; blocks with more output than their cells show: {known}"
    )


def _describe_missing_session(data_directory: Path, number: int) -> str:
    found = sorted(
        (path for path in spills_directory(data_directory).glob(f"*/{number}.stdout")),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    known = ", ".join(f"{path.parent.name}-{number}" for path in found[:10]) or "none"
    return (
        f"block {number} is ambiguous outside a notebook cell: give it as SESSION-{number};"
        f" available: {known}"
    )
