"""`jupyter console` in a real terminal (tmux): what a person types, and what they see."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 40


class Screen:
    """A tmux server of the test's own with one window."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ("tmux", "-S", str(socket), "-f", "/dev/null")

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=True, timeout=10
        ).stdout

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def wait_for(self, text: str, count: int = 1) -> str:
        """Return the screen once *text* stands there *count* times."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            shown = self.tmux("capture-pane", "-p", "-S", "-200")
            if shown.count(text) >= count:
                return shown
            time.sleep(0.05)  # tmux has no event for a changed screen
        pytest.fail(f"{text!r} did not appear in:\n{shown}")


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(tmp_path / "tmux")
    command = f"{sys.executable} -m jupyter_console --kernel effecttalk"
    environment = [f"-e{k}={v}" for k, v in os.environ.items() if k.startswith(("JUPYTER", "HOME"))]
    screen.tmux("new-session", "-d", "-x", "100", "-y", "40", *environment, command)
    screen.wait_for("In [1]:")
    yield screen
    screen.tmux("kill-server")


def test_a_session_in_the_console(screen: Screen) -> None:
    screen.type("echo $((6 * 7))-answer")
    screen.wait_for("42-answer")
    screen.wait_for("In [2]:")
    # An unfinished loop asks for the rest instead of running.
    screen.type("for i in 1 2; do")
    screen.wait_for("...:")
    screen.type("echo line-$i")
    screen.type("done")
    screen.type("")
    screen.wait_for("line-2")
    screen.wait_for("In [3]:")
    screen.type("sh -c 'exit 9'")
    screen.wait_for("exit status 9")


def test_the_console_shows_each_prompt_once(screen: Screen) -> None:
    # The first cell waits for the kernel's start; later ones are complete at once.
    screen.type("echo $((6 * 7))-answer")
    screen.wait_for("42-answer")
    screen.wait_for("In [2]:")
    screen.type("read -p 'na''me? ' x; echo \"hi $x\"; read -s -p 'sec''ret: ' y; echo ${#y}-long")
    screen.wait_for("name?")
    screen.type("bob")
    screen.wait_for("secret:")
    screen.type("s3cret")
    screen.wait_for("6-long")
    shown = screen.wait_for("In [3]:")
    assert [line.rstrip() for line in shown.splitlines() if "name?" in line] == ["name? bob"]
    assert "hi bob" in shown.splitlines()
    assert shown.count("secret:") == 1
    assert "s3cret" not in shown
