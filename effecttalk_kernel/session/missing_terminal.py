"""Missing terminal: full-screen programs in a headless run, where no client can show them.

Some wait for keys that never come, some read end of file from standard input and end (htop),
some say that they need a terminal (top, nano), and some only draw (watch).
"""

import re
import time
from typing import Final

# A program that runs commands and ends, such as `vim -c wq FILE`, takes less.
MAX_DRAWING_SECONDS: Final = 0.5
# How programs say that they need a terminal: "top: failed tty get", "not a tty".
NEEDS: Final = re.compile(
    rb"\bnot (?:from |to |on )?an? (?:tty|terminal)\b|\bfailed tty get\b|\bno tty present\b"
    rb"|\b(?:requires?|needs?|opening) (?:an? )?(?:interactive )?(?:tty|terminal)\b"
    rb"|\bmust be (?:connected to|run (?:from|in|on)) an? (?:tty|terminal)\b"
    rb"|\ba (?:tty|terminal) is (?:required|needed)\b",
    re.IGNORECASE,
)
MESSAGE_BYTES: Final = 512
# Editors also run commands that need no keys.
EDITORS: Final = re.compile(r"(?:g?vi|n?vim|view|ex|emacs)(?:[.-].*)?|vimdiff")
UNKNOWN: Final = "a full-screen program"
# The first word of a command that is not an assignment: `cd /tmp; LC_ALL=C htop -d 1`. What a
# quoted separator precedes (`tmux new \; split-window`) is an argument.
COMMAND: Final = re.compile(r"(?:^|(?<!\\)[;&|(\n])\s*(?:\w+=\S*\s+)*([\w./+-]+)(?!\S*=)")


class MissingTerminal:
    """What the programs of a headless block do that need a terminal."""

    def __init__(self) -> None:
        self._end = b""
        self._name = ""
        self._entered: float | None = None
        self._uses_keys = False

    def feed(self, data: bytes) -> None:
        """Take output of the block."""
        tail = data[-MESSAGE_BYTES:]
        self._end = (self._end + tail)[-MESSAGE_BYTES:]

    def enter(self, name: str, *, uses_keys: bool) -> None:
        """Note that a program, whose *name* may not be known, has entered the alternate screen."""
        self._name = name
        self._entered = time.monotonic()
        self._uses_keys = uses_keys

    def leave(self, *, uses_keys: bool) -> None:
        """Note that the program has left the alternate screen, which it may have used for keys."""
        self._uses_keys |= uses_keys

    def is_endless(self, *, uses_keys: bool) -> bool:
        """Whether the program draws for so long that it would wait for the user to end it."""
        self._uses_keys |= uses_keys
        waits = self._entered is not None and self._uses_keys
        return waits and time.monotonic() - (self._entered or 0) >= MAX_DRAWING_SECONDS

    @property
    def problem(self) -> str:
        """What is missing."""
        return f"{self._name or UNKNOWN} needs a terminal, and no front end can show one"

    def find_problem(self, exit_status: int, command: str, code: str) -> str:
        """Return why a block fails, "" if that has nothing to do with terminals.

        *command* is the one that failed, if that is known, and *code* that of the block.
        """
        has_drawn = self._entered is not None and self._uses_keys
        # If its name is not known, any of several may have drawn what another program wanted.
        if has_drawn and (self._name or len(_list_programs(code)) <= 1):
            self._name = self._name or _find_program(code, 0)
            return "" if EDITORS.fullmatch(self._name) else self.problem
        if exit_status and (said := NEEDS.search(self._end)):
            self._name = self._find_speaker(said, command, code)
            return self.problem
        return ""

    def _find_speaker(self, said: re.Match[bytes], command: str, code: str) -> str:
        """Return which program has *said* that it needs a terminal: not always the one that failed.

        In `nano FILE; cat FILE`, cat fails because nano did.
        """
        failed = _find_program(command, 0) if command else _find_program(code, -1)
        lines = self._end.decode(errors="replace").splitlines()
        others = [line for line in lines if said[0].decode() not in line]
        programs = _list_programs(code)
        earlier = programs[: programs.index(failed)] if failed in programs else []
        has_another_reason = any(line.startswith(f"{failed}: ") for line in others)
        return earlier[-1] if has_another_reason and earlier else failed


def _find_program(code: str, index: int) -> str:
    """Return the name of the first or the last program that *code* runs, as far as can be seen."""
    programs = _list_programs(code)
    return programs[index] if programs else UNKNOWN


def _list_programs(code: str) -> list[str]:
    return [command.rpartition("/")[2] for command in COMMAND.findall(code)]
