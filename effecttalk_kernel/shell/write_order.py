"""Write order: in which order processes write to several terminals, see inotify(7).

Linux queues an event for each write to a watched terminal, before the write returns. Events
of successive writes to the same terminal are merged: the queue tells which terminal was
written to after which, but not how much.
"""

import ctypes
import os
import struct
from collections.abc import Iterator, Mapping
from typing import Final

IN_MODIFY: Final = 0x2
IN_IGNORED: Final = 0x8000  # the terminal is gone, and its watch with it
# struct inotify_event: watch, mask, cookie, length of a name, which events of a file have not.
EVENT: Final = struct.Struct("=iIII")
READ_SIZE: Final = 65_536


class WriteOrder:
    """The order of writes to the terminals of one block; owns its descriptor.

    Where inotify is not available, it is always empty.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = -1
        self._watches: dict[int, str] = {}
        self._paths: Mapping[str, str] = {}
        if hasattr(self._library, "inotify_init1"):
            self._descriptor = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)

    def watch(self, paths: Mapping[str, str]) -> None:
        """Watch the terminals at *paths*, which have these names, instead of those before."""
        self.take()
        if paths == self._paths and len(self._watches) == len(paths):
            return  # most blocks write to the terminals of the one before
        self.stop()
        self._paths = paths
        if self._descriptor < 0:
            return
        for path, name in paths.items():
            watch = self._library.inotify_add_watch(self._descriptor, os.fsencode(path), IN_MODIFY)
            if watch >= 0:
                self._watches[watch] = name

    def stop(self) -> None:
        """Watch nothing."""
        for watch in self._watches:
            self._library.inotify_rm_watch(self._descriptor, watch)
        self._watches.clear()

    def take(self) -> list[str]:
        """Return the names of the terminals in the order of writes since the last call."""
        found: list[str] = []
        size = READ_SIZE if self._watches else 0
        while size == READ_SIZE:
            try:
                data = os.read(self._descriptor, READ_SIZE)
            except BlockingIOError:
                break
            size = len(data)
            found += self._terminals(data)
        return found

    def _terminals(self, data: bytes) -> Iterator[str]:
        """Yield the terminal of each event that is not the one of the event before."""
        last = ""
        for watch, mask, _, _ in EVENT.iter_unpack(data):
            name = self._watches.get(watch, "")
            if mask & IN_IGNORED:
                self._watches.pop(watch, None)
            elif name and name != last:
                last = name
                yield name

    def close(self) -> None:
        """Close the descriptor; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        self._watches.clear()
        if descriptor >= 0:
            os.close(descriptor)
