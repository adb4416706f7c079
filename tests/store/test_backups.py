"""Backups: complete or absent after any interruption; the last intact one is never deleted."""

import gzip
import json
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.store import schema
from effecttalk_kernel.store.backup import backups
from effecttalk_kernel.store.backup.backups import (
    Backup,
    check_backup,
    find_backup,
    is_due,
    list_backups,
    make_backup,
    remove_old_backups,
)
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.errors import BackupError, StoreDamagedError, StoreUnusableError
from tests.store.sample_store import delete, fill, process, result_of, run, wait_for

SESSIONS = {"aaaaaaaa": {1: "one", 2: "two"}, "bbbbbbbb": {1: "three"}}
MANY = {"aaaaaaaa": {number: f"word{number} " * 500 for number in range(1, 60)}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a store."""
    fill(tmp_path / "data", SESSIONS)
    return tmp_path / "data"


def names(data: Path) -> list[str]:
    """What lies in the directory of the backups, but the lock."""
    return sorted(path.name for path in (data / "backups").iterdir() if path.name != ".lock")


def damage(data: Path) -> None:
    """Overwrite a page of the blocks in the middle of the file."""
    with open_store(data) as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'blocks'")
        page, size = found.fetchone()[0], 4096
    with store_path(data).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_backup_is_a_private_file_that_gzip_reads(data: Path, tmp_path: Path) -> None:
    made = make_backup(data)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    (tmp_path / "copy").write_bytes(gzip.decompress(made.path.read_bytes()))
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM blocks").fetchone() == (3,)


def test_a_backup_describes_its_content(data: Path) -> None:
    made = make_backup(data, reason=Reason.REQUESTED)
    (listed,) = list_backups(data)
    assert listed == made
    assert listed.description is not None
    assert (listed.description.reason, listed.size_bytes) == ("asked", made.path.stat().st_size)
    contents = check_backup(data, listed)
    assert contents == listed.description.contents
    assert (contents.sessions, contents.blocks, contents.states) == (2, 3, 3)
    assert names(data) == [f"{made.name}.json", f"{made.name}.sqlite.gz"]


def test_backups_of_one_second_have_different_names(data: Path) -> None:
    made = [make_backup(data) for _ in range(3)]
    assert [backup.name for backup in list_backups(data)] == [b.name for b in reversed(made)]


def test_a_backup_without_its_description_can_be_used(data: Path) -> None:
    made = make_backup(data)
    made.path.with_name(f"{made.name}.json").write_text("{")
    found = find_backup(data)
    assert found.description is None
    assert check_backup(data, found).blocks == 3


def test_latest_skips_safety_copies(data: Path) -> None:
    safety_copy = make_backup(data, reason=Reason.SAFETY)
    assert find_backup(data) == safety_copy
    asked = make_backup(data, reason=Reason.REQUESTED)
    make_backup(data, reason=Reason.SAFETY)
    assert find_backup(data, "latest") == asked


def test_a_backup_is_found_by_its_file_too(data: Path, tmp_path: Path) -> None:
    made = make_backup(data)
    moved = tmp_path / "elsewhere.sqlite.gz"
    made.path.rename(moved)
    assert check_backup(data, find_backup(data, str(moved))).blocks == 3


def test_an_unknown_backup_name_lists_the_existing_ones(data: Path) -> None:
    with pytest.raises(BackupError, match="no backup in"):
        find_backup(data)
    made = make_backup(data)
    with pytest.raises(BackupError, match=f"'yesterday'; the newest are: {made.name}"):
        find_backup(data, "yesterday")


@pytest.mark.parametrize("place", [0, 5, 0.3, 0.6, -1])
def test_every_changed_byte_of_a_backup_is_detected(data: Path, place: float) -> None:
    made = make_backup(data)
    content = bytearray(made.path.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 0x55
    made.path.write_bytes(content)
    with pytest.raises(BackupError, match="damaged"):
        check_backup(data, made)
    assert len(names(data)) == 2


@pytest.mark.parametrize("kept", [0, 10, 1_000])
@pytest.mark.parametrize("is_described", [True, False])
def test_a_cut_backup_is_damaged(data: Path, kept: int, *, is_described: bool) -> None:
    made = make_backup(data)
    made.path.write_bytes(made.path.read_bytes()[:kept])
    if not is_described:
        made.path.with_name(f"{made.name}.json").unlink()
    with pytest.raises(BackupError, match=r"damaged|is not a backup"):
        check_backup(data, find_backup(data, made.name))


def foreign(path: Path, owner: int, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {owner}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("CREATE TABLE t (a)")


@pytest.mark.parametrize(
    ("owner", "version", "said"),
    [
        (0, 0, "another program"),
        (schema.APPLICATION_ID, schema.VERSION + 1, "the newer EffectTalk that made it"),
    ],
)
def test_the_database_of_another_program_is_not_a_backup(
    data: Path, tmp_path: Path, owner: int, version: int, said: str
) -> None:
    foreign(tmp_path / "f", owner, version)
    packed = tmp_path / "f.sqlite.gz"
    packed.write_bytes(gzip.compress((tmp_path / "f").read_bytes()))
    with pytest.raises(BackupError, match=said):
        check_backup(data, find_backup(data, str(packed)))


def test_a_text_file_is_not_a_backup(data: Path, tmp_path: Path) -> None:
    packed = tmp_path / "f.sqlite.gz"
    packed.write_bytes(gzip.compress(b"some text\n" * 1_000))
    with pytest.raises(BackupError, match="is not a backup"):
        check_backup(data, find_backup(data, str(packed)))


# Others at the same time.


HOLD = """
from effecttalk_kernel.store.backup.backups import hold_backups_lock
with hold_backups_lock(data / "backups"):
    stop_here()
"""


def test_only_one_process_makes_a_backup(data: Path) -> None:
    with process(HOLD, data) as other:
        wait_for(other)
        with pytest.raises(BackupError, match="another process is making or restoring a backup"):
            make_backup(data)
    assert make_backup(data) == find_backup(data)


RACE = """
from effecttalk_kernel.store.backup.backups import make_backup
from effecttalk_kernel.store.errors import BackupError
sys.stdin.readline()
try:
    make_backup(data)
    print(json.dumps("made"))
except BackupError as error:
    print(json.dumps(str(error)))
"""


def test_simultaneous_backups_succeed_or_report_the_lock(data: Path) -> None:
    with process(RACE, data) as one, process(RACE, data) as two, process(RACE, data) as three:
        others = (one, two, three)
        for other in others:
            assert other.stdin is not None
            other.stdin.write("go\n")
            other.stdin.flush()
        said = [json.loads(other.communicate(timeout=60)[0]) for other in others]
    made = said.count("made")
    assert made >= 1
    assert all("another process" in each for each in said if each != "made")
    assert [check_backup(data, backup).blocks for backup in list_backups(data)] == [3] * made


WRITE = """
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter
writer = SessionWriter(data, NewSession("cccccccc", "", "bash", "host", 1, 1.0))
number = 0
while True:
    number += 1
    writer.put(NewBlock(number, "x" * 2000, "success", 0, 1.0, 2.0, "/", "/", None))
    if number == 50:
        print("here", flush=True)
"""


def test_a_backup_is_of_one_moment_while_a_kernel_writes(data: Path) -> None:
    with process(WRITE, data) as writer:
        wait_for(writer)
        made = [make_backup(data) for _ in range(3)]
        assert writer.poll() is None
    counted = [check_backup(data, backup) for backup in made]
    assert [contents.sessions for contents in counted] == [3, 3, 3]
    assert 53 <= counted[0].blocks < counted[1].blocks < counted[2].blocks
    # A session's count is written with its blocks.
    for backup, contents in zip(made, counted, strict=True):
        backup.path.with_suffix("").write_bytes(gzip.decompress(backup.path.read_bytes()))
        with closing(sqlite3.connect(backup.path.with_suffix(""))) as copy:
            assert copy.execute("SELECT sum(blocks) FROM sessions").fetchone() == (contents.blocks,)


MIDDLE = """
from effecttalk_kernel.store.backup import backups, files
{}.{} = stop_here
backups.make_backup(data)
"""


@pytest.mark.parametrize(
    "place",
    [
        ("files", "copy_database"),
        ("files", "compress"),
        ("files", "write_text"),
        ("Path", "rename"),
    ],
)
def test_a_killed_process_leaves_the_old_backups_and_nothing_else(
    data: Path, place: tuple[str, str]
) -> None:
    old = make_backup(data)
    with process(MIDDLE.format(*place), data) as maker:
        wait_for(maker)
        maker.send_signal(signal.SIGKILL)
        maker.wait()
    assert [*list_backups(data)] == [old]
    run(data, "dddddddd", {1: "four"})
    new = make_backup(data)
    assert [*list_backups(data)] == [new, old]
    assert check_backup(data, new).blocks == 4
    assert len(names(data)) == 4


# The disk.

LIMITED = """
from effecttalk_kernel.store.backup.backups import make_backup
from effecttalk_kernel.store.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    make_backup(data)
    print(json.dumps("made"))
except StoreError as error:
    print(json.dumps(str(error)))
"""


def test_a_full_disk_leaves_no_incomplete_backup(data: Path) -> None:
    """Where a file can be no longer: while it is copied, while it is compressed."""
    fill(data, MANY)
    old = make_backup(data)
    with open_store(data) as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    for max_bytes in (0, 1, 4_096, 65_536, store_path(data).stat().st_size - 1):
        said = result_of(LIMITED, data, max_bytes)
        # With hardly anything, SQLite can't even read the store.
        assert ("no backup was made" if max_bytes >= 65_536 else "I/O error") in said
        assert [*list_backups(data)] == [old]
        assert len(names(data)) == 2
    assert result_of(LIMITED, data, 1 << 40) == "made"


def test_a_full_disk_while_compressing_is_reported(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("effecttalk_kernel.store.backup.files.sync", full)
    with pytest.raises(BackupError, match=r"no backup was made: .*No space left on device"):
        make_backup(data)
    assert names(data) == []


def test_a_nearly_full_disk_is_not_filled(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data)._replace(free=10_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(BackupError, match="bytes more free space"):
        make_backup(data)
    assert names(data) == []


def test_a_backup_that_cannot_be_written_is_reported(data: Path) -> None:
    (data / "backups").write_text("a file")
    with pytest.raises(StoreUnusableError, match="backups: File exists"):
        make_backup(data)


def test_a_backup_is_read_back_and_compared(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effecttalk_kernel.store.backup.files.digest_file", lambda _path: "another")
    with pytest.raises(BackupError, match="reads back differently than it was written"):
        make_backup(data)
    assert names(data) == []


# Damage.


def test_a_damaged_store_is_not_backed_up_and_deletes_no_backups(data: Path) -> None:
    old = make_backup(data)
    damage(data)
    with pytest.raises(StoreDamagedError, match="is damaged"):
        make_backup(data)
    assert [*list_backups(data)] == [old]
    assert check_backup(data, old).blocks == 3


def test_a_missing_store_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusableError, match="no block has run"):
        make_backup(tmp_path)
    assert list_backups(tmp_path / "nowhere") == []


# When, and how long.


def test_a_backup_is_due_after_the_interval_if_the_store_has_changed(data: Path) -> None:
    now = make_backup(data).time
    assert not is_due(data, 3_600, now + 4_000)
    delete(data, "aaaaaaaa")
    assert not is_due(data, 3_600, now + 3_000)
    assert is_due(data, 3_600, now + 4_000)


def test_every_kind_of_change_makes_a_backup_due(data: Path) -> None:
    changes = (
        lambda: run(data, "eeeeeeee", {1: "five"}),
        lambda: run(data, "eeeeeeee", {1: "six and a half"}),
        lambda: delete(data, "bbbbbbbb"),
    )
    for change in changes:
        now = make_backup(data).time
        assert not is_due(data, 0, now)
        change()
        assert is_due(data, 0, now)


def test_the_first_backup_is_due_when_something_ran(data: Path, tmp_path: Path) -> None:
    assert is_due(data, 3_600, 0)
    fill(tmp_path / "empty", {})
    assert not is_due(tmp_path / "empty", 0, 0)
    assert not is_due(tmp_path / "nowhere", 0, 0)


def test_a_clock_that_was_wrong_stops_no_backups(data: Path) -> None:
    made = make_backup(data)
    delete(data, "aaaaaaaa")
    assert is_due(data, 3_600, made.time - 1_000_000)


def aged(data: Path, seconds: float) -> Backup:
    """A backup as if it were that old."""
    made = make_backup(data)
    description = made.path.with_name(f"{made.name}.json")
    fields = json.loads(description.read_text())
    description.write_text(json.dumps(fields | {"time": fields["time"] - seconds}))
    return find_backup(data, made.name)


def test_old_backups_are_removed(data: Path) -> None:
    old, new = aged(data, 1_000), aged(data, 0)
    assert remove_old_backups(data, new.time - 500) == [old.name]
    assert [*list_backups(data)] == [new]
    assert len(names(data)) == 2


def test_the_last_backup_is_kept_however_old_it_is(data: Path) -> None:
    backups = [aged(data, 3_000), aged(data, 2_000), aged(data, 1_000)]
    assert [*remove_old_backups(data, backups[0].time + 5_000)] == [
        backups[1].name,
        backups[0].name,
    ]
    assert [*list_backups(data)] == [backups[2]]


def test_a_good_backup_is_not_removed_for_a_damaged_one(data: Path) -> None:
    good, damaged = aged(data, 2_000), aged(data, 1_000)
    damaged.path.write_bytes(b"damaged")
    assert remove_old_backups(data, good.time + 5_000) == [damaged.name]
    assert [*list_backups(data)] == [good]


def test_nothing_is_removed_while_a_backup_is_restored(data: Path) -> None:
    old = aged(data, 1_000)
    make_backup(data)
    with process(HOLD, data) as other:
        wait_for(other)
        with pytest.raises(BackupError, match="another process"):
            remove_old_backups(data, old.time + 1)


def test_the_directory_of_backups_is_beside_the_store(data: Path) -> None:
    assert backups.backups_directory(data) == data / "backups"
