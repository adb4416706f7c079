"""Removing the echo of a typed line from the output of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.echo import EchoRemover

LINE = b' end "$?" 3; wait\n'
# Without the line itself, which would be removed as its echo.
TEXTS = st.text(alphabet='ab end"$?\n', max_size=30).map(str.encode).filter(lambda t: LINE not in t)


def shown(line: bytes, *pieces: bytes) -> bytes:
    remover = EchoRemover()
    remover.expect(line)
    return b"".join(map(remover.feed, pieces))


@pytest.mark.parametrize("at", range(len(LINE) + 1))
def test_an_echo_in_two_pieces_is_removed(at: int) -> None:
    assert shown(LINE, b"before " + LINE[:at], LINE[at:] + b"after") == b"before after"


def test_an_echo_that_comes_key_by_key_is_removed() -> None:
    assert shown(LINE, *(LINE[at : at + 1] for at in range(len(LINE))), b"x") == b"x"


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_the_chunking_does_not_matter(text: bytes, cuts: list[int]) -> None:
    data = LINE + text
    ends = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    assert shown(LINE, *pieces) == text


def test_only_the_first_occurrence_is_an_echo() -> None:
    assert shown(LINE, LINE + LINE) == LINE


@given(TEXTS)
def test_nothing_is_held_back_after_the_echo(text: bytes) -> None:
    remover = EchoRemover()
    remover.expect(LINE)
    remover.feed(LINE)
    assert remover.feed(text) == text


def test_without_a_line_everything_is_shown() -> None:
    assert EchoRemover().feed(LINE) == LINE


def test_text_that_only_begins_like_the_line_is_shown() -> None:
    assert shown(LINE, b"Name: ", LINE[:5], b"!") == b"Name: " + LINE[:5] + b"!"


def test_a_line_without_an_echo_is_forgotten_at_the_next() -> None:
    remover = EchoRemover()
    remover.expect(LINE)
    assert remover.feed(LINE[:7]) == b""
    remover.expect(b"other\n")
    assert remover.feed(b"other\nx") == b"x"
