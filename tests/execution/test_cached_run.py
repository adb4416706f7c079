"""What a block leaves for the cache, and why some leave nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.block import (
    Answerer,
    Asked,
    Block,
    InputPolicy,
    Manner,
    Result,
    ShellFate,
    Status,
)
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.execution.cache_entries import OutputRecorder, RecordedOutput, telling
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, OutputRead, Started
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.store.cache.entry import PIECE_BYTES, Entry

OUT, ERR = Stream.STDOUT, Stream.STDERR
MOST = 1_000
RUNNING = Block("session", 7, "make", started=10.0, cwd_before="/")
ENDED = replace(RUNNING, status=Status.SUCCESS, result=Result(0, (1, 0)), ended=12.5)
MASKER = Masker(Settings(redaction_rules={"hunter": "hunter2"}), {})


def remember(
    *printed: Event, block: Block | None = ENDED, most_bytes: int = MOST
) -> RecordedOutput:
    """What is left of a block that printed this."""
    remembering = OutputRecorder(most_bytes, MASKER.pieces_without_secrets)
    remembering.expect()
    for event in (Started(), *printed, Finished()):
        remembering(RUNNING, event)
    return remembering.take(block)


def problem_of(remembered: RecordedOutput) -> str:
    with pytest.raises(CacheError) as raised:
        remembered.entry("key")
    return str(raised.value)


def test_a_success_is_kept_in_the_order_of_its_output() -> None:
    printed = [
        OutputRead(OUT, b"a"),
        OutputRead(OUT, b"b"),
        OutputRead(ERR, b"c"),
        OutputRead(OUT, b"\xff"),
    ]
    assert remember(*printed).entry("key") == Entry(
        key="key",
        block="session-7",
        made=12.5,
        exit_status=0,
        pipestatus=(1, 0),
        output=(("stdout", b"ab"), ("stderr", b"c"), ("stdout", b"\xff")),
    )


@given(st.lists(st.tuples(st.sampled_from(Stream), st.binary(min_size=1, max_size=5))))
def test_no_byte_and_no_order_is_lost(printed: list[tuple[Stream, bytes]]) -> None:
    kept = remember(*(OutputRead(*each) for each in printed), most_bytes=100_000).output
    assert [(name, byte) for name, data in kept for byte in data] == [
        (stream.value, byte) for stream, data in printed for byte in data
    ]
    assert all(one[0] != other[0] for one, other in zip(kept, kept[1:], strict=False))


def test_a_status_that_is_expected_is_kept() -> None:
    block = replace(ENDED, expected=frozenset({3}), result=Result(3, (3,)))
    assert remember(block=block).entry("key").exit_status == 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": Status.FAILED}, "it has not succeeded"),
        ({"status": Status.TIMED_OUT}, "it has not succeeded"),
        ({"status": Status.INTERRUPTED}, "it has not succeeded"),
        ({"status": Status.BACKGROUND}, "processes that it started still run"),
        ({"writers": True}, "processes that it started still run"),
        ({"shell": ShellFate.RESTARTED}, "its shell was replaced"),
        ({"signals_sent": ("SIGUSR1",)}, "it was sent SIGUSR1"),
        ({"is_fallback": True}, "its fallback ran"),
        ({"tty": True}, "it ran on one terminal"),
        ({"result": None}, "nothing has run"),
        (
            {"asked": (Asked("read", password=False, answered_by=Answerer.USER),)},
            "it asked for input",
        ),
        (
            {"asked": (Asked("read", password=False, answered_by=Answerer.END_OF_FILE),)},
            "it asked for input",
        ),
        ({"number": 8}, "nothing has run"),
    ],
)
def test_what_might_not_be_the_same_again_is_not_kept(
    changes: dict[str, object], problem: str
) -> None:
    block = replace(ENDED, **changes)  # type: ignore[arg-type]
    assert problem_of(remember(OutputRead(OUT, b"x"), block=block)) == problem


def test_answers_of_the_options_are_the_same_again() -> None:
    asked = Asked("read", password=False, answered_by=Answerer.OPTIONS)
    assert remember(block=replace(ENDED, asked=(asked,))).entry("key")


def test_without_commands_nothing_has_run() -> None:
    assert problem_of(remember(block=None)) == "nothing has run"


@pytest.mark.parametrize(
    "printed",
    [
        [OutputRead(OUT, b"is hunter2!")],
        [OutputRead(OUT, b"hun"), OutputRead(ERR, b"x"), OutputRead(OUT, b"ter2")],
    ],
)
def test_secrets_are_not_kept(printed: list[Event]) -> None:
    assert problem_of(remember(*printed)) == "it printed secrets"


def test_what_is_displayed_is_not_kept() -> None:
    printed = [OutputRead(OUT, b"\x1b]55"), OutputRead(ERR, b"x"), OutputRead(OUT, b"22;t;\x07")]
    assert problem_of(remember(*printed)) == "it shows something by `display`"


@pytest.mark.parametrize("size", [MOST - PIECE_BYTES, MOST - PIECE_BYTES + 1])
def test_too_much_is_not_kept(size: int) -> None:
    remembered = remember(OutputRead(OUT, b"x" * size), OutputRead(OUT, b""))
    assert remembered.problem == (
        None if size <= MOST - PIECE_BYTES else "it printed more than 1,000 bytes"
    )
    assert bool(remembered.output) == (remembered.problem is None)


def test_many_small_pieces_are_too_much() -> None:
    printed = [OutputRead(stream, b"x") for _ in range(MOST // PIECE_BYTES) for stream in Stream]
    assert problem_of(remember(*printed)) == "it printed more than 1,000 bytes"


def test_late_output_is_not_kept() -> None:
    remembering = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    remembering.expect()
    for event in (Started(), Finished(), OutputRead(OUT, b"late"), BackgroundEnded()):
        remembering(RUNNING, event)
    assert problem_of(remembering.take(ENDED)) == "something was printed after its end"


def test_the_last_attempt_counts() -> None:
    remembering = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    remembering.expect()
    again = replace(ENDED, number=8, part=2)
    for block, data in ((RUNNING, b"failed"), (again, b"good")):
        for event in (Started(), OutputRead(OUT, data), Finished()):
            remembering(block, event)
    assert remembering.take(again).entry("key").output == (("stdout", b"good"),)


def test_other_blocks_are_not_looked_at() -> None:
    remembering = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    remembering(RUNNING, Started())
    remembering.expect()
    remembering(RUNNING, Started())
    remembering(replace(ENDED, number=3), OutputRead(OUT, b"of the background"))
    assert remembering.take(ENDED).output == ()
    remembering(RUNNING, Started())
    assert problem_of(remembering.take(ENDED)) == "nothing has run"


MANNER = Manner(policy=InputPolicy(is_interactive=True))


@pytest.mark.parametrize(
    "other",
    [
        replace(MANNER, policy=InputPolicy(is_interactive=True, given=("y",))),
        replace(MANNER, is_merged=True),
        replace(MANNER, is_strict=True),
        replace(MANNER, expected=None),
        replace(MANNER, expected=frozenset({0, 1})),
        replace(MANNER, env={"A": "1"}),
        replace(MANNER, program="python3"),
    ],
)
def test_what_changes_the_output_is_told(other: Manner) -> None:
    assert telling(other, Settings()) != telling(MANNER, Settings())


def test_what_does_not_change_the_output_is_not_told() -> None:
    other = replace(
        MANNER,
        policy=InputPolicy(is_interactive=False, fails=True),
        timeout_seconds=3.0,
        part=2,
        notice="attempt 2",
        name="fetch",
        exports={"ET_OUT_x": "/x"},
    )
    assert telling(other, Settings()) == telling(MANNER, Settings())
    assert telling(MANNER, Settings(columns=100)) != telling(MANNER, Settings())
