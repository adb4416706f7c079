"""Checks of the store: each problem is found, and checking changes nothing."""

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


def test_a_good_store_passes_all_checks(data: Path) -> None:
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


def test_all_checks_pass_before_the_first_block(tmp_path: Path) -> None:
    assert bad(tmp_path) == {}
    assert bad(tmp_path / "nowhere") == {}
    assert [*tmp_path.iterdir()] == []


def test_checks_do_not_change_the_store(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an old schema, or what is said of a session whose kernel was killed."""
    run(data, "cccccccc", {1: "four"}, is_closed=False)
    before = store_path(data).read_bytes()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (a);\n"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    said = {check.name: check.text for check in check_store(data)}
    assert store_path(data).read_bytes() == before
    assert "1 have no kernel" in said["sessions"]


def test_files_that_others_can_read_are_reported(data: Path) -> None:
    data.chmod(0o755)
    assert bad(data)["directory"] == f"other users can read it: chmod go= {data}"


def test_damage_is_reported_with_its_place(data: Path) -> None:
    with open_store(data) as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM sessions WHERE id = 'bbbbbbbb'")
        connection.execute("UPDATE texts_data SET block = x'00' WHERE id = 10")
    assert {*bad(data)} == {"references", "index"}


@pytest.mark.parametrize("content", [b"garbage" * 1_000, b"x"])
def test_a_file_that_is_not_a_database_is_reported(data: Path, content: bytes) -> None:
    store_path(data).write_bytes(content)
    assert "schema" in bad(data)


def test_the_database_of_another_program_is_reported(tmp_path: Path) -> None:
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


def test_a_damaged_backup_is_reported(data: Path) -> None:
    make_backup(data).path.write_bytes(b"damaged")
    assert "and damaged" in bad(data)["backups"]


def test_a_store_without_backups_is_reported(data: Path) -> None:
    run(data, "cccccccc", {1_000_000: "long ago"})
    assert bad(data)["backups"] == "no backup yet"


def test_a_store_that_was_set_aside_is_reported(data: Path) -> None:
    store_path(data).write_bytes(b"garbage")
    aside = set_aside(data)
    said = bad(data)["damaged stores"]
    assert str(aside) in said
    assert "there is no backup to restore" in said
