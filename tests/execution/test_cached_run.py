"""Which output of a block can be stored in the cache, and why some cannot."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.block import (
    Answerer,
    Block,
    InputPolicy,
    InputWait,
    Outcome,
    Result,
    RunSpec,
    ShellFate,
    State,
)
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.execution.cached_run import OutputRecorder, RecordedOutput, build_key_options
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    CellRequest,
    Event,
    Finished,
    OutputRead,
    Started,
)
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.store.cache.entry import PIECE_OVERHEAD_BYTES, Entry

OUT, ERR = Stream.STDOUT, Stream.STDERR
MOST = 1_000
RUNNING = Block("session", 7, "make", started=10.0, cwd_before="/")
ENDED = replace(
    RUNNING, state=State.FINISHED, outcome=Outcome.SUCCESS, result=Result(0, (1, 0)), ended=12.5
)
MASKER = Masker(Settings(redaction_rules={"hunter": "hunter2"}), {})


def record(*printed: Event, block: Block | None = ENDED, max_bytes: int = MOST) -> RecordedOutput:
    """The recorded output of a block that printed this."""
    recorder = OutputRecorder(max_bytes, MASKER.pieces_without_secrets)
    for event in (Started(CellRequest()), *printed, Finished()):
        recorder(RUNNING, event)
    return recorder.take(block)


def problem_of(recorded: RecordedOutput) -> str:
    with pytest.raises(CacheError) as raised:
        recorded.make_entry("key")
    return str(raised.value)


def test_the_output_of_a_success_is_stored_in_order() -> None:
    printed = [
        OutputRead(OUT, b"a"),
        OutputRead(OUT, b"b"),
        OutputRead(ERR, b"c"),
        OutputRead(OUT, b"\xff"),
    ]
    assert record(*printed).make_entry("key") == Entry(
        key="key",
        block="session-7",
        made=12.5,
        exit_status=0,
        pipestatus=(1, 0),
        output=(("stdout", b"ab"), ("stderr", b"c"), ("stdout", b"\xff")),
    )


@given(st.lists(st.tuples(st.sampled_from(Stream), st.binary(min_size=1, max_size=5))))
def test_output_is_stored_completely_and_in_order(printed: list[tuple[Stream, bytes]]) -> None:
    kept = record(*(OutputRead(*each) for each in printed), max_bytes=100_000).output
    assert [(name, byte) for name, data in kept for byte in data] == [
        (stream.value, byte) for stream, data in printed for byte in data
    ]
    assert all(one[0] != other[0] for one, other in zip(kept, kept[1:], strict=False))


def test_an_expected_exit_status_is_stored() -> None:
    block = replace(ENDED, spec=RunSpec(expected=frozenset({3})), result=Result(3, (3,)))
    assert record(block=block).make_entry("key").exit_status == 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"outcome": Outcome.FAILED}, "it did not succeed"),
        ({"outcome": Outcome.TIMED_OUT}, "it did not succeed"),
        ({"outcome": Outcome.INTERRUPTED}, "it did not succeed"),
        ({"state": State.LAUNCHED}, "processes that it started are still running"),
        ({"state": State.LINGERING}, "processes that it started are still running"),
        ({"shell": ShellFate.RESTARTED}, "its shell was replaced"),
        ({"signals_sent": ("SIGUSR1",)}, "it was sent SIGUSR1"),
        ({"spec": RunSpec(is_fallback=True)}, "its fallback ran"),
        ({"spec": RunSpec(tty=True)}, "it ran with `tty: true` or `effecttalk attach`"),
        ({"result": None}, "nothing has run"),
        (
            {"asked": (InputWait("read", password=False, answered_by=Answerer.USER),)},
            "it asked for input",
        ),
        (
            {"asked": (InputWait("read", password=False, answered_by=Answerer.END_OF_FILE),)},
            "it asked for input",
        ),
        ({"number": 8}, "nothing has run"),
    ],
)
def test_output_that_may_differ_next_time_is_not_stored(
    changes: dict[str, object], problem: str
) -> None:
    block = replace(ENDED, **changes)  # type: ignore[arg-type]
    assert problem_of(record(OutputRead(OUT, b"x"), block=block)) == problem


def test_a_block_with_answers_from_its_options_is_stored() -> None:
    asked = InputWait("read", password=False, answered_by=Answerer.OPTIONS)
    assert record(block=replace(ENDED, asked=(asked,))).make_entry("key")


def test_code_without_commands_is_not_stored() -> None:
    assert problem_of(record(block=None)) == "nothing has run"


@pytest.mark.parametrize(
    "printed",
    [
        [OutputRead(OUT, b"is hunter2!")],
        [OutputRead(OUT, b"hun"), OutputRead(ERR, b"x"), OutputRead(OUT, b"ter2")],
    ],
)
def test_secrets_are_not_stored(printed: list[Event]) -> None:
    assert problem_of(record(*printed)) == "it printed secrets"


def test_displayed_objects_are_not_stored() -> None:
    printed = [OutputRead(OUT, b"\x1b]55"), OutputRead(ERR, b"x"), OutputRead(OUT, b"22;t;\x07")]
    assert problem_of(record(*printed)) == "it uses `display`"


@pytest.mark.parametrize("size", [MOST - PIECE_OVERHEAD_BYTES, MOST - PIECE_OVERHEAD_BYTES + 1])
def test_too_much_output_is_not_stored(size: int) -> None:
    recorded = record(OutputRead(OUT, b"x" * size), OutputRead(OUT, b""))
    assert recorded.problem == (
        None if size <= MOST - PIECE_OVERHEAD_BYTES else "it printed more than 1,000 bytes"
    )
    assert bool(recorded.output) == (recorded.problem is None)


def test_many_small_pieces_are_too_much_output() -> None:
    printed = [
        OutputRead(stream, b"x") for _ in range(MOST // PIECE_OVERHEAD_BYTES) for stream in Stream
    ]
    assert problem_of(record(*printed)) == "it printed more than 1,000 bytes"


def test_late_output_is_not_stored() -> None:
    recorder = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    for event in (Started(CellRequest()), Finished(), OutputRead(OUT, b"late"), BackgroundEnded()):
        recorder(RUNNING, event)
    assert problem_of(recorder.take(ENDED)) == "output followed after it had ended"


def test_the_output_of_the_last_attempt_is_used() -> None:
    recorder = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    again = replace(ENDED, number=8, spec=RunSpec(part=2))
    for block, data in ((RUNNING, b"failed"), (again, b"good")):
        for event in (Started(CellRequest()), OutputRead(OUT, data), Finished()):
            recorder(block, event)
    assert recorder.take(again).make_entry("key").output == (("stdout", b"good"),)


def test_other_blocks_are_not_recorded() -> None:
    recorder = OutputRecorder(MOST, MASKER.pieces_without_secrets)
    recorder(RUNNING, Started(CellRequest()))
    recorder(replace(ENDED, number=3), OutputRead(OUT, b"of the background"))
    assert recorder.take(ENDED).output == ()
    assert problem_of(recorder.take(ENDED)) == "nothing has run"


SPEC = RunSpec(input=InputPolicy(is_interactive=True))


@pytest.mark.parametrize(
    "other",
    [
        replace(SPEC, input=InputPolicy(is_interactive=True, given=("y",))),
        replace(SPEC, is_merged=True),
        replace(SPEC, is_strict=True),
        replace(SPEC, expected=None),
        replace(SPEC, expected=frozenset({0, 1})),
        replace(SPEC, env={"A": "1"}),
        replace(SPEC, program="python3"),
    ],
)
def test_options_that_change_the_output_are_in_the_key(other: RunSpec) -> None:
    assert build_key_options(other, Settings()) != build_key_options(SPEC, Settings())


def test_options_that_do_not_change_the_output_are_not_in_the_key() -> None:
    other = replace(
        SPEC,
        input=InputPolicy(is_interactive=False, fails=True),
        timeout_seconds=3.0,
        part=2,
        notice="attempt 2",
        name="fetch",
        exports={"ET_OUT_x": "/x"},
    )
    assert build_key_options(other, Settings()) == build_key_options(SPEC, Settings())
    assert build_key_options(SPEC, Settings(columns=100)) != build_key_options(SPEC, Settings())
