"""A block: its states, the events that change them, and its outcome."""

from dataclasses import replace
from itertools import product
from signal import Signals

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.block import (
    GOOD,
    Answerer,
    Block,
    BlockEvent,
    Ended,
    HungUp,
    InputAnswered,
    InputUnavailable,
    InputWait,
    InvalidTransitionError,
    Launched,
    Outcome,
    Refused,
    Reported,
    Result,
    RunSpec,
    SessionClosed,
    ShellFate,
    SignalSent,
    State,
    Status,
    TimedOut,
    advance,
    has_failed,
)

RUNNING, LAUNCHED, LINGERING, FINISHED = State
SUCCESS, FAILURE, KILLED = Result(0, (0,)), Result(1, (0, 1)), Result(137, (137,))
ASKED = InputWait("cat", password=False, answered_by=Answerer.USER)
# Each event, and the state after it by the state before; all other pairs are illegal.
TABLE: list[tuple[BlockEvent, dict[State, State]]] = [
    (Ended(SUCCESS, 2.0, "/tmp"), {RUNNING: FINISHED}),
    (Ended(SUCCESS, 2.0, "/tmp", has_writers=True), {RUNNING: LINGERING}),
    (Launched("/tmp"), {RUNNING: LAUNCHED}),
    (
        Reported(1, 2.0),
        {RUNNING: RUNNING, LAUNCHED: LAUNCHED, LINGERING: LINGERING},
    ),
    (HungUp(3.0), {LAUNCHED: FINISHED, LINGERING: FINISHED}),
    (SessionClosed(3.0, "/tmp"), {RUNNING: FINISHED}),
    (Refused("not confirmed"), {RUNNING: FINISHED}),
    (TimedOut(1.5), {RUNNING: RUNNING, LAUNCHED: LAUNCHED}),
    (
        SignalSent("SIGINT"),
        {RUNNING: RUNNING, LAUNCHED: LAUNCHED, LINGERING: LINGERING},
    ),
    (InputUnavailable("cat waited"), {RUNNING: RUNNING}),
    (InputAnswered(ASKED), {RUNNING: RUNNING}),
]
EVENTS = [event for event, _ in TABLE]


def block(state: State = RUNNING, **changes: object) -> Block:
    """A block that has reached *state* by legal events."""
    events: dict[State, list[BlockEvent]] = {
        RUNNING: [],
        LAUNCHED: [Launched("/")],
        LINGERING: [Ended(SUCCESS, 2.0, "/", has_writers=True)],
        FINISHED: [Ended(SUCCESS, 2.0, "/")],
    }
    return replace(after(*events[state]), **changes)  # type: ignore[arg-type]


def after(*events: BlockEvent, spec: RunSpec | None = None) -> Block:
    found = Block("s", 7, "true", 1.0, "/", spec or RunSpec())
    for event in events:
        found = advance(found, event)
    return found


def test_every_kind_of_event_is_in_the_table() -> None:
    names = {kind.__name__ for kind in BlockEvent.__subclasses__()}
    assert {type(event).__name__ for event in EVENTS} == names


@pytest.mark.parametrize(("before", "row"), [*product(State, TABLE)], ids=str)
def test_an_event_leads_where_the_table_says(
    before: State, row: tuple[BlockEvent, dict[State, State]]
) -> None:
    event, states = row
    if before in states:
        assert advance(block(before), event).state is states[before]
    else:
        message = f"block s-7: {type(event).__name__} while {before}"
        with pytest.raises(InvalidTransitionError, match=message):
            advance(block(before), event)


@given(st.lists(st.sampled_from(EVENTS)))
def test_after_any_legal_events_the_block_is_consistent(events: list[BlockEvent]) -> None:
    found = after()
    for event in events:
        if found.state in event.allowed:
            found = advance(found, event)
        if found.state in {LINGERING, FINISHED}:
            assert found.outcome is not None
            assert found.ended is not None
        assert found.is_running == (found.status is Status.RUNNING)
        assert found.has_writers or found.status is not Status.BACKGROUND


def test_an_event_does_not_change_the_block_before_it() -> None:
    running = block()
    ended = advance(running, Ended(FAILURE, 2.0, "/tmp"))
    assert running == block()
    assert (ended.outcome, ended.result, ended.ended) == (Outcome.FAILED, FAILURE, 2.0)
    assert (ended.cwd_after, ended.shell) == ("/tmp", ShellFate.KEPT)


def test_success_and_background_are_good() -> None:
    assert {Status.SUCCESS, Status.BACKGROUND} == GOOD


def test_a_block_that_runs_or_is_good_has_not_failed() -> None:
    assert {status for status in Status if not has_failed(status)} == {Status.RUNNING, *GOOD}
    assert has_failed("a status that a later version writes")


def test_the_identity_is_session_and_number() -> None:
    assert block().identity == "s-7"


def test_signals_and_questions_stay_in_order() -> None:
    other = replace(ASKED, process="ssh")
    changed = after(
        SignalSent("SIGINT"), InputAnswered(ASKED), SignalSent("SIGTERM"), InputAnswered(other)
    )
    assert changed.signals_sent == ("SIGINT", "SIGTERM")
    assert changed.asked == (ASKED, other)


WAITED, INTERRUPTED = InputUnavailable("cat waited"), SignalSent("SIGINT")


@pytest.mark.parametrize(
    ("events", "result", "is_shell_killed", "outcome"),
    [
        ([], SUCCESS, False, Outcome.SUCCESS),
        ([], FAILURE, False, Outcome.FAILED),
        ([], KILLED, False, Outcome.FAILED),
        ([], KILLED, True, Outcome.SHELL_LOST),
        ([WAITED], SUCCESS, False, Outcome.FAILED),
        ([WAITED], FAILURE, False, Outcome.FAILED),
        ([WAITED], KILLED, True, Outcome.SHELL_LOST),
        ([INTERRUPTED], SUCCESS, False, Outcome.SUCCESS),
        ([INTERRUPTED], FAILURE, False, Outcome.INTERRUPTED),
        ([INTERRUPTED, SignalSent("SIGKILL")], KILLED, True, Outcome.INTERRUPTED),
        ([INTERRUPTED, WAITED], FAILURE, False, Outcome.INTERRUPTED),
        ([INTERRUPTED, WAITED], SUCCESS, False, Outcome.FAILED),
        ([TimedOut(1.0)], SUCCESS, False, Outcome.TIMED_OUT),
        ([TimedOut(1.0), INTERRUPTED], KILLED, True, Outcome.TIMED_OUT),
    ],
)
@pytest.mark.parametrize("has_writers", [False, True])
def test_the_outcome_follows_from_the_events_and_the_result(
    events: list[BlockEvent],
    result: Result,
    is_shell_killed: bool,
    outcome: Outcome,
    has_writers: bool,
) -> None:
    """Processes that still write make a success `background`, and nothing else."""
    end = Ended(result, 2.0, "/", is_shell_killed=is_shell_killed, has_writers=has_writers)
    ended = after(*events, end)
    assert ended.outcome is outcome
    assert ended.has_writers == has_writers
    is_background = has_writers and outcome is Outcome.SUCCESS
    assert ended.status is (Status.BACKGROUND if is_background else Status(outcome.value))
    if has_writers:
        assert advance(ended, HungUp(3.0)).status is Status(outcome.value)


@pytest.mark.parametrize(
    ("expected", "problem", "outcome"),
    [
        (frozenset({1}), "", Outcome.SUCCESS),
        (frozenset({0, 1}), "", Outcome.SUCCESS),
        (frozenset({0, 1}), "cat waited", Outcome.FAILED),
        (None, "", Outcome.SUCCESS),
        (None, "cat waited", Outcome.SUCCESS),
    ],
)
def test_the_spec_says_which_exit_statuses_are_a_success(
    expected: frozenset[int] | None, problem: str, outcome: Outcome
) -> None:
    events = [InputUnavailable(problem)] if problem else []
    ended = after(*events, Ended(FAILURE, 2.0, "/"), spec=RunSpec(expected=expected))
    assert ended.outcome is outcome


@pytest.mark.parametrize(
    ("events", "status", "exit_status"),
    [
        ([Reported(0, 2.0)], Status.SUCCESS, 0),
        ([Reported(3, 2.0)], Status.FAILED, 3),
        ([SignalSent("SIGTERM"), Reported(143, 2.0)], Status.INTERRUPTED, 143),
        ([TimedOut(1.0), SignalSent("SIGINT"), Reported(130, 2.0)], Status.TIMED_OUT, 130),
        # SIGKILL keeps a block from reporting its end.
        ([], Status.FAILED, 137),
        ([SignalSent("SIGKILL")], Status.INTERRUPTED, 137),
    ],
)
def test_a_block_in_the_background_ends_with_its_last_process(
    events: list[BlockEvent], status: Status, exit_status: int
) -> None:
    launched = after(Launched("/tmp"), *events)
    assert (launched.status, launched.cwd_after) == (Status.BACKGROUND, "/tmp")
    ended = advance(launched, HungUp(3.0))
    assert ended.result is not None
    assert (ended.status, ended.result.exit_status) == (status, exit_status)
    assert (ended.ended, ended.background_ended) == (2.0 if launched.result else 3.0, 3.0)


def test_a_block_in_the_background_may_report_its_end_before_its_launch_is_seen() -> None:
    ended = after(Reported(3, 2.0), Launched("/"), HungUp(3.0))
    assert (ended.status, ended.ended) == (Status.FAILED, 2.0)


def test_a_timeout_is_the_problem() -> None:
    assert after(TimedOut(1.5)).problem == "timed out after 1.5 s"


def test_a_refused_block_ends_as_it_began() -> None:
    refused = after(Refused("not confirmed"))
    assert (refused.status, refused.problem) == (Status.REFUSED, "not confirmed")
    assert (refused.ended, refused.cwd_after) == (refused.started, refused.cwd_before)


def test_a_session_that_closes_loses_the_shell_of_its_block() -> None:
    closed = after(SessionClosed(3.0, "/tmp"))
    assert (closed.status, closed.shell) == (Status.SHELL_LOST, ShellFate.LOST)


@pytest.mark.parametrize("number", [*Signals])
def test_a_status_above_128_names_its_signal(number: Signals) -> None:
    assert Result(128 + number, ()).signal == number.name


@pytest.mark.parametrize("status", [0, 1, 2, 126, 127, 128, 200, 255])
def test_other_statuses_name_no_signal(status: int) -> None:
    assert Result(status, ()).signal is None
