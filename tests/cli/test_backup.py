"""`effecttalk backup`: make, list, check and restore backups."""

import json
from pathlib import Path

import pytest

from tests.cli.command import Ran, keep, run, run_json


def test_a_backup_is_made_listed_and_checked(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls"), Ran("pwd")])
    made = run_json("backup", "now")
    assert (made["sessions"], made["blocks"], made["reason"]) == (1, 2, "asked")
    assert Path(made["path"]).stat().st_size == made["size_bytes"]
    assert run_json("backup", "list") == [made]
    assert run_json("backup", "check", "latest") == made
    assert run("backup", "check", made["name"]).stdout.endswith(": 2 blocks of 1 sessions\n")


def test_a_damaged_backup_is_an_error(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    path = Path(run_json("backup", "now")["path"])
    path.write_bytes(path.read_bytes()[:-100])
    done = run("backup", "check", "latest")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize("command", ["check", "restore"])
def test_an_unknown_backup_is_an_error(command: str, data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    done = run("backup", command, "20200101-000000")
    assert done.exit_code == 1
    assert "there is no backup '20200101-000000'" in done.stderr


def test_a_deleted_session_is_restored(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls", "out\n")])
    run("backup", "now")
    run("sessions", "delete", "aaaa", "--yes")
    done = run_json("backup", "restore", "latest")
    assert (done["sessions"], done["blocks"], done["refused"]) == (1, 1, [])
    assert run("output", "aaaa1111-1").stdout == "out\n"


def test_a_session_that_has_changed_is_replaced_only_with_force(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    run("backup", "now")
    keep(data, "aaaa1111", [Ran("ls"), Ran("pwd")])
    done = run("backup", "restore", "latest", "--json")
    assert done.exit_code == 1
    assert [each["session"] for each in json.loads(done.stdout)["refused"]] == ["aaaa1111"]
    assert len(run_json("blocks", "list")) == 2
    forced = run_json("backup", "restore", "latest", "--session", "aaaa1111", "--force")
    assert (forced["replaced"], len(run_json("blocks", "list"))) == (1, 1)
    assert forced["safety_copy"] in {each["name"] for each in run_json("backup", "list")}


def test_maintenance_makes_the_first_backup(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    assert run_json("maintain")["backup"] == run_json("backup", "list")[0]["name"]
