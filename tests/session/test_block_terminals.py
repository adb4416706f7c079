"""The terminals of a block act as one: modes and size."""

import asyncio
import os
import termios
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.session.block_terminals import BlockTerminals
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess
from tests.support.shell import DEADLINE, SIZE, Driver, in_loop

SMALL = TerminalSize(10, 20)
PRINTS_SIZES = """python3 -c '
import os, pathlib, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
pathlib.Path("ready").touch()
signal.sigwait({signal.SIGWINCH})
print(*(tuple(os.get_terminal_size(fd)) for fd in (0, 1, 2)))
'"""


def with_terminals(
    directory: Path, check: Callable[[BlockTerminals, tuple[Terminal, ...]], None]
) -> None:
    """Pass the terminals of a shell and a pair to *check*, the control terminal first."""

    async def main() -> None:
        async with Driver(directory) as driver:
            terminals = BlockTerminals(driver.shell, driver.pair)
            check(terminals, (terminals.control, *terminals.others))

    in_loop(main)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_modes_are_shared_and_put_back(tmp_path: Path, number: int) -> None:
    def check(terminals: BlockTerminals, each: tuple[Terminal, ...]) -> None:
        outputs = [termios.tcgetattr(terminal.master)[1] for terminal in each]
        before = termios.tcgetattr(each[number].master)
        tty.setraw(each[number].master)
        terminals.share_modes()
        assert not any(terminal.line_discipline().is_canonical for terminal in each)
        assert not any(terminal.line_discipline().echo for terminal in each)
        termios.tcsetattr(each[number].master, termios.TCSANOW, before)
        terminals.share_modes()
        assert all(terminal.line_discipline().is_canonical for terminal in each)
        assert all(terminal.line_discipline().echo for terminal in each)
        # Each keeps its own way of ending lines.
        assert [termios.tcgetattr(terminal.master)[1] for terminal in each] == outputs

    with_terminals(tmp_path, check)


def test_modes_that_do_not_change_are_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0
    set_modes = Terminal.set_modes

    def count_calls(terminal: Terminal, modes: tuple[object, ...]) -> None:
        nonlocal count
        count += 1
        set_modes(terminal, modes)

    monkeypatch.setattr(Terminal, "set_modes", count_calls)

    def check(terminals: BlockTerminals, each: tuple[Terminal, ...]) -> None:
        terminals.share_modes()
        assert count == 0
        tty.setraw(each[1].master)
        terminals.share_modes()
        assert count == 2
        terminals.share_modes()
        assert count == 2

    with_terminals(tmp_path, check)


def test_keys_go_to_the_terminal_that_is_read(tmp_path: Path) -> None:
    def check(terminals: BlockTerminals, each: tuple[Terminal, ...]) -> None:
        for terminal in each:
            path = terminal.path
            waiting = WaitingProcess(1, "cat", WaitEvidence.READS, path, path)
            assert terminals.find(waiting) is terminal
        assert terminals.find(None) is terminals.control

    with_terminals(tmp_path, check)


def test_a_size_reaches_all_terminals_before_the_signal(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            terminals = BlockTerminals(driver.shell, driver.pair)
            run = asyncio.ensure_future(driver.run(f"{PRINTS_SIZES} </dev/tty"))
            async with asyncio.timeout(DEADLINE):
                while not (tmp_path / "ready").exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            terminals.resize(SMALL)
            _, output = await run
            assert output == "(20, 10) (20, 10) (20, 10)\n"
            await driver.proceed()
            assert tuple(termios.tcgetwinsize(terminals.control.master)) == SIZE

    in_loop(main)


def test_a_pair_that_is_used_again_has_its_size_and_modes(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            terminals = BlockTerminals(driver.shell, driver.pair)
            terminals.resize(SMALL)
            for terminal in terminals.others:
                tty.setraw(terminal.master)
                os.write(terminal.master, b"typed")
            driver.pool.give_back(driver.pair)
            for terminal in terminals.others:
                assert tuple(termios.tcgetwinsize(terminal.master)) == SIZE
                assert terminal.modes() == terminal.initial_modes
                assert not terminal.has_unread_input()

    in_loop(main)
