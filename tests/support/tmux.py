"""tmux as the reference terminal: it plays a recording, or runs a program, and returns its screen.

python -m tests.support.tmux tests/streams/less_long.bytes

writes what the recording's test expects, in less_long.txt.
"""

import fcntl
import itertools
import os
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from tests.support.jupyter import PATIENCE_SECONDS
from tests.support.sgr_cells import plain

# As xterm has it: what is cleared does not go to the lines that scrolled out.
OPTIONS = {
    "status": "off",
    "history-limit": "50000",
    "scroll-on-clear": "off",
    "remain-on-exit": "on",
    "remain-on-exit-format": "",
}
# tmux answers "ESC[0n" when it has drawn all that stood before "ESC[5n"; none of
# its other answers has an "n" in it.
PLAY = """
stty -echo -icanon
cat "$1"
printf '\\e[5n'
read -rs -d n
tmux -S "$2" wait-for -S "$3"
exec sleep infinity
"""
# Runs code in a directory, with the exported variables of another shell. In the text of a pane,
# the lines that VT100 draws would be letters.
RUN = '. "$1"; unset TMUX TMUX_PANE COLUMNS LINES; export NCURSES_NO_UTF8_ACS=1; cd "$2"; eval "$3"'
# Playwright's names of keys.
KEYS: Final = {"Control+": "C-", "Arrow": ""}
LONGEST_SECONDS = 20
POLL_SECONDS = 0.005  # there is no event for a terminal whose input was read


class Pane:
    """A program in a terminal of tmux."""

    def __init__(self, run: Callable[..., str], identity: str) -> None:
        self._run = run
        self._identity = identity

    @property
    def screen(self) -> str:
        """The lines on it, without trailing blanks."""
        return self._run("capture-pane", "-p", "-t", self._identity)

    @property
    def text(self) -> str:
        """The lines on it, and those that have scrolled out."""
        return self._run("capture-pane", "-p", "-S", "-", "-t", self._identity)

    def press(self, text: str, key: str = "") -> None:
        """Type text, and then a key when the program has read the text, if it reads keys."""
        if text.endswith(";"):
            text = f"{text[:-1]}\\;"  # otherwise it ends a command of tmux
        if text:
            self._run("send-keys", "-t", self._identity, "-l", "--", text)
        if text and key:
            self._wait_until_read()
        if key:
            for name, tmux_name in KEYS.items():
                key = key.replace(name, tmux_name)
            self._run("send-keys", "-t", self._identity, key)

    def _wait_until_read(self) -> None:
        """Wait until no keys are left to read; those of an unfinished line do not count."""
        path = self._run("display-message", "-p", "-t", self._identity, "#{pane_tty}").strip()
        end = time.monotonic() + PATIENCE_SECONDS
        with suppress(OSError), open(path, "rb", opener=_open_terminal) as terminal:
            while any(fcntl.ioctl(terminal, termios.FIONREAD, bytes(4))):
                assert time.monotonic() < end, "the program does not read the keys"
                time.sleep(POLL_SECONDS)
        # The terminal of a program that has ended cannot be opened any more.


def _open_terminal(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOCTTY)


class Tmux:
    """A tmux server of our own with terminals of 80x24."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="tmux-")
        self._socket = str(Path(self._directory.name) / "socket")
        self._played = itertools.count()

    def __enter__(self) -> Self:
        options = [["set-option", "-g", name, value, ";"] for name, value in OPTIONS.items()]
        self._run(
            *["start-server", ";", *itertools.chain(*options)],
            *["new-session", "-d", "-x", "80", "-y", "24", "sleep", "infinity"],
        )
        return self

    def __exit__(self, *_error: object) -> None:
        with self._directory:
            self._run("kill-server")

    def play(self, stream: Path) -> str:
        """Return the lines that stand in a terminal after *stream*, with their colours."""
        channel = f"played-{next(self._played)}"
        pane = self._run(
            *["new-window", "-d", "-P", "-F", "#{pane_id}"],
            *["bash", "-c", PLAY, "play", str(stream), self._socket, channel],
        ).strip()
        self._run("wait-for", channel)
        shown = self._run("capture-pane", "-p", "-e", "-J", "-S", "-", "-t", pane)
        self._run("kill-pane", "-t", pane)
        return shown

    @contextmanager
    def run(self, code: str, directory: Path, exports: Path, columns: int) -> Iterator[Pane]:
        """Run *code* in bash, with the exported variables in a file.

        The pane has 24 rows; what the program leaves on it stays.
        """
        identity = self._run(
            *["new-session", "-d", "-P", "-F", "#{pane_id}", "-x", str(columns), "-y", "24"],
            *["bash", "-c", RUN, "run", str(exports), str(directory), code],
        ).strip()
        yield Pane(self._run, identity)
        self._run("kill-pane", "-t", identity)

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-u", "-S", self._socket, "-f", "/dev/null", *arguments]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, timeout=LONGEST_SECONDS, encoding="utf-8"
        )
        return done.stdout


if __name__ == "__main__":
    with Tmux() as tmux:
        for name in sys.argv[1:]:
            lines = plain(tmux.play(Path(name)))
            Path(name).with_suffix(".txt").write_text("".join(f"{line}\n" for line in lines))
