"""Pipe: the FIFO that replaces a terminal for output that is not text, see fifo(7).

Programs see that it is not a terminal: they print no colors, and write an image without
asking for confirmation.
"""

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import READ_SIZE


class Pipe:
    """The reading end, which does not block, and the path to write to; owns both."""

    # It starts with 64 KiB; programs may enlarge it up to pipe-max-size, see pipe(7).
    most_held_bytes = 1_048_576

    def __init__(self, path: str, master: int, held: int) -> None:
        self.path = path
        self.master = master
        self._held = held

    @classmethod
    def open(cls, path: Path) -> Self:
        """Create a FIFO at *path* and hold it.

        Raises:
            TerminalError: it cannot be created, or no descriptor is free.

        """
        # As in /proc, where its writers are looked up.
        name = str(path.resolve())
        with ExitStack() as on_failure:
            try:
                os.mkfifo(name, 0o600)
                on_failure.callback(os.unlink, name)
                # Without a reader, opening it to write would block.
                master = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                on_failure.callback(os.close, master)
                held = _open_to_write(name)
            except OSError as error:
                raise TerminalError(
                    f"cannot create a pipe at {path} ({error.strerror}): free some space there, or"
                    " raise the limit of open files"
                ) from error
            on_failure.pop_all()
        return cls(name, master, held)

    def hold(self) -> None:
        """Keep a writing descriptor open, so that reading does not reach the end."""
        if self._held < 0:
            self._held = _open_to_write(self.path)

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
        """Close both ends and remove the path; may be called twice."""
        self.release()
        master, self.master = self.master, -1
        if master >= 0:
            os.close(master)
            with suppress(OSError):
                Path(self.path).unlink()

    def __repr__(self) -> str:
        return f"<Pipe {self.path}{' held' if self._held >= 0 else ''}>"


def _open_to_write(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
