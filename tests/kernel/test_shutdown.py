"""After a kernel ends, only processes that the user detached are left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from tests.conftest import Start
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook, eventually

DEAF = """python3 -c '
import signal, time
for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: None)
open("{path}", "w").write(str(__import__("os").getpid()))
while True:
    time.sleep(60)
'"""
# A program that runs a cell, tells the process of its kernel, and waits.
PARENT = """
import signal, sys
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="effecttalk")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
code = sys.argv[1]
client.execute(code)
while True:
    message = client.get_iopub_msg(timeout=60)
    if message["content"].get("text") or code == ":" and message["msg_type"] == "display_data":
        break
print(manager.provisioner.pid, flush=True)
signal.pause()
"""
SLEEP = "sh -c 'echo $$ > {path}.new; mv {path}.new {path}; exec sleep 60'"


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_in(path: Path) -> int:
    eventually(lambda: path.exists() and path.read_text().strip(), f"a process id in {path}")
    return int(path.read_text())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where a process writes its id; it is ended with the test."""
    path = tmp_path / "pid"
    yield path
    if path.exists() and is_alive(int(path.read_text())):
        os.kill(int(path.read_text()), signal.SIGKILL)


ENDED = {
    "a background job": f"{SLEEP} &",
    "a background job in a subshell": f"({SLEEP} &)",
    "a job that writes": f"({SLEEP}; echo) &",
    "one that ignores SIGHUP, SIGTERM and SIGINT by handlers": f"{DEAF} &",
    "a job of a shell that exited": f"{SLEEP} & exit 0",
    "a stopped job": f"{SLEEP} & p=$!; until [ -e {{path}} ]; do sleep 0.01; done; kill -STOP $p",
}


@pytest.mark.parametrize("code", ENDED.values(), ids=ENDED)
def test_a_shutdown_ends(place: Path, code: str) -> None:
    with Notebook() as notebook:
        notebook.run(code.replace("{path}", str(place)))
        pid = pid_in(place)
    assert not is_alive(pid)


@pytest.mark.parametrize("code", [SLEEP, DEAF], ids=["sleep", "deaf"])
def test_a_shutdown_ends_the_running_block(place: Path, code: str) -> None:
    with Notebook() as notebook:
        notebook.send(code.replace("{path}", str(place)))
        pid = pid_in(place)
    assert not is_alive(pid)


@pytest.mark.parametrize("code", [":", "echo go; sleep 60"], ids=["idle", "busy"])
def test_a_kernel_ends_quietly_with_its_parent(code: str) -> None:
    command = [sys.executable, "-c", PARENT, code]
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        kernel = int(parent.stdout.readline())
        parent.kill()
        log = parent.stderr.read()  # to its end: the kernel has it, too
    eventually(lambda: not is_alive(kernel), "the end of the kernel")
    assert log == ""


DETACHED = {
    "nohup": "nohup {program} >/dev/null 2>&1 &",
    "setsid": "setsid {program} >/dev/null 2>&1 &",
    "disown": "{program} >/dev/null 2>&1 & disown",
    "disown in another cell": "{program} >/dev/null 2>&1 &\n---\ndisown",
    "nohup in a shell that exited": "nohup {program} >/dev/null 2>&1 & exit 0",
}


@pytest.mark.parametrize("code", DETACHED.values(), ids=DETACHED)
def test_a_shutdown_leaves_alone(place: Path, code: str, template: KernelTemplate) -> None:
    program = SLEEP.replace("{path}", str(place))
    with Notebook(template=template) as notebook:
        for cell in code.split("\n---\n"):
            notebook.run(cell.replace("{program}", program))
        pid = pid_in(place)
    assert is_alive(pid)


@pytest.mark.parametrize(
    "code", ["echo go; yes", "echo go; while :; do echo y; done", "(yes) & echo go"]
)
def test_a_shutdown_takes_less_than_two_seconds(code: str, template: KernelTemplate) -> None:
    """More where that of an idle kernel takes long, too: other programs may use the machine."""
    assert any(
        shutdown_seconds(code, template) < max(2, 5 * shutdown_seconds("echo go", template))
        for _ in range(3)
    )


def shutdown_seconds(code: str, template: KernelTemplate) -> float:
    with Notebook(template=template) as notebook:
        cell = notebook.send(code)
        notebook.wait(lambda: "go" in cell.stdout, "go")
        began = time.monotonic()
    return time.monotonic() - began


def test_no_shell_is_left(template: KernelTemplate) -> None:
    with Notebook(template=template) as notebook:
        pid = notebook.run(":").record.volatile.shell_pid
    assert not is_alive(pid)


def test_the_runtime_directory_is_removed(surroundings: Path, template: KernelTemplate) -> None:
    with Notebook(template=template) as notebook:
        session = notebook.run(":").record.volatile.session
        existed = (surroundings / f"runtime/effecttalk-{session}").is_dir()
    assert (existed, [*(surroundings / "runtime").glob(f"*{session}*")]) == (True, [])


def test_the_runtime_directory_is_private(fresh: Notebook, surroundings: Path) -> None:
    session = fresh.run(":").record.volatile.session
    mode = (surroundings / f"runtime/effecttalk-{session}").stat().st_mode
    assert mode & 0o777 == 0o700


def test_a_restart_starts_a_new_session(fresh: Notebook) -> None:
    fresh.run("x=1")
    fresh.manager.restart_kernel()
    fresh.await_welcome()
    assert fresh.run("echo ${x-unset}").stdout == "unset\n"


def test_a_restart_ends_what_ran(fresh: Notebook, place: Path) -> None:
    fresh.run(f"{SLEEP} &".replace("{path}", str(place)))
    pid = pid_in(place)
    fresh.manager.restart_kernel()
    fresh.await_welcome()
    assert not is_alive(pid)


@pytest.mark.parametrize("code", [":", "echo go; sleep 60", "echo go; yes"])
def test_a_killed_kernel_leaves_no_shell(start: Start, code: str) -> None:
    notebook = start()
    pid = notebook.run(":").record.volatile.shell_pid
    cell = notebook.send(code)
    notebook.wait(lambda: cell.stdout or cell.is_done, "the cell")
    os.kill(notebook.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "the shell's end")


def test_sigterm_ends_a_kernel_and_its_shell(start: Start) -> None:
    notebook = start()
    pid = notebook.run(":").record.volatile.shell_pid
    os.kill(notebook.pid, signal.SIGTERM)
    notebook.wait(lambda: notebook.manager.provisioner.process.poll() is not None, "its end")
    assert not is_alive(pid)
