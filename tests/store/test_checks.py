"""Checks: each thing that can be wrong is seen, and looking changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.store import schema
from effecttalk_kernel.store.backup.backups import make_backup
from effecttalk_kernel.store.backup.damage import set_aside
from effecttalk_kernel.store.checks import check_store
from effecttalk_kernel.store.database import connect, open_store, store_path
from tests.store.sample_store import fill, run

SESSIONS = {"aaaaaaaa": {1: "one", 2: "two"}, "bbbbbbbb": {1: "three"}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a store."""
    fill(tmp_path / "data", SESSIONS)
    return tmp_path / "data"


def bad(data: Path) -> dict[str, str]:
    return {check.name: check.text for check in check_store(data) if not check.is_good}


def test_a_good_store_has_no_fault(data: Path) -> None:
    make_backup(data)
    assert bad(data) == {}
    names = [check.name for check in check_store(data)]
    assert names == [
        "directory",
        "free space",
        "schema",
        "pages",
        "references",
        "index",
        "log",
        "sessions",
        "backups",
        "damaged stores",
    ]


def test_where_nothing_ran_all_is_well(tmp_path: Path) -> None:
    assert bad(tmp_path) == {}
    assert bad(tmp_path / "nowhere") == {}
    assert [*tmp_path.iterdir()] == []


def test_looking_changes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an old schema, or what is said of a session whose kernel was killed."""
    run(data, "cccccccc", {1: "four"}, is_closed=False)
    before = store_path(data).read_bytes()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (a);\n"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    said = {check.name: check.text for check in check_store(data)}
    assert store_path(data).read_bytes() == before
    assert "1 of the live have no kernel" in said["sessions"]


def test_what_others_may_read_is_told(data: Path) -> None:
    data.chmod(0o755)
    assert bad(data)["directory"] == f"others may read it: chmod go= {data}"


def test_damage_is_told_with_its_place(data: Path) -> None:
    with open_store(data) as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM sessions WHERE id = 'bbbbbbbb'")
        connection.execute("UPDATE texts_data SET block = x'00' WHERE id = 10")
    assert {*bad(data)} == {"references", "index"}


@pytest.mark.parametrize("content", [b"garbage" * 1_000, b"x"])
def test_what_is_no_database_is_told(data: Path, content: bytes) -> None:
    store_path(data).write_bytes(content)
    assert "schema" in bad(data)


def test_a_store_of_others_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "data", {})
    for pragma, said in (
        (f"user_version = {schema.VERSION + 1}", "is newer"),
        ("application_id = 7", "another program"),
    ):
        with closing(connect(tmp_path / "data")) if said == "is newer" else _raw(tmp_path) as store:
            store.execute(f"PRAGMA {pragma}")
        assert said in bad(tmp_path / "data")["schema"]


def _raw(tmp_path: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(tmp_path / "data" / "store.sqlite"))


def test_a_damaged_backup_is_told(data: Path) -> None:
    make_backup(data).path.write_bytes(b"damaged")
    assert "and damaged" in bad(data)["backups"]


def test_a_store_that_is_never_saved_is_told(data: Path) -> None:
    run(data, "cccccccc", {1_000_000: "long ago"})
    assert bad(data)["backups"] == "there is none yet"


def test_what_was_set_aside_is_told(data: Path) -> None:
    store_path(data).write_bytes(b"garbage")
    aside = set_aside(data)
    said = bad(data)["damaged stores"]
    assert str(aside) in said
    assert "there is no backup to restore" in said
