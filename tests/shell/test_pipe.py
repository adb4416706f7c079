"""Pipe: what a block writes to that is no terminal."""

import os
import stat
from pathlib import Path

import pytest

from effecttalk_kernel.errors import TerminalError
from effecttalk_kernel.shell.pipe import Pipe
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import TerminalPool


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_it_has_an_end_when_nobody_writes_and_it_is_not_held(tmp_path: Path) -> None:
    pipe = Pipe.open(tmp_path / "pipe")
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


def test_it_is_the_users_alone_and_gone_when_closed(tmp_path: Path) -> None:
    before = descriptors()
    pipe = Pipe.open(tmp_path / "pipe")
    mode = (tmp_path / "pipe").stat().st_mode
    assert (stat.S_ISFIFO(mode), stat.S_IMODE(mode)) == (True, 0o600)
    pipe.close()
    pipe.close()
    assert [*tmp_path.iterdir()] == []
    assert descriptors() == before


def test_its_path_is_the_one_that_is_found_in_proc(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    pipe = Pipe.open(tmp_path / "link" / "pipe")
    assert pipe.path == str(Path(f"/proc/self/fd/{pipe.master}").readlink())
    pipe.close()


def test_one_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    before = descriptors()
    with pytest.raises(TerminalError, match=r"^no pipe can be made at .*no/pipe \(No such file"):
        Pipe.open(tmp_path / "no" / "pipe")
    assert descriptors() == before


def test_a_pair_with_a_pipe_is_lent_again_to_the_next_of_its_kind(tmp_path: Path) -> None:
    before = descriptors()
    pool = TerminalPool(TerminalSize(24, 80), tmp_path)
    pair, other = (pool.acquire(is_piped=True) for _ in range(2))
    assert pair.is_piped
    pair.stdout.release()
    pool.give_back(pair)
    pool.give_back(other)
    assert [str(path) for path in tmp_path.iterdir()] == [pair.stdout.path]
    plain = pool.acquire()
    assert not plain.is_piped
    plain.close()
    again = pool.acquire(is_piped=True)
    assert again is pair
    assert again.stdout.read() == b""  # held
    pool.give_back(again)
    pool.close()
    assert [*tmp_path.iterdir()] == []
    assert descriptors() == before
