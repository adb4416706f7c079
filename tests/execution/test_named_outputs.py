"""Named outputs: when later blocks find them, and what is in them."""

from dataclasses import replace
from pathlib import Path

import pytest

from effecttalk_kernel.block import Block, Outcome, Result, RunSpec, State
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.session.events import (
    BackgroundEnded,
    CellRequest,
    Finished,
    OutputRead,
    Started,
)
from effecttalk_kernel.shell.terminal_pool import Stream

RUNNING = Block("session", 1, "make", started=10.0, cwd_before="/", spec=RunSpec(name="it"))
ENDED = replace(
    RUNNING, state=State.FINISHED, outcome=Outcome.SUCCESS, result=Result(0, (0,)), ended=12.5
)


def run(
    named: NamedOutputs, *printed: bytes, number: int = 1, outcome: Outcome = Outcome.SUCCESS
) -> None:
    """Observe a block that starts, prints and ends."""
    running = replace(RUNNING, number=number)
    named(running, Started(CellRequest()))
    for data in printed:
        named(running, OutputRead(Stream.STDOUT, data))
    named(replace(ENDED, number=number, outcome=outcome), Finished())


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "named").iterdir()}


def test_a_block_without_output_gets_its_file_later(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named)
    assert files(tmp_path) == {}
    named.publish()
    assert files(tmp_path) == {"it": b""}
    assert named.variables == {"ET_OUT_it": f"{tmp_path}/named/it", "ET_STATUS_it": "0"}


def test_the_next_block_finds_the_output_at_once(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named, b"a\0", b"b")
    named.check(["it"])
    assert files(tmp_path) == {"it": b"a\0b"}


def test_another_attempt_finds_the_output_of_the_last_one(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named, b"partial", outcome=Outcome.FAILED)
    named(replace(RUNNING, number=2), Started(CellRequest()))
    assert files(tmp_path) == {"it": b"partial"}


def test_the_last_block_with_a_name_is_used(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    for number in (1, 2, 3):
        run(named, b"%d" % number, number=number)
    named.close()
    assert files(tmp_path) == {"it": b"3"}


def test_late_output_is_added_until_no_process_writes(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    late = replace(ENDED, state=State.LINGERING)
    named(RUNNING, Started(CellRequest()))
    named(late, Finished())
    named(late, OutputRead(Stream.STDOUT, b"early "))
    named.publish()
    assert files(tmp_path) == {"it": b"early "}
    named(late, OutputRead(Stream.STDOUT, b"late"))
    named(replace(late, state=State.FINISHED), BackgroundEnded())
    assert files(tmp_path) == {"it": b"early late"}


def test_an_output_that_cannot_be_written_fails_the_block_that_needs_it(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    (tmp_path / "named" / "it").mkdir(parents=True)
    run(named, b"text")
    with pytest.raises(OptionError, match="the output of 'it' is not available: Is a directory"):
        named.check(["it"])


def test_a_running_block_is_told_that_its_output_is_not_kept(tmp_path: Path) -> None:
    told: list[str] = []
    named = NamedOutputs(tmp_path, lambda _, text: told.append(text))
    (tmp_path / "named").touch()
    run(named, b"text")
    [text] = told
    assert text.startswith("effecttalk: the output of 'it' is not kept for later blocks (")
    assert "`jupyter --runtime-dir`" in text
