"""Pipe: what replaces a terminal for output that is not text, see pipe(7).

Programs see that it is not a terminal: they print no colors, and write an image without
asking for confirmation.
"""

import os
from typing import Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.terminal import READ_SIZE


class Pipe:
    """The reading end, which does not block, and the path to write to; owns both ends."""

    # It starts with 64 KiB; programs may enlarge it up to pipe-max-size, see pipe(7).
    most_held_bytes = 1_048_576

    def __init__(self, master: int, held: int) -> None:
        self.path = proc.own_path(master)
        self.name = proc.open_file(os.getpid(), master)
        self.master = master
        self._held = held

    @classmethod
    def open(cls) -> Self:
        """Open a pipe and hold it.

        Raises:
            TerminalError: no descriptor is free.

        """
        try:
            return cls(*os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            raise TerminalError(
                f"cannot open a pipe ({error.strerror}): raise the limit of open files"
            ) from error

    def hold(self) -> None:
        """Keep a writing descriptor open, so that reading does not reach the end."""
        if self._held < 0:
            self._held = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def release(self) -> None:
        """Close the held descriptor; after that, the end means that no process writes."""
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)

    def reset(self) -> None:
        """Do nothing: a pipe has no modes that a program could change."""

    def read(self, max_bytes: int = READ_SIZE) -> bytes | None:
        """Return the bytes that can be read, b"" for none yet, None if no process writes."""
        try:
            return os.read(self.master, max_bytes) or None
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Close both ends; may be called twice."""
        self.release()
        master, self.master = self.master, -1
        if master >= 0:
            os.close(master)

    def __repr__(self) -> str:
        return f"<Pipe {self.name}{' held' if self._held >= 0 else ''}>"
