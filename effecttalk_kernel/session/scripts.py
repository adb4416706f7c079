"""Scripts: the code of blocks that another program than the session's shell runs, as files."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.dialects.bash import program_line

# Not to be cut: ext4 writes a file that was cut to the disk when it is closed.
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class ScriptFiles:
    """A private directory of such files; gone with the session.

    Each is a new one: who was detached may still read that of an earlier block. The next
    one is made when a block has ended, because a file takes long to make.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._next = f"{directory}/next"

    def line(self, program: str, number: int, code: str) -> str:
        """Return the line for the shell by which *program* runs *code*.

        Raises:
            BlockError: the code can't be written.

        """
        path = self._path(number)
        try:
            self._take_next(path)
            with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
                file.write(code.encode(errors="surrogateescape"))
        except (OSError, UnicodeEncodeError) as error:
            raise BlockError(f"the code can't be handed to {program}: {error}") from error
        return program_line(program, path)

    def remove(self, number: int) -> None:
        """Forget the code of a block that has ended, and have a file for another."""
        with suppress(FileNotFoundError):
            os.unlink(self._path(number))  # noqa: PTH108 # a Path takes as long again
        with suppress(OSError):  # then the next block has its own problem
            os.close(os.open(self._next, NEW, 0o600))

    def _take_next(self, path: str) -> None:
        try:
            os.rename(self._next, path)  # noqa: PTH104 # a Path takes as long again
        except FileNotFoundError:
            self._directory.mkdir(mode=0o700, exist_ok=True)

    def _path(self, number: int) -> str:
        return f"{self._directory}/block-{number}"
