"""The reader of a block's terminals passes output on in the order in which it was written."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.output_reader import (
    CONTROL,
    MAX_PIECES,
    OutputReader,
    interleave,
    interleave_known,
)
from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair
from effecttalk_kernel.shell.write_order import WriteOrder

SIZE = TerminalSize(24, 80)


def raise_again(error: Exception) -> None:
    raise error


MARK = b"start"
Piece = tuple[Stream, bytes]
WRITES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.binary(max_size=5)), max_size=20)


def merged(pieces: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return *pieces* with neighbours of the same stream put together."""
    return [
        (name, b"".join(data for _, data in group))
        for name, group in groupby(pieces, key=lambda piece: piece[0])
    ]


def joined(writes: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return what was written to each stream."""
    streams: dict[str, bytes] = {}
    for name, data in writes:
        streams[name] = streams.get(name, b"") + data
    return streams


@given(WRITES)
def test_lines_are_put_in_their_order(writes: list[tuple[str, bytes]]) -> None:
    lines = merged([(name, data.replace(b"\n", b"") + b"\n") for name, data in writes])
    lines = [(name, data.split(b"\n")[0] + b"\n") for name, data in lines]
    assert interleave(joined(lines), [name for name, _ in lines]) == (lines, [])


@given(WRITES, st.lists(st.sampled_from(["a", "b", "c", "d"])))
def test_nothing_is_lost_in_any_order(writes: list[tuple[str, bytes]], order: list[str]) -> None:
    data = joined(writes)
    pieces, _ = interleave(data, order)
    assert joined(pieces) == {name: text for name, text in data.items() if text}


def test_the_last_write_has_the_rest() -> None:
    data = {"out": b"1\n2\n3\n", "err": b"x"}
    pieces, missing = interleave(data, ["out", "err", "out"])
    assert pieces == [("out", b"1\n"), ("err", b"x"), ("out", b"2\n3\n")]
    assert missing == []


@given(st.integers(3, 20), st.integers(1, 5), st.integers(1, 5))
def test_a_loop_writes_as_many_lines_each_time(turns: int, few: int, many: int) -> None:
    writes = [
        (name, b"".join(b"%d.%d\n" % (turn, line) for line in range(count)))
        for turn in range(turns)
        for name, count in (("out", many), ("err", few))
    ]
    assert interleave(joined(writes), [name for name, _ in writes]) == (writes, [])


@given(st.integers(8, 20), st.integers(0, 2), st.integers(0, 2))
def test_a_place_is_known_up_to_the_first_line_that_lacks(
    count: int, late_out: int, late_err: int
) -> None:
    writes = [(name, b"%d\n" % turn) for turn in range(count) for name in ("out", "err")]
    lines = {name: data.splitlines(keepends=True) for name, data in joined(writes).items()}
    late = {"out": late_out, "err": late_err}
    read = {name: b"".join(lines[name][: count - late[name]]) for name in lines}
    pieces, rest, order = interleave_known(read, [name for name, _ in writes])
    known = min(2 * count, 2 * (count - late_out), 2 * (count - late_err) + 1)
    assert pieces == writes[:known]
    assert order == [name for name, _ in writes[known:]]
    assert {name: joined(pieces)[name] + rest[name] for name in rest} == read


def test_few_writes_have_no_known_place_while_more_come() -> None:
    data = {"out": b"1\n3\n", "err": b"2\n"}
    assert interleave_known(data, ["out", "err", "out"]) == ([], data, ["out", "err", "out"])


def test_writes_without_data_are_returned() -> None:
    assert interleave({"out": b"1\n", "err": b""}, ["out", "err", "out"]) == (
        [("out", b"1\n")],
        ["err", "out"],
    )


class Block:
    """A pair of terminals and a control terminal, as a block has, and what is read from them."""

    def __init__(self, stack: ExitStack) -> None:
        self.pair = TerminalPair.open(SIZE)
        stack.callback(self.pair.close)
        self.control = Terminal.open(SIZE)
        stack.callback(self.control.close)
        self.order = WriteOrder()
        stack.callback(self.order.close)
        self.paths = {
            **{stream.value: terminal.path for stream, terminal in self.pair.streams()},
            CONTROL: self.control.path,
        }
        self.order.watch({path: name for name, path in self.paths.items()})
        self.pieces: list[Piece] = []
        self.reader = OutputReader(
            self.pair,
            lambda stream, data: self.pieces.append((stream, data)),
            lambda: None,
            Callbacks(raise_again),
            self.order,
            self.read_control,
        )
        stack.callback(self.reader.stop)

    def read_control(self) -> None:
        written = b""
        while data := self.control.read():
            written += data
        if text := written.removeprefix(MARK):
            self.reader.place(Stream.STDOUT, text)

    def write(self, *writes: tuple[str, bytes]) -> None:
        for name, data in writes:
            descriptor = os.open(self.paths[name], os.O_WRONLY | os.O_NOCTTY)
            os.write(descriptor, data)
            os.close(descriptor)


@pytest.fixture
def in_block() -> Iterator[Callable[[Callable[[Block], None]], None]]:
    """Run a function with a block, in an event loop that does not read by itself meanwhile."""

    def run(body: Callable[[Block], None]) -> None:
        async def main() -> None:
            with ExitStack() as stack:
                body(Block(stack))

        asyncio.run(main())

    return run


def alternating(count: int) -> list[tuple[str, bytes]]:
    names = ("stderr", "stdout")
    return [(names[number % 2], b"%d\n" % number) for number in range(count)]


@pytest.mark.parametrize("reads", [OutputReader.read, OutputReader.drain])
def test_output_is_passed_on_in_the_order_of_writing(
    in_block: Callable[[Callable[[Block], None]], None], reads: Callable[[OutputReader], None]
) -> None:
    def body(block: Block) -> None:
        block.write(*alternating(100))
        reads(block.reader)
        assert block.pieces == alternating(100)

    in_block(body)


@pytest.mark.parametrize("late", ["stdout", "stderr"])
def test_a_process_writes_while_its_output_is_read(
    in_block: Callable[[Callable[[Block], None]], None], monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """When one stream was read and the other one not yet, both get two more lines."""
    writes = iter(alternating(100))
    read = Terminal.read
    last = ""

    def body(block: Block) -> None:
        def write_and_read(terminal: Terminal, *limit: int) -> bytes | None:
            nonlocal last
            last, before = terminal.path, last
            if before != last == block.paths[late]:
                block.write(*islice(writes, 4))
            return read(terminal, *limit)

        monkeypatch.setattr(Terminal, "read", write_and_read)
        for _ in range(100):
            block.reader.read()
        assert merged(block.pieces) == alternating(100)

    in_block(body)


def test_text_on_the_control_terminal_has_its_place(
    in_block: Callable[[Callable[[Block], None]], None],
) -> None:
    def body(block: Block) -> None:
        block.write((CONTROL, MARK), ("stdout", b"1\n"), (CONTROL, b"2\n"), ("stderr", b"3\n"))
        block.reader.read()
        assert block.pieces == [
            (Stream.STDOUT, b"1\n"),
            (Stream.STDOUT, b"2\n"),
            (Stream.STDERR, b"3\n"),
        ]

    in_block(body)


def test_text_on_the_control_terminal_that_others_read_has_its_place(
    in_block: Callable[[Callable[[Block], None]], None],
) -> None:
    def body(block: Block) -> None:
        block.write((CONTROL, MARK), ("stderr", b"1\n"), (CONTROL, b"2\n"), ("stdout", b"3\n"))
        block.read_control()
        assert [data for _, data in block.pieces] == [b"1\n", b"2\n", b"3\n"]

    in_block(body)


def test_output_that_is_read_ahead_is_passed_on_in_its_order(
    in_block: Callable[[Callable[[Block], None]], None],
) -> None:
    """What a program has written last tells while its first output is passed on."""

    def body(block: Block) -> None:
        ahead: list[bytes] = []

        def take(stream: Stream, data: bytes) -> None:
            if not block.pieces:
                block.write(("stdout", b"3\n"))
                ahead.append(block.reader.read_ahead())
            block.pieces.append((stream, data))

        block.reader = OutputReader(
            block.pair, take, lambda: None, Callbacks(raise_again), block.order
        )
        block.write(("stdout", b"1\n"), ("stderr", b"2\n"))
        block.reader.read()
        assert ahead == [b"2\n3\n"]
        assert [data for _, data in block.pieces] == [b"1\n", b"2\n", b"3\n"]
        block.write(("stdout", b"x" * 3_000))
        assert block.reader.read_ahead() == b"x" * 3_000
        block.reader.read_all()
        assert block.pieces[3:] == [(Stream.STDOUT, b"x" * 3_000)]
        block.reader.stop()

    in_block(body)


def test_a_flood_is_read_in_few_pieces(
    in_block: Callable[[Callable[[Block], None]], None],
) -> None:
    def body(block: Block) -> None:
        for _ in range(100):
            block.write(*alternating(100))
            block.reader.read()
        assert len(block.pieces) < MAX_PIECES + 400
        assert block.pieces[:900] == (alternating(100) * 9)[:900]
        sizes: Mapping[str, int] = {name: len(data) for name, data in joined(block.pieces).items()}
        assert sizes == {name: 100 * len(joined(alternating(100))[name]) for name in sizes}

    in_block(body)


def test_the_order_does_not_matter_in_the_background(
    in_block: Callable[[Callable[[Block], None]], None],
) -> None:
    def body(block: Block) -> None:
        block.reader.yield_to_others()
        block.write(*alternating(10))
        block.reader.read()
        assert joined(block.pieces) == joined(alternating(10))

    in_block(body)
