"""When the outputs of named blocks are where later blocks find them."""

from dataclasses import replace
from pathlib import Path

import pytest

from effecttalk_kernel.block import Block, Result, Status
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.session.events import BackgroundEnded, Finished, OutputRead, Started
from effecttalk_kernel.shell.terminal_pool import Stream

RUNNING = Block("session", 1, "make", started=10.0, cwd_before="/", name="it")
ENDED = replace(RUNNING, status=Status.SUCCESS, result=Result(0, (0,)), ended=12.5)


def run(
    named: NamedOutputs, *printed: bytes, number: int = 1, status: Status = Status.SUCCESS
) -> None:
    """Let a block begin, print and end."""
    running = replace(RUNNING, number=number)
    named(running, Started())
    for data in printed:
        named(running, OutputRead(Stream.STDOUT, data))
    named(replace(ENDED, number=number, status=status), Finished())


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "named").iterdir()}


def test_a_block_that_prints_nothing_waits_for_no_file(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named)
    assert files(tmp_path) == {}
    named.publish()
    assert files(tmp_path) == {"it": b""}
    assert named.variables == {"ET_OUT_it": f"{tmp_path}/named/it", "ET_STATUS_it": "0"}


def test_the_next_block_finds_it_even_at_once(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named, b"a\0", b"b")
    named.check(["it"])
    assert files(tmp_path) == {"it": b"a\0b"}


def test_another_attempt_finds_what_the_one_before_has_left(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    run(named, b"partial", status=Status.FAILED)
    named(replace(RUNNING, number=2), Started())
    assert files(tmp_path) == {"it": b"partial"}


def test_the_last_of_several_counts(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    for number in (1, 2, 3):
        run(named, b"%d" % number, number=number)
    named.close()
    assert files(tmp_path) == {"it": b"3"}


def test_what_is_written_late_is_added_until_nobody_writes(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    late = replace(ENDED, writers=True)
    named(RUNNING, Started())
    named(late, Finished())
    named(late, OutputRead(Stream.STDOUT, b"early "))
    named.publish()
    assert files(tmp_path) == {"it": b"early "}
    named(late, OutputRead(Stream.STDOUT, b"late"))
    named(replace(late, writers=False), BackgroundEnded())
    assert files(tmp_path) == {"it": b"early late"}


def test_what_can_not_be_kept_is_told_to_who_needs_it(tmp_path: Path) -> None:
    named = NamedOutputs(tmp_path)
    (tmp_path / "named" / "it").mkdir(parents=True)
    run(named, b"text")
    with pytest.raises(OptionError, match="'it' is not kept: Is a directory"):
        named.check(["it"])
