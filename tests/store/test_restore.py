"""Restore: lost sessions are restored, newer ones are kept, and none is restored in part."""

import shutil
import signal
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.store import schema, shell_states
from effecttalk_kernel.store.backup.backups import check_backup, list_backups, make_backup
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.backup.restore import Decision, SkippedSession, restore
from effecttalk_kernel.store.blocks import BlockFilter, search
from effecttalk_kernel.store.database import connect, open_store, store_path
from effecttalk_kernel.store.errors import BackupError, SessionNotFoundError
from tests.store.sample_store import (
    TABLES,
    assert_sound,
    delete,
    fill,
    held,
    process,
    result_of,
    run,
    wait_for,
)

A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"
SESSIONS = {A: {1: "one", 2: "two"}, B: {1: "three"}, C: {0: "zero", 5: "five"}}
MANY = {f"{number:08}": dict.fromkeys(range(1, 6), "word " * 200) for number in range(8)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a store."""
    fill(tmp_path / "data", SESSIONS)
    return tmp_path / "data"


def search_for(data: Path, word: str) -> list[str]:
    with open_store(data) as connection:
        return [found.block.identity for found in search(connection, word, BlockFilter())]


def test_a_deleted_session_is_restored_completely(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    delete(data, A)
    restored = restore(data, made)
    assert (restored.sessions, restored.blocks, restored.unchanged) == (1, 2, 2)
    assert (restored.replaced, restored.refused, restored.safety_copy) == (0, (), None)
    assert held(data) == before
    assert search_for(data, "two") == [f"{A}-2"]
    assert_sound(data)


def test_a_missing_store_is_restored(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    for path in data.glob("store.sqlite*"):
        path.unlink()
    assert restore(data, made).blocks == 5
    assert held(data) == before
    assert restore(data, made).unchanged == 3
    assert_sound(data)


def test_one_session_is_restored_on_request(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    delete(data, A)
    delete(data, B)
    assert restore(data, made, session=A[:4]).sessions == 1
    assert held(data) == {name: before[name] for name in (A, C)}


def test_restoring_a_session_that_the_backup_lacks_is_an_error(data: Path) -> None:
    made = make_backup(data)
    with pytest.raises(SessionNotFoundError, match="'dddddddd'"):
        restore(data, made, session="dddddddd")


def test_a_session_that_continued_is_not_replaced(data: Path) -> None:
    made = make_backup(data)
    run(data, B, {2: "four"})
    before = held(data)
    restored = restore(data, made)
    assert restored.refused == (SkippedSession(B, Decision.NEWER),)
    assert (restored.sessions, restored.unchanged, restored.safety_copy) == (0, 2, None)
    assert held(data) == before


@pytest.mark.parametrize("identity", ["/etc", "../live", "x; touch F #", "", "a" * 65, "\u0661"])
def test_a_session_with_a_foreign_identity_is_not_restored(data: Path, identity: str) -> None:
    with open_store(data) as connection:
        connection.execute("UPDATE sessions SET id = ? WHERE id = ?", (identity, B))
    made = make_backup(data)
    delete(data, A)
    restored = restore(data, made)
    assert restored.sessions == 1
    assert restored.refused == (SkippedSession(identity, Decision.FOREIGN),)


def test_force_replaces_a_newer_session_and_keeps_a_safety_copy(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    run(data, B, {2: "four"})
    newer = held(data)
    restored = restore(data, made, force=True)
    assert (restored.sessions, restored.replaced, restored.refused) == (1, 1, ())
    assert held(data) == before
    assert search_for(data, "four") == []
    assert_sound(data)
    assert restored.safety_copy is not None
    assert restored.safety_copy.description is not None
    assert restored.safety_copy.description.reason is Reason.SAFETY
    restore(data, restored.safety_copy)
    assert held(data) == newer


def test_without_room_for_the_copy_nothing_is_replaced(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(data)
    run(data, B, {2: "four"})
    delete(data, A)
    before = held(data)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("effecttalk_kernel.store.backup.files.sync", full)
    with pytest.raises(BackupError, match="No space left on device"):
        restore(data, made, force=True)
    assert held(data) == before


def test_missing_blocks_of_a_session_are_restored(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    with open_store(data) as connection:
        connection.execute("DELETE FROM outputs")
        connection.execute("DELETE FROM states WHERE number = 1")
    restored = restore(data, made)
    assert (restored.replaced, restored.safety_copy is None) == (3, False)
    assert held(data) == before


def test_output_since_the_backup_is_not_lost(data: Path) -> None:
    with open_store(data) as connection:
        connection.execute("DELETE FROM outputs")
    made = make_backup(data)
    run(data, B, SESSIONS[B])
    before = held(data)
    assert restore(data, made).refused == (SkippedSession(B, Decision.NEWER),)
    assert held(data) == before


def test_a_session_that_continued_in_a_new_store_gets_its_earlier_blocks_back(data: Path) -> None:
    made = make_backup(data)
    for path in data.glob("store.sqlite*"):
        path.unlink()
    run(data, C, {5: "five again", 6: "six"})
    after = held(data)
    restored = restore(data, made)
    assert (restored.sessions, restored.blocks, restored.replaced) == (3, 4, 0)
    found = held(data)[C]
    assert [*found["blocks"]] == [0, 5, 6]
    assert found["blocks"] | after[C]["blocks"] == found["blocks"]
    assert [*found["states"]] == [0, 5, 6]
    assert found["row"]["kept_bytes"] > after[C]["row"]["kept_bytes"]
    assert search_for(data, "zero") == [f"{C}-0"]
    assert restore(data, made).refused == (SkippedSession(C, Decision.NEWER),)
    assert_sound(data)


def test_other_sessions_keys_are_left_to_them(data: Path) -> None:
    before = held(data)
    made = make_backup(data)
    for path in data.glob("store.sqlite*"):
        path.unlink()
    fill(data, {"dddddddd": {1: "six", 2: "seven"}})
    others = held(data)
    restore(data, made)
    assert held(data) == before | others
    assert [search_for(data, word) for word in ("one", "six")] == [[f"{A}-1"], ["dddddddd-1"]]
    assert_sound(data)


def test_pieces_of_states_are_stored_once(data: Path) -> None:
    made = make_backup(data)
    delete(data, A)
    with open_store(data) as connection:
        shell_states.remove_unused_pieces(connection)
    restore(data, made)
    with open_store(data) as connection:
        assert connection.execute("SELECT count(*) FROM pieces").fetchone() == (7,)
        assert shell_states.remove_unused_pieces(connection) == 0


def test_a_session_that_ran_during_the_backup_has_no_kernel_any_more(data: Path) -> None:
    run(data, "dddddddd", {1: "six"}, is_closed=False)
    made = make_backup(data)
    delete_row = "DELETE FROM sessions WHERE id = 'dddddddd'"
    with open_store(data) as connection:
        connection.execute(delete_row)
    restore(data, made)
    assert held(data)["dddddddd"]["row"]["state"] == "lost"


def test_every_table_is_known() -> None:
    """Whoever adds one says in `merge` how its rows come back."""
    with tempfile.TemporaryDirectory() as directory, closing(connect(Path(directory))) as store:
        found = store.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'texts%'"
        )
        assert {row[0] for row in found} == {*TABLES}


# Other schemas.


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(data)
    delete(data, A)
    step = "ALTER TABLE blocks ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';\n"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    restore(data, made)
    assert held(data)[A]["blocks"][2]["row"]["mood"] == "calm"


def test_columns_of_later_schemas_are_restored(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = "".join(
        f"ALTER TABLE {table} ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';\n" for table in TABLES
    )
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, steps))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with open_store(data) as connection:
        for table in TABLES:
            connection.execute(f"UPDATE {table} SET mood = 'wild'")
    made = make_backup(data)
    for path in data.glob("store.sqlite*"):
        path.unlink()
    restore(data, made)
    with open_store(data) as connection:
        for table in TABLES:
            moods = connection.execute(f"SELECT DISTINCT mood FROM {table}").fetchall()
            assert moods == [("wild",)]


def test_a_newer_backup_changes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_backup(data)
    delete(data, A)
    before = held(data)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION - 1)
    with pytest.raises(BackupError, match="restore it with the newer EffectTalk"):
        restore(data, made)
    monkeypatch.undo()
    assert held(data) == before


# Damage.


def test_a_damaged_backup_changes_nothing(data: Path) -> None:
    made = make_backup(data)
    delete(data, A)
    before = held(data)
    made.path.write_bytes(made.path.read_bytes()[:-100])
    with pytest.raises(BackupError, match="damaged"):
        restore(data, made)
    assert held(data) == before


@pytest.mark.parametrize("place", [0, 4_096])
def test_a_damaged_store_is_set_aside_first(data: Path, place: int) -> None:
    before = held(data)
    made = make_backup(data)
    with store_path(data).open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 8_192)
    content = store_path(data).read_bytes()
    restored = restore(data, made)
    assert held(data) == before
    assert restored.damaged is not None
    assert restored.damaged.read_bytes() == content


# Others at the same time.

LIVE = """
from effecttalk_kernel.store.live_sessions import Presence
with Presence(data, sys.argv[2]):
    stop_here()
"""


@pytest.mark.parametrize("force", [True, False])
def test_a_session_that_a_kernel_runs_is_never_touched(data: Path, *, force: bool) -> None:
    made = make_backup(data)
    run(data, B, {2: "four"}, is_closed=False)
    before = held(data)
    with process(LIVE, data, B) as kernel:
        wait_for(kernel)
        restored = restore(data, made, force=force)
    assert restored.refused == (SkippedSession(B, Decision.LIVE),)
    assert held(data) == before


HOLD = """
from effecttalk_kernel.store.backup.backups import hold_backups_lock
with hold_backups_lock(data / "backups"):
    stop_here()
"""


def test_two_restores_at_once_are_one_and_an_error(data: Path) -> None:
    made = make_backup(data)
    with process(HOLD, data) as other:
        wait_for(other)
        with pytest.raises(BackupError, match="another process is making or restoring a backup"):
            restore(data, made)
    restore(data, made)


KILLED = """
from effecttalk_kernel.store.backup import merge
from effecttalk_kernel.store.backup.backups import find_backup
from effecttalk_kernel.store.backup.restore import restore
true, seen = merge.insert_blocks, []
def insert(connection, session, *, before):
    count = true(connection, session, before=before)
    seen.append(session)
    if len(seen) == 3:
        stop_here()
    return count
merge.insert_blocks = insert
restore(data, find_backup(data), force=True)
"""


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_killed_restore_leaves_each_session_as_it_was_or_as_it_will_be(
    data: Path, *, is_replaced: bool
) -> None:
    fill(data, MANY)
    before = held(data)
    made = make_backup(data)
    for session in MANY:
        if is_replaced:
            run(data, session, {9: "newer"})
        else:
            delete(data, session)
    changed = held(data)
    with process(KILLED, data) as other:
        wait_for(other)
        other.send_signal(signal.SIGKILL)
        other.wait()
    found = held(data)
    assert_sound(data)
    done = [name for name in MANY if found.get(name) == before[name]]
    assert len(done) == 2
    assert all(found.get(name) == changed.get(name) for name in {*before} - {*done})
    restore(data, made, force=True)
    assert held(data) == before
    assert [*(data / "backups").glob(".unfinished*")] == []


LIMITED = """
from effecttalk_kernel.store.backup.backups import list_backups
from effecttalk_kernel.store.errors import StoreError
from effecttalk_kernel.store.backup.restore import restore
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    restore(data, list_backups(data)[-1])
    print(json.dumps(""))
except StoreError as error:
    print(json.dumps(str(error)))
"""


@pytest.mark.parametrize("max_bytes", [0, 40_000, 150_000])
def test_restoring_on_a_full_disk_fails_without_losses(data: Path, max_bytes: int) -> None:
    fill(data, MANY)
    before = held(data)
    made = make_backup(data)
    for session in MANY:
        delete(data, session)
    assert result_of(LIMITED, data, max_bytes) != ""
    found = held(data)
    assert_sound(data)
    assert all(found[name] == before[name] for name in found)
    assert {*SESSIONS} <= {*found}
    restore(data, made)
    assert held(data) == before


# Anything.

TEXT = st.sampled_from(["red", "green", "blue"])
SOME = st.dictionaries(
    st.sampled_from([f"{letter}" * 8 for letter in "abcdef"]),
    st.dictionaries(st.integers(0, 8), TEXT, min_size=1, max_size=4),
    max_size=4,
)


@settings(max_examples=20, deadline=None)
@given(
    before=SOME,
    deleted=st.sets(st.sampled_from([f"{letter}" * 8 for letter in "abcdef"])),
    after=SOME,
)
def test_restore_adds_missing_sessions_and_keeps_newer_ones(
    before: dict[str, dict[int, str]], deleted: set[str], after: dict[str, dict[int, str]]
) -> None:
    directory = Path(tempfile.mkdtemp())
    try:
        fill(directory, before)
        saved = held(directory)
        made = make_backup(directory)
        for session in deleted & {*before}:
            delete(directory, session)
        # What runs now ends later than all that ran before.
        fill(
            directory,
            {name: {n + 10: text for n, text in run_.items()} for name, run_ in after.items()},
        )
        changed = held(directory)
        restore(directory, made)
        found = held(directory)
        assert_sound(directory)
        assert {*found} == {*saved} | {*changed}
        for name, session in changed.items():
            assert found[name]["blocks"] | session["blocks"] == found[name]["blocks"]
            assert found[name]["row"]["modified"] == session["row"]["modified"]
        for name, session in saved.items():
            if name in deleted or name not in after:
                assert found[name]["blocks"] | session["blocks"] == found[name]["blocks"]
                assert found[name]["states"] | session["states"] == found[name]["states"]
    finally:
        shutil.rmtree(directory)


def test_restoring_nothing_changes_nothing(data: Path, tmp_path: Path) -> None:
    fill(tmp_path / "empty", {})
    made = make_backup(tmp_path / "empty")
    before = held(data)
    assert restore(data, made).sessions == 0
    assert held(data) == before
    assert [*list_backups(data)] == []


def test_the_attached_backup_cannot_be_changed(data: Path) -> None:
    made = make_backup(data)
    delete(data, A)
    restore(data, made)
    assert check_backup(data, made).sessions == 3


def test_a_name_with_odd_characters_is_attached(tmp_path: Path) -> None:
    odd = tmp_path / "it's a?dir#with %41"
    fill(odd, SESSIONS)
    made = make_backup(odd)
    delete(odd, B)
    assert restore(odd, made).blocks == 1
