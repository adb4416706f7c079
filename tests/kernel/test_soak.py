"""A long session of cells drawn at random, whose kernel is killed now and then."""

import os
import random
import shutil
import signal
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.support.notebook import Notebook, eventually

# By default, and with --long.
CELLS, MANY_CELLS = 40, 2000
KILL_ONE_OF = 25
MARKER: Final = "SOAK_TEST"
# How many files a kernel may have open more than after its first cell: a second connection to the
# store, inotify, a pipe, a spare terminal, and the two files with which the last shell has started.
MAX_MORE_FILES: Final = 10

# Whatever a cell does, the next one runs.
CODES: Final = (
    ":",
    "echo text; echo error >&2",
    "false",
    "(exit 3)",
    "seq 20000",
    "printf '%s\\r' 1 2 3; printf '\\e[31mred\\e[0m\\n'",
    "head -c 3000 /dev/urandom",
    "echo $'\\xe9\\xff'; x=$'\\xe9'",
    # The state.
    "n=$((n + 1)); declare -A map=([key]=$n)",
    "f() { echo in f; }; f | cat",
    "alias hello='echo hello'; shopt -s expand_aliases extglob",
    "cd /tmp; pushd / >/dev/null; popd",
    "big=$(head -c 100000 /dev/zero | tr '\\0' x)",
    'd=$(mktemp -d); cd "$d"; rmdir "$d"',
    'd=$(mktemp -d); mkdir "$d/"$\'d\\xe9\'; cd "$d/"$\'d\\xe9\'; rm -r "$d"',
    # Options and variables that shells trip over.
    "set -euo pipefail; false; echo no",
    "set +euo pipefail",
    "set -x; echo traced; set +x",
    "set -f; set +f; set -C; set +C",
    "set -o posix; set +o posix",
    "IFS=; echo a; unset IFS",
    "IFS=$'\\001'; echo b; unset IFS",
    "trap 'echo debug >&2' DEBUG; echo c; trap - DEBUG",
    "trap 'echo error >&2' ERR; false; trap - ERR",
    "trap 'echo return' RETURN; trap - RETURN; trap 'echo bye' EXIT; trap - EXIT",
    "PROMPT_COMMAND='false'; PS1='$(false)'; unset PROMPT_COMMAND",
    "LC_ALL=C; echo d; unset LC_ALL",
    "exec 3>&1; echo e >&3; exec 3>&-",
    "FUNCNEST=1; f() { :; }; f; unset FUNCNEST; f",
    "alias if=false for=false '{'=false '!'=false; unalias -a",
    "builtin() { echo mine; }; builtin cd /; [() { echo test; }; unset -f [",
    "set -o posix; trap -p | tail -1; set +o posix",
    "enable -n printf read trap; echo j; enable printf read trap",
    "shopt -s extdebug nocasematch; trap : DEBUG; (exit 2) | cat; trap - DEBUG; shopt -u extdebug",
    "trap 'echo child' CHLD; /bin/true; trap - CHLD; trap ':' USR1; kill -USR1 $$",
    "false | true | (exit 3); echo ${PIPESTATUS[@]}",
    "coproc cat; kill $COPROC_PID; wait $COPROC_PID; exec 3< <(echo k); cat <&3; exec 3<&-",
    "(sleep 0.05; exit 3) & wait -n; sleep 0.1 & disown -a",
    # Ends of the shell.
    "exit",
    "exit 7",
    "exec true",
    "exec /nonexistent/program",
    "kill -9 $$",
    "kill -TERM $$; kill -HUP $$",
    "kill -STOP $$",
    "set -e; false",
    # Code that bash does not take.
    "echo 'unclosed",
    "if true; then",
    "cat <<END\nno end",
    ")",
    "#| no-such-option: 1\necho f",
    # Input that is not there.
    'read answer; echo "got $answer"',
    "cat",
    "read -t 0.05 answer",
    '#| stdin: "yes\\n"\nread answer; echo "got $answer"',
    # Jobs.
    "sleep 3 & echo g",
    "sleep 0.05 & wait; jobs",
    "(sleep 0.05; echo late) &",
    "kill %1 2>/dev/null; wait",
    "#| background: true\nsleep 0.1; echo done",
    "sleep 0.05 | cat; yes | head -1000 | tail -1",
    # Options of cells.
    "#| tty: true\ntty; stty size",
    "#| stderr: merged\necho h; echo i >&2",
    "#| timeout: 0.3\nsleep 60",
    "#| timeout: 0.3\ntrap '' INT; sleep 60",
    "#| retries: 1\n#| retry-delay: 0\nfalse",
)
INTERRUPTED: Final = (
    "echo go; sleep 60",
    "echo go; while :; do :; done",
    "echo go; yes >/dev/null",
    "echo go; (trap '' INT; sleep 60)",
)


class Soak:
    """A session that is continued by the next kernel when one is killed."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.chance = random.Random(seed)
        self.environment = {
            MARKER: str(home),
            "HOME": str(home),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "EFFECTTALK_DATA_DIR": str(home / "kept"),
        }

    def run(self, count: int) -> None:
        while count > 0:
            with Notebook(self.environment, cwd=self.home) as notebook:
                notebook.run(":")
                kernel = psutil.Process(notebook.pid)
                files = kernel.num_fds()
                while count > 0 and self.chance.randrange(KILL_ONE_OF):
                    self._run_one(notebook)
                    count -= 1
                # Jobs in the background have terminals until they end.
                eventually(
                    lambda now=kernel.num_fds, most=files + MAX_MORE_FILES: now() <= most,
                    f"the kernel has {files} files open at first, then {kernel.num_fds()}",
                )
                if count > 0:
                    self._kill(notebook)
                    count -= 1

    def _run_one(self, notebook: Notebook) -> None:
        if self.chance.randrange(10):
            notebook.run(self.chance.choice(CODES))
        else:
            notebook.run(self.chance.choice(INTERRUPTED), after_text="go")
        notebook.forget_log()

    def _kill(self, notebook: Notebook) -> None:
        """Kill the kernel at any moment of a cell."""
        cell = notebook.send(self.chance.choice(CODES))
        if self.chance.randrange(3):
            notebook.wait(lambda: cell.states, "the beginning of a cell")
        os.kill(notebook.pid, signal.SIGKILL)

    def processes(self) -> list[psutil.Process]:
        """Return the processes that any of the kernels has left."""
        left = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARKER) == str(self.home):
                    left.append(process)
            except psutil.Error:  # it has ended
                continue
        return left


@pytest.mark.timeout(3_600)  # with --long
def test_a_random_session_ends_every_cell_and_leaves_nothing(tmp_path: Path, is_long: bool) -> None:
    soak = Soak(tmp_path, seed=1)
    soak.run(MANY_CELLS if is_long else CELLS)
    directories = tmp_path / "runtime"
    with Notebook(soak.environment, cwd=tmp_path):  # it removes what killed kernels have left
        eventually(lambda: len([*directories.glob("effecttalk-*")]) == 1, "one directory")
    eventually(lambda: not soak.processes(), "the end of all processes")
    assert [*directories.glob("effecttalk-*")] == []
    shutil.rmtree(tmp_path / "kept")
