"""The parts of a snapshot: what a shell wrote, reduced to the user's state."""

import shlex
import timeit
from itertools import chain
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects.bash import Parts, Snapshot, exit_trap_line
from effecttalk_kernel.shell.dialects.bash_changes import find_changes, find_directory, join_names
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot, with_exports
from tests.support.readline import COMPLETION
from tests.support.shell import Driver, in_loop

# Code that changes nothing that users could want to undo.
IDLE = [
    ":",
    "false",
    "echo hi; echo err >&2",
    "ls / | cat | wc -l",
    "(exit 3)",
    "ls /nowhere; $(false)",
    ": $RANDOM $SRANDOM $SECONDS $EPOCHREALTIME $BASHPID $LINENO $HISTCMD $BASH_COMMAND",
    "hash ls",
    "f_() { local x=1; }; f_; unset -f f_",
    "sleep 0 & wait",
    "pushd /usr; popd; cd /; cd ~; OLDPWD=$kept",
    "x_=1; unset x_",
    "trap 'echo' USR1; trap - USR1",
    "set -e; set +e; shopt -s extglob; shopt -u extglob",
    "echo $'\\n# functions\\n'",
]
CHANGES = [
    "v=1",
    "v=2",
    "declare -i v",
    "export v",
    "readonly v",
    "e=",
    "declare -x unset_",
    "list=(a b)",
    "list[7]=c",
    "declare -A map=([a]=1)",
    "map[b]=2",
    "map[b]=$'2\\n# options\\n'",
    "unset 'map[a]'",
    "declare -n ref=v",
    "f() { :; }",
    "f() { ::; }",
    "export -f f",
    "g() { cat <<E\n__et_begin () \n{ \n    :\n}\ndeclare -fr __et_begin\nE\n}",
    "alias l=ll",
    "alias l='\n# functions\n'",
    "unalias l",
    "complete -W 'a\nb' x",
    "complete -o nospace y",
    "set -o noclobber",
    "shopt -s nullglob",
    "trap ': x' USR1",
    "trap $'\\n# options\\ntrap -- x EXIT' USR1",
    "trap ': bye' EXIT",
    "trap ': err' ERR",
    "cd /",
    "pushd /usr",
    "umask 0",
    "set -- a",
    "set -- ''",
    "set --",
    "TMOUT=1000",
    "shopt -u checkwinsize; COLUMNS=99",
    "unset PS4",
    "IFS=",
]


def join(parts: Parts) -> bytes:
    return b"".join(chain(*parts))


def test_only_changes_by_the_user_change_the_parts(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("kept=$OLDPWD")
            last = (await driver.proceed()).parts
            for code in CHANGES:
                await driver.run(code)
                parts = (await driver.proceed()).parts
                assert parts != last, code
                last = parts

    in_loop(main)


@pytest.mark.parametrize("code", IDLE)
def test_a_block_that_keeps_the_state_keeps_the_parts(tmp_path: Path, code: str) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("v=1; f() { :; }; trap ': bye' EXIT; cd ~; kept=$OLDPWD")
            before = await driver.proceed()
            await driver.run(code)
            assert (await driver.proceed()).parts == before.parts

    in_loop(main)


def test_a_shell_restored_from_parts_writes_them_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as first:
            for code in CHANGES:
                await first.run(code)
                written = await first.proceed()
        for _ in range(2):
            script = join(written.parts)
            async with Driver(tmp_path, restore=script) as second:
                await second.run(":")
                again = await second.proceed()
            assert again.parts == written.parts

    in_loop(main)


@pytest.mark.skipif(not COMPLETION.exists(), reason="not installed: bash-completion")
def test_the_parts_of_a_large_state_are_made_quickly_and_can_be_restored(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as first:
            await first.run(f". {COMPLETION}")
            written = await first.proceed()
            await first.run(":")
            assert (await first.proceed()).parts == written.parts
        async with Driver(tmp_path, restore=written.script) as second:
            await second.run(":")
            assert (await second.proceed()).parts == written.parts
        script = written.script
        # 0.4 ms on an idle machine.
        once = (
            min(
                timeit.repeat(
                    lambda: read_snapshot(script), timer=process_time, number=10, repeat=5
                )
            )
            / 10
        )
        assert once < 0.005

    in_loop(main)


PARTS = (
    b'CDPATH= \\builtin cd -- /a\\ b\ndeclare -- v="1"\ndeclare -x z="3"\n\\builtin set --\n',
    b"# functions\n\\builtin unset -f complete\nf () \n{ \n    :\n}\n",
    b"# options\nshopt -u autocd\nset +o errexit\n\\builtin return 0\n# jobs\n",
)


def test_parts_of_parts_are_the_same() -> None:
    assert [b"".join(part) for part in read_snapshot(b"".join(PARTS)).parts] == [*PARTS]


def test_an_empty_snapshot_has_no_parts() -> None:
    assert read_snapshot(b"") == Snapshot()


@given(
    st.lists(
        st.sampled_from([*PARTS, b"\n# functions\n", b"\n# options\nshopt -", b"\n# jobs\n", b"x"])
    )
)
def test_the_parts_are_complete_wherever_the_boundaries_are(pieces: list[bytes]) -> None:
    written = b"".join(pieces)
    script = written.rpartition(b"\n# jobs\n")[0] or written
    joined = join(read_snapshot(written).parts)
    assert joined.startswith(script.removesuffix(b"\n\\builtin return 0"))


@given(st.lists(st.sampled_from("abv yzé\"$`\\\n\t\x1b'"), max_size=9).map("".join))
@settings(max_examples=30)
def test_an_exported_value_keeps_its_text(value: str) -> None:
    import subprocess

    parts = read_snapshot(b"".join(PARTS)).parts
    script = b"".join(with_exports(parts[0], {"v": value, "w": "2", "zz": "4"}))
    lines = b"\n".join(line for line in script.split(b"\n") if b"cd --" not in line)
    shown = subprocess.run(
        ["bash", "-c", lines.decode() + '\nprintf %s "$v|$w|$z|$zz"; declare -p v z | cut -c1-10'],
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith(f"{value}|2|3|4")
    names = [
        line.split(b" ")[2].split(b"=")[0]
        for line in lines.split(b"\n")
        if line.startswith(b"declare -")
    ]
    assert names == [b"v", b"w", b"z", b"zz"]


def test_text_in_a_here_document_is_not_an_exit_trap() -> None:
    text = b"f () \n{ \n    cat <<E\ntrap -- 'rm' EXIT\nE\n\n}\n\n# options\nshopt -u autocd\n"
    assert "rm" not in exit_trap_line(text)


async def state(driver: Driver, code: str) -> Parts:
    await driver.run(code)
    return (await driver.proceed()).parts


def test_changes_are_named(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            before = await state(driver, "a=1; b=2; gone=3; f() { :; }; g() { :; }; alias l=ls")
            after = await state(
                driver,
                "b=3; declare -a c; unset gone; f() { ::; }; export -f g; h() { :; }; alias l=l\n"
                "unset -f h; set -o noclobber; shopt -s dotglob; trap : USR1; complete -W a x\n"
                f"cd /usr; pushd /tmp; umask 0; set -- {shlex.quote('a b')}",
            )
        assert find_changes(before, after) == {
            "variables": ["b", "c", "gone"],
            "functions": ["f", "g"],
            "aliases": ["l"],
            "completions": ["x"],
            "options": ["dotglob", "noclobber"],
            "traps": ["SIGUSR1"],
            "directory": [],
            "directory stack": [],
            "positional parameters": [],
            "umask": [],
        }
        assert find_changes(after, after) == {}
        assert find_directory(after[0]) == "/tmp"

    in_loop(main)


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("/a\\ b", "/a b"),
        (r"$'/a\nb'", "/a\nb"),
        (r"$'/\377\303\251'", "/\udcffé"),
        ("''", ""),
    ],
)
def test_a_directory_is_decoded(word: str, path: str) -> None:
    assert find_directory((PARTS[0].replace(b"/a\\ b", word.encode()),)) == path


def test_names_that_are_not_text_can_be_printed() -> None:
    assert join_names(["/\udcff"]) == r"/$'\377'"


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (2, "0, 1"), (3, "0, 1, 2"), (5, "0, 1 and 3 more")]
)
def test_long_lists_are_shortened(count: int, text: str) -> None:
    assert join_names(map(str, range(count)), most=3) == text
