"""Writing blocks to the store, immediately or when the lock is free."""

import multiprocessing
import os
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from effecttalk_kernel.store import blocks, sessions
from effecttalk_kernel.store.database import connect, open_store, store_path
from effecttalk_kernel.store.errors import (
    BlockNotFoundError,
    RecordError,
    SessionLiveError,
    SessionNotFoundError,
    StoreUnusableError,
)
from effecttalk_kernel.store.live_sessions import Presence, is_live
from effecttalk_kernel.store.outputs import find_outputs, put_outputs
from effecttalk_kernel.store.rows import NewBlock, NewSession, SessionState, StoredBlock
from effecttalk_kernel.store.shell_states import (
    NewState,
    find_state,
    list_state_numbers,
    put_state,
    remove_unused_pieces,
)
from effecttalk_kernel.store.writer import SessionWriter

PROCESSES = 100
BLOCKS = 20
SESSION = NewSession("abcdef", "/a.ipynb", "bash", "host", 1, 100.0, environment={"HOME": "/"})


def running(number: int) -> NewBlock:
    return NewBlock(number, f"echo {number}", "running", None, 100.0 + number, None, "/", "", None)


def ended(number: int, status: str = "success") -> NewBlock:
    return replace(running(number), status=status, exit_status=0, ended=101.0 + number)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "data"


def test_the_store_is_private_to_the_user(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer:
        writer.put(running(1))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (data, data.parent)} == {0o700}
    assert {*modes.values()} == {0o600}, modes


def test_a_session_has_no_row_before_its_first_block(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, open_store(data) as connection:
        assert not sessions.list_sessions(connection)
        writer.put(running(1))
        (session,) = sessions.list_sessions(connection)
    assert (session.state, session.active_block, session.blocks) == (SessionState.LIVE, 1, 1)


def test_a_block_is_written_when_it_starts_and_when_it_ends(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, open_store(data) as connection:
        writer.put(running(1))
        assert blocks.find_block(connection, "abcdef-1").ended is None
        writer.put(ended(1))
        assert blocks.find_block(connection, "abcd-1").ended == 102.0
        writer.put(ended(2, "failed"))
        writer.put(ended(2, "failed"))  # once more, when its last process has ended
        assert writer.finish()
        (session,) = sessions.list_sessions(connection)
    assert (session.blocks, session.failed, session.active_block) == (2, 1, None)
    assert (session.state, session.modified) == (SessionState.CLOSED, 103.0)


def test_blocks_that_cannot_be_written_are_written_later_in_order(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as other:
        writer.put(ended(1))
        other.execute("BEGIN IMMEDIATE")
        for number in (2, 3):
            writer.put(running(number))
            writer.put(ended(number))
        assert not writer.has_written_all
        assert not writer.write_waiting()
        other.execute("ROLLBACK")
        assert writer.write_waiting()
        assert [block.number for block in blocks.list_session_blocks(other, "abcdef")] == [1, 2, 3]


INVALID = {
    "a lone surrogate in the code": replace(running(2), code="\udce9"),
    "a lone surrogate in the directory": replace(running(2), cwd="/\udce9"),
    "a number that is too large": replace(running(2), exit_status=1 << 64),
    "a record that is not JSON": replace(running(2), record={"set": {1}}),
    "a value of another type": replace(running(2), cwd=Path("/")),
}


@pytest.mark.parametrize("invalid", INVALID.values(), ids=INVALID)
def test_a_block_that_cannot_be_stored_does_not_stop_the_store(
    data: Path, invalid: NewBlock
) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, open_store(data) as connection:
        writer.put(running(1))
        with pytest.raises(RecordError, match=r"^block 2 is not stored: "):
            writer.put(invalid)
        assert writer.has_written_all
        writer.put(ended(3))
        assert writer.finish()
        assert [block.number for block in blocks.list_session_blocks(connection, "abcdef")] == [
            1,
            3,
        ]


def test_a_block_that_cannot_be_stored_does_not_keep_others_from_it(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, open_store(data) as connection:
        writer.put(running(1))
        with closing(connect(data)) as other:
            other.execute("BEGIN IMMEDIATE")
            for block in (running(2), replace(running(3), cwd="/\udce9"), running(4)):
                writer.put(block)
        with pytest.raises(RecordError, match=r"^block 3 is not stored: "):
            writer.write_waiting()
        found = [block.number for block in blocks.list_session_blocks(connection, "abcdef")]
    assert found == [1, 2, 4]


def test_a_session_that_was_deleted_while_live_is_written_again(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as other:
        writer.put(ended(1))
        other.execute("DELETE FROM sessions")
        writer.put(ended(2))
        assert [block.number for block in blocks.list_session_blocks(other, "abcdef")] == [2]


def write_many(data: Path, name: str) -> None:
    session = replace(SESSION, id=name)
    with closing(SessionWriter(data, session)) as writer:
        for number in range(1, BLOCKS + 1):
            writer.put(running(number))
            writer.put(ended(number))
        while not writer.finish():
            time.sleep(0.001)


def test_many_processes_write_at_once(data: Path) -> None:
    fork = multiprocessing.get_context("fork")
    writers = [
        fork.Process(target=write_many, args=(data, f"session{n:04}")) for n in range(PROCESSES)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    with open_store(data) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = connection.execute("SELECT session, number FROM blocks WHERE ended > 0").fetchall()
        kept = {session.blocks for session in sessions.list_sessions(connection)}
    assert len({*found}) == PROCESSES * BLOCKS
    assert kept == {BLOCKS}


# What belongs to blocks.


def stream(text: str) -> list[dict[str, str]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def test_the_outputs_of_the_oldest_blocks_are_removed_first(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as connection:
        sizes = []
        for number in range(1, 6):
            writer.put(ended(number))
            noise = os.urandom(500).hex()
            kept = put_outputs(connection, "abcdef", number, stream(noise), 2_000)
            assert kept is not None
            sizes.append(kept.session_bytes)
        texts = [bool(find_outputs(connection, block.key)) for block in all_blocks(connection)]
    assert texts in ([False, False, False, True, True], [False, False, True, True, True])
    assert max(sizes) <= 2_000


def all_blocks(connection: sqlite3.Connection) -> list[StoredBlock]:
    return [*blocks.list_session_blocks(connection, "abcdef")]


def test_outputs_of_a_block_that_is_not_there_are_dropped(data: Path) -> None:
    with closing(connect(data)) as connection:
        assert put_outputs(connection, "nobody", 1, stream("x"), 1_000) is None


def test_shared_pieces_of_states_are_stored_once(data: Path) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as connection:
        writer.put(ended(1))
        for number in range(50):
            parts = [[b"x=%d\n" % number], [b"f() { :; }\n"] * 100, [b"set +o\n"]]
            put_state(connection, "abcdef", NewState(number, parts, ("sleep 9",)))
        assert connection.execute("SELECT count(*) FROM pieces").fetchone() == (52,)
        state = find_state(connection, "abcdef", 7)
        assert state is not None
        assert state.script == b"x=7\n" + b"f() { :; }\n" * 100 + b"set +o\n"
        assert state.jobs == ("sleep 9",)
        last = find_state(connection, "abcdef")
        assert last is not None
        assert last.number == 49
        assert [*list_state_numbers(connection, "abcdef")] == [*range(50)]
        assert find_state(connection, "abcdef", 50) is None
        session = sessions.find_session(connection, "abcdef")
        connection.execute("UPDATE sessions SET state = 'closed'")
        session = replace(session, state=SessionState.CLOSED)
        sessions.delete_session(connection, session, data / "spills")
        assert remove_unused_pieces(connection) == 52


# Sessions.


def test_a_live_session_is_known_by_its_lock(data: Path) -> None:
    data.mkdir(parents=True)
    fork = multiprocessing.get_context("fork")
    ready, end = fork.Event(), fork.Event()

    def live() -> None:
        with Presence(data, "abcdef"):
            ready.set()
            end.wait(10)
            os._exit(0)  # as when it is killed: nothing is tidied up

    process = fork.Process(target=live)
    process.start()
    ready.wait(10)
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as connection:
        writer.put(ended(1))
        assert is_live(data, "abcdef")
        assert not sessions.mark_lost(connection, data)
        (session,) = sessions.list_sessions(connection)
        with pytest.raises(SessionLiveError, match="shut down its kernel before it is deleted"):
            sessions.delete_session(connection, session, data / "spills")
        end.set()
        process.join()
        assert not is_live(data, "abcdef")
        assert [*sessions.mark_lost(connection, data)] == ["abcdef"]
        (session,) = sessions.list_sessions(connection)
        assert session.state is SessionState.LOST
    assert not [*(data / "live").iterdir()]


def test_a_session_is_found_by_its_beginning(data: Path) -> None:
    with closing(connect(data)) as connection:
        for name in ("abcd1111", "abcd2222", "abcd"):
            with closing(SessionWriter(data, replace(SESSION, id=name))) as writer:
                writer.put(ended(1))
        assert sessions.find_session(connection, "abcd").id == "abcd"
        assert sessions.find_session(connection, "abcd1").id == "abcd1111"
        for name in ("abc", "nobody", "", "abcd3"):
            with pytest.raises(SessionNotFoundError):
                sessions.find_session(connection, name)
        connection.execute("DELETE FROM sessions WHERE id = 'abcd'")
        with pytest.raises(SessionNotFoundError, match="several sessions begin"):
            sessions.find_session(connection, "abcd")


@pytest.mark.parametrize("name", ["x", "abcdef-", "-1", "abcdef-x", "abcdef-2", "1", "nobody-1"])
def test_an_invalid_block_name_is_an_error(data: Path, name: str) -> None:
    with closing(SessionWriter(data, SESSION)) as writer, closing(connect(data)) as connection:
        writer.put(ended(1))
        with pytest.raises((BlockNotFoundError, SessionNotFoundError)):
            blocks.find_block(connection, name)


def test_reading_does_not_create_a_store(data: Path) -> None:
    with pytest.raises(StoreUnusableError, match="no block has run"), open_store(data):
        pass
    assert not store_path(data).exists()
