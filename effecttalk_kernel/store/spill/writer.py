"""Writes the spills of a session, within its quota.

Data goes to the page cache: it survives the death of the process, but not a power failure.
Errors of the disk do not affect the block: the description of the spill tells what is missing.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from effecttalk_kernel.store.masked import MaskedBytes
from effecttalk_kernel.store.spill.layout import (
    STREAMS,
    SpillContents,
    SpilledStream,
    contents_path,
    stream_path,
)

EMPTY_STREAM: Final = SpilledStream(0, hashlib.sha256().hexdigest())


class StreamMasker(Protocol):
    """Masks the bytes of one stream before they are kept."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many secrets were masked, by rule."""

    def feed(self, data: bytes) -> MaskedBytes:
        """Take what was written; return what can be kept now."""

    def finish(self) -> MaskedBytes:
        """Return what was held back."""


class SpillFolder:
    """The spills of one session; the oldest are deleted to make room for new ones."""

    def __init__(
        self, directory: Path, max_bytes: int, open_masker: Callable[[], StreamMasker]
    ) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._open_masker = open_masker
        self._used_bytes = 0
        self._reserved_bytes = 0
        self._spills: dict[int, Spill] = {}

    @property
    def max_bytes(self) -> int:
        """The maximum size of all spills together."""
        return self._max_bytes

    @property
    def count(self) -> int:
        """The number of blocks that have spills in files."""
        return len(self._spills)

    @property
    def used_bytes(self) -> int:
        """The size of all files."""
        return self._used_bytes

    def open_spill(self, number: int, inline_bytes: int) -> "Spill":
        """Return the spill of a block; it gets files if a stream has more than *inline_bytes*."""
        return Spill(self, self._directory, number, inline_bytes)

    def open_masker(self) -> StreamMasker:
        """Return a masker for the bytes of one stream."""
        return self._open_masker()

    def reserve(self, size: int) -> None:
        """Reserve *size* bytes of the quota for what else is stored of the session."""
        self._reserved_bytes = size

    def add(self, spill: "Spill") -> None:
        """Create the directories and count *spill* from now on.

        Raises:
            OSError: the directories cannot be created.

        """
        _make_private(self._directory)
        self._spills[spill.number] = spill

    def allocate(self, size: int, spill: "Spill") -> int:
        """Return for how many of *size* bytes there is room, and count them."""
        max_bytes = self._max_bytes - self._reserved_bytes
        while self._used_bytes + size > max_bytes and (oldest := self._find_oldest(spill)):
            del self._spills[oldest.number]
            self._used_bytes -= oldest.size_bytes
            oldest.remove()
            spill.note_removed(oldest.number)
        taken = max(0, min(size, max_bytes - self._used_bytes))
        self._used_bytes += taken
        return taken

    def release(self, size: int) -> None:
        """Stop counting *size* bytes: they could not be written."""
        self._used_bytes -= size

    def _find_oldest(self, requester: "Spill") -> "Spill | None":
        others = (spill for spill in self._spills.values() if spill is not requester)
        return next((spill for spill in others if spill.is_closed), None)


class Spill:
    """The output of one block: a little of it is held in memory, more is written to files."""

    def __init__(
        self, folder: SpillFolder, directory: Path, number: int, inline_bytes: int
    ) -> None:
        self.number = number
        self._removed_blocks: list[int] = []
        self.on_removed: Callable[[], None] = lambda: None
        self._folder = folder
        self._directory = directory
        self._inline_bytes = inline_bytes
        self._held: dict[str, list[MaskedBytes]] = {stream: [] for stream in STREAMS}
        self._held_bytes = dict.fromkeys(STREAMS, 0)
        self._files: dict[str, _File] = {}
        self._maskers: dict[str, StreamMasker] = {}
        self._problem = ""
        self._has_files = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing will be added."""
        return all(file.is_closed for file in self._files.values())

    @property
    def size_bytes(self) -> int:
        """The size of the files."""
        return sum(file.size_bytes for file in self._files.values())

    @property
    def contents(self) -> SpillContents | None:
        """What is stored so far; None if the notebook has all of it."""
        if not self._has_files:
            return None
        return SpillContents(
            self._describe_stream("stdout"), self._describe_stream("stderr"), self._problem
        )

    def write(self, stream: str, data: bytes) -> None:
        """Store what the block wrote."""
        if self._problem:
            return
        if stream not in self._maskers:
            self._maskers[stream] = self._folder.open_masker()
        self._add_data(stream, self._maskers[stream].feed(data))

    def write_all(self) -> None:
        """Write everything to files, because the notebook does not have all of it."""
        self._flush()
        if not self._has_files:
            self._open_files()

    @property
    def redaction_counts(self) -> dict[str, int]:
        """The number of secrets that were masked, by rule."""
        return dict(sum((Counter(masker.counts) for masker in self._maskers.values()), Counter()))

    def note_removed(self, number: int) -> None:
        """Note that another block's spill was deleted to make room for this one."""
        self._removed_blocks.append(number)

    def take_removed_blocks(self) -> list[int]:
        """Return the numbers of the blocks whose spills were deleted since the last call."""
        removed, self._removed_blocks = self._removed_blocks, []
        return removed

    def finish(self, *, is_final: bool) -> None:
        """Store what the maskers hold back; if *is_final*, write the description."""
        self._flush()
        contents = self.contents
        if contents is None or not is_final:
            return
        self._close()
        with suppress(OSError):  # without it, readers report that the spill is incomplete
            _write_private(contents_path(self._directory, self.number), contents.to_json())

    def remove(self) -> None:
        """Delete the files; the description tells why."""
        self._problem = "it was deleted to make room for later blocks (max_session_size)"
        self._close()
        for file in self._files.values():
            file.remove()
        self.finish(is_final=True)
        self.on_removed()

    def _flush(self) -> None:
        """Store what the maskers hold back."""
        for stream, masker in self._maskers.items():
            if not self._problem and (data := masker.finish()):
                self._add_data(stream, data)

    def _add_data(self, stream: str, data: MaskedBytes) -> None:
        if self._has_files:
            self._write_file(stream, data)
            return
        self._held[stream].append(data)
        self._held_bytes[stream] += len(data)
        if self._held_bytes[stream] > self._inline_bytes:
            self._open_files()

    def _open_files(self) -> None:
        self._has_files = True
        try:
            self._folder.add(self)
            for stream in STREAMS:
                self._files[stream] = _File(stream_path(self._directory, self.number, stream))
        except OSError as error:
            self._give_up(f"{error.strerror}: {error.filename}")
        held, self._held = self._held, {}
        for stream, pieces in held.items():
            for data in pieces:
                if not self._problem:
                    self._write_file(stream, data)

    def _write_file(self, stream: str, data: MaskedBytes) -> None:
        file = self._files[stream]
        room = self._folder.allocate(len(data), self)
        before = file.size_bytes
        try:
            file.write(data, room)
        except OSError as error:
            self._folder.release(room - (file.size_bytes - before))
            self._give_up(f"{error.strerror}")
        else:
            if room < len(data):
                self._give_up(f"max_session_size ({self._folder.max_bytes:,} bytes) was reached")

    def _describe_stream(self, stream: str) -> SpilledStream:
        file = self._files.get(stream)
        return SpilledStream(file.size_bytes, file.sha256) if file else EMPTY_STREAM

    def _give_up(self, problem: str) -> None:
        self._problem = problem
        self._close()

    def _close(self) -> None:
        for file in self._files.values():
            file.close()


class _File:
    """One append-only file of a spill; owns its descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        # An existing file is of this session, which was restored from a backup.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)

    @property
    def is_closed(self) -> bool:
        return self._descriptor < 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: MaskedBytes, size: int) -> None:
        """Add *size* bytes of *data*; raises OSError when not all of them could be written."""
        view = memoryview(data)[:size]
        while view:
            written = os.write(self._descriptor, view)
            self._digest.update(view[:written])
            self.size_bytes += written
            view = view[written:]

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def remove(self) -> None:
        with suppress(OSError):
            self._path.unlink()
        self.size_bytes, self._digest = 0, hashlib.sha256()


def _make_private(directory: Path) -> None:
    """Create *directory* and its missing parents, accessible only to the user."""
    if not directory.parent.exists():
        _make_private(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)


def _write_private(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
