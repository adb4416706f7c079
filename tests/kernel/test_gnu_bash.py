"""The test scripts of GNU bash: each as one cell does what it does in an interactive bash.

They are part of the source of bash (the directory `tests`) and of its licence, so they are not
kept here. They need the programs of its directory `support`:

    cd tests && gcc -o recho ../support/recho.c && gcc -o zecho ../support/zecho.c &&
        gcc -o xcase ../support/xcase.c
    pytest tests/kernel/test_gnu_bash.py --bash-tests DIRECTORY
"""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import termios
import time
from pathlib import Path
from typing import Final

import pytest

from tests.support import notebook as notebooks
from tests.support.notebook import Notebook

SECONDS: Final = 120
ENVIRONMENT: Final = {"THIS_SH": "/bin/bash", "BASH_TSTOUT": "/dev/null", "HISTFILE": "/dev/null"}
DIFFERENT: Final = {
    "array": "lists all arrays, and so those of the kernel, which begin with __et",
    "coproc": "says that a job is done when bash happens to look",
    "cprint": "starts a job that ends at once: whether bash says so is chance",
    "dbg-support": "a DEBUG trap with functrace is inherited by the kernel's trap of ERR",
    "errors": "lists all readonly functions, and so those of the kernel",
    "func": "unsets all functions, and so those of the kernel, which are readonly",
    "herestr": "lists all functions, and so those of the kernel",
    "histexp": "writes to a pipe that ends: whether bash says so is chance",
    "jobs": "bash writes an empty line before a stopped job, which a cell does not show",
    "nameref": "prints the number of a free descriptor",
    "read": "reads from a terminal on which no front end answers",
    "redir": "replaces the standard input of the shell",
    "rsh": "restricts the shell, which is replaced after the cell",
    "set-x": "is evaluated here, which adds a `+`; a cell shows as many as typed code",
    "shopt": "makes bash itself crash, in a terminal too",
    "varenv": "lists the options of the shell: the kernel fills the history itself",
    "trap": "lists all traps, and so the kernel's trap of ERR; the shell exits later",
    "vredir": "prints the number of a free descriptor",
}
# What a terminal shows as nothing, and what differs between two runs.
UNSEEN: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x7f]")
VARIES: Final = re.compile(r"/tmp/[\w/-]*(?=/tests)|bash-\w+|/dev/pts/\d+|\b\d{3,7}\b")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    directory = metafunc.config.getoption("--bash-tests")
    scripts = sorted(Path(directory).glob("*.tests")) if directory else []
    metafunc.parametrize("script", scripts, ids=lambda script: script.stem)


@pytest.fixture
def place(script: Path, tmp_path: Path) -> Path:
    """A copy of the directory, because the scripts write into it."""
    return Path(shutil.copytree(script.parent, tmp_path / "tests"))


def run_in_terminal(code: Path, place: Path) -> dict[str, str]:
    """Evaluate code in an interactive bash whose streams are terminals, as those of a block are."""
    terminals = {name: os.openpty() for name in ("stdout", "stderr")}
    for _, slave in terminals.values():
        modes = termios.tcgetattr(slave)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, modes)
    pid, control = pty.fork()
    if pid == 0:
        os.chdir(place)
        for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored_by_python, signal.SIG_DFL)
        environment = {**os.environ, **ENVIRONMENT, "PATH": f"{place}:{os.environ['PATH']}"}
        streams = [os.ttyname(slave) for _, slave in terminals.values()]
        command = f'eval "$(cat {code})" 0</dev/null >{streams[0]} 2>{streams[1]}'
        arguments = ["/usr/bin/bash", "--norc", "--noediting", "-i", "-c", command]
        os.execve("/usr/bin/bash", arguments, environment)
    shown = {control: b"", **{master: b"" for master, _ in terminals.values()}}
    end = time.monotonic() + SECONDS
    while control in shown and time.monotonic() < end:
        for descriptor in select.select([*shown], [], [], 0.1)[0]:
            data = b""
            with contextlib.suppress(OSError):  # the last process has ended
                data = os.read(descriptor, 1 << 16)
            shown[descriptor] += data
            if not data and descriptor == control:
                end = 0
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    texts = {
        name: shown[master].decode(errors="replace") for name, (master, _) in terminals.items()
    }
    for descriptor in [*shown, *(slave for _, slave in terminals.values())]:
        os.close(descriptor)
    return texts


def comparable(text: str) -> list[str]:
    return VARIES.sub("@", UNSEEN.sub("", text.replace("\r", ""))).splitlines()


def test_a_script_is_run_as_a_cell(
    script: Path, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := DIFFERENT.get(script.stem):
        pytest.skip(reason)
    monkeypatch.setattr(notebooks, "_texts", lambda _: [])  # scripts may list all names
    code = tmp_path / "code"
    code.write_text(script.read_text(errors="replace"))
    expected = run_in_terminal(code, place)
    shutil.rmtree(place)
    shutil.copytree(script.parent, place)
    with Notebook({**ENVIRONMENT, "PATH": f"{place}:{os.environ['PATH']}"}, cwd=place) as notebook:
        cell = notebook.run(code.read_text(), timeout=SECONDS)
        assert notebook.run("echo fine").stdout.endswith("fine\n")
        notebook.forget_log()
    assert comparable(cell.stdout) == comparable(expected["stdout"])
    assert comparable(cell.stderr) == comparable(expected["stderr"])
