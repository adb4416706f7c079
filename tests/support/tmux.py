"""tmux as the reference terminal: it plays a recording and returns its screen.

python -m tests.support.tmux tests/streams/less_long.bytes

writes what the recording's test expects, in less_long.txt.
"""

import itertools
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.support.sgr_cells import plain

# As xterm has it: what is cleared does not go to the lines that scrolled out.
OPTIONS = {"status": "off", "history-limit": "50000", "scroll-on-clear": "off"}
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
LONGEST_SECONDS = 20


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
