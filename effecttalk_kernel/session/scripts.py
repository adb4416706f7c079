"""ScriptFiles: the code of blocks that run in a program other than the session's shell."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.dialects.bash import program_line

# Without O_TRUNC: ext4 writes a truncated file to the disk when it is closed.
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class ScriptFiles:
    """A private directory of script files, which is removed with the session.

    Each block gets a new file, because a detached process may still read that of an earlier
    block. The next file is made when a block has ended, because making one takes long.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._next = f"{directory}/next"

    def line(self, program: str, number: int, code: str) -> str:
        """Return the line with which the shell lets *program* run *code*.

        Raises:
            BlockError: the code cannot be written.

        """
        path = self._path(number)
        try:
            self._take_next(path)
            with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
                file.write(code.encode(errors="surrogateescape"))
        except (OSError, UnicodeEncodeError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise BlockError(
                f"the code cannot be handed to {program}: cannot write to {self._directory}"
                f" ({why}): free some space there and make it writable, or restart the kernel with"
                " JUPYTER_RUNTIME_DIR set to another directory"
            ) from error
        return program_line(program, path)

    def remove(self, number: int) -> None:
        """Remove the code of a block that has ended, and make the file for the next one."""
        with suppress(FileNotFoundError):
            os.unlink(self._path(number))  # noqa: PTH108 # a Path takes as long again
        with suppress(OSError):  # the next block reports the problem
            os.close(os.open(self._next, NEW, 0o600))

    def _take_next(self, path: str) -> None:
        try:
            os.rename(self._next, path)  # noqa: PTH104 # a Path takes as long again
        except FileNotFoundError:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, number: int) -> str:
        return f"{self._directory}/block-{number}"
