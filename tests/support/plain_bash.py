"""A plain interactive bash in a terminal: what a user sees without a notebook."""

import os
import select
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from ptyprocess import PtyProcess

from effecttalk_kernel.shell.terminal import has_unread_input, open_slave
from effecttalk_kernel.shell.waiting_process import find_waiting_process

PROMPT: Final = b"\x01"


def _restore_signals() -> None:
    """Do as the kernel does: what runs in the background of a script ignores these signals."""
    for name in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(name, signal.SIG_DFL)


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
            preexec_fn=_restore_signals,
        )
        self._slave = open_slave(self._process.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._slave)
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

    def type(self, line: str) -> None:
        """Type *line*, and wait until the shell reads its next line, whatever its prompt is."""
        self._process.write(line.encode() + b"\n")
        self.wait()

    def wait(self) -> None:
        """Wait until the shell waits for a line."""
        pid, terminal = self._process.pid, os.ttyname(self._slave)
        while has_unread_input(terminal) or not self._is_waiting(pid, terminal):
            if select.select([self._process.fd], [], [], 0.01)[0]:
                self._process.read()

    @staticmethod
    def _is_waiting(pid: int, terminal: str) -> bool:
        waiting = find_waiting_process(pid, os.getpgid(pid), [terminal], terminal)
        return waiting is not None and waiting.pid == pid

    def _read(self, prompts: int) -> bytes:
        shown = b""
        while shown.count(PROMPT) < prompts:
            shown += self._process.read()
        return shown.replace(PROMPT, b"")
