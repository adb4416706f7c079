"""The screen: lines that scroll out are removed without harm to what is drawn next."""

import re

import pytest

from effecttalk_kernel.output.terminal.screen import LONGEST_CHUNK, Screen

SGR = re.compile(r"\x1b\[[0-9;]*m")
DRAWN = "\x1b[1;31mé\x1b[m\x1b[3;5H日\x1b[24;2H".encode()


@pytest.mark.parametrize("place", range(LONGEST_CHUNK - len(DRAWN), LONGEST_CHUNK + 1))
def test_removing_lines_cuts_no_sequence_or_character(place: int) -> None:
    lines = (b"line\n" * LONGEST_CHUNK)[-place:]
    screen = Screen(24, 80)
    scrolled = screen.feed(lines + DRAWN) + screen.feed(b"end")
    shown = SGR.sub("", scrolled + screen.leave()).splitlines()
    screen.close()
    expected = [*lines.decode().splitlines(), "éend"]
    expected[-22] = "line日"
    assert shown == expected
