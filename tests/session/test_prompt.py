"""Prompts: which last line of a block asks something, and how an answer is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.keyboard import MAX_PIECE_BYTES, split_keys
from effecttalk_kernel.session.prompt import MAX_LINE_BYTES, PromptReader, is_question


@pytest.mark.parametrize(
    ("written", "prompt"),
    [
        (b"", ""),
        (b"name? ", "name? "),
        (b"done\nname? ", "name? "),
        (b"done\n", ""),
        (b"\x1b[1;34mWhat now> \x1b[m", "What now> "),
        (b"\x1b]0;title\x07\x1b[2K\x1b[1G? Name: ", "? Name: "),
        (b"10%\r20%\r", "20%"),
        (b"old\rnew? ", "new? "),
        ("größe? ".encode(), "größe? "),
        (b"\xff? ", "\ufffd? "),
        (b"bell\x07? ", "bell? "),
    ],
)
def test_the_prompt_is_the_unfinished_line(written: bytes, prompt: str) -> None:
    reader = PromptReader()
    reader.feed("stdout", written)
    assert reader.text == prompt


@given(st.lists(st.binary(max_size=12)), st.integers(0, 60))
def test_chunks_make_no_difference(written: list[bytes], cut: int) -> None:
    data = b"".join(written)
    whole, pieced = PromptReader(), PromptReader()
    whole.feed("stdout", data)
    pieced.feed("stdout", data[:cut])
    pieced.feed("stdout", data[cut:])
    assert whole.text == pieced.text


def test_the_stream_that_wrote_last_comes_first() -> None:
    reader = PromptReader()
    reader.feed("stdout", b"out? ")
    reader.feed("stderr", b"err? ")
    assert (reader.text, reader.stream) == ("err? ", "stderr")
    reader.feed("stderr", b"\n")
    assert (reader.text, reader.stream) == ("out? ", "stdout")


def test_the_length_of_a_line_is_limited() -> None:
    reader = PromptReader()
    for _ in range(100):
        reader.feed("stdout", b"x" * 1_000)
    assert len(reader.text) <= MAX_LINE_BYTES


@pytest.mark.parametrize(
    "text", ["Continue? [Y/n]", "Password:", ">>> ", "$ ", "# ", "(yes/no)? ", "host% "]
)
def test_questions_are_recognized_by_their_end(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "checking for gcc... ", "CC main.o", "working", "100%", "(Reading database ... 45%"),
        *("Progress: [ 45%]", "[#####     ]", "[===>......] ", "(12 %)"),
    ],
)
def test_a_progress_message_is_not_a_question(text: str) -> None:
    assert not is_question(text)


@given(
    st.builds(
        lambda text, times: (text * times).encode().replace(b"\x03", b"\x16\x03") + b"\n",
        st.text(st.characters(codec="utf-8", exclude_characters="\x04"), max_size=50),
        st.integers(1, 500),
    )
)
def test_an_answer_is_split_into_pieces_that_a_terminal_accepts(keys: bytes) -> None:
    found = list(split_keys(keys, b"\x04"))
    assert b"".join(piece.removesuffix(b"\x04") for piece in found) == keys
    assert all(len(piece) <= MAX_PIECE_BYTES for piece in found)
    assert all(piece.endswith((b"\x04", b"\n")) for piece in found)


def test_a_quoted_key_stays_with_its_quote() -> None:
    keys = b"x" * (MAX_PIECE_BYTES - 2) + b"\x16\x03" + b"y" * 10 + b"\n"
    assert next(split_keys(keys, b"\x04")) == b"x" * (MAX_PIECE_BYTES - 2) + b"\x04"


def test_a_line_that_a_terminal_accepts_is_one_piece() -> None:
    keys = b"x" * (MAX_PIECE_BYTES - 1) + b"\n"
    assert list(split_keys(keys * 2, b"\x04")) == [keys, keys]


def test_raw_modes_need_no_push() -> None:
    assert b"".join(split_keys(b"x" * 5_000 + b"\n", b"")) == b"x" * 5_000 + b"\n"
