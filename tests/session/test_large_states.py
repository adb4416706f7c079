"""A large state is complete before it is used."""

import asyncio
from pathlib import Path

import psutil
import pytest

from effecttalk_kernel.shell import snapshots
from tests.support.shell import DEADLINE, HEADLESS, in_loop
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
            await session.session.state()
            told = [(number, state.script) for number, state in session.told if number > 1]
            assert [number for number, _ in told] == [*range(2, 8)]
            for number, script in told:
                assert b'\ndeclare -- n="%d"\n' % number in script
                assert b"trap -- 'echo %d' SIGUSR1" % number in script

    in_loop(main)


async def stop_writer(session: UndoSession) -> psutil.Process:
    """Run two blocks with a large state, and stop the process that writes that of the second."""
    await session.run("printf -v big %6000000s x")
    await session.session.run("a=1", HEADLESS)
    shell = session.supervisor.shell
    assert shell is not None
    while not (found := [*shell.state_writers]):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    process = psutil.Process(found[0])
    process.suspend()
    return process


def test_no_block_waits_for_the_states_of_those_before(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            process = await stop_writer(session)
            before = len(session.told)
            async with asyncio.timeout(DEADLINE):
                for number in range(3, 13):
                    # Their traps are known meanwhile.
                    await session.session.run(f"n={number}; trap 'echo {number}' EXIT", HEADLESS)
            assert len(session.told) == before
            process.resume()
            await session.session.state()
            told = [state.script for number, state in session.told if number > 2]
            assert [
                b'\ndeclare -- n="%d"\n' % number in script
                for number, script in zip(range(3, 13), told, strict=True)
            ] == [True] * 10
            await session.run("trap - EXIT")

    in_loop(main)


def test_some_states_are_skipped_if_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MAX_WAITING", 2)

    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            process = await stop_writer(session)
            before = len(session.told)
            async with asyncio.timeout(DEADLINE):
                for number in range(3, 9):
                    await session.session.run(f"n={number}", HEADLESS)
            process.resume()
            state = await session.session.state()
            assert b'\ndeclare -- n="8"\n' in state.script
            assert len(session.told) - before < 6
            assert await session.run("echo $n ${#big}") == "8 6000000\n"
            await session.call("undo")
            assert await session.run("echo ${#big}") == "6000000\n"

    in_loop(main)


@pytest.mark.parametrize("end", ["exit", "kill -9 $$"])
def test_a_shell_ends_while_states_wait(end: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            process = await stop_writer(session)
            for number in range(3, 6):
                await session.session.run(f"n={number}", HEADLESS)
            running = asyncio.ensure_future(session.session.run(end, HEADLESS))
            shell = session.supervisor.shell
            assert shell is not None
            while not shell.is_dead:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            process.resume()
            async with asyncio.timeout(DEADLINE):
                await running
            assert await session.run("echo $n ${#big}") == "5 6000000\n"

    in_loop(main)


def test_a_session_closes_right_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            await session.session.run(LARGE, HEADLESS)
            await session.session.run("a=1", HEADLESS)
        assert [number for number, _ in session.told][-1] == 2

    in_loop(main)


def test_a_session_that_closes_needs_only_the_last_state(tmp_path: Path) -> None:
    async def main() -> None:
        async with UndoSession(tmp_path) as session:
            process = await stop_writer(session)
            before = len(session.told)
            for number in range(3, 9):
                await session.session.run(f"n={number}", HEADLESS)
            process.resume()
        told = [number for number, _ in session.told[before:]]
        assert told[-1] == 8
        assert len(told) < 6

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


def test_the_shell_does_not_wait_for_an_environment_of_its_child(tmp_path: Path) -> None:
    """Bash compares each exported variable with each other one, when it makes an environment."""

    async def main() -> None:
        async with UndoSession(tmp_path) as session:

            async def run(code: str) -> float:
                """Run a block three times; return the time of those children that have ended."""
                await session.session.state()
                before = process.cpu_times()
                for _ in range(3):
                    await session.session.run(code, HEADLESS)
                after = process.cpu_times()
                return after.children_user - before.children_user

            await session.run("for ((i = 0; i < 8000; i++)); do export many_$i=1; done")
            shell = session.supervisor.shell
            assert shell is not None
            process = psutil.Process(shell.process.pid)
            assert await run(":") < await run("(compgen -v >/dev/null)") / 4

    in_loop(main)
