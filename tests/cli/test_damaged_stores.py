"""Strange, damaged and missing stores: every command answers, or prints one line of error."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.cli.root import COMMANDS
from effecttalk_kernel.store.database import connect, store_path
from tests.cli.command import run, run_alone, run_json
from tests.support.stored_session import NOON, SampleBlock, store_session

NASTY = "\x00\x1b]0;t\a\x9b2J\u202e\u2028\ufdd0 nasty \r\n\t" + "日" * 1000
READING = [
    ("sessions", "list"),
    ("sessions", "list", "--all"),
    ("blocks", "list"),
    ("blocks", "list", "--failed"),
    ("search", "nasty"),
    ("stats",),
    ("backup", "list"),
]
SHOWING = [("sessions", "show", "aaaa1111"), ("blocks", "show", "aaaa1111-1")]
CHANGING = [
    ("sessions", "delete", "aaaa1111", "--yes"),
    ("sessions", "archive", "aaaa1111"),
    ("sessions", "export", "aaaa1111", "-"),
    ("backup", "now"),
    ("blocks", "rerun", "aaaa1111-1"),
]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_without_a_store_nothing_is_listed_or_created(
    arguments: tuple[str, ...], data: Path
) -> None:
    run_json(*arguments)
    assert not data.exists()


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_an_empty_store_is_readable(arguments: tuple[str, ...], data: Path) -> None:
    connect(data).close()
    run_json(*arguments)


@pytest.mark.parametrize("arguments", [*READING, *SHOWING], ids=" ".join)
def test_control_characters_in_the_store_are_escaped(
    arguments: tuple[str, ...], data: Path
) -> None:
    store_session(
        data, "aaaa1111", [SampleBlock(NASTY, NASTY, NASTY, cwd=f"/{NASTY}")], notebook=NASTY
    )
    run_json(*arguments)
    printed = run(*arguments).stdout
    assert not {*printed} & {*"\x00\x1b\a\x9b"}


@pytest.mark.parametrize("arguments", [*READING, ("sessions", "show", "aaaa1111")], ids=" ".join)
def test_stored_text_does_not_change_the_direction_of_a_line(
    arguments: tuple[str, ...], data: Path
) -> None:
    store_session(data, "aaaa1111", [SampleBlock(NASTY, NASTY, cwd=f"/{NASTY}")], notebook=NASTY)
    assert not {*run(*arguments).stdout} & {*"\u202e\u2028\r"}


def test_a_huge_command_is_one_line(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("echo\n" * 200_000)])
    assert len(run("blocks", "list").stdout.splitlines()) == 1
    assert len(run_json("blocks", "list")[0]["command"]) == 1_000_000


def _damaged(data: Path) -> None:
    data.mkdir()
    store_path(data).write_bytes(b"not a database at all" * 1000)


def _foreign(data: Path) -> None:
    data.mkdir()
    with closing(sqlite3.connect(store_path(data))) as connection:
        connection.execute("CREATE TABLE other (x)")


def _newer(data: Path) -> None:
    connect(data).close()
    with closing(sqlite3.connect(store_path(data))) as connection:
        connection.execute("PRAGMA user_version = 999")


def _half_damaged(data: Path) -> None:
    store_session(
        data,
        "aaaa1111",
        [SampleBlock(f"echo {n}", "text " * 400, started=NOON + n) for n in range(100)],
    )
    with closing(sqlite3.connect(store_path(data))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with store_path(data).open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xee" * 4096 * 40)


def _directory(data: Path) -> None:
    store_path(data).mkdir(parents=True)


BROKEN = {
    "damaged": _damaged,
    "foreign": _foreign,
    "newer": _newer,
    "a directory": _directory,
}


@pytest.mark.parametrize("state", BROKEN)
@pytest.mark.parametrize(
    "arguments",
    [*(each for each in READING if each[0] != "backup"), *SHOWING, *CHANGING],
    ids=" ".join,
)
def test_an_unusable_store_is_an_error_of_one_line(
    state: str, arguments: tuple[str, ...], data: Path
) -> None:
    BROKEN[state](data)
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert str(data) in done.stderr


@pytest.mark.parametrize("arguments", [*READING, *SHOWING], ids=" ".join)
def test_a_store_with_damaged_pages_gives_no_traceback(
    arguments: tuple[str, ...], data: Path
) -> None:
    _half_damaged(data)
    done = run(*arguments, "--json")
    if done.stdout:
        json.loads(done.stdout)
    else:
        assert done.exit_code == 1
        assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize("damage", ["x'00'", "x'789c030000000001'"])
def test_a_damaged_output_is_an_error(damage: str, data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls", "out\n")])
    with closing(sqlite3.connect(store_path(data))) as connection:
        connection.execute(f"UPDATE outputs SET data = {damage}")
        connection.commit()
    for arguments in (("output", "aaaa1111-1"), ("blocks", "show", "aaaa1111-1")):
        done = run(*arguments)
        assert (done.stdout, done.exit_code) == ("", 1)
        assert done.stderr.startswith("Error: the stored data is damaged: ")


def test_sessions_are_listed_while_the_store_is_locked(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")], is_live=True)
    with closing(sqlite3.connect(store_path(data), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert [each["id"] for each in run_json("sessions", "list")] == ["aaaa1111"]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("arguments", [("undo",), ("goto", "3"), ("sessions", "load", "aaaa1111")])
def test_outside_a_cell_no_state_is_restored(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert "not in an EffectTalk session" in done.stderr


@pytest.mark.parametrize("state", BROKEN)
def test_doctor_reports_an_unusable_store(state: str, data: Path) -> None:
    BROKEN[state](data)
    done = run("doctor", "--json")
    assert done.exit_code == 1
    assert any(not check["ok"] for check in json.loads(done.stdout))


def test_an_argument_that_is_not_utf_8_is_an_error(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    done = run("sessions", "show", "\udcff")
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr.endswith("is not UTF-8 text\n")


def test_a_full_standard_output_is_an_error(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "effecttalk_kernel.cli", "sessions", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: No space left on device\n"


@pytest.mark.usefixtures("data")
def test_an_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    done = run("sessions", "list")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: EFFECTTALK_ROWS: invalid value 'many'")


@pytest.mark.usefixtures("data")
def test_a_broken_settings_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    (tmp_path / "jupyter_effecttalk_config.py").write_text("c.Settings.rows = 1 / 0\n")
    done = run("sessions", "list")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {tmp_path}/jupyter_effecttalk_config.py: division by zero\n"


def test_settings_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    written = f'c.Settings.data_dir = "{tmp_path}/mine"\n'
    (tmp_path / "config" / "jupyter_effecttalk_config.py").write_text(written)
    store_session(tmp_path / "mine", "aaaa1111", [SampleBlock("ls")])
    assert [each["id"] for each in run_json("sessions", "list")] == ["aaaa1111"]


def test_the_tables_of_commands_repeat_their_helps() -> None:
    for name, command in COMMANDS.items():
        loaded = command.load()
        assert loaded.get_short_help_str(200) == command.summary, name
        for inner, each in getattr(loaded, "table", {}).items():
            assert each.load().get_short_help_str(200) == each.summary, inner


def test_the_documentation_names_every_command() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command.md").read_text()
    for name, command in COMMANDS.items():
        assert command.hidden or f"`{name}" in page, name
        for inner in getattr(command.load(), "table", {}):
            assert f"`{name} {inner}" in page, inner


@pytest.mark.parametrize("arguments", [[], ["sessions"], ["blocks", "show"], ["search"]])
def test_every_command_has_help(arguments: list[str]) -> None:
    done = run_alone(*arguments, "-h")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: effecttalk")
