"""A full-screen program: draws "drawn", reads keys, and prints the bytes that it has read.

python full_screen.py [--file /dev/stderr] [--bytes 3] [--end killed] ...
"""

import argparse
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable
from types import FrameType

ENTER, LEAVE = b"\x1b[?1049h\x1b[?1h\x1b=\x1b[H", b"\x1b[?1l\x1b>\x1b[?1049l"
FRAME_SECONDS = 0.02


def wait_for_key(file: int, polled: list[int], draw: Callable[[], None] | None) -> None:
    """Wait until *polled* files are ready, or *draw* until there is a key."""
    while draw is not None and not select.select([file], [], [], 0)[0]:
        draw()
        time.sleep(FRAME_SECONDS)
    select.select(polled, [], [], None if polled else 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default="/dev/tty")
    parser.add_argument("--poll", help="wait for keys on this file first, such as /dev/stdin")
    parser.add_argument("--never-wait", action="store_true", help="draw, and look for keys between")
    parser.add_argument("--bytes", type=int, default=1)
    parser.add_argument("--screen", choices=["alternate", "usual"], default="alternate")
    parser.add_argument("--end", choices=["usual", "killed", "raw", "error"], default="usual")
    parser.add_argument("--signals", action="store_true", help="keys may send signals")
    options = parser.parse_args()

    def write(text: bytes) -> None:
        os.write(1, text)

    def leave(text: str) -> None:
        if options.screen == "alternate":
            write(LEAVE)
        termios.tcsetattr(file, termios.TCSADRAIN, modes)
        write(text.encode() + b"\n")

    def handle(number: int, _frame: FrameType | None) -> None:
        leave(signal.Signals(number).name)
        sys.exit(3)

    def draw(*_: object) -> None:
        sizes = {tuple(os.get_terminal_size(fd)) for fd in (1, 2, file)}
        write(f"\x1b[5;1H{sizes}\x1b[6;1Hdrawn".encode())

    file = os.open(options.file, os.O_RDWR)
    modes = termios.tcgetattr(file)
    (tty.setcbreak if options.signals else tty.setraw)(file)
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, handle)
    signal.signal(signal.SIGWINCH, draw)
    write(ENTER if options.screen == "alternate" else b"\x1b[H")
    draw()
    got = b""
    polled = [os.open(options.poll, os.O_RDWR)] if options.poll else []
    while len(got) < options.bytes:
        wait_for_key(file, polled, draw if options.never_wait else None)
        got += os.read(file, options.bytes - len(got))
    if options.end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if options.end == "raw":
        write(got.hex().encode() + b"\r\n")
        return
    leave(got.hex())
    sys.exit(4 if options.end == "error" else 0)


if __name__ == "__main__":
    main()
