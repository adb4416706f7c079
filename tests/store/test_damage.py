"""Damaged stores: set aside once, as a whole, with advice for the user."""

import json
import signal
from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.store.backup.backups import make_backup
from effecttalk_kernel.store.backup.damage import list_damaged_stores, restore_advice, set_aside
from effecttalk_kernel.store.database import connect, open_store, read_inode, store_path
from effecttalk_kernel.store.errors import StoreDamagedError, StoreIndexError, StoreUnusableError
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter
from tests.store.sample_store import assert_sound, fill, held, process, result_of, run, wait_for

SESSIONS = {"aaaaaaaa": {1: "one", 2: "two"}, "bbbbbbbb": {1: "three"}}
GARBAGE = b"\xa5" * 4_096
PAGE = 4_096


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a store."""
    fill(tmp_path / "data", SESSIONS)
    return tmp_path / "data"


def overwrite(data: Path, offset: int, content: bytes) -> None:
    with store_path(data).open("r+b") as file:
        file.seek(offset)
        file.write(content)


def page_of(data: Path, name: str) -> int:
    """Where a table begins in the file."""
    with open_store(data) as connection:
        found = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,))
        return (int(found.fetchone()[0]) - 1) * PAGE


def break_header(data: Path) -> None:
    overwrite(data, 0, GARBAGE)


def break_middle(data: Path) -> None:
    overwrite(data, page_of(data, "blocks"), GARBAGE)


def break_end(data: Path) -> None:
    size = store_path(data).stat().st_size
    with store_path(data).open("r+b") as file:
        file.truncate(size // 2)


def break_beginning(data: Path) -> None:
    with store_path(data).open("r+b") as file:
        file.truncate(50)


def break_all_but_a_byte(data: Path) -> None:
    store_path(data).write_bytes(b"x")


BREAKS = [break_all_but_a_byte, break_header, break_middle, break_end, break_beginning]


@pytest.mark.parametrize("break_store", BREAKS)
def test_a_damaged_store_makes_room_for_a_new_one(data: Path, break_store: object) -> None:
    assert callable(break_store)
    break_store(data)
    content = store_path(data).read_bytes()
    with pytest.raises(StoreDamagedError, match="is damaged"):
        held(data)
    aside = set_aside(data)
    assert aside.read_bytes() == content
    assert [*list_damaged_stores(data)] == [aside]
    assert not [*data.glob("store.sqlite*")]
    fill(data, {"cccccccc": {1: "four"}})
    assert [*held(data)] == ["cccccccc"]


def test_setting_a_store_aside_moves_its_log(data: Path) -> None:
    with closing(connect(data)) as other:
        other.execute("UPDATE sessions SET cwd = '/b'")
        log = data / "store.sqlite-wal"
        content = log.read_bytes()
        aside = set_aside(data, read_inode(store_path(data)))
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == content != b""
        assert not log.exists()


def test_a_good_store_is_not_touched(data: Path) -> None:
    before = held(data)
    with pytest.raises(StoreUnusableError, match="is not damaged"):
        set_aside(data)
    with pytest.raises(StoreUnusableError, match="is not damaged"):
        set_aside(data, read_inode(store_path(data)) + 1)
    assert held(data) == before


def test_the_second_process_opens_the_new_store(data: Path) -> None:
    inode = read_inode(store_path(data))
    break_middle(data)
    aside = set_aside(data, inode)
    fill(data, {"cccccccc": {1: "four"}})
    assert set_aside(data, inode) == aside
    assert set_aside(data) == aside
    assert [*held(data)] == ["cccccccc"]


def test_another_kernel_continues_in_the_new_store(data: Path) -> None:
    def block(number: int) -> NewBlock:
        return NewBlock(number, "x", "success", 0, 1.0, 2.0, "/", "/", None)

    with closing(SessionWriter(data, NewSession("cccccccc", "", "bash", "host", 1, 1.0))) as writer:
        writer.put(block(1))
        set_aside(data, writer.inode)
        writer.put(block(2))
        assert [*held(data)["cccccccc"]["blocks"]] == [2]
        assert writer.finish()
    assert held(data)["cccccccc"]["row"]["state"] == "closed"


FIND = """
from effecttalk_kernel.store.backup.damage import set_aside
from effecttalk_kernel.store.database import read_inode, store_path
inode = read_inode(store_path(data)) if sys.argv[2] == "knows" else None
print("here", flush=True)
sys.stdin.readline()
print(json.dumps(str(set_aside(data, inode))))
"""


@pytest.mark.parametrize("how", ["knows", "looks"])
def test_one_of_many_processes_sets_a_damaged_store_aside(data: Path, how: str) -> None:
    break_header(data)
    with process(FIND, data, how) as one, process(FIND, data, how) as two:
        for other in (one, two):
            assert other.stdout is not None
            assert other.stdin is not None
            assert other.stdout.readline() == "here\n"
        for other in (one, two):
            assert other.stdin is not None
            other.stdin.write("go\n")
            other.stdin.flush()
        found = {json.loads(other.communicate(timeout=60)[0]) for other in (one, two)}
    assert found == {str(path) for path in list_damaged_stores(data)}
    assert len(found) == 1


KILLED = """
from effecttalk_kernel.store.backup.damage import set_aside
true, seen = Path.rename, []
def rename(path, target):
    if len(seen) == int(sys.argv[2]):
        stop_here()
    seen.append(path)
    return true(path, target)
Path.rename = rename
set_aside(data)
"""


OPEN = """
from effecttalk_kernel.store.database import connect
connection = connect(data)
connection.execute("UPDATE sessions SET cwd = '/b'")
stop_here()
"""


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_process_that_is_killed_halfway_leaves_the_store_to_the_next(
    data: Path, renamed: int
) -> None:
    place = page_of(data, "blocks")
    with process(OPEN, data) as kernel:
        wait_for(kernel)
        overwrite(data, place, GARBAGE)
        with process(KILLED, data, renamed) as killed:
            wait_for(killed)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        set_aside(data)
    fill(data, {"cccccccc": {1: "four"}})
    assert [*held(data)] == ["cccccccc"]
    assert_sound(data)
    assert len([*data.glob("store.damaged-*-wal")]) >= 1


def test_the_advice_names_the_newest_good_backup(data: Path) -> None:
    assert restore_advice(data) == "there is no backup to restore"
    good = make_backup(data)
    damaged = make_backup(data)
    damaged.path.write_bytes(b"damaged")
    said = restore_advice(data)
    assert f"`effecttalk backup restore {good.name}` restores 3 blocks of 2 sessions" in said


def test_a_damaged_index_does_not_mark_the_store_damaged(data: Path) -> None:
    with open_store(data) as connection:
        connection.execute("UPDATE texts_data SET block = x'00' WHERE id > 10")
    with (
        pytest.raises(StoreIndexError, match="`effecttalk maintain`"),
        open_store(data) as connection,
    ):
        connection.execute("SELECT rowid FROM texts WHERE texts MATCH 'one'").fetchall()


# What would damage it.

OTHER = """
from effecttalk_kernel.store.database import connect
connection = connect(data)
connection.execute("UPDATE sessions SET cwd = '/other'")
connection.close()
print(json.dumps(sorted(path.name for path in data.glob("store*"))))
"""


def test_closing_one_of_two_connections_keeps_the_log(data: Path) -> None:
    """Whoever closes a descriptor of a file lets go of all the locks of its process on it."""
    with closing(connect(data)) as first:
        first.execute("SELECT count(*) FROM sessions").fetchone()
        connect(data).close()
        assert "store.sqlite-wal" in result_of(OTHER, data)
        run(data, "cccccccc", {1: "four"})
        first.execute("UPDATE sessions SET notebook = 'mine'")
    assert {session["row"]["notebook"] for session in held(data).values()} == {"mine"}
