"""`effecttalk cache`: list and clear cached outputs."""

from pathlib import Path

import pytest

from effecttalk_kernel.store.cache.cache import Cache
from effecttalk_kernel.store.cache.database import cache_path
from effecttalk_kernel.store.cache.entry import Entry
from tests.cli.command import (
    complete,
    run,
    run_alone,
    run_json,
    run_on_terminal,
)
from tests.support.stored_session import NOON

FIRST, SECOND = "aaaa" * 16, "bbbb" * 16


@pytest.fixture
def filled_cache(data: Path) -> Path:
    cache = Cache(data, 1_000_000)
    for number, key in enumerate((FIRST, SECOND), 1):
        cache.store(Entry(key, f"abcd1234-{number}", NOON, 0, (0,), (("stdout", b"x" * 36),)))
    cache.find(FIRST, now=NOON, expires_seconds=None)
    return data


@pytest.mark.usefixtures("filled_cache")
def test_entries_are_listed_the_last_used_first() -> None:
    first, second = run_json("cache", "list")
    assert first == {
        "short_key": "aaaaaaaaaaaa",
        "key": FIRST,
        "block": "abcd1234-1",
        "made": "2026-01-31T12:00:00.000Z",
        "size_bytes": 100,
        "hits": 1,
    }
    assert (second["key"], second["hits"]) == (SECOND, 0)
    assert run("cache", "list").stdout.splitlines() == [
        "aaaaaaaaaaaa\tabcd1234-1\t2026-01-31T12:00:00.000Z\t100\t1",
        "bbbbbbbbbbbb\tabcd1234-2\t2026-01-31T12:00:00.000Z\t100\t0",
    ]


@pytest.mark.usefixtures("filled_cache")
def test_a_terminal_gets_a_table() -> None:
    heading, first, _ = run_on_terminal("cache", "list").splitlines()
    assert [
        name for name in ("ENTRY", "BLOCK", "MADE", "SIZE", "HITS") if name not in heading
    ] == []
    assert first.startswith("aaaaaaaaaaaa  abcd1234-1")


@pytest.mark.usefixtures("filled_cache")
def test_one_entry_is_removed() -> None:
    assert run("cache", "clear", "aaaaaaaaaaaa").stdout == "removed 1 entries (100 B)\n"
    assert [each["key"] for each in run_json("cache", "list")] == [SECOND]


@pytest.mark.usefixtures("filled_cache")
def test_without_a_name_all_entries_are_removed() -> None:
    assert run_json("cache", "clear") == {"entries": 2, "size_bytes": 200}
    assert run_json("cache", "list") == []


@pytest.mark.usefixtures("filled_cache")
def test_an_unknown_entry_is_an_error() -> None:
    done = run("cache", "clear", "aaaa", "cccc")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: no cache entry has a key that begins with 'cccc'\n",
    )
    assert len(run_json("cache", "list")) == 2


def test_without_a_cache_there_are_no_entries(data: Path) -> None:
    assert run_json("cache", "list") == []
    assert run("cache", "clear").stdout == "removed 0 entries (0 B)\n"
    assert not data.exists()


def test_an_unreadable_cache_is_an_error(data: Path) -> None:
    cache_path(data).mkdir(parents=True)
    done = run_alone("cache", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the cache ")


@pytest.mark.usefixtures("filled_cache")
def test_keys_are_completed() -> None:
    assert complete("cache", "clear", "a") == [FIRST]
    assert complete("cache", "clear", "") == [FIRST, SECOND]
    assert complete("cache", "") == ["clear", "list"]


def test_completion_without_a_cache_is_silent(data: Path) -> None:
    cache_path(data).mkdir(parents=True)
    assert complete("cache", "clear", "") == []
