"""Records that the kernel writes are valid for the model that readers use."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from effecttalk_kernel.block import (
    Answerer,
    Block,
    InputWait,
    Outcome,
    Result,
    RunSpec,
    ShellFate,
    State,
)
from effecttalk_kernel.output.record import VERSION, build_record
from effecttalk_kernel.output.record_schema import Record
from effecttalk_kernel.output.terminal.stream import StreamSize
from effecttalk_kernel.store.spill.layout import SpillContents, SpilledStream

SCHEMA = Path(__file__).parents[2] / "docs" / "record.schema.json"

texts = st.text(max_size=20)
statuses = st.integers(0, 255)
moments = st.floats(0, 4e9)
results = st.builds(
    Result,
    statuses,
    st.lists(statuses, max_size=4).map(tuple),
    texts,
    st.none() | st.integers(0, 10_000),
)
questions = st.builds(InputWait, texts, st.booleans(), st.sampled_from(Answerer), texts)
blocks = st.builds(
    Block,
    session=texts,
    number=st.integers(1, 10_000),
    code=texts,
    started=moments,
    cwd_before=texts,
    spec=st.builds(
        RunSpec,
        tty=st.booleans(),
        is_merged=st.booleans(),
        part=st.integers(1, 9),
        is_fallback=st.booleans(),
        name=texts,
        mime=texts,
    ),
    state=st.sampled_from(State),
    outcome=st.sampled_from(Outcome),
    result=st.none() | results,
    cwd_after=texts,
    ended=st.none() | moments,
    shell=st.sampled_from(ShellFate),
    signals_sent=st.lists(st.sampled_from(["SIGINT", "SIGTERM", "SIGKILL"]), max_size=3).map(tuple),
    asked=st.lists(questions, max_size=3).map(tuple),
    background_ended=st.none() | moments,
    problem=texts,
    shell_pid=st.integers(1, 4_194_304),
)
sizes = st.integers(0, 2**40)
counts = st.dictionaries(
    st.sampled_from(["stdout", "stderr"]), st.builds(StreamSize, sizes, sizes, sizes)
)
spilled = st.builds(SpilledStream, sizes, st.just("0" * 64))
spills = st.none() | st.builds(SpillContents, spilled, spilled, texts)

DONE = Block(
    session="a1",
    number=3,
    code="false",
    started=1.0,
    cwd_before="/",
    state=State.FINISHED,
    outcome=Outcome.FAILED,
    result=Result(1, (0, 1), "false", 1),
    cwd_after="/tmp",
    ended=3.5,
    shell_pid=42,
)


def make_record(block: Block, *, volatile: bool = True) -> dict[str, Any]:
    return build_record(block, {}, volatile=volatile)


@given(blocks, counts, spills, st.booleans())
def test_every_record_is_valid(
    block: Block, streams: dict[str, StreamSize], spill: SpillContents | None, volatile: bool
) -> None:
    record = Record.model_validate(build_record(block, streams, spill, volatile=volatile))
    assert record.number == block.number
    assert record.status is block.status
    assert record.stdout.size_bytes == streams.get("stdout", StreamSize()).size_bytes
    assert (record.volatile is not None) == volatile


@given(blocks, counts, st.booleans())
def test_a_record_survives_json(
    block: Block, streams: dict[str, StreamSize], volatile: bool
) -> None:
    description = build_record(block, streams, volatile=volatile)
    assert json.loads(json.dumps(description)) == description
    Record.model_validate_json(json.dumps(description))


@given(blocks, counts, st.booleans())
def test_a_record_has_no_empty_values(
    block: Block, streams: dict[str, StreamSize], volatile: bool
) -> None:
    description = build_record(block, streams, volatile=volatile)
    parts = [description, description["cwd"], description.get("volatile", {})]
    assert all(value is not None for part in parts for value in part.values())


@given(blocks, moments, moments, st.integers(1, 4_194_304), texts)
def test_without_volatile_two_runs_give_equal_records(
    block: Block, started: float, ended: float, pid: int, session: str
) -> None:
    again = replace(
        block,
        started=started,
        ended=ended,
        background_ended=ended,
        shell_pid=pid,
        session=session,
    )
    assert make_record(block, volatile=False) == make_record(again, volatile=False)


def test_only_volatile_differs_between_two_runs() -> None:
    first = make_record(DONE)
    second = make_record(replace(DONE, started=7.0, ended=8.0, shell_pid=43, session="b2"))
    assert first.pop("volatile") != second.pop("volatile")
    assert first == second


def test_a_record_has_the_facts_of_its_block() -> None:
    record = Record.model_validate(make_record(DONE))
    assert record.exit_status == 1
    assert record.pipestatus == (0, 1)
    assert (record.command, record.line) == ("false", 1)
    assert (record.cwd.before, record.cwd.after) == ("/", "/tmp")
    assert record.volatile is not None
    assert record.volatile.duration_seconds == 2.5
    assert record.volatile.shell_pid == 42


def test_a_clock_that_is_set_back_gives_no_negative_duration() -> None:
    description = make_record(replace(DONE, ended=0.5))
    assert description["volatile"]["duration_seconds"] == 0.0


def test_the_code_and_the_answers_are_not_in_the_record() -> None:
    secret = replace(
        DONE, code="echo hunter2", asked=(InputWait("sudo", True, Answerer.USER, "Password: "),)
    )
    assert "hunter2" not in json.dumps(make_record(secret))
    assert make_record(secret)["input"] == [
        {"process": "sudo", "prompt": "Password: ", "password": True, "answered_by": "user"}
    ]


def test_a_newer_version_is_refused() -> None:
    newer = {**make_record(DONE), "version": VERSION + 1}
    with pytest.raises(ValidationError, match="version"):
        Record.model_validate(newer)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Record.model_validate({**make_record(DONE), "colour": "red"})


def test_the_schema_in_the_docs_is_up_to_date() -> None:
    """Otherwise run: python scripts/write_schema.py."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Record.model_json_schema()
