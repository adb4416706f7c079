"""What a shell sends gives events or a `ChannelError`, whatever it is."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects.bash_parser import SnapshotParser, read_snapshot
from effecttalk_kernel.shell.events import (
    BlockEnded,
    ChannelError,
    Report,
    ShellStarted,
    SnapshotTaken,
    read_mark,
)
from effecttalk_kernel.shell.marks import Mark, MarkKind, MarkReader
from effecttalk_kernel.shell.snapshots import SnapshotReader
from effecttalk_kernel.shell.steps import take_all

NONCE = "0123456789abcdef0123456789abcdef"
STATE = (
    b'\\builtin shopt -u expand_aliases\ndeclare -- x="1"\ndeclare -ar __et=([0]="n")\n'
    b"\n# functions\nf () \n{ \n    :\n}\n\n# options\nshopt -s extglob\n\\builtin return 0\n"
    b"\n# jobs\n"
).replace(b"\n\n#", b"\n#")


def written(kind: str, *fields: str) -> bytes:
    """Return a mark as bash.sh prints it."""
    text = "".join(f";{NONCE};{field}" for field in fields)
    return f"\x1b]133;{kind}{text};{NONCE}\a".encode(errors="surrogateescape")


READY = written("R", "5", "2", "/home")
ENDED = written("D", "7", "end", "1", "2", "false", "/tmp/a;b", "'0' '1'")
MARKS = READY + ENDED
SNAPSHOT = STATE + written("S", "7")

fields = st.lists(st.text(max_size=12), max_size=9)
marks = st.builds(lambda kind, texts: Mark(kind, tuple(texts)), st.sampled_from(MarkKind), fields)
# Where to cut a stream, and the edits that damage it: place, bytes to drop, bytes to insert.
cuts = st.lists(st.integers(0, 2_000), max_size=6)
junk = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\a", b"\x1b]133;D", f";{NONCE};".encode(), f";{NONCE}\a".encode(), b"\n"]),
)
edits = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 60), junk), max_size=4)


def damage(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, dropped, inserted in changes:
        at = place % (len(data) + 1)
        data = data[:at] + inserted + data[at + dropped :]
    return data


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in zip(ends, ends[1:], strict=False)]


def read_stream(chunks: list[bytes]) -> list[object]:
    """Return what a shell's mark pipe gives: events, and the text of each error."""
    reader = MarkReader(NONCE)
    found: list[object] = []
    for chunk in chunks:
        for piece in reader.feed(chunk):
            if isinstance(piece, Mark):
                try:
                    found.append(read_mark(piece))
                except ChannelError as error:
                    found.append(str(error))
    return found


def test_marks_give_events() -> None:
    assert read_stream([MARKS]) == [
        ShellStarted((5, 2), "/home"),
        BlockEnded(7, False, 1, (0, 1), 2, "false", "/tmp/a;b"),
    ]


def test_an_unknown_line_of_a_failure_is_none() -> None:
    ended = Mark(MarkKind.ENDED, ("7", "exit", "0", "", "", "/", "'0'"))
    assert read_mark(ended) == BlockEnded(7, True, 0, (0,), None, "", "/")


@pytest.mark.parametrize("separator", [" ", "", "'", "0", "\x01", "\x7f", ";"])
def test_statuses_are_read_whatever_separates_them(separator: str) -> None:
    statuses = separator.join(("'0'", "'141'", "'7'"))
    ended = read_mark(Mark(MarkKind.ENDED, ("1", "end", "7", "", "", "/", statuses)))
    assert isinstance(ended, BlockEnded)
    assert ended.pipestatus == (0, 141, 7)


@given(marks)
@example(Mark(MarkKind.ENDED, ("\u0661", "end", "0", "", "", "/", "'0'")))
@example(Mark(MarkKind.ENDED, ("9" * 5_000, "end", "0", "", "", "/", "'0'")))
@example(Mark(MarkKind.ENDED, ("1", "end", "0", "9" * 5_000, "", "/", f"'{'9' * 5_000}'")))
@example(Mark(MarkKind.READY, ("", "", "")))
def test_every_mark_gives_an_event_or_an_error(mark: Mark) -> None:
    try:
        event = read_mark(mark)
    except ChannelError as error:
        assert str(error).isprintable()
    else:
        assert isinstance(event, Report)


@given(edits, cuts)
def test_a_damaged_stream_of_marks_gives_events_or_errors_at_every_split(
    changes: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    data = damage(MARKS, changes)
    assert read_stream(cut(data, places)) == read_stream([data])


@given(st.binary(max_size=300), cuts)
def test_random_bytes_give_no_event(data: bytes, places: list[int]) -> None:
    assert read_stream(cut(data, places)) == []


def read_state(chunks: list[bytes]) -> object:
    reader = SnapshotReader(MarkReader(NONCE))
    for chunk in chunks:
        reader.feed(chunk)
    if reader.mark is None:
        return None
    found = take_all(reader.read(SnapshotParser()))
    if isinstance(found, ChannelError):
        return re.sub(r"[\d,]+ bytes", "n bytes", str(found))
    return found


def test_a_state_is_read_at_every_split() -> None:
    expected = SnapshotTaken(7, read_snapshot(STATE))
    for place in range(len(SNAPSHOT) + 1):
        assert read_state([SNAPSHOT[:place], SNAPSHOT[place:]]) == expected


@given(edits, cuts)
def test_a_damaged_state_is_whole_or_an_error(
    changes: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    data = damage(SNAPSHOT, changes)
    found = read_state([data])
    assert read_state(cut(data, places)) == found
    assert not isinstance(found, SnapshotTaken) or found.snapshot.is_whole


@pytest.mark.parametrize(
    "missing",
    [b"declare -ar __et=", b"# functions", b"# options", b"return 0", b"# jobs", b"\\bui"],
)
def test_a_state_without_one_of_its_parts_is_an_error(missing: bytes) -> None:
    state = STATE.replace(missing, b"", 1)
    assert read_state([state + written("S", "7")]) == "it wrote an incomplete state of n bytes"
