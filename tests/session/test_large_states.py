"""A large state is complete before it is used."""

import asyncio
from pathlib import Path

import pytest

from tests.support.shell import HEADLESS, in_loop
from tests.support.undo_session import UndoSession

# A child of the shell writes a state of this size.
LARGE = "printf -v big %3000000s x"
MANY = "for ((i = 0; i < 6000; i++)); do printf -v many_$i %100s x; done; big=$many_1"
FUNCTIONS = 'for i in {1..3000}; do eval "f_$i() { echo a longer text than usual; }"; done; big=1'


@pytest.mark.parametrize("large", [LARGE, MANY, FUNCTIONS], ids=["one value", "many", "functions"])
@pytest.mark.parametrize("end", ["exit 3", "kill -9 $$", "exec true", "trap 'a=2' EXIT; exit"])
def test_the_shell_ends_right_after(large: str, end: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.session.run(large, HEADLESS)
            size = await session.session.run("size=${#big}", HEADLESS)
            assert size is not None
            await session.session.run(end, HEADLESS)
            output = await session.run('((${#big} == size && size)) && echo "same"')
            assert output == "same\n"

    in_loop(main)


def test_an_undo_right_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.session.run(LARGE, HEADLESS)
            await session.session.run("big=1", HEADLESS)
            await session.call("undo")
            assert await session.run("echo ${#big}") == "3000000\n"

    in_loop(main)


def test_every_block_right_after_has_its_state(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.run(LARGE)
            for number in range(2, 8):
                await session.session.run(f"n={number}; trap 'echo {number}' USR1", HEADLESS)
            await session.session.snapshot()
            told = [(number, state.script) for number, state in session.told if number > 1]
            assert [number for number, _ in told] == [*range(2, 8)]
            for number, script in told:
                assert b'\ndeclare -- n="%d"\n' % number in script
                assert b"trap -- 'echo %d' SIGUSR1" % number in script

    in_loop(main)


def test_a_session_closes_right_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.session.run(LARGE, HEADLESS)
            await session.session.run("a=1", HEADLESS)
        assert [number for number, _ in session.told][-1] == 2

    in_loop(main)


def test_a_trap_of_a_function_lets_the_next_block_exit(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.run("set_it() { trap 'echo left >left' EXIT; }")
            await session.session.run(f"set_it; {LARGE}", HEADLESS)
            shell = session.supervisor.shell
            assert shell is not None
            # Until its traps are known.
            while shell.settings is None and session.told[-1][0] < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await session.session.run("a=1; exit", HEADLESS)
            assert await session.run("echo $a ${#big}; cat left") == "1 3000000\nleft\n"

    in_loop(main)
