"""A relay: runs a command on a terminal of its own, and passes on what both sides write.

    relay.py [--ask] [--threads] [--end-slowly] COMMAND...

It reads from /dev/tty, which it sets to a raw mode, as sudo and script do. With --ask, it first
asks a question itself. With --threads, one thread reads and another one writes; with --end-slowly,
the first one still reads for a while after the command has ended.
"""

import contextlib
import os
import pty
import select
import sys
import threading
import time
import tty


def copy(source: int, target: int) -> bool:
    """Copy what can be read; return whether there may be more."""
    data = b""
    with contextlib.suppress(OSError):  # the command has ended
        data = os.read(source, 65_536)
    while data:
        data = data[os.write(target, data) :]
        if not data:
            return True
    return False


def copy_input(terminal: int, master: int) -> None:
    while copy(terminal, master):
        pass


def main(arguments: list[str]) -> int:
    options = {each for each in arguments if each in {"--ask", "--threads", "--end-slowly"}}
    command = [each for each in arguments if each not in options]
    terminal = os.open("/dev/tty", os.O_RDWR)
    if "--ask" in options:
        os.write(terminal, b"proceed? ")
        assert os.read(terminal, 100) == b"Y\n"
    pid, master = pty.fork()
    if not pid:
        os.execvp(command[0], command)
    modes = tty.tcgetattr(terminal)
    tty.setraw(terminal)
    try:
        if "--threads" in options:
            threading.Thread(target=copy_input, args=(terminal, master), daemon=True).start()
        sources = [master] if "--threads" in options else [master, terminal]
        while True:
            readable, _, _ = select.select(sources, [], [])
            if terminal in readable:
                copy(terminal, master)
            if master in readable and not copy(master, sys.stdout.fileno()):
                break
    finally:
        tty.tcsetattr(terminal, tty.TCSANOW, modes)
    if "--end-slowly" in options:
        time.sleep(0.5)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
