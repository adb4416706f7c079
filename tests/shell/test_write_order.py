"""The order in which processes write to real pseudo-terminals."""

import os
from collections.abc import Iterator

import pytest

from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.write_order import WriteOrder
from tests.support.open_files import descriptors

SIZE = TerminalSize(24, 80)


@pytest.fixture
def terminals() -> Iterator[dict[str, Terminal]]:
    opened = {"a": Terminal.open(SIZE), "b": Terminal.open(SIZE)}
    yield opened
    for terminal in opened.values():
        terminal.close()


@pytest.fixture
def order(terminals: dict[str, Terminal]) -> Iterator[WriteOrder]:
    watched = WriteOrder()
    watched.watch(paths(terminals))
    yield watched
    watched.close()


def paths(terminals: dict[str, Terminal]) -> dict[str, str]:
    return {terminal.path: name for name, terminal in terminals.items()}


def write(terminals: dict[str, Terminal], names: str) -> None:
    for name in names:
        descriptor = os.open(terminals[name].path, os.O_WRONLY | os.O_NOCTTY)
        os.write(descriptor, b"x\n")
        os.close(descriptor)


@pytest.mark.parametrize("names", ["", "a", "ab", "ba", "abba", "ab" * 100])
def test_writes_are_in_order(terminals: dict[str, Terminal], order: WriteOrder, names: str) -> None:
    write(terminals, names)
    assert "".join(order.take()) == names.replace("aa", "a").replace("bb", "b")
    assert order.take() == []


def test_more_writes_than_one_read_returns_are_in_order(
    terminals: dict[str, Terminal], order: WriteOrder
) -> None:
    for _ in range(5_000):
        write(terminals, "ab")
        for terminal in terminals.values():
            terminal.read()
    assert order.take() == ["a", "b"] * 5_000


def test_a_write_before_the_watch_is_not_in_the_order(
    terminals: dict[str, Terminal], order: WriteOrder
) -> None:
    write(terminals, "ab")
    order.watch(paths(terminals))
    write(terminals, "b")
    assert order.take() == ["b"]


def test_other_terminals_are_watched_instead(
    terminals: dict[str, Terminal], order: WriteOrder
) -> None:
    order.watch({terminals["b"].path: "second"})
    write(terminals, "aba")
    assert order.take() == ["second"]


def test_a_terminal_with_the_number_of_a_closed_one_is_watched(order: WriteOrder) -> None:
    closed = Terminal.open(SIZE)
    order.watch({closed.path: "a"})
    closed.close()
    again = Terminal.open(SIZE)
    assert again.path == closed.path
    order.watch({again.path: "a"})
    write({"a": again}, "a")
    assert order.take() == ["a"]
    again.close()


def test_nothing_is_watched_after_the_stop(
    terminals: dict[str, Terminal], order: WriteOrder
) -> None:
    order.stop()
    write(terminals, "ab")
    assert order.take() == []


def test_without_inotify_the_order_is_empty(terminals: dict[str, Terminal]) -> None:
    order = WriteOrder()
    order.close()
    order.watch(paths(terminals))
    write(terminals, "ab")
    assert order.take() == []


def test_closing_twice_leaves_nothing_open() -> None:
    before = descriptors()
    order = WriteOrder()
    order.close()
    order.close()
    assert descriptors() == before
