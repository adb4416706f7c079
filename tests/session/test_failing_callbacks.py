"""A failure of EffectTalk itself ends the block with a reason, and the session goes on."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import effecttalk_kernel
from effecttalk_kernel.block import Block, InputPolicy, RunSpec, Status
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.callbacks import Callbacks
from tests.support.shell import DEADLINE, HEADLESS, in_loop, options

UNGUARDED: Final = re.compile(r"loop\S*\.(?:add_reader|call_\w+|create_task)")
# Blocks that make the loop call everything that it may call for a shell or a block.
BLOCKS: Final = {
    "plain": ("echo out; echo err >&2", HEADLESS),
    "limited": ("sh -c 'trap \"\" INT; sleep 9'", RunSpec(timeout_seconds=0.1)),
    "answered": ("read -r x; echo $x", RunSpec(InputPolicy(given=("a" * 10_000,)))),
    "on the terminal": ("echo out", RunSpec(tty=True)),
    "background": ("exit 3", RunSpec(is_background=True)),
    "with late output": ("(read -t 0.1 <> <(:); echo late) & ", HEADLESS),
    "left by its shell": ("exit 3", HEADLESS),
}
# Whether the loop calls a callback or another one does its work depends on the moment.
MAX_RUNS: Final = 8
# Called only if a job in the background ends in a certain moment, or a start takes long.
RARE: Final = ("ShellSession._handle_hangup", "BackgroundReports.read", "PromptHooks._look")
# Where the loop calls what, as found by running all blocks; a test holds that it is complete.
CALLBACKS: Final = (
    *("Shell.read_marks", "Shell._reap", "SnapshotCollector._collect", "ControlTerminal.read"),
    *(
        "OutputReader.read",
        "Run._probe",
        "Run._time_out",
        "Keyboard._look",
        "Interrupter._take_step",
    ),
    *("ShellSession._start", "ShellSession._handle", "ShellSession._tidy_up"),
    *("Shell.read_terminals", "Shell.read_snapshot"),
)


def name(callback: Callable[..., object]) -> str:
    return getattr(callback, "__qualname__", repr(callback))


class Faults:
    """Lets one callback raise at its first call; notes all that are called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, faulty: str = "") -> None:
        self.seen: set[str] = set()
        self.has_raised = False
        run = Callbacks.run

        def run_with_faults(
            callbacks: Callbacks, callback: Callable[..., object], *arguments: object
        ) -> None:
            self.seen.add(name(callback))
            if name(callback) == faulty and not self.has_raised:
                self.has_raised = True
                run(callbacks, self._raise)
            else:
                run(callbacks, callback, *arguments)

        monkeypatch.setattr(Callbacks, "run", run_with_faults)

    def _raise(self) -> None:
        raise KeyError("planted")


def new_session(directory: Path) -> ShellSession:
    supervisor_options = SupervisorOptions(options(directory), directory, 5.0)
    supervisor = ShellSupervisor(supervisor_options)
    supervisor.spawn()
    return ShellSession(SessionOptions("test", supervisor_options, 0.2), supervisor)


async def run_all(session: ShellSession) -> list[Block]:
    """Run each block; each must end, and none may hold the next one up."""
    ended = []
    for code, spec in BLOCKS.values():
        async with asyncio.timeout(DEADLINE):
            block = await session.run(code, spec)
        assert block is not None
        assert not block.is_running
        ended.append(block)
    return ended


def test_the_list_of_callbacks_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults(monkeypatch)

    async def main() -> None:
        session = new_session(tmp_path)
        for _ in range(MAX_RUNS):
            await run_all(session)
            await session.state()
            if faults.seen >= {*CALLBACKS}:
                break
        await session.close()

    in_loop(main)
    usual = {each for each in faults.seen if not each.startswith(("Task", "_asyncio"))}
    assert usual - set(RARE) == set(CALLBACKS)


def test_every_callback_of_a_shell_or_a_block_is_guarded() -> None:
    package = Path(effecttalk_kernel.__file__).parent
    unguarded = [
        f"{path.relative_to(package)}: {found[0]}"
        for room in ("session", "shell")
        for path in (package / room).rglob("*.py")
        for found in UNGUARDED.finditer(path.read_text(encoding="utf-8"))
    ]
    # Its failure is raised for the block that waits for the shell.
    assert [each for each in unguarded if not each.startswith("shell/callbacks.py")] == [
        "session/shell_supervisor.py: loop().create_task"
    ]


@pytest.mark.parametrize("faulty", CALLBACKS + RARE)
def test_a_callback_that_fails_once_leaves_no_block_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty: str
) -> None:
    faults = Faults(monkeypatch, faulty)

    async def main() -> None:
        session = new_session(tmp_path)
        blocks = await run_all(session)
        for _ in range(MAX_RUNS - 1):
            if faults.has_raised or faulty in RARE:
                break
            blocks += await run_all(session)
        assert faults.has_raised or faulty in RARE
        for block in blocks:
            assert block.status is not Status.SHELL_LOST or "internal error" in block.problem
        block = await session.run("echo fine", HEADLESS)
        assert block is not None
        assert block.status is Status.SUCCESS
        await session.close()

    in_loop(main)
