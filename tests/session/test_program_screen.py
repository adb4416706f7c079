"""What a program draws: whether it needs a terminal, and what a client has to be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.program_screen import (
    MAX_BYTES,
    PRIVATE_MODE,
    ProgramScreen,
    has_private_mode,
)

SHELL, PROGRAM = 10, 20
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
# The first output of programs, as they write it.
FULL_SCREEN = {
    "vim": b"\x1b[?1049h\x1b[22;0;0t\x1b[>4;2m\x1b[?1h\x1b=\x1b[?2004h\x1b[1;24r\x1b[m\x1b[H\x1b[2J",
    "nano": b"\x1b[?2004h\x1b[?1049h\x1b[22;0;0t\x1b[1;24r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[H\x1b[2J",
    "top": b"\x1b[?1h\x1b=\x1b[H\x1b[2J\x1b[mtop - 20:10:52 up  6:50\x1b[K\nTasks: 137 total\x1b[K\n",
    "less -X": b"\x1b[?1h\x1b=\r1\n2\n3\n:\x1b[K",
    "fzf --height": b"\x1b[?25l\n\n\n\x1b[3A\x1b[J> \x1b[6n",
    "fish": b"\x1b[?u\x1b[0c",
    "linux console": b"\x1b[?47h\x1b[5;10Htext",
}
ORDINARY = {
    "text": b"one\ntwo\n",
    "colours": b"\x1b[01;34mfolder\x1b[0m\n\x1b[31merror\x1b[m\n",
    "bash": b"\x1b[?2004h\x1b[01;32mann@host\x1b[0m:~$ ",
    "node": b"Welcome to Node.js v20.20.2.\n\x1b[1G\x1b[0J> \x1b[3G",
    "line editing": b"$ ls\x08\x08\x1b[K\x1b[C\x1b[1@x\x1b[1P",
    "clear": b"\x1b[H\x1b[2J\x1b[3J",
    "another clear": b"\x1b[2J\x1b[H",
    "a progress bar": b"\r 10 %\r 20 %\x1b[K",
    "an editor that has ended": FULL_SCREEN["vim"] + b"text\x1b[?1l\x1b>" + LEAVE + b"\x1b[?25h",
    "top, which has ended": FULL_SCREEN["top"] + b"\x1b[?1l\x1b>\n",
}


def screen_of(data: bytes, *, size: int = MAX_BYTES) -> ProgramScreen:
    screen = ProgramScreen(lambda: PROGRAM)
    for at in range(0, len(data), size):
        screen.feed(data[at : at + size])
    return screen


@pytest.mark.parametrize("size", [1, 3, MAX_BYTES])
@pytest.mark.parametrize("name", FULL_SCREEN)
def test_a_full_screen_program_draws(name: str, size: int) -> None:
    assert screen_of(FULL_SCREEN[name], size=size).is_drawn


@pytest.mark.parametrize("size", [1, 3, MAX_BYTES])
@pytest.mark.parametrize("name", ORDINARY)
def test_other_programs_do_not_draw(name: str, size: int) -> None:
    assert not screen_of(ORDINARY[name], size=size).is_drawn


def test_the_start_of_the_alternate_screen_is_noticed_once() -> None:
    screen = ProgramScreen(lambda: PROGRAM)
    assert not screen.feed(b"before")
    assert not screen.feed(b"\x1b[?10")
    assert screen.feed(b"49h")
    assert not screen.feed(ENTER)
    assert screen.is_alternate
    assert not screen.feed(LEAVE)
    assert not screen.is_alternate
    assert screen.feed(b"\x1b[?25;1047h and \x1b[?1047l")
    assert not screen.is_alternate


ENDS = {
    "text": (b"", b"after", b"", b""),
    "a leave": (b"", LEAVE + b"after", b"", LEAVE),
    "a leave in pieces": (b"\x1b[?104", b"9lafter", b"", b"9l"),
    "a leave that is unread": (b"", b"saved", LEAVE + b"after", b"saved"),
    "a drawing": (b"", b"\x1b[Hdrawn\x1b[2Hafter", b"", b"\x1b[Hdrawn\x1b[2H"),
    "a drawing that is unread": (b"", b"drawn", b"\x1b[Hdrawn", b"drawn"),
    "another program": (b"", b"after" + ENTER + b"\x1b[H", b"\x1b[2H", b""),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_what_a_program_has_drawn_is_found(name: str) -> None:
    before, data, ahead, drawn = ENDS[name]
    screen = screen_of(ENTER + b"text" + before)
    assert data[: screen.find_end(data, ahead)] == drawn


@given(st.lists(st.sampled_from([ENTER, LEAVE, b"\x1b[H", b"text", b"\x1b[?", b"\x1b"])), st.data())
def test_the_alternate_screen_does_not_depend_on_the_pieces(
    parts: list[bytes], draw: st.DataObject
) -> None:
    data = b"".join(parts)
    size = draw.draw(st.integers(1, len(data) + 1))
    whole, pieces = screen_of(data), screen_of(data, size=size)
    assert pieces.is_alternate == whole.is_alternate
    assert pieces.is_drawn == whole.is_drawn


@given(st.lists(st.sampled_from([b"?", b"\x1b[", b"\x1b[?", b"\x1b", b"[", b"x", b"?" * 60])))
def test_a_private_mode_is_found_as_by_a_search(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert has_private_mode(data) == (PRIVATE_MODE in data)


def test_another_program_starts_anew() -> None:
    group = PROGRAM
    screen = ProgramScreen(lambda: group)
    screen.feed(FULL_SCREEN["top"])
    group = SHELL
    screen.feed(b"\x1b[31mred\x1b[m\n")
    assert (screen.is_drawn, screen.group) == (False, SHELL)


def test_another_program_that_enters_the_alternate_screen_starts_anew() -> None:
    group = PROGRAM
    screen = ProgramScreen(lambda: group)
    screen.feed(ENTER + b"old")
    group = 30
    screen.feed(b"\x1b[5Hold")
    assert screen.group == PROGRAM
    assert not screen.feed(ENTER + b"new")
    assert (screen.group, screen.redraw()) == (30, ENTER + b"new")
    group = 40  # the sequence is over, though its bytes are near
    screen.feed(b"\x1b[6Hmore")
    assert screen.group == 30


def test_output_from_the_start_of_the_screen_draws_it() -> None:
    data = b"\x1b[31mbefore\x1b[m" + ENTER + b"\x1b[Htext"
    assert screen_of(data).redraw() == ENTER + b"\x1b[Htext"
    assert screen_of(b"plain\x1b[5Hdrawn").redraw() == b"plain\x1b[5Hdrawn"


def test_a_flood_is_not_kept() -> None:
    screen = screen_of(ENTER + b"\x1b[Hx" * MAX_BYTES, size=4_096)
    assert MAX_BYTES - 4_096 <= len(screen.redraw()) <= MAX_BYTES + len(ENTER)
    assert screen.redraw().startswith(ENTER)
    assert screen.is_drawn


def test_plain_output_is_not_kept() -> None:
    screen = screen_of(b"text\n" * 1_000)
    assert screen.redraw() == b""
