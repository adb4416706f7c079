"""Snapshots that a child of the shell writes, because they are large."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from effecttalk_kernel.shell import snapshots
from effecttalk_kernel.shell.dialects.bash_parser import SnapshotParser, read_snapshot
from effecttalk_kernel.shell.events import ChannelError, ShellDied, SnapshotTaken
from effecttalk_kernel.shell.marks import MarkReader
from effecttalk_kernel.shell.snapshots import SnapshotCollector, SnapshotReader
from effecttalk_kernel.shell.steps import take_all
from tests.support.notebook import eventually
from tests.support.shell import Driver, in_loop

NONCE = "0123456789abcdef" * 2
# More than the pipe holds, so the child waits while nothing is read.
LARGE = "printf -v big %3000000s x"
EVERYTHING = r"""
declare -A map=([k ey]=v [']']=w); declare -i number=4; readonly fixed=1; export out=$'a\nb'
f() { echo "$1"; }; export -f f; alias say='echo said'; complete -W 'a b' tool
trap 'echo usr1' USR1; trap 'echo left' EXIT; set -- a 'b c'; umask 027; cd /usr; pushd /usr/share
sleep 100 &
"""
SETTINGS = {
    "as usual": ":",
    "errexit": "shopt -s inherit_errexit; set -eE",
    "posix": "set -o posix",
    "nounset": "set -u",
    "without job control": "set +m",
    "an ERR trap": "set -E; trap 'false; echo bad' ERR",
    "a DEBUG trap": "set -T; trap 'x=$BASH_COMMAND' DEBUG",
    "odd separators": "IFS=large",
    "a readonly separator": "readonly IFS",
    "functions named like builtins": "printf() { :; }; trap() { :; }; declare() { :; }",
    "ignored signals": "trap '' PIPE HUP INT CHLD",
    "no BASHPID": "unset BASHPID",
    "small files only": "ulimit -f 0",
    "tracing": "set -x",
}


def mark(kind: str, *fields: str) -> bytes:
    text = "".join(f";{NONCE};{field}" for field in fields)
    return f"\x1b]133;{kind}{text};{NONCE}\a".encode()


BEFORE = b"\\builtin shopt -u expand_aliases\ndeclare -ar __et=()\n# functions\nf ()\n"
OPTIONS = b"# options\nshopt -s x\n\\builtin return 0\n# jobs\n41\n[1]+  Running                 "
OPTIONS += b"sleep 9 &\n"


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_reader_joins_the_parts_of_a_snapshot_in_their_order(size: int) -> None:
    for written in (
        OPTIONS + mark("F", "") + mark("F", "7") + BEFORE + mark("S", "3"),
        BEFORE + OPTIONS + mark("S", "3"),
    ):
        reader = SnapshotReader(MarkReader(NONCE))
        for at in range(0, len(written), size):
            reader.feed(written[at : at + size])
        taken = take_all(reader.read(SnapshotParser()))
        assert taken == SnapshotTaken(3, read_snapshot(BEFORE + OPTIONS))


def test_a_reader_knows_options_and_writer_before_the_rest() -> None:
    reader = SnapshotReader(MarkReader(NONCE))
    reader.feed(OPTIONS + mark("F", ""))
    assert (reader.options, reader.writer, reader.mark) == (OPTIONS, 0, None)
    reader.feed(mark("F", "7") + BEFORE)
    assert (reader.options, reader.writer, reader.mark) == (OPTIONS, 7, None)


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 5_000, "\u0663"])
def test_a_reader_survives_any_number_of_a_process(number: str) -> None:
    reader = SnapshotReader(MarkReader(NONCE))
    reader.feed(OPTIONS + mark("F", number) + mark("S", "3"))
    assert isinstance(take_all(reader.read(SnapshotParser())), ChannelError)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_child_writes_the_same_state(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked: list[bool] = []
    collect = SnapshotCollector.collect

    def note(collector: SnapshotCollector, *, is_forked: bool = False) -> None:
        forked.append(is_forked)
        collect(collector, is_forked=is_forked)

    monkeypatch.setattr(SnapshotCollector, "collect", note)

    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run(f"{EVERYTHING}\n{setting}")
            await driver.proceed()
            await driver.run(": 1")
            direct = await driver.proceed()
            assert True not in forked
            forked.clear()
            monkeypatch.setattr(snapshots, "GROWTH", -(10**9))
            for _ in range(2):
                await driver.run(": 1")
                state = await driver.proceed()
                assert state.script == direct.script
                assert [job.text for job in state.jobs] == [job.text for job in direct.jobs]
            assert forked == [True, True]
            await driver.run("trap - EXIT; kill %1")

    in_loop(main)


def test_the_child_is_not_seen_by_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "GROWTH", -(10**9))

    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("true & wait $!; last=$!")
            await driver.proceed()
            _, output = await driver.run('[[ $! == "$last" ]] && wait && jobs && echo same')
            assert output == "same\n"

    in_loop(main)


def writers(shell: int) -> Iterator[int]:
    """The processes of a shell's session that are not its children any more."""
    for process in psutil.process_iter(["ppid"]):
        try:
            is_own = os.getsid(process.pid) == shell
        except ProcessLookupError:
            continue
        if is_own and process.pid != shell and process.info["ppid"] != shell:
            yield process.pid


async def begin_large_state(driver: Driver) -> list[int]:
    """Let the shell begin to write a large state, and return the processes that write it."""
    await driver.run(LARGE)
    driver.shell.proceed()
    shell = driver.shell.process.pid
    # Nothing is read meanwhile: the loop does not run.
    eventually(lambda: [*writers(shell)], "the child of the shell")
    return [*writers(shell)]


def test_a_shell_whose_child_is_killed_ends_with_a_reason(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            for pid in await begin_large_state(driver):
                os.kill(pid, signal.SIGKILL)
            died = await driver.hear(ShellDied)
            assert isinstance(died, ShellDied)
            assert died.reason == "the process that wrote its state has ended"

    in_loop(main)


def test_a_child_outlives_its_shell(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await begin_large_state(driver)
            driver.shell.process.send(signal.SIGKILL)
            taken = await driver.hear(SnapshotTaken)
            while isinstance(taken, SnapshotTaken) and taken.number != 1:
                taken = await driver.hear(SnapshotTaken)
            assert taken.snapshot.size > 3_000_000
            await driver.hear(ShellDied)

    in_loop(main)
