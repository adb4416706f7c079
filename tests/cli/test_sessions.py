"""`effecttalk sessions`: list, show, archive and delete sessions."""

from pathlib import Path

import pytest

from effecttalk_kernel.store.live_sessions import Presence
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.spill.writer import SpillFolder
from tests.cli.command import run, run_alone, run_json, run_on_terminal
from tests.support.stored_session import NOON, SampleBlock, store_session
from tests.support.unmasked import Unmasked

VARIABLES = rb"""declare -x EDITOR="vim"
declare -x HOME="/home/me"
declare -- own="1"
"""


def ids(*arguments: str) -> list[str]:
    return [session["id"] for session in run_json("sessions", "list", *arguments)]


def test_sessions_are_listed_the_last_changed_first(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    store_session(data, "bbbb1111", [SampleBlock("ls", started=NOON + 60)])
    assert ids() == ["bbbb1111", "aaaa1111"]
    assert ids("--limit", "1") == ["bbbb1111"]


def test_times_are_in_utc(data: Path) -> None:
    store_session(
        data,
        "aaaa1111",
        [SampleBlock("ls"), SampleBlock("false", exit_status=1, cwd="/srv")],
        notebook="/n.ipynb",
    )
    (session,) = run_json("sessions", "list")
    assert session == {
        "id": "aaaa1111",
        "state": "closed",
        "created": "2026-01-31T12:00:00.000Z",
        "modified": "2026-01-31T12:00:00.250Z",
        "blocks": 2,
        "failed": 1,
        "directory": "/srv",
        "notebook": "/n.ipynb",
        "shell": "bash",
        "host": "here",
        "pid": 4711,
        "active_block": None,
        "continues": "",
        "kept_bytes": session["kept_bytes"],
    }


def test_other_programs_get_fields_separated_by_tabs(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls", cwd="/a\tb\nc")])
    fields = run("sessions", "list").stdout.removesuffix("\n").split("\t")
    assert fields[0] == "aaaa1111"
    assert fields[6:] == [r"/a\tb\nc", "-"]


def test_a_table_fits_the_terminal(data: Path) -> None:
    store_session(
        data, "aaaa11112222", [SampleBlock("ls", cwd="/long/way" * 20)], notebook="/n/" * 40
    )
    for columns in (60, 80, 200):
        heading, row = run_on_terminal("sessions", "list", columns=columns).splitlines()
        assert "SESSION" in heading
        assert row.startswith("aaaa11112222  closed")
        assert len(row) <= columns


def test_a_session_is_lost_when_its_kernel_has_ended(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")], is_live=True)
    store_session(data, "bbbb1111", [SampleBlock("ls")], is_live=True)
    assert {session["state"] for session in run_json("sessions", "list")} == {"lost"}


def test_archived_sessions_are_listed_only_with_all(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    assert run("sessions", "archive", "aaaa").exit_code == 0
    assert ids() == []
    assert ids("--all") == ["aaaa1111"]
    assert run("sessions", "archive", "aaaa", "--undo").exit_code == 0
    assert ids() == ["aaaa1111"]


def test_sessions_are_filtered_by_notebook(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    store_session(data, "aaaa1111", [SampleBlock("ls")], notebook=str(tmp_path / "a.ipynb"))
    store_session(data, "bbbb1111", [SampleBlock("ls")], notebook="/b.ipynb")
    assert ids("--notebook", "a.ipynb") == ["aaaa1111"]


def test_the_page_shows_changes_of_the_environment(data: Path) -> None:
    blocks = [SampleBlock("ls"), SampleBlock("false", exit_status=1, variables=VARIABLES)]
    store_session(data, "aaaa1111", blocks, environment={"HOME": "/root", "OLD": "1", "PWD": "/"})
    written = SpillFolder(spills_directory(data) / "aaaa1111", 1_000_000, Unmasked).open_spill(
        2, inline_bytes=0
    )
    written.write("stdout", b"0123456789")
    written.finish(is_final=True)
    page = run_json("sessions", "show", "aaaa")
    assert page["environment"] == [
        {"name": "EDITOR", "before": None, "after": "vim"},
        {"name": "HOME", "before": "/root", "after": "/home/me"},
        {"name": "OLD", "before": "1", "after": None},
    ]
    assert page["states"] == [1, 2]
    assert (page["spills"], page["spill_bytes"]) == (1, 10)
    assert [block["number"] for block in page["last_blocks"]] == [2, 1]
    shown = run("sessions", "show", "aaaa").stdout
    assert "  + EDITOR=vim\n  ~ HOME=/home/me\n  - OLD\n" in shown
    assert "states:       after blocks 1-2\n" in shown


def test_a_session_is_deleted_with_its_outputs(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls", "out\n")])
    store_session(data, "bbbb1111", [SampleBlock("ls")])
    directory = spills_directory(data) / "aaaa1111"
    directory.mkdir(parents=True)
    assert run("sessions", "delete", "aaaa", "--yes").exit_code == 0
    assert ids() == ["bbbb1111"]
    assert not directory.exists()
    assert run("search", "out").exit_code == 1


def test_nothing_is_deleted_without_confirmation(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    done = run("sessions", "delete", "aaaa")
    assert done.exit_code == 1
    assert "Delete aaaa1111 with 1 blocks?" in done.stderr
    assert ids() == ["aaaa1111"]


def test_nothing_is_deleted_if_one_name_is_unknown(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")])
    assert run("sessions", "delete", "aaaa", "zzzz", "--yes").exit_code == 1
    assert ids() == ["aaaa1111"]


def test_a_running_session_is_not_deleted(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("ls")], is_live=True)
    with Presence(data, "aaaa1111"):  # a process sees the locks of others only
        done = run_alone("sessions", "delete", "aaaa", "--yes")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: session aaaa1111 is live (process 4711)")
