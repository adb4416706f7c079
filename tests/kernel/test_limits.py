"""Resource limits of processes: each is enforced and reported, and the session continues."""

import asyncio
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from effecttalk_kernel.errors import ShellStartError
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.resource_limits import ResourceLimits
from effecttalk_kernel.shell.spawn import ShellOptions
from effecttalk_kernel.shell.terminal import TerminalSize
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

Start = Callable[..., Notebook]
BUSY = "bash -c 'while :; do :; done'"


@pytest.fixture(scope="module")
def hurried(template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel whose processes have a second each."""
    with Notebook({"EFFECTTALK_CPU_LIMIT": "1s"}, template=template) as notebook:
        yield notebook


@pytest.fixture(scope="module")
def cramped(template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel with little memory and small files, and all the time that a slow machine needs."""
    limits = {"EFFECTTALK_MEMORY_LIMIT": "300MB", "EFFECTTALK_FILE_SIZE_LIMIT": "1MB"}
    with Notebook(limits, template=template) as notebook:
        yield notebook


def test_without_settings_there_are_no_limits(kernel: Notebook) -> None:
    mine = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
    told = kernel.run("ulimit -S -t; ulimit -S -f").stdout.split()
    assert told == ["unlimited" if limit < 0 else str(limit) for limit in mine]


def test_a_block_can_lift_none(hurried: Notebook, cramped: Notebook) -> None:
    time = hurried.run("ulimit -S -t; ulimit -H -t")
    assert time.stdout.split() == ["1", "3"]
    space = cramped.run("for limit in v f; do ulimit -S -$limit; ulimit -H -$limit; done")
    assert space.stdout.split() == ["292968", "292968", "976", "976"]


def test_a_process_over_its_time_is_ended_and_the_cell_says_so(hurried: Notebook) -> None:
    hurried.run("here=1")
    cell = hurried.run(BUSY)
    assert (cell.record.status, cell.reply["ename"]) == (Status.FAILED, "SIGXCPU")
    assert cell.evalue == (
        f"`{BUSY}` in line 1 was killed by SIGXCPU (exit status 152): it used more CPU time than"
        " `cpu_limit` or `ulimit -t` allows"
    )
    assert hurried.run("echo $here").stdout == "1\n"


def test_a_process_that_ignores_sigxcpu_is_killed(hurried: Notebook) -> None:
    cell = hurried.run("bash -c \"trap '' XCPU; while :; do :; done\"")
    assert cell.reply["ename"] == "SIGKILL"


def test_a_shell_over_its_time_is_replaced_with_its_state(hurried: Notebook) -> None:
    cell = hurried.run("x=own; f() { echo from f; }; while :; do :; done")
    assert cell.record.status is Status.SHELL_LOST
    assert "killed by SIGXCPU (exit status 152): it used more CPU time" in cell.evalue
    assert hurried.run("echo $x; f; ulimit -t").stdout == "own\nfrom f\n1\n"


def test_a_file_has_its_size_and_no_more(cramped: Notebook) -> None:
    cell = cramped.run("head -c 2000000 /dev/zero > ~/large")
    assert cell.reply["ename"] == "SIGXFSZ"
    assert cell.evalue.endswith(
        "it wrote a file larger than `file_size_limit` or `ulimit -f` allows"
    )
    assert cramped.run("stat -c %s ~/large; rm ~/large").stdout == "1000000\n"


def test_a_shell_that_writes_past_it_is_replaced_with_its_state(cramped: Notebook) -> None:
    cell = cramped.run("y=own; printf '%2000000s' > ~/large")
    assert (cell.record.status, cell.reply["ename"]) == (Status.SHELL_LOST, "SIGXFSZ")
    assert cramped.run("echo $y; rm ~/large").stdout == "own\n"


def test_messages_of_the_kernel_count_for_no_limit(cramped: Notebook) -> None:
    """Outputs, states and code are larger than a file may be."""
    cramped.run("#| name: long\nseq 300000")
    found = cramped.run(f": {'x' * 900_000}\nz=$(seq 200000)\nwc -l < $ET_OUT_long")
    assert found.stdout == "300000\n"
    assert cramped.run("exit").record.status is Status.SUCCESS
    assert cramped.run("echo ${#z}").stdout == "1288894\n"


def test_memory_that_is_too_much_is_not_there(cramped: Notebook) -> None:
    cell = cramped.run("z=; y=kept")
    cell = cramped.run("python3 -c 'bytearray(10**9)'")
    assert "MemoryError" in cell.stderr
    cell = cramped.run("z=$(head -c 200000000 /dev/zero | tr '\\0' x)")  # ends the shell itself
    assert "cannot allocate" in cell.stderr
    assert cramped.run("echo $y").stdout == "kept\n"


def test_start_up_files_over_a_limit_are_skipped_and_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("while :; do :; done\n")
    kernel = start(HOME=str(tmp_path), EFFECTTALK_CPU_LIMIT="1s")
    cell = kernel.run("echo fine")
    assert cell.stdout == "fine\n"
    assert (
        "; these limits may be too low: cpu_limit; this shell runs without start-up" in cell.stderr
    )


def test_a_shell_without_enough_memory_names_the_setting(tmp_path: Path) -> None:
    shell = ShellOptions(
        program="bash",
        load_rc=False,
        size=TerminalSize(24, 80),
        environment={"PATH": os.environ["PATH"]},
        cwd=str(tmp_path),
        limits=ResourceLimits(memory_bytes=1_000_000),
    )

    async def start_one() -> None:
        supervisor = ShellSupervisor(SupervisorOptions(shell, tmp_path, spawn_timeout_seconds=5.0))
        try:
            await supervisor.get()
        finally:
            await supervisor.close()

    with pytest.raises(ShellStartError, match="these limits may be too low: memory_limit"):
        asyncio.run(start_one())


def test_limits_that_are_lower_already_stay() -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (5_000, 7_000))
        ResourceLimits(file_bytes=6_000).impose(pid)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (5_000, 6_000)
        ResourceLimits(file_bytes=9_000).impose(pid)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (5_000, 6_000)
    finally:
        os.close(writer)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    ResourceLimits(file_bytes=9_000).impose(pid)  # it is gone: nothing to limit
