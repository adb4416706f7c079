"""Writer: keeps a session's spills, within its quota.

A write goes to the page cache: what is kept is safe when a process is killed,
not when the power fails. No failure of the disk reaches the block: what could
not be kept is told by its contents.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from effecttalk_kernel.masked import MaskedBytes
from effecttalk_kernel.store.spill.layout import (
    STREAMS,
    SpillContents,
    SpilledStream,
    contents_path,
    stream_path,
)

NOTHING: Final = SpilledStream(0, hashlib.sha256().hexdigest())


class Masker(Protocol):
    """Masks the bytes of one stream before they are kept."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many secrets were masked, by rule."""

    def feed(self, data: bytes) -> MaskedBytes:
        """Take what was written; return what can be kept now."""

    def finish(self) -> MaskedBytes:
        """Return what was held back."""


class SpillFolder:
    """The spills of one session; the oldest go when there is no room for a new one."""

    def __init__(self, directory: Path, most_bytes: int, open_masker: Callable[[], Masker]) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._open_masker = open_masker
        self._used_bytes = 0
        self._reserved_bytes = 0
        self._spills: dict[int, Spill] = {}

    @property
    def most_bytes(self) -> int:
        """How much all spills together may hold."""
        return self._most_bytes

    @property
    def count(self) -> int:
        """How many blocks have spills in files."""
        return len(self._spills)

    @property
    def used_bytes(self) -> int:
        """How much is in the files."""
        return self._used_bytes

    def spill(self, number: int, inline_bytes: int) -> "Spill":
        """Return the spill of a block, begun when a stream has more than *inline_bytes*."""
        return Spill(self, self._directory, number, inline_bytes)

    def open_masker(self) -> Masker:
        """Return a masker for the bytes of one stream."""
        return self._open_masker()

    def reserve(self, size: int) -> None:
        """Leave *size* bytes of the quota to what else is kept of the session."""
        self._reserved_bytes = size

    def add(self, spill: "Spill") -> None:
        """Make the directories and count *spill* from now on.

        Raises:
            OSError: they can't be made.

        """
        _make_private(self._directory)
        self._spills[spill.number] = spill

    def take_room(self, size: int, spill: "Spill") -> int:
        """Return how many of *size* bytes there is room for, and count them."""
        most_bytes = self._most_bytes - self._reserved_bytes
        while self._used_bytes + size > most_bytes and (oldest := self._oldest(spill)):
            del self._spills[oldest.number]
            self._used_bytes -= oldest.size_bytes
            oldest.remove()
            spill.note_removed(oldest.number)
        taken = max(0, min(size, most_bytes - self._used_bytes))
        self._used_bytes += taken
        return taken

    def give_back(self, size: int) -> None:
        """Count *size* bytes no more: they could not be written."""
        self._used_bytes -= size

    def _oldest(self, needy: "Spill") -> "Spill | None":
        others = (spill for spill in self._spills.values() if spill is not needy)
        return next((spill for spill in others if spill.is_closed), None)


class Spill:
    """All that one block writes, in memory while it is little, then in files."""

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
        self._maskers: dict[str, Masker] = {}
        self._problem = ""
        self._has_begun = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing will be added."""
        return all(file.is_closed for file in self._files.values())

    @property
    def size_bytes(self) -> int:
        """How much is in the files."""
        return sum(file.size_bytes for file in self._files.values())

    @property
    def contents(self) -> SpillContents | None:
        """What is kept so far; None when the notebook has it all."""
        if not self._has_begun:
            return None
        return SpillContents(self._kept("stdout"), self._kept("stderr"), self._problem)

    def write(self, stream: str, data: bytes) -> None:
        """Keep what the block wrote."""
        if self._problem:
            return
        if stream not in self._maskers:
            self._maskers[stream] = self._folder.open_masker()
        self._keep(stream, self._maskers[stream].feed(data))

    def keep(self) -> None:
        """Keep all in files, however little it is: not all of it is in the notebook."""
        self._flush()
        if not self._has_begun:
            self._begin()

    @property
    def redacted(self) -> dict[str, int]:
        """How often each rule has found something that is not kept."""
        return dict(sum((Counter(kept.counts) for kept in self._maskers.values()), Counter()))

    def note_removed(self, number: int) -> None:
        """Remember that another block's spill had to make room for this one."""
        self._removed_blocks.append(number)

    def take_removed_blocks(self) -> list[int]:
        """Return once the numbers of the blocks whose spills made room."""
        removed, self._removed_blocks = self._removed_blocks, []
        return removed

    def finish(self, *, is_final: bool) -> None:
        """Keep what is held back; say in a file what is kept when nothing more comes."""
        self._flush()
        contents = self.contents
        if contents is None or not is_final:
            return
        self._close()
        with suppress(OSError):  # without it, readers take the spill for one cut short
            _write_private(contents_path(self._directory, self.number), contents.to_json())

    def remove(self) -> None:
        """Delete the files; what is left says why they are gone."""
        self._problem = "it was removed to make room for later blocks (max_session_size)"
        self._close()
        for file in self._files.values():
            file.remove()
        self.finish(is_final=True)
        self.on_removed()

    def _flush(self) -> None:
        """Keep what the maskers hold back."""
        for stream, kept in self._maskers.items():
            if not self._problem and (data := kept.finish()):
                self._keep(stream, data)

    def _keep(self, stream: str, data: MaskedBytes) -> None:
        if self._has_begun:
            self._store(stream, data)
            return
        self._held[stream].append(data)
        self._held_bytes[stream] += len(data)
        if self._held_bytes[stream] > self._inline_bytes:
            self._begin()

    def _begin(self) -> None:
        self._has_begun = True
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
                    self._store(stream, data)

    def _store(self, stream: str, data: MaskedBytes) -> None:
        file = self._files[stream]
        room = self._folder.take_room(len(data), self)
        before = file.size_bytes
        try:
            file.write(data, room)
        except OSError as error:
            self._folder.give_back(room - (file.size_bytes - before))
            self._give_up(f"{error.strerror}")
        else:
            if room < len(data):
                self._give_up(f"max_session_size ({self._folder.most_bytes:,} bytes) is reached")

    def _kept(self, stream: str) -> SpilledStream:
        file = self._files.get(stream)
        return SpilledStream(file.size_bytes, file.sha256) if file else NOTHING

    def _give_up(self, problem: str) -> None:
        self._problem = problem
        self._close()

    def _close(self) -> None:
        for file in self._files.values():
            file.close()


class _File:
    """One file of a spill, only added to; owns its descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        # An old file can be no session's but our own, which was restored from a backup.
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
    """Make *directory* and what is missing above it, for the user only."""
    if not directory.parent.exists():
        _make_private(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)


def _write_private(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
