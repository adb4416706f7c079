"""Searches in code and output, compared with a plain scan."""

import string
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.store import blocks, search_index
from effecttalk_kernel.store.blocks import BlockFilter
from effecttalk_kernel.store.database import connect
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

NOW = time.time()


def stream(text: str) -> list[dict[str, str]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


DAY = 86_400.0
# number, command, output, status, directory, how many days ago
ROWS = [
    (1, "curl -fsS https://host/a", "curl: (7) connection refused", "failed", "/home/me/web", 0),
    (2, "ls /var/log", "syslog\nauth.log", "success", "/var", 0),
    (3, "make test", "3 passed, 1 failed", "failed", "/home/me/web/src", 2),
    (4, "echo Größe", "naïve café", "success", "/home/me", 40),
    (5, "grep refused x", "", "failed", "/", 400),
    (6, "echo one", "\x1b[31mconn\x1b[0mection closed", "success", "/home/me/website", 0),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("data")
    with closing(connect(data)) as connection:
        for name in ("first1", "second"):
            writer = SessionWriter(data, NewSession(name, "", "bash", "h", 1, NOW))
            for number, code, output, status, cwd, days in ROWS:
                started = NOW - days * DAY - 60
                row = NewBlock(number, code, status, 0, started, NOW, cwd, cwd, None)
                writer.put(row)
                key = blocks.find_block(connection, f"{name}-{number}").key
                failed = status == "failed"
                search_index.index_block(
                    connection,
                    search_index.IndexedBlock(
                        key, name, code, stream(output), started, cwd, failed
                    ),
                )
            writer.close()
    return data


def found(data: Path, text: str, **wanted: object) -> list[int]:
    with closing(connect(data)) as connection:
        wanted = {"session": "first1", **wanted}
        return sorted(
            f.block.number for f in blocks.search(connection, text, BlockFilter(**wanted))
        )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("refused", [1, 5]),
        ("connection refused", [1]),
        ("connection", [1, 6]),  # colours are no part of a word
        ("conn", [1, 6]),  # what begins so, where nothing is it
        ("CURL host", [1]),
        ("/var/log", [2]),
        ("auth.log", [2]),
        ("grosse", []),
        ("größe", [4]),
        ("cafe", [4]),
        ('"refused" -- OR AND NOT', []),
        ("refused)", [1, 5]),
        ("facts:", []),
        ("xfailed", []),
        ("-", []),
        ("", []),
    ],
)
def test_a_block_matches_if_it_has_all_words(data: Path, text: str, numbers: list[int]) -> None:
    assert found(data, text) == numbers


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"failed": True}, [1, 3, 5]),
        ({"failed": False}, [2, 4, 6]),
        ({"cwd": "/home/me/web"}, [1, 3]),
        ({"cwd": "/home/me/web/"}, [1, 3]),
        ({"cwd": "/home"}, [1, 3, 4, 6]),
        ({"cwd": "/"}, [1, 2, 3, 4, 5, 6]),
        ({"since": NOW - DAY}, [1, 2, 6]),
        ({"since": NOW - 50 * DAY}, [1, 2, 3, 4, 6]),
        ({"since": NOW - 4_000 * DAY}, [1, 2, 3, 4, 5, 6]),
        ({"since": NOW + DAY}, []),
        ({"failed": True, "cwd": "/home", "since": NOW - DAY}, [1]),
    ],
)
def test_lists_and_searches_are_narrowed_down_alike(
    data: Path, wanted: dict[str, object], numbers: list[int]
) -> None:
    with closing(connect(data)) as connection:
        listed = blocks.list_blocks(connection, BlockFilter(session="first1", **wanted))
    assert sorted(block.number for block in listed) == numbers
    anything = {
        n for word in ("echo", "curl", "ls", "make", "grep") for n in found(data, word, **wanted)
    }
    assert sorted(anything) == numbers


def test_all_sessions_are_searched_newest_first(data: Path) -> None:
    with closing(connect(data)) as connection:
        all_found = blocks.search(connection, "refused", BlockFilter(limit=3))
    assert [f.block.identity for f in all_found] == ["second-5", "second-1", "first1-5"]


def test_a_snippet_shows_the_words(data: Path) -> None:
    with closing(connect(data)) as connection:
        (match,) = blocks.search(connection, "passed", BlockFilter(session="second"), marks="<>")
    assert "<passed>" in match.snippet


def test_long_outputs_are_found_in_every_part_and_once(data: Path, tmp_path: Path) -> None:
    with closing(connect(tmp_path)) as connection:
        writer = SessionWriter(tmp_path, NewSession("long01", "", "bash", "h", 1, NOW))
        writer.put(NewBlock(1, "seq", "success", 0, NOW, NOW, "/", "/", None))
        lines = "".join(f"line number{n} same\n" for n in range(30_000))
        indexed = search_index.IndexedBlock(
            1, "long01", "seq", stream(lines), NOW, "/", has_failed=False
        )
        search_index.index_block(connection, indexed)
        for word in ("number0", "number15000", "number29999"):
            assert len(blocks.search(connection, word, BlockFilter())) == 1
        assert len(blocks.search(connection, "same", BlockFilter())) == 1
        search_index.index_block(
            connection,
            search_index.IndexedBlock(1, "long01", "seq", [], NOW, "/", has_failed=False),
        )
        assert not blocks.search(connection, "same", BlockFilter())
        writer.close()


@given(st.text(alphabet=string.printable + "äß„•\u202e", max_size=40))
def test_searches_accept_any_text(data: Path, text: str) -> None:
    found(data, text)
