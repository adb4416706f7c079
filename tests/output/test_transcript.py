"""Transcripts: a front end that follows the messages shows what a program draws."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effecttalk_kernel.output.content.pictures import png
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.transcript import MAX_SEGMENTS, Transcript, overwrite
from tests.support.front_end import FrontEnd, added

PICTURE = png.encode([bytes(12)] * 3, 4)
IMGCAT = b"\x1b]1337;File=inline=1:" + base64.b64encode(PICTURE) + b"\x07"


def test_text_is_appended() -> None:
    assert FrontEnd().play(("stdout", b"a"), ("stdout", b"b\n")) == [("stdout", "ab\n")]


def test_streams_are_in_the_order_of_their_writes() -> None:
    played = FrontEnd().play(("stdout", b"a\n"), ("stderr", b"b\n"), ("stdout", b"c\n"))
    assert played == [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")]


def test_writes_between_two_messages_stay_in_order() -> None:
    front_end = FrontEnd()
    writes = [("stdout", "1\n"), ("stderr", "2\n"), ("stdout", "3\n"), ("stdout", "4\n")]
    for name, text in writes:
        front_end.transcript.write(name, text.encode())
    front_end.update(final=True)
    assert front_end.outputs == [("stdout", "1\n"), ("stderr", "2\n"), ("stdout", "3\n4\n")]


@pytest.mark.parametrize("step", [0.0, 0.04, 1.0])
def test_streams_that_alternate_for_long_become_few_outputs(step: float) -> None:
    front_end = FrontEnd(limits=OutputLimits(1_000_000, 0))
    writes = [(("stdout", "stderr")[number % 2], b"%d\n" % number) for number in range(2_000)]
    for name, data in writes:
        front_end.transcript.write(name, data)
        if step:
            front_end.now += step
            front_end.update()
    front_end.update(final=True)
    assert MAX_SEGMENTS <= len(front_end.outputs) < 2 * MAX_SEGMENTS
    assert front_end.outputs[:400] == [(name, data.decode()) for name, data in writes[:400]]
    for stream in ("stdout", "stderr"):
        shown = "".join(text for name, text in front_end.outputs if name == stream)
        assert shown == b"".join(data for name, data in writes if name == stream).decode()
    assert front_end.restarts == 0


def test_a_stream_that_waits_for_its_turn_is_shown_before_a_question() -> None:
    front_end = FrontEnd()
    for number in range(MAX_SEGMENTS + 10):
        front_end.transcript.write(("stdout", "stderr")[number % 2], b"%d\n" % number)
    front_end.update()
    front_end.transcript.write("stdout", b"a\n")
    front_end.transcript.write("stderr", b"name? ")
    front_end.update()
    assert front_end.transcript.wait_seconds(front_end.now) == 1.0
    front_end.transcript.end_turn()
    front_end.update()
    shown = dict(front_end.outputs[-2:])
    assert (shown["stdout"][-2:], shown["stderr"][-6:]) == ("a\n", "name? ")
    assert front_end.transcript.wait_seconds(front_end.now) is None


def test_a_progress_bar_overwrites_its_line() -> None:
    front_end = FrontEnd()
    for number in range(100):
        front_end.transcript.write("stdout", b"\r%d%%" % number)
        front_end.now += 0.04
        front_end.update()
    assert (front_end.outputs[0][1].rstrip(), front_end.restarts) == ("99%", 0)
    front_end.update(final=True)
    assert front_end.outputs == [("stdout", "99%")]


def test_text_after_a_shorter_line_follows_it_directly() -> None:
    front_end = FrontEnd()
    for data in (b"\rlong line", b"\r\x1b[Kab", b"cd"):
        front_end.transcript.write("stdout", data)
        front_end.now += 1.0
        front_end.update()
    assert front_end.outputs[0][1].rstrip() == "abcd"


def test_bars_of_several_lines_are_sent_again() -> None:
    up = b"\x1b[2A\r\x1b[K%d\n\x1b[K%d\n"
    played = FrontEnd().play(
        ("stdout", b"0\n0\n"), ("stdout", up % (1, 2)), ("stdout", up % (3, 4))
    )
    assert played == [("stdout", "3\n4\n")]


def test_a_bar_on_stderr_stays_in_place_while_stdout_continues() -> None:
    played = FrontEnd().play(
        ("stderr", b"\r1%"), ("stdout", b"a\n"), ("stderr", b"\r2%"), ("stdout", b"b\n")
    )
    assert played == [("stderr", "2%"), ("stdout", "a\nb\n")]


def test_sending_everything_again_waits() -> None:
    front_end = FrontEnd()
    for number in range(100):
        front_end.transcript.write("stdout", b"%d\nx\n\x1b[2A" % number)
        front_end.now += 0.01
        front_end.update()
    assert front_end.restarts <= 11
    assert front_end.transcript.wait_seconds(front_end.now) is not None


def test_a_change_just_before_the_end_is_shown() -> None:
    front_end = FrontEnd()
    for number in range(3):  # everything is sent again for the second; the third comes too soon
        front_end.transcript.write("stdout", b"%d\n%d\n\x1b[2A" % (number, number))
        if number < 2:
            front_end.now += 1.0
            front_end.update()
    front_end.now += 0.01
    front_end.update(final=True)
    assert front_end.outputs == [("stdout", "2\n2")]


def test_a_clear_removes_what_was_shown() -> None:
    assert FrontEnd().play(("stdout", b"gone\n"), ("stdout", b"\x1b[H\x1b[2J")) == []


def test_a_clear_removes_both_streams() -> None:
    front_end = FrontEnd()
    played = front_end.play(("stderr", b"gone\n"), ("stdout", b"gone\n\x1b[H\x1b[2Jkept\n"))
    assert played == [("stdout", "kept\n")]


def test_a_clear_before_any_output_sends_nothing() -> None:
    front_end = FrontEnd()
    front_end.play(("stdout", b"gone\n\x1b[H\x1b[2Jkept\n"))
    assert front_end.restarts == 0


def test_a_picture_has_its_place_in_the_text() -> None:
    played = FrontEnd().play(("stdout", b"before\n" + IMGCAT + b"after\n"))
    assert [kind for kind, _ in played] == ["stdout", "picture", "stdout"]
    assert "image/png" in played[1][1]


def test_a_damaged_picture_is_one_line() -> None:
    played = FrontEnd().play(("stdout", b"\x1b]1337;File=inline=1:AAAA\x07shown\n"))
    assert dict(played)["stdout"] == "shown\n"
    assert dict(played)["stderr"].startswith("effecttalk: ")
    assert dict(played)["stderr"].count("\n") == 1


def test_pictures_over_the_limit_are_left_out() -> None:
    played = FrontEnd(max_bytes=10).play(("stdout", IMGCAT))
    assert "max_block_output_size" in dict(played)["stderr"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("10%", "20%", "\r20%"),
        ("long line", "short", "\rshort    "),
        ("a\n10%", "a\n20%\nb", "\r20%\nb"),
        ("a\nb\n", "c\nb\n", ""),
    ],
)
def test_overwrite(old: str, new: str, text: str) -> None:
    assert overwrite(old, new) == text


PARTS = st.sampled_from(
    [
        b"a",
        b"word",
        b"\n",
        b"\r",
        b"\x1b[A",
        b"\x1b[2K",
        b"\x1b[K",
        b"\b",
        b"\x1b[2J",
        b"\x1b[H",
        IMGCAT,
    ]
)
WRITES = st.lists(
    st.tuples(st.sampled_from(["stdout", "stderr"]), st.lists(PARTS, max_size=6).map(b"".join)),
    max_size=12,
)


@given(WRITES, st.sampled_from([0.0, 0.04, 1.0]))
@example([("stdout", b"a"), ("stdout", b"\r\n")], 0.0)
def test_in_the_end_the_front_end_shows_the_transcript(
    writes: list[tuple[str, bytes]], step: float
) -> None:
    front_end = FrontEnd()
    played = [(name, text) for name, text in front_end.play(*writes, step=step) if text]
    assert played == [
        (name, text if name == "picture" else added("", text))
        for name, text in shown_by(front_end.transcript)
    ]


def shown_by(transcript: Transcript) -> list[tuple[str, str]]:
    """Return the outputs of a transcript."""
    merged: list[tuple[str, str]] = []
    for segment in transcript._segments:
        name = segment.stream or "picture"
        text = "".join(segment.frozen) + segment.live
        if segment.bundle is not None:
            merged.append((name, ",".join(sorted(segment.bundle.data))))
        elif text and merged and merged[-1][0] == name:
            merged[-1] = (name, merged[-1][1] + text)
        elif text:
            merged.append((name, text))
    return merged


def view(outputs: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return what a reader sees, without blanks at the ends of lines and texts."""
    return [
        (name, "\n".join(line.rstrip() for line in text.split("\n")).rstrip().split("\n"))
        for name, text in outputs
        if name == "picture" or text.strip()
    ]


@given(WRITES)
def test_at_any_time_the_front_end_shows_the_transcript(writes: list[tuple[str, bytes]]) -> None:
    front_end = FrontEnd()
    for name, data in writes:
        front_end.transcript.write(name, data)
        front_end.now += 100.0
        front_end.update()
        if front_end.transcript.wait_seconds(front_end.now) is None:
            assert view(front_end.outputs) == view(shown_by(front_end.transcript))
