"""Spills: what is stored of a large output, and the messages when some of it is missing."""

import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.store.spill.layout import SpillContents, SpilledStream, spills_directory
from effecttalk_kernel.store.spill.reader import SpillNotFoundError, find_spill, remove_old_spills
from effecttalk_kernel.store.spill.writer import Spill, SpillFolder
from tests.support.unmasked import Unmasked

MANY = 1_000_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory that is not there yet."""
    return tmp_path / "data"


def folder(data: Path, max_bytes: int = MANY, session: str = "s1") -> SpillFolder:
    return SpillFolder(spills_directory(data) / session, max_bytes, Unmasked)


def spilled(folder: SpillFolder, number: int, stdout: bytes, stderr: bytes = b"") -> Spill:
    """The spill of a block that has ended."""
    spill = folder.open_spill(number, inline_bytes=1)
    spill.write("stdout", stdout)
    spill.write("stderr", stderr)
    spill.finish(is_final=True)
    return spill


def kept(data: Path, block: str, stream: str = "stdout", session: str = "s1") -> bytes:
    return b"".join(find_spill(data, block, session).read_chunks(stream))


def test_little_output_makes_no_file(data: Path) -> None:
    spill = folder(data).open_spill(1, inline_bytes=10)
    spill.write("stdout", b"0123456789")
    spill.write("stderr", b"0123456789")
    spill.finish(is_final=True)
    assert (data.exists(), spill.contents) == (False, None)


def test_one_byte_over_the_limit_stores_both_streams(data: Path) -> None:
    spill = folder(data).open_spill(1, inline_bytes=10)
    for stream, written in [("stderr", b"\x1b[31me"), ("stdout", b"0" * 10), ("stdout", b"1")]:
        spill.write(stream, written)
    spill.finish(is_final=True)
    assert kept(data, "1") == b"0" * 10 + b"1"
    assert kept(data, "1", "stderr") == b"\x1b[31me"


@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=20)), max_size=20),
    st.integers(0, 60),
)
def test_output_is_complete_in_files_or_in_the_notebook(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[str, bytes]], inline_bytes: int
) -> None:
    data = tmp_path_factory.mktemp("data")
    spill = folder(data).open_spill(1, inline_bytes)
    for stream, written in writes:
        spill.write(stream, written)
    spill.finish(is_final=True)
    whole = {
        name: b"".join(written for stream, written in writes if stream == name)
        for name in ("stdout", "stderr")
    }
    if max(map(len, whole.values())) <= inline_bytes:
        assert spill.contents is None
        return
    assert spill.contents is not None
    for name, stream in spill.contents.streams.items():
        assert kept(data, "1", name) == whole[name]
        assert stream == SpilledStream(len(whole[name]), hashlib.sha256(whole[name]).hexdigest())


def test_spills_are_private_to_the_user(data: Path) -> None:
    old = os.umask(0)
    try:
        spilled(folder(data), 1, b"secret")
    finally:
        os.umask(old)
    modes = {path.stat().st_mode & 0o777 for path in data.rglob("*") if path.is_file()}
    directories = {path.stat().st_mode & 0o777 for path in [data, *data.rglob("*/")]}
    assert (modes, directories) == ({0o600}, {0o700})


def test_spills_leave_no_descriptor_open(data: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    spills = folder(data, max_bytes=20)
    for number in range(1, 20):
        spilled(spills, number, b"0123456789")
    assert len(os.listdir("/proc/self/fd")) == before


def test_late_output_is_added(data: Path) -> None:
    spill = folder(data).open_spill(1, inline_bytes=1)
    spill.write("stdout", b"early ")
    spill.finish(is_final=False)
    spill.write("stdout", b"late")
    spill.finish(is_final=True)
    assert (kept(data, "1"), find_spill(data, "1", "s1").warning) == (b"early late", "")


def test_a_small_output_is_written_on_request(data: Path) -> None:
    spill = folder(data).open_spill(1, inline_bytes=100)
    spill.write("stdout", b"x")
    spill.write_all()
    assert kept(data, "1") == b"x"


# The quota.


def test_the_oldest_spill_is_removed_when_there_is_no_room(data: Path) -> None:
    spills = folder(data, max_bytes=25)
    removed = []
    for number in range(1, 4):
        spill = spilled(spills, number, b"0123456789")
        spill.on_removed = lambda number=number: removed.append(number)
    assert (removed, kept(data, "2"), kept(data, "3")) == ([1], b"0123456789", b"0123456789")
    with pytest.raises(SpillNotFoundError, match=r"block 1 has no full output.*max_session_size"):
        find_spill(data, "1", "s1")


def test_a_spill_knows_which_blocks_made_room_for_it(data: Path) -> None:
    spills = folder(data, max_bytes=25)
    taken = [spilled(spills, n, b"0123456789").take_removed_blocks() for n in range(1, 4)]
    assert taken == [[], [], [1]]


def test_a_block_that_still_writes_is_not_removed(data: Path) -> None:
    spills = folder(data, max_bytes=15)
    running = spills.open_spill(1, inline_bytes=1)
    running.write("stdout", b"0123456789")
    second = spilled(spills, 2, b"0123456789")
    assert (kept(data, "1"), kept(data, "2")) == (b"0123456789", b"01234")
    assert second.contents is not None
    assert "max_session_size (15 bytes)" in second.contents.problem


def test_more_than_the_quota_keeps_its_beginning(data: Path) -> None:
    spill = folder(data, max_bytes=5).open_spill(1, inline_bytes=1)
    for piece in (b"012", b"345", b"678"):
        spill.write("stdout", piece)
    spill.finish(is_final=True)
    assert kept(data, "1") == b"01234"
    assert "max_session_size" in find_spill(data, "1", "s1").warning


# Disks that fail.


@contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow over 10 bytes, as if the disk were full; Python ignores SIGXFSZ.

    Not for a whole test: what pytest prints may go to a file.
    """
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_a_full_disk_gets_what_fits_and_the_rest_is_reported(data: Path) -> None:
    spill = folder(data).open_spill(1, inline_bytes=1)
    with small_disk():
        spill.write("stdout", b"0123456")
        spill.write("stdout", b"789abc")
        spill.write("stdout", b"def")
    assert kept(data, "1") == b"0123456789"
    assert spill.contents is not None
    assert spill.contents.stdout == SpilledStream(10, hashlib.sha256(b"0123456789").hexdigest())
    assert spill.contents.problem == "File too large"


def test_bytes_that_a_full_disk_refused_do_not_count(data: Path) -> None:
    spills = folder(data, max_bytes=30)
    with small_disk():
        for number in (1, 2):
            spilled(spills, number, b"0123456789abcdef")
    assert (kept(data, "1"), kept(data, "2")) == (b"0123456789", b"0123456789")


def test_a_directory_that_cannot_be_made_is_named(data: Path) -> None:
    data.write_text("a file")
    spill = spilled(folder(data), 1, b"0123456789")
    assert spill.contents is not None
    assert spill.contents.problem == f"Not a directory: {data}/spills"
    assert spill.contents.stdout.size_bytes == 0


# Finding them again.


def test_a_block_of_another_session_is_found_by_its_identity(data: Path) -> None:
    spilled(folder(data, session="abc1"), 7, b"seven")
    assert kept(data, "abc1-7", session="other") == b"seven"


def test_a_block_that_runs_shows_what_there_is(data: Path) -> None:
    folder(data).open_spill(1, inline_bytes=1).write("stdout", b"so far")
    assert kept(data, "1") == b"so far"
    assert "still runs, or its kernel was killed" in find_spill(data, "1", "s1").warning


def test_a_truncated_description_is_ignored(data: Path) -> None:
    spilled(folder(data), 1, b"text")
    (spills_directory(data) / "s1" / "1.json").write_text('{"stdout": ')
    assert kept(data, "1") == b"text"
    assert "killed" in find_spill(data, "1", "s1").warning


@pytest.mark.parametrize(
    ("block", "session", "message"),
    [
        ("9", "s1", "no full output of block 9 of session s1.*: 1, 2$"),
        ("9", "s2", "no full output of block 9 of session s2.*: none$"),
        ("1", "", "block 1 is ambiguous outside .*: s1-1$"),
        ("5", "", "block 5 is ambiguous outside .*: none$"),
        ("../s1-1", "s1", "is not a block"),
        ("", "s1", "is not a block"),
        ("-1", "s1", "is not a block"),
    ],
)
def test_a_missing_spill_lists_the_existing_ones(
    data: Path, block: str, session: str, message: str
) -> None:
    spills = folder(data)
    for number in (1, 2):
        spilled(spills, number, b"text")
    with pytest.raises(SpillNotFoundError, match=message):
        find_spill(data, block, session)


def test_old_sessions_are_removed_and_new_ones_stay(data: Path) -> None:
    for session, changed, grown in [("old", 100, 100), ("new", 300, 300), ("grows", 100, 300)]:
        spilled(folder(data, session=session), 1, b"text")
        directory = spills_directory(data) / session
        for path in directory.iterdir():
            os.utime(path, (grown, grown))
        os.utime(directory, (changed, changed))
    remove_old_spills(data, before=200)
    assert sorted(path.name for path in spills_directory(data).iterdir()) == ["grows", "new"]


def test_removing_old_spills_needs_no_directory(data: Path) -> None:
    remove_old_spills(data, before=200)
    assert not data.exists()


@given(
    st.builds(SpillContents, *[st.builds(SpilledStream, st.integers(0), st.text())] * 2, st.text())
)
def test_a_description_is_the_same_after_reading_its_file(contents: SpillContents) -> None:
    assert SpillContents.from_json(contents.to_json()) == contents


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stdout": 1, "stderr": 2}', "null"])
def test_an_invalid_description_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SpillContents.from_json(text)
