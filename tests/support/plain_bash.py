"""A plain interactive bash in a terminal: what a user sees without a notebook."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from ptyprocess import PtyProcess

PROMPT: Final = b"\x01"


class PlainBash:
    """A bash whose prompt is a control character; `with` ends it."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self._process = PtyProcess.spawn(
            ["bash", "--noprofile", "--noediting", "-i"],
            cwd=str(home),
            env={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "TERM": "dumb",
                "LC_ALL": "C.UTF-8",
                **(environment or {}),
            },
            echo=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close(force=True)

    def start(self) -> None:
        """Wait for the first prompt that the start-up files give."""
        self._process.write(b" stty -onlcr\n")
        self._process.write(b"PS1=$'\\001' PS2=\n")
        self._read(1)

    def run(self, line: str) -> str:
        """Type *line*, one command line; return what the terminal shows until the next prompt."""
        self._process.write(line.encode() + b"\n")
        return self._read(1).decode()

    def _read(self, prompts: int) -> bytes:
        shown = b""
        while shown.count(PROMPT) < prompts:
            shown += self._process.read()
        return shown.replace(PROMPT, b"")
