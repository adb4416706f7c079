"""Scripts: the code of blocks that another program than the session's shell runs, as files."""

import os
from pathlib import Path

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.dialects.bash import program_line


class Scripts:
    """A private directory of such files; gone with the session."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def line(self, program: str, number: int, code: str) -> str:
        """Return the line for the shell by which *program* runs *code*.

        Raises:
            BlockError: the code can't be written.

        """
        path = self._directory / f"block-{number}"
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(code.encode(errors="surrogateescape"))
        except (OSError, UnicodeEncodeError) as error:
            raise BlockError(f"the code can't be handed to {program}: {error}") from error
        return program_line(program, str(path))

    def remove(self, number: int) -> None:
        """Forget the code of a block that has ended."""
        (self._directory / f"block-{number}").unlink(missing_ok=True)
