"""Recorded programs: their output is shown as in a terminal.

`tests/streams` says how each was recorded. What is expected comes from tmux.
"""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.output.terminal.escapes import Clear
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions
from tests.support.front_end import FrontEnd
from tests.support.sgr_cells import Look, cells, plain
from tests.support.tmux import Tmux

STREAMS = Path(__file__).parent / "streams"
NAMES = sorted(path.stem for path in STREAMS.glob("*.bytes"))
# Programs for which a cell differs from a terminal, and why. A full-screen program
# leaves nothing in either.
DIFFERENT = {
    "clear_x": "to clear is to clear the cell, with the lines that have scrolled out of a screen",
    "dialog": "it clears the screen, draws on it and goes back to where the cursor was before; "
    "a cell that is cleared begins anew",
}
LIMITS = OutputLimits(1_000_000, 1_000_000)
SEEDS = range(3)
# tmux clears like other terminals since 3.3, with this option.
OLDEST_TMUX = [3, 3]


def recorded(name: str) -> bytes:
    return (STREAMS / f"{name}.bytes").read_bytes()


def expected(name: str) -> list[str]:
    return (STREAMS / f"{name}.txt").read_text().splitlines()


def pieces(data: bytes, seed: int, most: int) -> Iterator[bytes]:
    """Yield *data* in pieces of 1 to *most* bytes."""
    sizes = random.Random(seed)
    at = 0
    while at < len(data):
        size = sizes.randint(1, most)
        yield data[at : at + size]
        at += size


def shown(*chunks: bytes) -> str:
    stream = OutputStream(StreamOptions(LIMITS, 24, 80))
    for chunk in chunks:
        for piece in stream.feed(chunk):
            if isinstance(piece, Clear):
                stream.clear()
    list(stream.finish())
    return "".join(stream.take())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_output_is_shown_as_in_a_terminal_for_any_chunking(name: str, seed: int) -> None:
    text = shown(*pieces(recorded(name), seed, 30))
    assert plain(text) == expected(name)
    assert text == shown(recorded(name))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_front_end_that_follows_the_messages_shows_the_same(name: str, seed: int) -> None:
    data = recorded(name)
    writes = [("stdout", piece) for piece in pieces(data, seed, max(30, len(data) // 30))]
    outputs = FrontEnd(limits=LIMITS).play(*writes, step=(0.001, 0.04, 1.0)[seed])
    assert plain("".join(text for _, text in outputs)) == expected(name)


RED, GREEN, YELLOW, BLUE, MAGENTA = (("foreground", number) for number in "12345")
BOLD = ("bold", "")


@pytest.mark.parametrize(
    ("name", "word", "look"),
    [
        ("git_log", "* commit a8", {}),
        ("git_log", "commit a8", {YELLOW}),
        ("git_log", "main", {BOLD, GREEN}),
        ("git_log", "tag: v1", {BOLD, YELLOW}),
        ("git_log", "\\  Merge", {YELLOW}),
        ("git_log_oneline", "|\\", {GREEN}),
        ("git_diff", "+tab", {GREEN}),
        ("git_diff", " \ndiff", {("background", "1")}),
        ("ls_columns", "sub", {BOLD, BLUE}),
        ("ls_columns", "run.sh", {BOLD, GREEN}),
        ("ls_columns", "plain", {}),
        ("gcc", "error: ", {BOLD, RED}),
        ("gcc", "-Wunused-parameter", {BOLD, MAGENTA}),
        ("cargo", "Compiling", {BOLD, ("foreground", "10")}),
        ("pip", "━━━", {("foreground", "70")}),
        ("apt_install", "Setting up", {}),
    ],
)
def test_colours_are_kept(name: str, word: str, look: set[tuple[str, str]]) -> None:
    assert find_look(word, shown(recorded(name))) == frozenset(look)


def find_look(word: str, text: str) -> Look:
    """Return the look of the first character of *word*, where it first occurs."""
    line_end = ("\n", frozenset[tuple[str, str]]())
    line = [cell for line in cells(text) for cell in [*line, line_end]]
    return line["".join(character for character, _ in line).index(word)][1]


@pytest.mark.parametrize("name", ["gcc", "git_log_plain", "ls", "grep"])
def test_coloured_lines_need_no_screen(name: str) -> None:
    """The program's sequences are passed on; a screen would write others."""
    text = recorded(name).decode().replace("\x1b[K", "")
    assert shown(recorded(name)).count("\x1b[") == text.count("\x1b[")


@pytest.fixture(scope="module")
def tmux() -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    version = subprocess.run(["tmux", "-V"], capture_output=True, encoding="utf-8").stdout
    if [int(number) for number in re.findall(r"\d+", version)] < OLDEST_TMUX:
        pytest.skip(f"{version.strip()} is too old")
    with Tmux() as terminal:
        yield terminal


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DIFFERENT])
def test_tmux_shows_the_same_in_the_same_colours(tmux: Tmux, name: str) -> None:
    assert cells(tmux.play(STREAMS / f"{name}.bytes")) == cells(shown(recorded(name)))


@pytest.mark.parametrize("name", DIFFERENT)
def test_tmux_differs_where_a_cell_does(tmux: Tmux, name: str) -> None:
    assert plain(tmux.play(STREAMS / f"{name}.bytes")) != expected(name)


def test_the_recordings_do_not_name_a_machine() -> None:
    private = [b"/root", b"/work", b"/tmp/", b"127.0.0.1", b"localhost"]
    for name in NAMES:
        assert not [word for word in private if word in recorded(name)], name
