"""`effecttalk blocks`, `search` and `stats`: list, show and find stored blocks."""

import json
import os
import secrets
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effecttalk_kernel.bash_quoting import escape_value, unescape_value
from tests.cli.command import run, run_alone, run_json, run_on_terminal
from tests.support.stored_session import NOON, SampleBlock, store_session

BLOCKS = [
    SampleBlock("make all", "ok\n", cwd="/srv/app"),
    SampleBlock(
        "curl host",
        "",
        "Connection refused\n",
        exit_status=7,
        cwd="/srv/app/sub",
        started=NOON + 60,
    ),
    SampleBlock("ls", "app\n", cwd="/srv/apple", started=NOON + 120, seconds=75),
]


@pytest.fixture
def store(data: Path) -> Path:
    store_session(data, "aaaa1111", BLOCKS)
    store_session(data, "bbbb1111", [SampleBlock("uptime", started=NOON - 60)])
    return data


def names(*arguments: str) -> list[str]:
    return [block["block"] for block in run_json("blocks", "list", *arguments)]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], ["aaaa1111-3", "aaaa1111-2", "aaaa1111-1", "bbbb1111-1"]),
        (["--limit", "1"], ["aaaa1111-3"]),
        (["--failed"], ["aaaa1111-2"]),
        (["bbbb"], ["bbbb1111-1"]),
        (["--cwd", "/srv/app"], ["aaaa1111-2", "aaaa1111-1"]),
        (["--cwd", "/srv/../srv/app/"], ["aaaa1111-2", "aaaa1111-1"]),
        (["--since", "2026-01-31T12:01:30Z"], ["aaaa1111-3"]),
        (["--since", "10s"], []),
    ],
)
def test_options_select_the_listed_blocks(arguments: list[str], found: list[str]) -> None:
    assert names(*arguments) == found


@pytest.mark.usefixtures("store")
def test_a_cell_lists_the_blocks_of_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION", "bbbb1111")
    assert names() == ["bbbb1111-1"]
    assert len(names("--all")) == 4


@pytest.mark.usefixtures("store")
def test_a_relative_directory_is_resolved_as_the_shell_does(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "link")
    monkeypatch.setenv("PWD", str(tmp_path / "link"))
    store_session(data, "cccc1111", [SampleBlock("ls", cwd=str(tmp_path / "link"))])
    assert names("--cwd", ".") == ["cccc1111-1"]


def test_since_takes_a_duration(data: Path) -> None:
    store_session(
        data,
        "aaaa1111",
        [SampleBlock("ls", started=time.time() - 7000), SampleBlock("ls", started=time.time())],
    )
    assert names("--since", "2h") == ["aaaa1111-2", "aaaa1111-1"]
    assert names("--since", "1h") == ["aaaa1111-2"]


@pytest.mark.usefixtures("data")
def test_an_invalid_time_is_a_usage_error() -> None:
    done = run("blocks", "list", "--since", "soon")
    assert done.exit_code == 2
    assert "'soon' is not a time, use for example 90s, 2h, 7d or 2026-11-01" in done.stderr


@pytest.mark.usefixtures("store")
def test_json_has_everything_about_a_block() -> None:
    page = run_json("blocks", "show", "aaaa1111-2")
    assert page == {
        "block": "aaaa1111-2",
        "session": "aaaa1111",
        "number": 2,
        "status": "failed",
        "exit_status": 7,
        "started": "2026-01-31T12:01:00.000Z",
        "ended": "2026-01-31T12:01:00.250Z",
        "duration_seconds": 0.25,
        "directory": "/srv/app/sub",
        "command": "curl host",
        "stdout": "",
        "stderr": "Connection refused\n",
        "record": {"code": "curl host"},
    }


@pytest.mark.usefixtures("store")
def test_a_block_is_shown_with_its_command_and_output() -> None:
    shown = run("blocks", "show", "aaaa1111-2").stdout
    assert shown.startswith("block:     aaaa1111-2\nstatus:    failed (exit status 7)\n")
    assert shown.endswith("\n\ncurl host\n\nConnection refused\n")


@pytest.mark.usefixtures("store")
def test_a_number_is_a_block_of_this_session(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("blocks", "show", "1").exit_code == 1
    monkeypatch.setenv("EFFECTTALK_SESSION", "aaaa1111")
    assert run("blocks", "show", "1", "--stdout").stdout == "ok\n"
    assert run("blocks", "show", "2", "--stderr").stdout == "Connection refused\n"


@pytest.mark.usefixtures("store")
def test_the_record_of_a_block_is_printed_alone() -> None:
    assert json.loads(run("blocks", "show", "aaaa1111-1", "--record").stdout) == {
        "code": "make all"
    }


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["refused"], ["aaaa1111-2"]),
        (["connection", "refused"], ["aaaa1111-2"]),
        (["refu"], ["aaaa1111-2"]),
        (["app", "--ok"], ["aaaa1111-3"]),
        (["curl", "--failed"], ["aaaa1111-2"]),
        (["curl", "--cwd", "/srv/app"], ["aaaa1111-2"]),
        (["uptime", "--session", "bbbb"], ["bbbb1111-1"]),
        (["make", "--since", "2026-01-31"], ["aaaa1111-1"]),
    ],
)
def test_blocks_are_found_by_words(arguments: list[str], found: list[str]) -> None:
    assert [block["block"] for block in run_json("search", *arguments)] == found


@pytest.mark.usefixtures("store")
def test_a_search_without_a_match_ends_like_grep() -> None:
    done = run("search", "nowhere")
    assert (done.stdout, done.stderr, done.exit_code) == ("", "", 1)
    assert run_json("search", "nowhere") == []
    assert run("search", "make").exit_code == 0


@pytest.mark.usefixtures("store")
def test_matches_are_highlighted_only_on_a_terminal() -> None:
    assert "\x1b[31m\x1b[1mrefused\x1b[0m" in run_on_terminal("search", "refused")
    assert run("search", "refused").stdout.endswith("\tConnection refused\\n\n")
    assert run_json("search", "refused")[0]["snippet"] == "Connection refused\n"


@pytest.mark.usefixtures("store")
def test_stats_count_all_blocks() -> None:
    figures = run_json("stats")
    assert figures["blocks_by_status"] == {"failed": 1, "success": 3}
    assert figures["failed_share"] == 0.25
    assert (figures["total_seconds"], figures["median_seconds"]) == (75.75, 0.25)
    assert figures["sessions_by_state"] == {"closed": 2}
    assert {"command": "curl", "blocks": 1} in figures["commands"]
    assert run_json("stats", "--since", "2026-01-31T12:01:30Z")["blocks"] == 1
    assert "failed:      25.0%\n" in run("stats").stdout


@pytest.mark.usefixtures("store")
def test_a_long_table_is_printed(data: Path) -> None:
    store_session(data, "dddd1111", [SampleBlock("x" * 10_000)] * 50)
    assert run_alone("blocks", "list").returncode == 0


# What a directory can be called.
NAMES = st.binary(min_size=1, max_size=40).map(lambda data: data.translate(None, b"/\0") + b"_")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(NAMES, NAMES)
def test_blocks_are_found_by_any_directory(data: Path, name: bytes, below: bytes) -> None:
    directory = os.fsdecode(b"/" + name)
    identity = secrets.token_hex(6)
    cwd = escape_value(f"{directory}/{os.fsdecode(below)}")
    store_session(data, identity, [SampleBlock("echo needle", "caf\ufffd\n", cwd=cwd)])
    for command in ("blocks list", "search needle"):
        found = run_json(*command.split(), "--cwd", directory, "--limit", "1")
        assert found[0]["session"] == identity
        assert unescape_value(found[0]["directory"]) == f"{directory}/{os.fsdecode(below)}"


def test_a_search_for_bytes_finds_what_output_has_in_their_place(data: Path) -> None:
    store_session(data, "cccc1111", [SampleBlock("cat file", "caf\ufffd olé\n")])
    assert [each["block"] for each in run_json("search", "caf\udce9", "olé")] == ["cccc1111-1"]
