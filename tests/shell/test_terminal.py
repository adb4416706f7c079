"""Real pseudo-terminals: what is read from them, and what is left after closing."""

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize, open_slave
from effecttalk_kernel.shell.terminal_pool import TerminalPair, TerminalPool
from tests.support.open_files import descriptors, descriptors_left

SIZE = TerminalSize(24, 80)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal.open(SIZE)
    yield opened
    opened.close()


@contextmanager
def slave_of(terminal: Terminal) -> Iterator[int]:
    """Open the slave side, as a program does."""
    descriptor = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def drained(terminal: Terminal) -> bytes:
    """Return everything that can be read from the terminal."""
    chunks = []
    while data := terminal.read():
        chunks.append(data)
    return b"".join(chunks)


def test_closing_closes_all_descriptors() -> None:
    before = descriptors()
    Terminal.open(SIZE).close()
    assert descriptors() == before


def test_closing_twice_does_not_close_another_file() -> None:
    terminal = Terminal.open(SIZE)
    terminal.close()
    with open("/dev/null", "rb") as other:  # gets the free number
        terminal.close()
        assert os.fstat(other.fileno())


@pytest.mark.parametrize("left", [0, 1])
def test_a_terminal_that_cannot_be_opened_leaves_nothing_open(left: int) -> None:
    before = descriptors()
    with descriptors_left(left), pytest.raises(TerminalError, match="no free pseudo-terminal"):
        Terminal.open(SIZE)
    assert descriptors() == before


@pytest.mark.parametrize("left", range(4))
def test_a_pair_is_opened_completely_or_not_at_all(left: int) -> None:
    before = descriptors()
    with descriptors_left(left), pytest.raises(TerminalError):
        TerminalPair.open(SIZE)
    assert descriptors() == before


def test_an_invalid_size_leaves_nothing_open() -> None:
    before = descriptors()
    with pytest.raises(Exception, match="format"):
        Terminal.open(TerminalSize(70_000, 80))
    assert descriptors() == before


def test_a_held_terminal_returns_no_output(terminal: Terminal) -> None:
    assert terminal.read() == b""


def test_a_released_terminal_is_hung_up(terminal: Terminal) -> None:
    terminal.release()
    assert terminal.read() is None


def test_a_terminal_that_a_program_has_open_is_not_hung_up(terminal: Terminal) -> None:
    with slave_of(terminal):
        terminal.release()
        assert terminal.read() == b""
    assert terminal.read() is None


def test_a_terminal_may_be_held_again(terminal: Terminal) -> None:
    terminal.release()
    terminal.hold()
    terminal.hold()
    assert terminal.read() == b""


def test_what_was_written_before_the_release_is_read(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        os.write(slave, b"last words\n")
    terminal.release()
    assert drained(terminal) == b"last words\n"
    assert terminal.read() is None


def test_output_is_passed_byte_for_byte(terminal: Terminal) -> None:
    data = bytes(range(256)) * 8
    with slave_of(terminal) as slave:
        os.write(slave, data)
    assert drained(terminal) == data


def test_what_is_typed_is_read_by_the_program_and_not_echoed(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        assert terminal.write(b"answer\n") == 7
        assert os.read(slave, 100) == b"answer\n"
    assert terminal.read() == b""


def test_the_end_of_file_character_ends_a_programs_input(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        terminal.write(terminal.line_discipline().end_of_file_key)
        assert os.read(slave, 100) == b""


def test_typing_never_waits(terminal: Terminal) -> None:
    taken = [terminal.write(b"x" * 4095 + b"\n") for _ in range(50)]
    assert taken[-1] == 0


def test_a_reset_drops_what_was_typed(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        terminal.write(b"unread\n")
        terminal.reset()
        os.set_blocking(slave, False)
        with pytest.raises(BlockingIOError):
            os.read(slave, 100)


def test_a_reset_undoes_raw_mode(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        before = termios.tcgetattr(slave)
        raw = [0, 0, 0, 0, *before[4:]]
        termios.tcsetattr(slave, termios.TCSANOW, raw)
        assert termios.tcgetattr(slave) != before
        terminal.reset()
        assert termios.tcgetattr(slave) == before


def test_modes_are_those_that_the_program_has_set(terminal: Terminal) -> None:
    modes = terminal.line_discipline()
    assert (modes.echo, modes.is_canonical) == (False, True)
    with slave_of(terminal) as slave:
        attributes = termios.tcgetattr(slave)
        attributes[3] = termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        modes = terminal.line_discipline()
        assert (modes.echo, modes.is_canonical) == (True, False)


def test_programs_see_the_size(terminal: Terminal) -> None:
    with slave_of(terminal) as slave:
        assert os.get_terminal_size(slave) == (80, 24)
        terminal.resize(TerminalSize(50, 132))
        assert os.get_terminal_size(slave) == (132, 50)


def test_a_terminal_without_a_session_has_no_foreground_group(terminal: Terminal) -> None:
    assert terminal.foreground() == 0


def test_the_slave_of_a_master_is_the_same_terminal(terminal: Terminal) -> None:
    slave = open_slave(terminal.master)
    try:
        assert os.ttyname(slave) == terminal.path
    finally:
        os.close(slave)


def test_a_pool_reuses_a_pair() -> None:
    pool = TerminalPool(SIZE)
    pair = pool.acquire()
    pool.give_back(pair)
    assert pool.acquire() is pair
    pair.close()


def test_a_released_pair_is_ready_for_the_next_block() -> None:
    pool = TerminalPool(SIZE)
    pair = pool.acquire()
    with slave_of(pair.stdout) as slave:
        before = termios.tcgetattr(slave)
        termios.tcsetattr(slave, termios.TCSANOW, [0, 0, 0, 0, *before[4:]])
    pair.stdout.release()
    pool.give_back(pair)
    with slave_of(pool.acquire().stdout) as slave:
        assert termios.tcgetattr(slave) == before
    assert (pair.stdout.read(), pair.stderr.read()) == (b"", b"")
    pair.close()


def test_a_pool_keeps_one_spare_pair() -> None:
    before = descriptors()
    pool = TerminalPool(SIZE)
    pairs = [pool.acquire() for _ in range(5)]
    for pair in pairs:
        pool.give_back(pair)
    assert len(descriptors()) == len(before) + 4
    pool.close()
    pool.close()
    assert descriptors() == before


@pytest.mark.parametrize("spare", [0, 1, 3])
def test_a_pool_keeps_the_given_number_of_spare_pairs(spare: int) -> None:
    before = descriptors()
    pool = TerminalPool(SIZE, spare)
    pool.fill()
    pool.fill()
    assert len(descriptors()) == len(before) + 4 * spare
    pairs = [pool.acquire() for _ in range(4)]
    for pair in pairs:
        pool.give_back(pair)
    assert len(descriptors()) == len(before) + 4 * spare
    pool.close()
    assert descriptors() == before


def test_a_pool_that_cannot_be_filled_raises_for_the_next_block() -> None:
    pool = TerminalPool(SIZE, 2)
    with descriptors_left(1):
        pool.fill()
        with pytest.raises(TerminalError):
            pool.acquire()
    pool.close()
