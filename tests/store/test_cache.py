"""The cache: entries are found again, old ones are evicted, and no damage of its file stops a block."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.store.cache import database
from effecttalk_kernel.store.cache.cache import Cache, EntrySummary
from effecttalk_kernel.store.cache.database import APPLICATION_ID, VERSION, cache_path
from effecttalk_kernel.store.cache.entry import PIECE_OVERHEAD_BYTES, Entry

MOST = 1_000_000
ROOM = 1_000
PROCESSES = 6
ROUNDS = 40
KEY = "ab" * 32
ENTRIES = st.builds(
    Entry,
    key=st.text("0123456789abcdef", min_size=64, max_size=64),
    block=st.from_regex(r"[0-9a-f]{12}-[1-9][0-9]{0,5}", fullmatch=True),
    made=st.floats(0, 1e12) | st.integers(0, 10**12),
    exit_status=st.integers(0, 255),
    pipestatus=st.lists(st.integers(0, 255), max_size=5).map(tuple),
    output=st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary())).map(tuple),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "data"


def entry(key: str = KEY, *, size: int = 100, made: float = 1_000.0) -> Entry:
    """An entry of so many bytes in all."""
    return Entry(
        key, "session-1", made, 0, (0,), (("stdout", b"x" * (size - PIECE_OVERHEAD_BYTES)),)
    )


def found(cache: Cache, key: str = KEY) -> Entry | None:
    return cache.find(key, now=1_000.0, expires_seconds=None)


@settings(max_examples=50, deadline=None)
@given(entries=st.lists(ENTRIES, max_size=3, unique_by=lambda each: each.key))
def test_any_output_is_returned_unchanged(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    cache = Cache(tmp_path_factory.mktemp("data"), MOST)
    for each in entries:
        cache.store(each)
    assert [found(cache, each.key) for each in entries] == entries


def test_finding_an_unknown_key_creates_no_cache(data: Path) -> None:
    cache = Cache(data, MOST)
    assert found(cache) is None
    assert cache.list_entries() == []
    assert cache.clear() == []
    assert not data.exists()


def test_only_the_user_reads_it(data: Path) -> None:
    before = os.umask(0)
    try:
        Cache(data, MOST).store(entry())
    finally:
        os.umask(before)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert [path.name for path in data.iterdir()] == ["cache.sqlite"]
    assert stat.S_IMODE(cache_path(data).stat().st_mode) == 0o600


def test_the_last_entry_with_a_key_is_used(data: Path) -> None:
    cache = Cache(data, MOST)
    cache.store(entry())
    assert found(cache)
    other = replace(entry(), block="session-2", exit_status=3, pipestatus=(1, 3), output=())
    cache.store(other)
    assert found(cache) == other
    assert cache.list_entries() == [EntrySummary(KEY, "session-2", 1_000.0, 0, 1)]


@pytest.mark.parametrize(
    ("age", "expires", "is_found"),
    [(0, None, True), (1e9, None, True), (10, 10, True), (11, 10, False), (-5, 1, True)],
)
def test_an_expired_entry_is_not_returned(
    data: Path, age: float, expires: float | None, is_found: bool
) -> None:
    cache = Cache(data, MOST)
    cache.store(entry(made=2e9))
    again = cache.find(KEY, now=2e9 + age, expires_seconds=expires)
    assert (again is not None) == is_found
    # Another block with this key may take what is older.
    assert found(cache) is not None


def test_each_hit_is_counted(data: Path) -> None:
    cache = Cache(data, MOST)
    cache.store(entry())
    for _ in range(3):
        found(cache)
    assert [each.hits for each in cache.list_entries()] == [3]


def test_the_least_recently_used_entry_is_evicted(data: Path) -> None:
    cache = Cache(data, ROOM)
    for key in "abcd":
        cache.store(entry(key, size=250))
    found(cache, "a")
    cache.store(entry("e", size=200))
    assert [each.key for each in cache.list_entries()] == ["e", "a", "d", "c"]
    cache.store(entry("f", size=250))
    assert [each.key for each in cache.list_entries()] == ["f", "e", "a", "d"]


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(PIECE_OVERHEAD_BYTES, ROOM // 4)),
        max_size=12,
    )
)
def test_the_cache_never_exceeds_its_maximum_size(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[tuple[str, int]]
) -> None:
    cache = Cache(tmp_path_factory.mktemp("data"), ROOM)
    for key, size in sizes:
        cache.store(entry(key, size=size))
        figures = cache.list_entries()
        assert sum(each.size_bytes for each in figures) <= ROOM
        assert figures[0].key == key


def test_an_entry_may_have_a_quarter_of_the_cache(data: Path) -> None:
    cache = Cache(data, ROOM)
    cache.store(entry(size=cache.max_entry_bytes))
    with pytest.raises(CacheError, match=r"^its output has 251 bytes, more than 250"):
        cache.store(entry("other", size=cache.max_entry_bytes + 1))
    assert [each.key for each in cache.list_entries()] == [KEY]


def test_entries_are_removed_by_the_beginning_of_their_keys(data: Path) -> None:
    cache = Cache(data, MOST)
    for key in ("aaaa1", "aaaa2", "bbbbb"):
        cache.store(entry(key))
    for key in ("aaa", "cccc", ""):
        with pytest.raises(CacheError, match=rf"^no cache entry .* begins with '{key}'$"):
            cache.clear([key])
    with pytest.raises(CacheError, match=r"^several cache keys"):
        cache.clear(["bbbb", "aaaa"])
    assert len(cache.list_entries()) == 3
    assert [each.key for each in cache.clear(["aaaa1", "bbbbb", "bbbb"])] == ["aaaa1", "bbbbb"]
    assert [each.key for each in cache.list_entries()] == ["aaaa2"]
    assert [each.key for each in cache.clear()] == ["aaaa2"]
    assert cache.list_entries() == []


def test_clearing_the_cache_returns_space_to_the_disk(data: Path) -> None:
    cache = Cache(data, MOST)
    cache.store(entry())
    small = cache_path(data).stat().st_size
    cache.store(entry("large", size=200_000))
    assert cache_path(data).stat().st_size > 200_000
    cache.clear(["large"])
    assert cache_path(data).stat().st_size <= small


def overwrite_all(path: Path) -> None:
    path.write_bytes(b"\xa5" * 8_192)


def overwrite_all_but_the_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (path.stat().st_size - 100))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_to_a_byte(path: Path) -> None:
    path.write_bytes(b"x")


def empty(path: Path) -> None:
    path.write_bytes(b"")


BREAKS = [overwrite_all, overwrite_all_but_the_header, cut, cut_to_a_byte, empty]


@pytest.mark.parametrize("break_file", BREAKS)
@pytest.mark.parametrize("use", ["find", "store", "list", "clear"])
def test_a_damaged_cache_is_replaced(data: Path, break_file: object, use: str) -> None:
    assert callable(break_file)
    cache = Cache(data, MOST)
    for key in (KEY, "other"):
        cache.store(entry(key, size=50_000))
    break_file(cache_path(data))
    if use == "find":
        assert found(cache) is None
    elif use == "list":
        assert cache.list_entries() == []
    elif use == "clear":
        assert cache.clear() == []
    cache.store(entry("third"))
    assert [each.key for each in cache.list_entries()] == ["third"]
    assert found(cache, "third") == entry("third")


def test_bytes_that_a_power_failure_has_changed_are_not_shown(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(data, MOST)
    cache.store(entry(size=50_000))
    cache.store(entry("other"))
    content = cache_path(data).read_bytes()
    assert content.count(b"x" * 4_092)
    cache_path(data).write_bytes(content.replace(b"x" * 4_092, bytes(4_092), 1))
    assert found(cache) is None
    assert "cache.damaged" in caplog.text
    assert found(cache, "other") is not None
    cache.store(entry(size=50_000))
    assert found(cache) is not None


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["CREATE TABLE notes (text)"], "is a database of another program"),
        (["PRAGMA application_id = 7"], "is a database of another program"),
        (
            [f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {VERSION + 1}"],
            "belongs to a newer EffectTalk",
        ),
    ],
)
def test_the_database_of_another_program_is_not_changed(
    data: Path, caplog: pytest.LogCaptureFixture, statements: list[str], message: str
) -> None:
    data.mkdir(parents=True)
    with closing(sqlite3.connect(cache_path(data))) as connection:
        for statement in statements:
            connection.execute(statement)
    before = cache_path(data).read_bytes()
    cache = Cache(data, MOST)
    assert found(cache) is None
    assert message in caplog.text
    with pytest.raises(CacheError, match=message):
        cache.store(entry())
    with pytest.raises(CacheError, match=message):
        cache.list_entries()
    assert cache_path(data).read_bytes() == before


def test_a_cache_with_an_older_schema_is_replaced(data: Path) -> None:
    cache = Cache(data, MOST)
    cache.store(entry())
    with closing(sqlite3.connect(cache_path(data))) as connection:
        connection.execute("PRAGMA user_version = 0")
    assert found(cache) is None
    cache.store(entry())
    assert found(cache) == entry()


def test_storing_without_a_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "data", MOST)
    assert found(cache) is None
    with pytest.raises(CacheError, match="Not a directory"):
        cache.store(entry())


FULL = """
import resource, signal, sys
from pathlib import Path
from effecttalk_kernel.store.cache.cache import Cache
from effecttalk_kernel.store.cache.entry import Entry
from effecttalk_kernel.errors import CacheError

cache = Cache(Path(sys.argv[1]), 10_000_000)
cache.store(Entry("small", "s-1", 1.0, 0, (0,), (("stdout", b"x"),)))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    cache.store(Entry("large", "s-1", 1.0, 0, (0,), (("stdout", b"x" * 1_000_000),)))
except CacheError as error:
    print(error)
print(cache.find("small", now=1.0, expires_seconds=None).output)
print(cache.find("large", now=1.0, expires_seconds=None))
"""


def test_a_full_disk_keeps_what_was_there(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, data], capture_output=True, text=True, check=True
    )
    problem, small, large = done.stdout.splitlines()
    assert problem.startswith(f"the cache {cache_path(data)} cannot be used: ")
    assert (small, large) == ("(('stdout', b'x'),)", "None")


def test_a_hit_needs_no_right_to_write(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes all the time."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    cache = Cache(data, MOST)
    cache.store(entry())
    with closing(sqlite3.connect(cache_path(data), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert found(cache) == entry()
        with pytest.raises(CacheError, match=r"^another process is writing to the cache "):
            cache.store(entry("other"))
    assert [each.hits for each in cache.list_entries()] == [0]


WORK = """
import random, sys
from pathlib import Path
from effecttalk_kernel.store.cache.cache import Cache
from effecttalk_kernel.store.cache.entry import Entry

cache = Cache(Path(sys.argv[1]), 100_000)
chance = random.Random(sys.argv[2])
for _ in range(int(sys.argv[3])):
    key = chance.choice("abcdefgh")
    found = cache.find(key, now=1.0, expires_seconds=None)
    if found is None or chance.random() < 0.5:
        data = key.encode() * chance.randrange(1, 20_000)
        cache.store(Entry(key, f"s-{len(data)}", 1.0, 0, (0,), (("stdout", data),)))
    else:
        (_, data), = found.output
        assert data == key.encode() * len(data), found
        assert found.block == f"s-{len(data)}", found
print("done", flush=True)
"""


def start(data: Path, number: int, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK, data, str(number), str(rounds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_many_processes_have_one_cache(data: Path) -> None:
    workers = [start(data, number, ROUNDS) for number in range(PROCESSES)]
    told = [worker.communicate() for worker in workers]
    assert told == [("done\n", "")] * PROCESSES
    figures = Cache(data, MOST).list_entries()
    assert 0 < sum(each.size_bytes for each in figures) <= 100_000


def test_a_process_that_is_killed_leaves_whole_entries(data: Path) -> None:
    """Whoever comes next finds its journal."""
    cache = Cache(data, 100_000)
    for number in range(5):
        worker = start(data, number, 1_000_000)
        journal = data / "cache.sqlite-journal"
        while not journal.exists():
            assert worker.poll() is None
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        for each in cache.list_entries():
            again = found(cache, each.key)
            assert again is not None
            assert again.output[0][1] == each.key.encode() * (
                each.size_bytes - PIECE_OVERHEAD_BYTES
            )


def test_threads_have_one_cache(data: Path) -> None:
    cache = Cache(data, MOST)
    problems: list[object] = []

    def work(key: str) -> None:
        for _ in range(ROUNDS):
            cache.store(entry(key))
            if found(cache, key) != entry(key):
                problems.append(key)

    threads = [threading.Thread(target=work, args=(key,)) for key in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert {each.key for each in cache.list_entries()} == {*"abcd"}


@pytest.mark.parametrize("is_damaged", [False, True])
def test_simultaneous_processes_create_one_cache(tmp_path: Path, *, is_damaged: bool) -> None:
    """All others find it begun, not half of it."""
    ready = threading.Barrier(4)
    problems: list[CacheError] = []

    def work(cache: Cache, key: str) -> None:
        ready.wait()
        try:
            cache.store(entry(key))
        except CacheError as error:
            problems.append(error)

    for number in range(ROUNDS):
        cache = Cache(tmp_path / str(number), MOST)
        if is_damaged:
            cache.store(entry())
            overwrite_all(cache_path(tmp_path / str(number)))
        threads = [threading.Thread(target=work, args=(cache, key)) for key in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # A thread whose damaged file another one has just removed may store nothing.
        assert is_damaged or {each.key for each in cache.list_entries()} == {*"abcd"}
        cache.store(entry("last"))
        assert found(cache, "last")
    assert is_damaged or not problems


def test_no_descriptor_is_left_open(data: Path) -> None:
    cache = Cache(data, MOST)
    before = len(os.listdir("/proc/self/fd"))
    cache.store(entry())
    found(cache)
    overwrite_all(cache_path(data))
    found(cache)
    assert len(os.listdir("/proc/self/fd")) == before
