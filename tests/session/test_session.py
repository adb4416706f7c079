"""A session with a real bash on real terminals, and the shell that replaces one."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from effecttalk_kernel.block import Block, Status
from effecttalk_kernel.errors import BlockError, ShellStartError, TerminalError
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, OutputRead
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import ShellDied, SnapshotTaken
from effecttalk_kernel.shell.process import ProcessExit, ShellProcess
from effecttalk_kernel.shell.shell import Connection
from effecttalk_kernel.shell.spawn import spawn
from tests.support.open_files import descriptors, descriptors_left
from tests.support.shell import DEADLINE, HEADLESS, SIZE, Driver, children, in_loop, options


def test_blocks_run_one_after_the_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            ended, output = await driver.run("x=1; cd /; echo out; echo err >&2")
            assert (ended.number, ended.exit_status, ended.cwd) == (1, 0, "/")
            assert output == "out\nerr\n"
            await driver.proceed()
            ended, output = await driver.run('echo "$x $?"\nfalse | true | (exit 3)')
            assert (ended.number, ended.exit_status, ended.pipestatus) == (2, 3, (1, 0, 3))
            assert output == "1 0\n"
            await driver.proceed()
            ended, output = await driver.run("echo $?; true\nls /nowhere 2>/dev/null")
            assert (ended.line, ended.command) == (2, "ls /nowhere 2> /dev/null")
            assert output == "3\n"

    in_loop(main)


STATE = r"""
plain='a b'; declare -i number=7; declare -rx frozen=$'new\nline \'"$'; declare -a list=(1 'b c')
declare -A map=([key]=value); export shared=yes
greet() { echo "hello $1"; }
alias ll='ls -l'
shopt -s nullglob; set -o noclobber; umask 027
set -- one 'two three'
trap 'echo usr' USR1
mkdir -p sub/dir; cd sub; pushd dir >/dev/null
"""
QUESTIONS = r"""
declare -p plain number frozen list map shared
greet you; alias ll; shopt nullglob; set -o | grep noclobber; umask
printf '<%s>' "$@"; echo; trap -p USR1; pwd; dirs -l
"""


def test_a_restored_shell_has_the_state_of_the_one_before(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as first:
            await first.run(STATE)
            snapshot = await first.proceed()
            _, expected = await first.run(QUESTIONS)
        assert "hello you" in expected
        async with Driver(tmp_path, restore=snapshot.script) as second:
            _, found = await second.run(QUESTIONS)
        assert found == expected

    in_loop(main)


def test_a_shell_can_be_restored_repeatedly(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as first:
            await first.run(STATE)
            snapshot = await first.proceed()
            _, expected = await first.run(QUESTIONS)
        for _ in range(3):
            async with Driver(tmp_path, restore=snapshot.script) as driver:
                await driver.run(":")
                snapshot = await driver.proceed()
                _, found = await driver.run(QUESTIONS)
            assert found == expected

    in_loop(main)


FOREIGN = {
    "FOO-BAR": "1",
    "A.B": "two words",
    "1ST": "\udce9",
    "d\udce9": "x\n",
    "(": "=",
    "é": "a",
}


def test_variables_that_bash_cannot_assign_survive_their_shell(tmp_path: Path) -> None:
    environment = {**options(tmp_path).environment, **FOREIGN, "BASH_FUNC_f%%": "() { echo f; }"}
    expected = {os.fsencode(f"{name}={value}") for name, value in FOREIGN.items()}

    async def main() -> None:
        async with Driver(tmp_path / "first", environment=environment) as first:
            await first.run("unset -f f")
            snapshot = await first.proceed()
        second = Driver(tmp_path / "second", environment=environment, restore=snapshot.script)
        async with second:
            await second.run(f"env -0 >{tmp_path}/found; (type f) >{tmp_path}/function")
            assert expected <= set((tmp_path / "found").read_bytes().split(b"\0"))
            assert (tmp_path / "function").read_bytes() == b""

    in_loop(main)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("x=kept; exit 3", 3),
        ("x=kept; set -e; false", 1),
    ],
)
def test_a_shell_saves_its_state_before_it_exits(tmp_path: Path, code: str, status: int) -> None:
    async def main() -> None:
        driver = Driver(tmp_path)
        await driver.shell.wait_until_ready(DEADLINE)
        ended, _ = await driver.run(code)
        snapshot = await driver.snapshot()
        died = await driver.hear(ShellDied)
        driver.close()
        assert (ended.leaving, ended.exit_status) == (True, status)
        assert b'declare -- x="kept"' in snapshot.script
        assert died == ShellDied(ProcessExit(status, by_signal=False))

    in_loop(main)


@pytest.mark.parametrize(
    "setting", ["", "set -e", "trap 'echo err' ERR"], ids=["plain", "errexit", "err"]
)
def test_a_users_exit_trap_does_not_lose_the_state(tmp_path: Path, setting: str) -> None:
    """The hook that saves the state is added to that trap before the next block."""

    async def main() -> None:
        driver = Driver(tmp_path)
        await driver.shell.wait_until_ready(DEADLINE)
        await driver.run(f"trap 'echo \"bye $?\"' EXIT\n{setting}")
        await driver.proceed()
        driver.shell.load("x=kept; exit 3")
        driver.shell.run(2, driver.pair, Connection.NO_INPUT)
        taken: list[Snapshot] = []
        async with asyncio.timeout(DEADLINE):
            while not isinstance(event := await driver.events.get(), ShellDied):
                taken += [event.snapshot] if isinstance(event, SnapshotTaken) else []
        output = driver.pair.stdout.read()
        driver.close()
        assert event.ending == ProcessExit(3, by_signal=False)
        assert output == b"bye 3\n"
        assert [b'declare -- x="kept"' in snapshot.script for snapshot in taken] == [True]

    in_loop(main)


def test_a_killed_shell_reports_the_signal(tmp_path: Path) -> None:
    async def main() -> None:
        driver = Driver(tmp_path)
        await driver.shell.wait_until_ready(DEADLINE)
        driver.shell.process.send(signal.SIGKILL)
        died = await driver.hear(ShellDied)
        driver.close()
        assert died == ShellDied(ProcessExit(137, by_signal=True))

    in_loop(main)


def test_a_shell_can_be_closed_twice_and_leaves_no_file(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            driver.shell.process.send(signal.SIGKILL)
            await driver.hear(ShellDied)
            driver.close()
        assert not (tmp_path / "shell").exists()

    in_loop(main)


def test_code_that_cannot_be_handed_over_does_not_affect_the_shell(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            with pytest.raises(BlockError, match="NUL byte in line 1"):
                driver.shell.load("\0")
            _, output = await driver.run("echo well")
            assert output == "well\n"

    in_loop(main)


@pytest.mark.parametrize(
    "code",
    ["f()", "for x in a b", "for ((;;))", "true |&", "true && #a\n#b", "true &&#a", "[[ a", "if :"],
)
def test_an_unfinished_cell_is_a_syntax_error(tmp_path: Path, code: str) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            ended, output = await driver.run(code)
            assert ended.exit_status != 0
            assert "__et_" not in output

    in_loop(main)


@pytest.mark.parametrize("code", ["cat <<E\na\n\tE", "cat <<E; cat <<E\na\nE", "cat <<E\na"])
def test_an_open_here_document_shows_no_internal_code(tmp_path: Path, code: str) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            _, output = await driver.run(code)
            assert "a\n" in output
            assert "__et_" not in output

    in_loop(main)


def test_a_missing_shell_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    before = descriptors()
    with pytest.raises(ShellStartError, match="'no-such-shell' was not found"):
        spawn(options(tmp_path, program="no-such-shell"))
    assert descriptors() == before


# With 2 or 3, ptyprocess itself loses its pipe when it cannot fork; 10 are enough.
@pytest.mark.parametrize("free", [0, 1, *range(4, 10)])
def test_a_shell_without_free_descriptors_leaves_nothing(tmp_path: Path, free: int) -> None:
    before = descriptors()
    try:
        with descriptors_left(free), pytest.raises((ShellStartError, TerminalError)):
            spawn(options(tmp_path))
        _, left = psutil.wait_procs(children(), timeout=DEADLINE)
        assert left == []
        assert descriptors() == before
    finally:
        for process in children():
            process.kill()


def test_a_shell_without_working_directory_does_not_run_the_kernels_code(tmp_path: Path) -> None:
    """A fork that cannot chdir must exit, not go on with the code and files of the kernel."""
    code = """
import os, sys
from pathlib import Path
from effecttalk_kernel.errors import ShellStartError
from effecttalk_kernel.shell.process import ShellProcess
parent = os.getpid()
try:
    ShellProcess.spawn(["bash"], {}, sys.argv[1] + "/gone", (24, 80))
except ShellStartError:
    pass # either will do
with Path(sys.argv[1], "told").open("a") as file:
    file.write("the kernel" if os.getpid() == parent else "a copy of it")
"""
    subprocess.run([sys.executable, "-c", code, tmp_path], timeout=DEADLINE, check=False)
    assert (tmp_path / "told").read_text() == "the kernel"


def test_an_error_of_start_up_files_includes_their_output(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / ".bashrc").write_text("echo out of here; exit 1\n")
        driver = Driver(tmp_path, load_rc=True)
        with pytest.raises(ShellStartError, match=r"ended while it started.*out of here"):
            await driver.shell.wait_until_ready(DEADLINE)
        driver.close()

    in_loop(main)


def test_a_shell_that_is_not_ready_in_time_is_reported(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / ".bashrc").write_text("read -r -t 60 <> <(:)\n")
        driver = Driver(tmp_path, load_rc=True)
        with pytest.raises(ShellStartError, match=r"not ready after 0\.2 s"):
            await driver.shell.wait_until_ready(0.2)
        driver.shell.process.send(signal.SIGKILL)
        await driver.hear(ShellDied)
        driver.close()

    in_loop(main)


def test_a_process_starts_with_default_signal_handling(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            _, output = await driver.run("trap")
            assert "SIG" not in output.replace("EXIT", "")
            await driver.proceed()
            _, output = await driver.run("grep SigIgn: /proc/self/status")
            assert int(output.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0

    in_loop(main)


def test_a_process_can_be_closed_twice() -> None:
    before = descriptors()
    process = ShellProcess.spawn(["true"], {}, "/", SIZE)
    asyncio.run(_ended(process))
    process.close()
    process.close()
    assert descriptors() == before


async def _ended(process: ShellProcess) -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.add_reader(process.pidfd, lambda: done.done() or done.set_result(None))
    async with asyncio.timeout(DEADLINE):
        await done
    loop.remove_reader(process.pidfd)
    assert process.ending() == ProcessExit(0, by_signal=False)


class Notebook:
    """A session, and what its observer has seen."""

    def __init__(self, directory: Path) -> None:
        self.statuses: dict[int, Status] = {}
        self.outputs: dict[int, bytes] = {}
        self.background: asyncio.Queue[int] = asyncio.Queue()
        self.wrote: asyncio.Queue[int] = asyncio.Queue()
        self.ended: set[int] = set()
        self.late_events: list[Event] = []
        supervisor_options = SupervisorOptions(options(directory), directory / "run", 5.0)
        supervisor_options.runtime_directory.mkdir(mode=0o700)
        session_options = SessionOptions("test", supervisor_options, 1.0)
        supervisor = ShellSupervisor(supervisor_options)
        supervisor.spawn()
        self.session = ShellSession(session_options, supervisor)
        self.session.observers.add(self._observe)

    def _observe(self, block: Block, event: Event) -> None:
        self.statuses[block.number] = block.status
        if block.number in self.ended:
            self.late_events.append(event)
        elif isinstance(event, Finished) and not block.has_writers:
            self.ended.add(block.number)
        if isinstance(event, OutputRead):
            self.outputs[block.number] = self.outputs.get(block.number, b"") + event.data
            self.wrote.put_nowait(block.number)
        if isinstance(event, BackgroundEnded):
            self.background.put_nowait(block.number)


KINDS = [
    ("echo plain", Status.SUCCESS),
    ("false", Status.FAILED),
    ("echo out; ls /nowhere", Status.FAILED),
    ("(read -r -t 0.5 <> <(:); echo late) &", Status.BACKGROUND),
    ("sleep 0 | cat", Status.SUCCESS),
    ("if", Status.FAILED),
    ("exec 2>&1 >/dev/null; echo gone", Status.SUCCESS),
    ("setsid --wait true", Status.SUCCESS),
    ("head -c 100000 /dev/zero | tr '\\0' y", Status.SUCCESS),
    ("exit 0", Status.SUCCESS),
]


def test_a_hundred_blocks_leave_no_descriptor_and_no_process(tmp_path: Path) -> None:
    async def main() -> None:
        notebook = Notebook(tmp_path)
        await notebook.session.run("echo first", HEADLESS)
        expected: dict[int, Status] = {}
        background = []
        for number in range(100):
            code, status = KINDS[number % len(KINDS)]
            block = await notebook.session.run(code, HEADLESS)
            assert block is not None
            expected[block.number] = status
            assert block.status is status, code
            if status is Status.BACKGROUND:
                background.append(block.number)
        async with asyncio.timeout(DEADLINE):
            ended = [await notebook.background.get() for _ in background]
        assert sorted(ended) == background
        # Before it, bash names the job on stderr.
        assert all(notebook.outputs[number].endswith(b"\nlate\n") for number in background)
        assert {notebook.statuses[number] for number in background} == {Status.SUCCESS}
        await notebook.session.close()
        await notebook.session.close()

    in_loop(main)


def test_no_event_follows_the_end_of_a_block(tmp_path: Path) -> None:
    """Its cell no longer exists then, so an error message would be lost."""

    async def main() -> None:
        notebook = Notebook(tmp_path)
        for _ in range(300):
            await notebook.session.run("echo out; echo err >&2", HEADLESS)
        await notebook.session.close()
        assert notebook.late_events == []

    in_loop(main)


def test_an_observer_that_always_fails_does_not_stop_blocks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Block, event: Event) -> None:
        raise KeyError(type(event).__name__)

    async def main() -> None:
        notebook = Notebook(tmp_path)
        notebook.session.observers.remove(notebook._observe)
        notebook.session.observers.add(fail, notebook._observe, fail)
        block = await notebook.session.run("echo out; (sleep 0.1 &)", HEADLESS)
        assert block is not None
        assert (block.status, notebook.outputs[1]) == (Status.BACKGROUND, b"out\n")
        async with asyncio.timeout(DEADLINE):
            assert await notebook.background.get() == 1
        assert (await notebook.session.run("false", HEADLESS)).status is Status.FAILED
        await notebook.session.close()

    in_loop(main)
    assert {"KeyError: 'Started'", "KeyError: 'Finished'"} <= {*caplog.text.splitlines()}


def test_blocks_do_not_make_the_session_grow(tmp_path: Path) -> None:
    async def main() -> None:
        notebook = Notebook(tmp_path)
        sizes = []
        for number in range(60):
            await notebook.session.run("true & wait; echo a", HEADLESS)
            if number % 20 == 10:
                sizes.append(len(descriptors()))
        await notebook.session.close()
        assert sizes[0] == sizes[-1]

    in_loop(main)


def test_closing_ends_running_and_background_processes(tmp_path: Path) -> None:
    async def main() -> None:
        notebook = Notebook(tmp_path)
        await notebook.session.run("sleep 60 & sleep 60 | cat &", HEADLESS)
        running = asyncio.ensure_future(notebook.session.run("echo on; sleep 60", HEADLESS))
        async with asyncio.timeout(DEADLINE):
            while await notebook.wrote.get() != 2:
                pass
        await notebook.session.close()
        await asyncio.gather(running, return_exceptions=True)
        assert running.done()

    in_loop(main)


def test_a_block_that_ends_while_the_session_closes_gives_back_no_closed_terminals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        notebook = Notebook(tmp_path)
        finished = asyncio.Event()
        notebook.session.observers.add(
            lambda _, event: finished.set() if isinstance(event, Finished) else None
        )
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        running = asyncio.ensure_future(notebook.session.run(f"echo on; read -r <{gate}", HEADLESS))
        async with asyncio.timeout(DEADLINE):
            await notebook.wrote.get()

        async def let_the_block_end(*_: object) -> None:
            gate.write_text("go\n")
            await finished.wait()

        monkeypatch.setattr("effecttalk_kernel.session.session.end_processes", let_the_block_end)
        async with asyncio.timeout(DEADLINE):
            await notebook.session.close()
            await running

    in_loop(main)
    assert "callback.failed" not in caplog.text
