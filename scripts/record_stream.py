#!/usr/bin/env python3
"""Record the output of a program on a terminal like the one of a block.

    scripts/record_stream.py less.bytes --after '^:' --type q -- less long.txt

The terminal has 24 rows and 80 columns and does not translate line endings.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import termios
from dataclasses import dataclass
from pathlib import Path

ROWS, COLUMNS = 24, 80
OUTPUT_MODES = 1  # index of c_oflag in the list that tcgetattr returns


@dataclass(frozen=True, slots=True)
class Answer:
    """Keys to type once, when the output since the last answer matches."""

    after: re.Pattern[bytes]
    keys: bytes


def record(command: list[str], answers: list[Answer]) -> bytes:
    """Return everything that *command* prints, typing the *answers* in order."""
    pid, master = pty.fork()
    if pid == 0:
        prepare_terminal()
        os.execvpe(command[0], command, os.environ | {"TERM": "xterm-256color"})
    printed, looked_at = b"", 0
    waiting = [*answers]
    try:
        while data := read(master):
            printed += data
            if waiting and waiting[0].after.search(printed, looked_at):
                looked_at = len(printed)
                os.write(master, waiting.pop(0).keys)
    finally:
        os.close(master)
        os.waitpid(pid, 0)
    return printed


def prepare_terminal() -> None:
    """Give this process's terminal the size and modes of a block's terminal."""
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
    modes = termios.tcgetattr(1)
    modes[OUTPUT_MODES] &= ~termios.OPOST
    termios.tcsetattr(1, termios.TCSANOW, modes)


def read(master: int) -> bytes:
    """Return the next output, or b"" at the end."""
    try:
        return os.read(master, 65_536)
    except OSError:  # EIO: no process has the slave side open
        return b""


def replace_names(printed: bytes, replacements: list[list[str]]) -> bytes:
    """Replace names of this machine with text of the same width."""
    for old, new in replacements:
        printed = printed.replace(old.encode(), new.encode())
    return printed


def main() -> None:
    """Record one command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="the file to write")
    parser.add_argument("command", nargs="+", help="the command to run, after --")
    parser.add_argument(
        "--after", action="append", default=[], help="wait for this pattern in the output"
    )
    parser.add_argument("--type", action="append", default=[], help="type this after the pattern")
    parser.add_argument(
        "--replace",
        nargs=2,
        action="append",
        default=[],
        metavar=("OLD", "NEW"),
        help="replace OLD with NEW, which must have the same length",
    )
    options = parser.parse_args()
    answers = [
        Answer(re.compile(after.encode()), keys.encode())
        for after, keys in zip(options.after, options.type, strict=True)
    ]
    if any(len(old.encode()) != len(new.encode()) for old, new in options.replace):
        parser.error("a replacement must be as long as the text it replaces")
    printed = record(options.command, answers)
    options.file.write_bytes(replace_names(printed, options.replace))


if __name__ == "__main__":
    main()
