"""What the kernel answers to a program that asks the terminal about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_queries import QueryReader

SIZE = TerminalSize(24, 80)
ANSWERS = {
    "status": (b"\x1b[5n", b"\x1b[0n"),
    "cursor": (b"\x1b[6n", b"\x1b[1;1R"),
    "cursor, as DEC asks": (b"\x1b[?6n", b"\x1b[?1;1R"),
    "attributes": (b"\x1b[c", b"\x1b[?62;22c"),
    "attributes with a zero": (b"\x1b[0c", b"\x1b[?62;22c"),
    "attributes of old": (b"\x1bZ", b"\x1b[?62;22c"),
    "version of the terminal": (b"\x1b[>c", b"\x1b[>1;10;0c"),
    "colour of text": (b"\x1b]10;?\a", b"\x1b]10;rgb:0000/0000/0000\a"),
    "colour of the background": (b"\x1b]11;?\x1b\\", b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"),
    "colour of the palette": (b"\x1b]4;7;?\a", b"\x1b]4;7;rgb:8080/8080/8080\a"),
    "size": (b"\x1b[18t", b"\x1b[8;24;80t"),
    "size in pixels": (b"\x1b[14t", b"\x1b[4;384;640t"),
    "a mode": (b"\x1b[?2026$p", b"\x1b[?2026;0$y"),
    "keys": (b"\x1b[?u", b"\x1b[?0u"),
    "a capability": (b"\x1bP+q544e\x1b\\", b"\x1bP0+r\x1b\\"),
    "a setting": (b"\x1bP$qm\x1b\\", b"\x1bP0$r\x1b\\"),
    "two of them": (b"\x1b[6n text \x1b[5n", b"\x1b[1;1R\x1b[0n"),
}
NO_QUERIES = [
    b"\x1b[31mred\x1b[0m",
    b"\x1b]0;title\a",
    b"\x1b]11;#ffffff\a",
    b"\x1b[22;0t",
    b"\x1b[2J\x1b[H",
    b"\x1b[?25h",
    b"\x1b]133;A\a",
    b"[6n",
]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_terminal_answers_a_query_for(name: str) -> None:
    query, answer = ANSWERS[name]
    assert QueryReader(SIZE).feed(b"before" + query + b"after") == answer


def test_the_terminal_answers_with_its_name() -> None:
    assert QueryReader(SIZE).feed(b"\x1b[>q").startswith(b"\x1bP>|EffectTalk(")


@pytest.mark.parametrize("data", NO_QUERIES)
def test_other_sequences_get_no_answer(data: bytes) -> None:
    assert QueryReader(SIZE).feed(data) == b""


@pytest.mark.parametrize("name", ANSWERS)
def test_a_query_is_read_at_any_split(name: str) -> None:
    query, answer = ANSWERS[name]
    for cut in range(len(query)):
        reader = QueryReader(SIZE)
        assert reader.feed(query[:cut]) + reader.feed(query[cut:]) == answer


@given(st.lists(st.binary()))
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    reader = QueryReader(SIZE)
    for piece in pieces:
        reader.feed(piece)
