"""A block: its statuses, and what they follow from."""

import dataclasses
from itertools import product
from signal import Signals

import pytest

from effecttalk_kernel.block import (
    GOOD,
    TRANSITIONS,
    Asked,
    Block,
    InvalidTransitionError,
    Result,
    Status,
    has_failed,
    outcome,
)

ENDED = [status for status in Status if status is not Status.RUNNING]
AFTER_BACKGROUND = (Status.SUCCESS, Status.FAILED, Status.INTERRUPTED, Status.TIMED_OUT)
ALLOWED = {(Status.RUNNING, after) for after in ENDED} | {
    (Status.BACKGROUND, after) for after in AFTER_BACKGROUND
}
SUCCESS, FAILURE, KILLED = Result(0, (0,)), Result(1, (0, 1)), Result(137, (137,))


def block(status: Status = Status.RUNNING, **changes: object) -> Block:
    running = Block("s", 7, "true", 1.0, "/", status=status)
    return dataclasses.replace(running, **changes)  # type: ignore[arg-type]


def test_every_status_says_what_follows() -> None:
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize(("before", "after"), [*product(Status, Status)])
def test_a_status_follows_only_as_the_table_says(before: Status, after: Status) -> None:
    if (before, after) in ALLOWED:
        assert block(before).become(after).status is after
    else:
        with pytest.raises(InvalidTransitionError, match=f"block s-7: {after} while {before}"):
            block(before).become(after)


def test_a_change_leaves_the_block_before_it_alone() -> None:
    running = block()
    ended = running.become(Status.FAILED, result=FAILURE, ended=2.0)
    assert (running.status, running.result, running.ended) == (Status.RUNNING, None, None)
    assert (ended.status, ended.result, ended.ended) == (Status.FAILED, FAILURE, 2.0)


@pytest.mark.parametrize("status", [*Status])
def test_only_a_running_block_runs(status: Status) -> None:
    assert block(status).is_running == (status is Status.RUNNING)


def test_success_and_background_are_good() -> None:
    assert {Status.SUCCESS, Status.BACKGROUND} == GOOD


def test_a_block_that_runs_or_is_good_has_not_failed() -> None:
    assert {status for status in Status if not has_failed(status)} == {Status.RUNNING, *GOOD}
    assert has_failed("a status that a later version writes")


def test_a_blocks_identity_is_session_and_number() -> None:
    assert block().identity == "s-7"


def test_signals_and_questions_are_kept_in_their_order() -> None:
    first, second = Asked("cat", password=False, answered_by="user"), Asked("ssh", True, "user")
    changed = block().with_signal("SIGINT").with_asked(first).with_signal("SIGTERM")
    assert changed.signals_sent == ("SIGINT", "SIGTERM")
    assert changed.with_asked(second).asked == (first, second)


@pytest.mark.parametrize(
    ("changes", "result", "by_signal", "status"),
    [
        ({}, SUCCESS, False, Status.SUCCESS),
        ({"writers": True}, SUCCESS, False, Status.BACKGROUND),
        ({}, FAILURE, False, Status.FAILED),
        ({"writers": True}, FAILURE, False, Status.FAILED),
        ({}, KILLED, False, Status.FAILED),
        ({}, KILLED, True, Status.SHELL_LOST),
        ({"writers": True}, KILLED, True, Status.SHELL_LOST),
        ({"problem": "cat waited"}, SUCCESS, False, Status.FAILED),
        ({"problem": "cat waited"}, FAILURE, False, Status.FAILED),
        ({"problem": "cat waited"}, KILLED, True, Status.SHELL_LOST),
        ({"signals_sent": ("SIGINT",)}, SUCCESS, False, Status.SUCCESS),
        ({"signals_sent": ("SIGINT",), "writers": True}, SUCCESS, False, Status.BACKGROUND),
        ({"signals_sent": ("SIGINT",)}, FAILURE, False, Status.INTERRUPTED),
        ({"signals_sent": ("SIGINT", "SIGKILL")}, KILLED, True, Status.INTERRUPTED),
        ({"signals_sent": ("SIGINT",), "problem": "x"}, FAILURE, False, Status.INTERRUPTED),
        ({"signals_sent": ("SIGINT",), "problem": "x"}, SUCCESS, False, Status.FAILED),
    ],
)
def test_the_outcome_follows_from_the_block_and_its_result(
    changes: dict[str, object], result: Result, by_signal: bool, status: Status
) -> None:
    assert outcome(block(**changes), result, by_signal=by_signal) is status


@pytest.mark.parametrize("number", [*Signals])
def test_a_status_above_128_names_its_signal(number: Signals) -> None:
    assert Result(128 + number, ()).signal == number.name


@pytest.mark.parametrize("status", [0, 1, 2, 126, 127, 128, 200, 255])
def test_any_other_status_names_none(status: int) -> None:
    assert Result(status, ()).signal is None
