"""Taking the echo of a typed line out of what a terminal shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.echo import EchoRemover

LINE = b' end "$?" 3; wait\n'
# Where the line itself does not stand: it would be taken for its echo.
TEXTS = st.text(alphabet='ab end"$?\n', max_size=30).map(str.encode).filter(lambda t: LINE not in t)


def shown(line: bytes, *pieces: bytes) -> bytes:
    remover = EchoRemover()
    remover.expect(line)
    return b"".join(map(remover.feed, pieces))


@pytest.mark.parametrize("at", range(len(LINE) + 1))
def test_an_echo_that_comes_in_two_pieces_is_taken_out(at: int) -> None:
    assert shown(LINE, b"before " + LINE[:at], LINE[at:] + b"behind") == b"before behind"


def test_an_echo_that_comes_key_by_key_is_taken_out() -> None:
    assert shown(LINE, *(LINE[at : at + 1] for at in range(len(LINE))), b"x") == b"x"


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_the_chunking_does_not_matter(text: bytes, cuts: list[int]) -> None:
    data = LINE + text
    ends = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    assert shown(LINE, *pieces) == text


def test_only_the_first_one_is_an_echo() -> None:
    assert shown(LINE, LINE + LINE) == LINE


@given(TEXTS)
def test_once_it_was_shown_nothing_is_held_back(text: bytes) -> None:
    remover = EchoRemover()
    remover.expect(LINE)
    remover.feed(LINE)
    assert remover.feed(text) == text


def test_without_a_line_everything_is_shown() -> None:
    assert EchoRemover().feed(LINE) == LINE


def test_what_begins_as_the_line_and_goes_on_otherwise_is_shown() -> None:
    assert shown(LINE, b"Name: ", LINE[:5], b"!") == b"Name: " + LINE[:5] + b"!"


def test_a_line_that_was_never_shown_is_given_up_for_the_next() -> None:
    remover = EchoRemover()
    remover.expect(LINE)
    assert remover.feed(LINE[:7]) == b""
    remover.expect(b"other\n")
    assert remover.feed(b"other\nx") == b"x"
