"""A shell that cannot go on ends its block with a reason; the next one has the last state."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from signal import Signals
from typing import Final

import pytest

from effecttalk_kernel.block import Block, Status
from effecttalk_kernel.errors import ShellStartError
from effecttalk_kernel.session import shell_supervisor
from effecttalk_kernel.session.events import Event, Notice
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.shell import Shell, ShellTimeoutError
from tests.support.shell import DEADLINE, HEADLESS, in_loop, options

# What a program would have to write into a channel of the shell to break it.
MARK: Final = r"""printf '\e]133;D;%s;7;%s\a' "${__et[0]}" "${__et[0]}" """
HALF_A_STATE: Final = r"""printf 'x\e]133;S;%s;1;%s\a' "${__et[0]}" "${__et[0]}" """
LOST: Final = {
    "a mark without meaning": (f"{MARK} >>${{__et[1]}}", "it reported 'D;7', which has no meaning"),
    "half a mark in text": (
        "printf '\\a%s' \"${__et[0]}\" >>${__et[1]}",
        "it wrote a damaged mark of 33 bytes",
    ),
    "half a state": (f"{HALF_A_STATE} >>${{__et[2]}}", "it wrote an incomplete state of 1 byte"),
    "restricted": ("set -r", "it cannot report that the block has ended, as after `set -r`"),
}


class Notebook:
    """A session, and what it says besides output."""

    def __init__(self, directory: Path, **changes: object) -> None:
        supervisor_options = SupervisorOptions(options(directory, **changes), directory, 10.0)
        self.supervisor = ShellSupervisor(supervisor_options)
        self.supervisor.spawn()
        self.session = ShellSession(
            SessionOptions("test", supervisor_options, 0.5), self.supervisor
        )
        self.session.observers.add(self._observe)
        self.notices: list[str] = []

    def _observe(self, _: Block, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event.text)

    async def run(self, code: str) -> Block:
        async with asyncio.timeout(DEADLINE):
            block = await self.session.run(code, HEADLESS)
        assert block is not None
        return block

    async def has(self, test: str) -> bool:
        return (await self.run(test)).status is Status.SUCCESS


def with_notebook(
    tmp_path: Path, main: Callable[[Notebook], Awaitable[None]], **changes: object
) -> None:
    async def whole() -> None:
        notebook = Notebook(tmp_path, **changes)
        try:
            await main(notebook)
        finally:
            await notebook.session.close()

    in_loop(whole)


@pytest.mark.parametrize(("code", "reason"), LOST.values(), ids=LOST)
def test_a_block_whose_end_cannot_be_read_is_lost(code: str, reason: str, tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1")
        block = await notebook.run(f"{code}; kept=2")
        assert block.status is Status.SHELL_LOST
        assert block.problem.startswith(reason)
        assert await notebook.has("[[ $kept == 1 ]]")

    with_notebook(tmp_path, main)


def test_a_session_without_an_exit_trap_keeps_its_state(tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("trap - EXIT")
        await notebook.run("kept=1; exit 3")
        assert await notebook.has("[[ $kept == 1 ]]")
        assert notebook.notices == []

    with_notebook(tmp_path, main)


def test_a_mark_of_an_unknown_program_is_ignored(tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        block = await notebook.run(
            "printf '\\e]133;D;%032d;1;end;0\\a\\n' 7 >>${__et[1]}; head -c 9999 /dev/urandom >>${__et[1]}"
        )
        assert block.status is Status.SUCCESS
        assert await notebook.has(":")

    with_notebook(tmp_path, main)


@pytest.mark.parametrize("code", ["kill -STOP $$", "suspend"])
def test_a_stopped_shell_is_continued(code: str, tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        assert (await notebook.run(f"kept=1; {code}; :")).status is Status.SUCCESS
        assert "the shell was stopped: it is continued" in notebook.notices[-1]
        assert await notebook.has("[[ $kept == 1 ]]")

    with_notebook(tmp_path, main)


def test_a_shell_that_is_stopped_between_blocks_is_continued(tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1")
        shell = notebook.supervisor.shell
        assert shell is not None
        shell.process.stop()
        assert await notebook.has("[[ $kept == 1 ]]")

    with_notebook(tmp_path, main)


# Shells that do not start.


def failing_spawn(errors: Iterable[ShellStartError | None]) -> Callable[..., Shell]:
    """Return a `spawn` that raises each error in turn, and starts shells after them."""
    left = iter(errors)
    spawn = shell_supervisor.spawn

    def spawn_or_fail(*arguments: object, **named: object) -> Shell:
        error = next(left, None)
        if error is not None:
            raise error
        return spawn(*arguments, **named)  # type: ignore[arg-type]

    return spawn_or_fail


def test_a_shell_that_cannot_be_spawned_does_not_lose_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1")
        await notebook.session.state()
        error = ShellStartError("no process is left")
        monkeypatch.setattr(shell_supervisor, "spawn", failing_spawn([error] * 4))
        await notebook.run("kept=2; exit 3")
        for _ in range(2):
            with pytest.raises(ShellStartError, match="no process is left"):
                await notebook.run("echo more")
        while True:
            try:
                assert await notebook.has("[[ $kept == 2 ]]")
                break
            except ShellStartError:
                pass

    with_notebook(tmp_path, main)


def test_shells_that_never_get_ready_do_not_lose_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1")
        await notebook.session.state()
        wait = Shell.wait_until_ready

        async def fail(_shell: Shell, _seconds: float) -> None:
            raise ShellStartError("the shell ended while it started")

        monkeypatch.setattr(Shell, "wait_until_ready", fail)
        await notebook.run("exit 3")
        with pytest.raises(ShellStartError, match="ended while it started"):
            await notebook.run("echo more")
        monkeypatch.setattr(Shell, "wait_until_ready", wait)
        assert await notebook.has("[[ $kept == 1 ]]")

    with_notebook(tmp_path, main)


def test_a_shell_that_was_too_slow_once_keeps_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1")
        await notebook.session.state()
        wait, times = Shell.wait_until_ready, []

        async def be_late_once(shell: Shell, seconds: float) -> None:
            times.append(seconds)
            if len(times) == 1:
                raise ShellTimeoutError("the shell was not ready")
            await wait(shell, seconds)

        monkeypatch.setattr(Shell, "wait_until_ready", be_late_once)
        await notebook.run("exit 3")
        assert await notebook.has("[[ $kept == 1 ]]")
        assert times == [10.0, 30.0]

    with_notebook(tmp_path, main)


def test_an_idle_shell_that_is_killed_does_not_lose_the_state(tmp_path: Path) -> None:
    async def main(notebook: Notebook) -> None:
        await notebook.run("kept=1; exit 3")
        shell = await notebook.supervisor.get()
        shell.process.send(Signals.SIGKILL)
        assert await notebook.has("[[ $kept == 1 ]]")

    with_notebook(tmp_path, main)
