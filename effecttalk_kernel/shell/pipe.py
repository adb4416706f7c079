"""Pipe: where a block writes what is no text for a terminal: a FIFO, see fifo(7).

Programs see that it is none: they print no colours, and a picture without asking.
"""

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import READ_SIZE


class Pipe:
    """The reading end, non-blocking, with the path to write to; owns both, and the path."""

    # It begins with 64 KiB; programs may make it as large as pipe-max-size, see pipe(7).
    most_held_bytes = 1_048_576

    def __init__(self, path: str, master: int, held: int) -> None:
        self.path = path
        self.master = master
        self._held = held

    @classmethod
    def open(cls, path: Path) -> Self:
        """Make a FIFO at *path* and hold it.

        Raises:
            TerminalError: it can't be made, or no descriptor is free.

        """
        # As /proc tells it, where those are looked for who write.
        name = str(path.resolve())
        with ExitStack() as on_failure:
            try:
                os.mkfifo(name, 0o600)
                on_failure.callback(os.unlink, name)
                # Without a reader, whoever opens it to write would wait.
                master = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                on_failure.callback(os.close, master)
                held = _open_to_write(name)
            except OSError as error:
                raise TerminalError(
                    f"no pipe can be made at {path} ({error.strerror}): make room there, or"
                    " raise the limit of open files"
                ) from error
            on_failure.pop_all()
        return cls(name, master, held)

    def hold(self) -> None:
        """Keep a descriptor to write to it, so that it has no end."""
        if self._held < 0:
            self._held = _open_to_write(self.path)

    def release(self) -> None:
        """Give the held descriptor back: from now on an end means that nobody writes."""
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)

    def reset(self) -> None:
        """Do nothing: it has no modes that a program could have changed."""

    def read(self, most_bytes: int = READ_SIZE) -> bytes | None:
        """Return what is there: bytes, b"" for nothing yet, None when nobody writes any more."""
        try:
            return os.read(self.master, most_bytes) or None
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
