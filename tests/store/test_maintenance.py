"""Maintenance: what is due is done by one process, and no failure stops the rest."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from effecttalk_kernel.store import maintenance
from effecttalk_kernel.store.backup.backups import list_backups, make_backup
from effecttalk_kernel.store.blocks import BlockFilter, search
from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.live_sessions import is_live
from effecttalk_kernel.store.maintenance import MaintenancePlan, MaintenanceReport, maintain
from tests.store.sample_store import assert_sound, delete, fill, held, process, run, wait_for

DAY = 86_400.0
NOW = 1_000 * DAY
PLAN = MaintenancePlan(
    backup_interval_seconds=3_600,
    backup_retention_seconds=7 * DAY,
    archive_after_seconds=1_000_000 * DAY,
    spill_retention_seconds=30 * DAY,
)
SESSIONS = {"aaaaaaaa": {1: "one", 2: "two"}, "bbbbbbbb": {1: "three"}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a store."""
    fill(tmp_path / "data", SESSIONS)
    return tmp_path / "data"


def test_maintenance_does_nothing_without_a_store(tmp_path: Path) -> None:
    assert maintain(tmp_path / "data", PLAN, NOW) == MaintenanceReport()
    assert [*tmp_path.iterdir()] == []


def test_a_backup_is_made_when_it_is_due(data: Path) -> None:
    report = maintain(data, PLAN, NOW)
    assert [*list_backups(data)] == [report.backup]
    assert report.problems == ()
    assert report.backup is not None
    assert maintain(data, PLAN, report.backup.time + 4_000).backup is None
    run(data, "cccccccc", {1: "four"})
    assert maintain(data, PLAN, report.backup.time + 3_000).backup is None
    assert maintain(data, PLAN, report.backup.time + 4_000).backup is not None


def test_backups_are_removed_after_the_retention(data: Path) -> None:
    old = make_backup(data)
    run(data, "cccccccc", {1: "four"})
    report = maintain(data, PLAN, old.time + 8 * DAY)
    assert [*report.removed_backups] == [old.name]
    assert [*list_backups(data)] == [report.backup]


def test_sessions_without_a_kernel_are_lost_and_old_ones_archived(data: Path) -> None:
    run(data, "cccccccc", {int(NOW): "new"}, is_closed=False)
    report = maintain(data, replace(PLAN, archive_after_seconds=DAY), NOW)
    assert ([*report.lost], report.archived) == (["cccccccc"], 2)
    assert [session["row"]["state"] for session in held(data).values()] == [
        "archived",
        "archived",
        "lost",
    ]


LIVE = """
from effecttalk_kernel.store.live_sessions import Presence
with Presence(data, "cccccccc"):
    stop_here()
"""


def test_a_live_session_is_neither_lost_nor_archived(data: Path) -> None:
    run(data, "cccccccc", {1: "old"}, is_closed=False)
    with process(LIVE, data) as kernel:
        wait_for(kernel)
        assert is_live(data, "cccccccc")
        assert maintain(data, replace(PLAN, archive_after_seconds=DAY), NOW).lost == []
        assert held(data)["cccccccc"]["row"]["state"] == "live"


def test_unused_pieces_of_states_are_removed(data: Path) -> None:
    delete(data, "aaaaaaaa")
    assert maintain(data, PLAN, NOW).removed_pieces == 2


def test_maintenance_removes_old_spills(data: Path) -> None:
    asked = []
    plan = replace(PLAN, remove_spills=lambda directory, before: asked.append((directory, before)))
    maintain(data, plan, NOW)
    assert asked == [(data, NOW - 30 * DAY)]


def test_a_failing_step_does_not_stop_the_others(data: Path) -> None:
    (data / "backups").write_text("no directory")
    delete(data, "aaaaaaaa")
    report = maintain(data, PLAN, NOW)
    assert report.removed_pieces == 2
    assert len(report.problems) == 1
    assert "backups" in report.problems[0]


def test_a_damaged_store_is_a_problem(data: Path) -> None:
    store_path(data).write_bytes(b"garbage" * 1_000)
    report = maintain(data, PLAN, NOW)
    assert any("is damaged" in problem for problem in report.problems)
    assert [*list_backups(data)] == []


HOLD = """
from effecttalk_kernel.store.locks import hold_lock
with hold_lock(data / ".maintenance.lock"):
    stop_here()
"""


def test_one_process_maintains_the_store_at_a_time(data: Path) -> None:
    with process(HOLD, data) as other:
        wait_for(other)
        assert maintain(data, PLAN, NOW) == MaintenanceReport(is_elsewhere=True)
    assert maintain(data, PLAN, NOW).backup is not None


def test_kernels_can_see_when_maintenance_ran(data: Path) -> None:
    maintain(data, PLAN, NOW)
    assert (data / "maintained").exists()


def test_files_of_killed_processes_are_removed(data: Path) -> None:
    made = make_backup(data)
    left = data / "backups" / ".unfinished-1-copy.sqlite"
    left.write_bytes(b"0" * 1_000)
    assert maintain(data, PLAN, made.time).problems == ()
    assert not left.exists()


def size_of(data: Path) -> int:
    with open_store(data) as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    return store_path(data).stat().st_size


def test_free_pages_are_returned_to_the_disk(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "MAX_FREE_PAGES", 100)
    with open_store(data) as connection:
        connection.execute("INSERT INTO pieces (hash, data) VALUES (x'00', zeroblob(4000000))")
    grown = size_of(data)
    maintain(data, PLAN, NOW)
    assert size_of(data) < grown - 3_000_000
    assert_sound(data)


def test_a_damaged_index_is_rebuilt(data: Path) -> None:
    run(data, "cccccccc", {number: f"word{number}" for number in range(14)})
    with open_store(data) as connection:
        connection.execute("UPDATE texts_data SET block = x'00' WHERE id > 10")
    assert maintain(data, PLAN, NOW).problems == ()
    assert_sound(data)
    with open_store(data) as connection:
        assert len(search(connection, "one", BlockFilter())) == 1


@pytest.mark.parametrize(("week", "is_checked"), [(100, True), (100.5, False)])
def test_the_index_of_a_large_store_is_checked_once_a_week(
    data: Path, monkeypatch: pytest.MonkeyPatch, week: float, *, is_checked: bool
) -> None:
    """Nobody can write meanwhile."""
    monkeypatch.setattr(maintenance, "MAX_CHECKED_BYTES", 0)
    with open_store(data) as connection:
        connection.execute("UPDATE texts_data SET block = x'00' WHERE id > 10")
    maintain(data, PLAN, week * 7 * DAY + 1_800)
    with open_store(data) as connection:
        try:
            found = len(search(connection, "one", BlockFilter()))
        except sqlite3.DatabaseError:
            found = 0
    assert found == is_checked
