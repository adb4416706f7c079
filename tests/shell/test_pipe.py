"""The pipe that replaces a block's terminal."""

import os
from pathlib import Path

import pytest

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.pipe import Pipe
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPool
from tests.support.open_files import descriptors_left


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_it_ends_if_no_process_writes_and_it_is_not_held() -> None:
    pipe = Pipe.open()
    assert pipe.read() == b""
    writer = os.open(pipe.path, os.O_WRONLY)
    os.write(writer, b"abc")
    assert (pipe.read(), pipe.read()) == (b"abc", b"")
    pipe.release()
    assert pipe.read() == b""
    os.write(writer, b"late")
    os.close(writer)
    assert (pipe.read(), pipe.read()) == (b"late", None)
    pipe.hold()
    pipe.reset()
    assert pipe.read() == b""
    pipe.close()


def test_a_pipe_gives_its_descriptors_back() -> None:
    before = descriptors()
    pipe = Pipe.open()
    pipe.close()
    pipe.close()
    assert descriptors() == before


def test_the_name_of_a_pipe_is_that_of_its_writers_in_proc() -> None:
    pipe = Pipe.open()
    writer = os.open(pipe.path, os.O_WRONLY)
    assert pipe.name == str(Path(f"/proc/self/fd/{writer}").readlink())
    os.close(writer)
    pipe.close()


def test_a_pipe_that_cannot_be_opened_says_why() -> None:
    before = descriptors()
    with descriptors_left(1), pytest.raises(TerminalError, match=r"^cannot open a pipe \(Too many"):
        Pipe.open()
    assert descriptors() == before


def test_a_pair_with_a_pipe_is_reused_for_the_next_piped_block() -> None:
    before = descriptors()
    pool = TerminalPool(TerminalSize(24, 80))
    pair, other = (pool.acquire(is_piped=True) for _ in range(2))
    assert pair.is_piped
    pair.stdout.release()
    pool.give_back(pair)
    pool.give_back(other)
    plain = pool.acquire()
    assert not plain.is_piped
    plain.close()
    again = pool.acquire(is_piped=True)
    assert again is pair
    assert again.stdout.read() == b""  # held
    pool.give_back(again)
    pool.close()
    assert descriptors() == before
