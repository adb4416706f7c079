"""States that are parsed in steps: no step is long, and what is the same is shared."""

import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects import bash_parser
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.dialects.bash_parser import SnapshotParser, make_snapshot
from effecttalk_kernel.shell.steps import take_all

OWN = b'declare -ar __et=([0]="n")\n'
STATE = (
    b"\\builtin shopt -u expand_aliases\nCDPATH= \\builtin cd -- /\n%b%b\\builtin set -- a\\ b\n"
    b"umask 0022\n# functions\n%b\n# options\nshopt -u autocd\n\\builtin return 0\n# jobs\n"
)
# 3 MB in one statement.
TEXT = b'declare -- text="%b"\n' % (b'{\\"key\\": [1, 2]} ' * 170_000)
ESCAPES = b"declare -- text=$'%b'\n" % (b"it\\'s \\n" * 400_000)
LIST = b"declare -a list=(%b)\n" % b"".join(b'[%d]="an element" ' % n for n in range(120_000))
MAP = b"declare -A map=(%b)\n" % b"".join(b'[k%d]="a value" ' % n for n in range(120_000))
LARGE_ENTRY = b'declare -A map=([a]="%b" [b]="2" )\n' % (b"x" * 3_000_000)
MANY = b"".join(b'declare -- v%d="value"\n' % number for number in range(10_000))
LARGE = {
    "text": TEXT,
    "escapes": ESCAPES,
    "an array": LIST,
    "an associative array": MAP,
    "a large entry": LARGE_ENTRY,
    "many": MANY,
}


def state(variables: bytes, functions: bytes = b"f () \n{ \n    :\n}\n") -> bytes:
    return STATE % (OWN, variables, functions)


def parse(parser: SnapshotParser, written: bytes) -> tuple[Snapshot, int]:
    """The snapshot, and the number of steps that made it."""
    steps, count = parser.parse(bytearray(written)), 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, count
        count += 1


@pytest.mark.parametrize("variables", LARGE.values(), ids=LARGE)
def test_each_step_reads_a_limited_piece(variables: bytes) -> None:
    snapshot, count = parse(SnapshotParser(), state(variables))
    assert sum(map(len, snapshot.parts[0])) > len(variables)
    limit = bash_parser.STEP_BYTES
    assert count >= (len(variables) // limit if variables is not MANY else 10_000 // 250)


@pytest.mark.parametrize("variables", LARGE.values(), ids=LARGE)
def test_what_is_the_same_is_in_memory_once(variables: bytes) -> None:
    parser = SnapshotParser()
    first, _ = parse(parser, state(variables))
    second, _ = parse(parser, state(b'declare -- a="1"\n' + variables))
    assert first.identity != second.identity
    assert {id(each) for each in first.parts[0] if b"declare" in each} <= {
        *map(id, second.parts[0])
    }
    assert second.parts[1][0] is first.parts[1][0]
    again, _ = parse(parser, state(variables))
    assert again == first


def test_the_order_of_a_large_table_does_not_depend_on_what_was_written() -> None:
    entries = [b'[k%d]="v" ' % number for number in range(2_000)]
    one, other = (
        state(b"declare -A map=(%b)\n" % b"".join(each)) for each in (entries, entries[::-1])
    )
    assert parse(SnapshotParser(), one)[0].parts == parse(SnapshotParser(), other)[0].parts


VALUES = st.lists(st.sampled_from("abv é\"$`\\\n\t\x1b'()[]= "), max_size=12).map("".join)


@st.composite
def assignments(draw: st.DrawFn) -> Iterator[str]:
    name = draw(st.sampled_from("abcd"))
    value, key = draw(VALUES), draw(VALUES.filter(bool))
    quoted = (each.replace("'", "'\\''") for each in (value, key))
    value, key = (f"'{each}'" for each in quoted)
    kinds = [f"{name}={value}", f"list_{name}=({value} {key})"]
    return draw(st.sampled_from([*kinds, f"declare -A map_{name}=([k{key}]={value} [z]=1)"]))


def printed(code: list[str]) -> bytes:
    lines = "\n".join(code)
    script = f"{lines}\ndeclare -p ${{!a*}} ${{!b*}} ${{!c*}} ${{!d*}} ${{!list_*}} ${{!map_*}}"
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, check=False)
    return done.stdout


@given(st.lists(assignments(), max_size=4), st.lists(assignments(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_steps_of_any_size_give_the_same(before: list[str], after: list[str]) -> None:
    old, new = state(printed(before)), state(printed(after))
    whole = parse(SnapshotParser(), new)[0]
    parser = SnapshotParser()
    with pytest.MonkeyPatch.context() as patch:
        for size in (2, 3, 7):
            patch.setattr(bash_parser, "STEP_BYTES", size)
            patch.setattr(bash_parser, "LARGE", size)
            assert parse(SnapshotParser(), new)[0].parts == whole.parts
            parse(parser, old)
            assert parse(parser, new)[0].parts == whole.parts
    # Each variable is a statement of its own.
    names = [each.split(b" ")[2] for each in whole.parts[0] if each.startswith(b"declare -")]
    assert len({each.partition(b"=")[0] for each in names}) == len(names)


@given(st.lists(st.lists(assignments(), max_size=6), min_size=3, max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_is_known_of_the_last_states_changes_nothing(codes: list[list[str]]) -> None:
    parser = SnapshotParser()
    for code in codes:
        written = state(printed(code))
        expected = parse(SnapshotParser(), written)[0]
        assert parse(parser, written)[0] == expected
        assert parse(parser, written)[0] == expected


@given(st.binary(max_size=60), st.integers(2, 9))
def test_any_bytes_are_kept(data: bytes, size: int) -> None:
    written = STATE % (b"", data, b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bash_parser, "STEP_BYTES", size)
        snapshot = parse(SnapshotParser(), written)[0]
    assert snapshot.script == written


def test_a_snapshot_of_parts_has_the_same_identity() -> None:
    snapshot, _ = parse(SnapshotParser(), state(MAP + b'declare -- a="1"\n'))
    assert take_all(make_snapshot(snapshot.parts)).identity == snapshot.identity


def test_what_hooks_of_prompts_change_does_not_change_the_identity() -> None:
    one, other = (
        parse(SnapshotParser(), state(b'declare -- PS1="%b"\ndeclare -- a="1"\n' % text))[0]
        for text in (b"x", b"y")
    )
    assert one.identity == other.identity
    assert one.parts != other.parts
