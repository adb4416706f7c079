"""Scripts: the code of blocks that another program than the session's shell runs, as files."""

import os
from pathlib import Path

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.dialects.bash import program_line


class Scripts:
    """A private directory of such files; gone with the session."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._is_made = False

    def line(self, program: str, number: int, code: str) -> str:
        """Return the line for the shell by which *program* runs *code*.

        Raises:
            BlockError: the code can't be written.

        """
        path = f"{self._directory}/block-{number}"
        try:
            self._make_directory()
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(code.encode(errors="surrogateescape"))
        except (OSError, UnicodeEncodeError) as error:
            raise BlockError(f"the code can't be handed to {program}: {error}") from error
        return program_line(program, path)

    def _make_directory(self) -> None:
        if not self._is_made:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            self._is_made = True

    def remove(self, number: int) -> None:
        """Forget the code of a block that has ended."""
        (self._directory / f"block-{number}").unlink(missing_ok=True)
