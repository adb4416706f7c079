"""Reading /proc, with real processes."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.shell import proc, waiting_process

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program; its whole process group is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline


def line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


@pytest.fixture
def gone() -> int:
    """Return the process ID of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


TREE = "bash -c 'sleep 60 & echo $$ $!; wait' & wait"


def test_descendants_are_children_and_grandchildren(start: Start) -> None:
    shell = start("bash", "-c", TREE)
    child, grandchild = map(int, line(shell).split())
    assert [*proc.descendants(shell.pid)] == [child, grandchild]
    assert proc.parent(grandchild) == child
    assert {shell.pid, child, grandchild} <= {*proc.pids()}


def test_descendants_are_found_without_lists_of_children(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a Linux without CONFIG_PROC_CHILDREN, which only a patch can simulate."""
    shell = start("bash", "-c", TREE)
    child, grandchild = map(int, line(shell).split())

    def missing(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(proc, "open", missing, raising=False)
    assert [*proc.descendants(shell.pid)] == [child, grandchild]


def test_the_state_is_read(start: Start) -> None:
    process = start("sleep", "60")
    wait_for(lambda: proc.state(process.pid) == "S")
    os.kill(process.pid, signal.SIGSTOP)
    wait_for(lambda: proc.state(process.pid) == "T")
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: proc.state(process.pid) == "Z")
    assert proc.is_there(process.pid)


def test_a_dead_process_has_no_properties(gone: int) -> None:
    assert not proc.is_there(gone)
    assert gone not in proc.pids()
    assert proc.state(gone) == proc.name(gone) == proc.open_file(gone, 0) == ""
    assert proc.parent(gone) is None
    assert not proc.ignores(gone, signal.SIGHUP)
    assert [*proc.descendants(gone)] == []
    assert proc.open_files(gone) == {}
    assert proc.descriptor_info(gone, 0) == []
    with pytest.raises(FileNotFoundError):
        proc.system_calls(gone)
    with pytest.raises(FileNotFoundError):
        proc.memory(gone, 1, 1)


def test_a_name_may_hold_anything(start: Start, tmp_path: Path) -> None:
    program = tmp_path / "a) S 1 (\nb"
    program.symlink_to("/bin/sleep")
    process = start(str(program), "60")
    wait_for(lambda: proc.name(process.pid) == "a) S 1 (\nb")
    assert proc.parent(process.pid) == os.getpid()


def test_an_ignored_signal_is_found(start: Start) -> None:
    process = start("bash", "-c", "trap '' HUP; echo; read -r")
    line(process)
    assert proc.ignores(process.pid, signal.SIGHUP)
    assert not proc.ignores(process.pid, signal.SIGTERM)


def test_open_files_are_listed_by_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "a b"
    with path.open("w") as file:
        assert proc.open_files(os.getpid())[file.fileno()] == str(path)
        assert proc.open_file(os.getpid(), file.fileno()) == str(path)
    assert str(path) not in proc.open_files(os.getpid()).values()


def test_the_number_of_a_terminal_is_read() -> None:
    master, slave = os.openpty()
    try:
        number = os.ttyname(slave).removeprefix("/dev/pts/")
        assert f"tty-index:\t{number}" in proc.descriptor_info(os.getpid(), master)
        terminals = proc.terminals()
        assert terminals is not None
        assert 0 < terminals.used <= terminals.most
    finally:
        os.close(master)
        os.close(slave)


def test_the_system_call_of_a_program_that_reads_is_found(start: Start) -> None:
    process = start("cat")

    def reads() -> bool:
        calls = proc.system_calls(process.pid)
        return [(waiting_process.NAMES.get(number), args[0]) for number, args in calls] == [
            ("read", 0)
        ]

    wait_for(reads)


def test_memory_is_read_at_its_address() -> None:
    text = ctypes.create_string_buffer(b"effecttalk")
    assert proc.memory(os.getpid(), ctypes.addressof(text), 6) == b"effect"
    assert proc.memory(os.getpid(), 0, 6) == b""


def test_a_python_program_has_the_files_it_was_given(start: Start) -> None:
    process = start(sys.executable, "-c", "print(flush=True); input()")
    line(process)
    assert proc.open_file(process.pid, 0).startswith("pipe:")


# It only passes a path in /proc to another program.
PATHS = {"rpc/wire.py"}


def test_no_other_module_reads_proc() -> None:
    package = Path(proc.__file__).parents[1]
    users = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if '"/proc' in path.read_text(encoding="utf-8")
    }
    assert users == PATHS | {"shell/proc.py"}
