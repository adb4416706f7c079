"""The unfinished last line of a block's output, which may be a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.output.prompt_line import MAX_HELD_BYTES, QUESTIONS, PromptLine

OUT, ERR = "stdout", "stderr"


def held(text: bytes, stream: str = OUT) -> PromptLine:
    """Return a line that holds *text* back."""
    line = PromptLine(holds=True)
    assert line.feed(stream, text, 0.0) == []
    return line


def test_complete_lines_are_passed_on() -> None:
    line = PromptLine(holds=True)
    assert line.feed(OUT, b"one\ntwo\nthr", 0.0) == [(OUT, b"one\ntwo\n")]
    assert line.feed(OUT, b"ee\n", 0.0) == [(OUT, b"three\n")]


def test_nothing_is_held_back_when_nobody_is_asked() -> None:
    assert PromptLine(holds=False).feed(OUT, b"one", 0.0) == [(OUT, b"one")]


def test_the_text_of_another_stream_releases_the_line() -> None:
    assert held(b"one").feed(ERR, b"two\n", 0.0) == [(OUT, b"one"), (ERR, b"two\n")]


def test_a_line_that_is_written_for_long_is_released() -> None:
    line = held(b"....")
    assert line.feed(OUT, b".", 0.1) == []
    assert line.feed(OUT, b".", 0.4) == [(OUT, b"......")]


def test_a_long_line_is_released() -> None:
    text = b"x" * (MAX_HELD_BYTES + 1)
    assert PromptLine(holds=True).feed(OUT, text, 0.0) == [(OUT, text)]


def test_a_line_that_is_no_prompt_is_released_once() -> None:
    line = held(b"one")
    assert line.release() == [(OUT, b"one")]
    assert line.release() == []


def test_the_answer_and_the_end_of_the_line_follow_the_prompt() -> None:
    line = held(b"name? ", ERR)
    assert line.show_prompt() == [(QUESTIONS, b"name? ")]
    assert line.echo(b"bob") == [(QUESTIONS, b"bob")]
    assert line.feed(ERR, b"\nhi\n", 1.0) == [(QUESTIONS, b"\n"), (ERR, b"hi\n")]


def test_the_end_of_the_line_may_come_on_the_other_stream() -> None:
    line = held(b"secret: ", ERR)
    line.show_prompt()
    assert line.feed(OUT, b"\n6\n", 1.0) == [(QUESTIONS, b"\n"), (OUT, b"6\n")]


def test_other_text_on_the_other_stream_ends_the_line() -> None:
    line = held(b"secret: ", ERR)
    line.show_prompt()
    assert line.feed(OUT, b"6\n", 1.0) == [(OUT, b"6\n")]
    assert line.feed(ERR, b"\n", 1.0) == [(ERR, b"\n")]


def test_what_a_program_echoes_itself_belongs_to_the_line() -> None:
    line = held(b">>> ")
    line.show_prompt()
    assert line.feed(OUT, b"1", 1.0) == [(QUESTIONS, b"1")]
    assert line.feed(OUT, b"+1\n2\n", 1.0) == [(QUESTIONS, b"+1\n"), (OUT, b"2\n")]


def test_an_answer_without_a_prompt_has_a_line_of_its_own() -> None:
    line = PromptLine(holds=True)
    assert line.show_prompt() == []
    assert line.echo(b"bob") == [(QUESTIONS, b"bob\n")]


def test_the_answer_follows_a_prompt_that_was_shown_before() -> None:
    line = held(b"name? ", ERR)
    assert line.release() == [(ERR, b"name? ")]
    assert line.show_prompt() == []
    assert line.echo(b"bob") == [(ERR, b"bob")]


@pytest.mark.parametrize("text", [b"\x1b[2J\x1b[H> ", b"\r 44 %\r 45 %", b"a\b"])
def test_a_drawing_is_not_held_back(text: bytes) -> None:
    line = PromptLine(holds=True)
    assert line.feed(OUT, text, 0.0) == [(OUT, text)]
    assert line.show_prompt() == []


def test_readlines_prompt_is_moved() -> None:
    line = PromptLine(holds=True)
    assert line.feed(OUT, b"done\n\x1b[?2004l\r\x1b[?2004h$ ", 0.0) == [(OUT, b"done\n")]
    assert line.show_prompt() == [(QUESTIONS, b"\x1b[?2004l\r\x1b[?2004h$ ")]


def test_a_line_that_is_drawn_again_is_not_held_back() -> None:
    line = PromptLine(holds=True)
    line.feed(OUT, b" 44 %", 0.0)
    line.release()
    assert line.feed(OUT, b"\r 45 %", 0.0) == [(OUT, b"\r 45 %")]


def test_a_coloured_prompt_is_moved() -> None:
    text = b"\x1b[?2004h\x1b[1;32mname?\x1b[0m "
    assert held(text, ERR).show_prompt() == [(QUESTIONS, text)]


def test_the_front_end_shows_a_dropped_prompt_and_ends_its_line() -> None:
    line = held(b"name? ", ERR)
    line.drop_prompt()
    assert line.echo(b"bob") == []
    assert line.feed(ERR, b"\n", 1.0) == []
    assert line.feed(ERR, b"\n", 1.0) == [(ERR, b"\n")]


PIECES = st.lists(
    st.tuples(st.sampled_from([OUT, ERR]), st.binary(max_size=8), st.floats(0, 1)), max_size=12
)


@given(PIECES)
def test_nothing_is_lost_and_the_order_is_kept(pieces: list[tuple[str, bytes, float]]) -> None:
    line = PromptLine(holds=True)
    shown = []
    now = 0.0
    for stream, data, seconds in pieces:
        now += seconds
        shown += line.feed(stream, data, now)
    shown += line.release()
    assert [(s, b) for s, data in shown for b in data] == [
        (s, b) for s, data, _ in pieces for b in data
    ]


@given(PIECES, PIECES)
def test_nothing_is_lost_around_a_prompt(
    before: list[tuple[str, bytes, float]], after: list[tuple[str, bytes, float]]
) -> None:
    line = PromptLine(holds=True)
    shown = []
    for stream, data, _ in before:
        shown += line.feed(stream, data, 0.0)
    shown += line.show_prompt()
    for stream, data, _ in after:
        shown += line.feed(stream, data, 1.0)
    shown += line.release()
    assert b"".join(data for _, data in shown) == b"".join(d for _, d, _ in (*before, *after))
