"""The resources of a kernel after 500 blocks of every kind are those after one of each."""

import base64
import json
import os
import resource
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from effecttalk_kernel.output.content.pictures.png import encode
from tests.support.notebook import Notebook, eventually

BLOCKS: Final = 500
LONG: Final = 40_000  # bytes; the notebook shows fewer
PICTURE: Final = base64.b64encode(encode([bytes(4)], 4)).decode()
LOOKS: Final = 10
# The control terminal, the idle terminal, and a pair for the next block.
TERMINALS: Final = 4
# Threads of asyncio's executor are begun when all that there are have work, and stay.
MAX_THREADS: Final = 4 + min(32, (os.cpu_count() or 1) + 4)

Kind = Callable[[Notebook], object]


@dataclass(frozen=True)
class Holds:
    """What a kernel and its session hold: descriptors and files by what they are of."""

    descriptors: Counter[str]
    terminals: int
    processes: int
    files: Counter[str]

    def difference(self, other: "Holds") -> Sequence[object]:
        """Return what only one of the two has, for the message of a failed test."""
        here, there = self, other
        return [
            here.descriptors - there.descriptors,
            there.descriptors - here.descriptors,
            here.files - there.files,
            there.files - here.files,
            here.terminals - there.terminals,
            here.processes - there.processes,
        ]


@dataclass(frozen=True)
class Watched:
    """A kernel, and where what it holds can be seen."""

    notebook: Notebook
    identity: str
    runtime_directory: Path

    def look(self) -> Holds:
        found = _each(f"/proc/{self.notebook.pid}/fd", lambda entry: str(entry.readlink()))
        directory = self.runtime_directory
        files = [path for path in directory.rglob("*") if not path.is_dir()]
        return Holds(
            descriptors=Counter(map(_kind_of_file, found)),
            terminals=len(self.terminals()),
            processes=len(self.processes()),
            files=Counter(_without_number(path.relative_to(directory)) for path in files),
        )

    def terminals(self) -> set[str]:
        """The pseudo-terminals whose master sides the kernel has open."""
        texts = _each(f"/proc/{self.notebook.pid}/fdinfo", Path.read_text)
        lines = {line for text in texts for line in text.splitlines()}
        return {line for line in lines if line.startswith("tty-index:")}

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.notebook.pid}/task"))

    def processes(self) -> set[int]:
        """Descendants of the kernel, and detached processes that were started in its session."""
        found = {child.pid for child in psutil.Process(self.notebook.pid).children(recursive=True)}
        mark = f"EFFECTTALK_SESSION={self.identity}".encode()
        for pid in psutil.pids():
            with suppress(OSError):  # gone by now, or of another user
                if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    found.add(pid)
        return found

    def at_rest(self) -> Holds:
        """Look when nothing but the shell runs any more, and nothing changes."""
        eventually(lambda: len(self.processes()) == 1, "the end of all but the shell", timeout=15)
        same = [self.look()]

        def is_at_rest() -> bool:
            now = self.look()
            if now != same[-1]:
                same.clear()
            same.append(now)
            return len(same) > LOOKS

        eventually(is_at_rest, "rest")
        return same[-1]


def _each(directory: str, read: Callable[[Path], str]) -> list[str]:
    """What is read of the entries of a directory of /proc, but of those that go meanwhile."""
    found = []
    for entry in Path(directory).iterdir():
        with suppress(OSError):
            found.append(read(entry))
    return found


def _kind_of_file(target: str) -> str:
    """What a descriptor is of, without what tells it from others of its kind."""
    if target.startswith("/dev/pts/"):
        return "/dev/pts/N"
    return _without_number(Path(target.partition(":[")[0].partition(" (deleted)")[0]))


def _without_number(path: Path) -> str:
    """A file of the third shell is as good as one of the first."""
    parts = ["shell-N" if part.startswith("shell-") else part for part in path.parts]
    return "/".join(parts)


def good(code: str, **options: Any) -> Kind:
    return partial(_run, code=code, status="ok", **options)


def bad(code: str, **options: Any) -> Kind:
    return partial(_run, code=code, status="error", **options)


def one_after_the_other(*kinds: Kind) -> Kind:
    return lambda notebook: [kind(notebook) for kind in kinds]


def _run(notebook: Notebook, code: str, status: str, **options: Any) -> None:
    cell = notebook.run(code, **options)
    assert cell.status == status, (code, cell)


QUICK: Final[dict[str, Kind]] = {
    "nothing": good(" "),
    "plain": good("x=$((x + 1)); echo $x"),
    "both streams": good("echo out; echo err >&2"),
    "failing": bad("false"),
    "a command that is not there": bad("no-such-command"),
    "syntax error": bad("if"),
    "open quote": bad("echo 'x"),
    "pipeline": good("seq 3 | sort -r | head -1 >/dev/null"),
    "substitutions": good("echo $(echo a) <(true) >/dev/null"),
    "processes that end": good("true & sleep 0.01 & wait"),
    "processes that end later": good("(sleep 0.02; echo late) & sleep 0.01 &"),
    "detached": good("setsid -f sleep 0.01; nohup sleep 0.01 & disown -a"),
    "descriptors of the user": good("exec 7</dev/null; exec 7<&-; exec >/dev/null"),
    "directory and variables": good("#| cwd: /tmp\n#| env: {A: 1}\necho $A"),
    "merged": good("#| stderr: merged\necho out; echo err >&2"),
    "answers given": good('#| stdin: "yes\\nno\\n"\nread -r a; read -r b'),
    "headless question": bad("read -r a </dev/tty"),
    "named": good("#| name: it\necho it"),
    "needs": good("#| needs: it\ncat $ET_OUT_it"),
    "needs what is not there": bad("#| needs: nobody\ntrue"),
    "named with a late writer": good("#| name: late\n(sleep 0.02; echo late) &"),
    "unknown option": bad("#| no-such-option: 1\ntrue"),
    "wrong option": bad("#| cwd: /nowhere\ntrue"),
    "fallback": good("#| fallback: echo cached\nfalse"),
    "retry": bad("#| retry: {attempts: 2, base_delay: 1ms}\nfalse"),
    "expected": good("#| expect-exit: 3\n(exit 3)"),
    "strict, and all is well": good("#| errexit: true\ntrue"),
    "more than is shown": good(f"head -c {LONG} /dev/zero | tr '\\0' x"),
    "screen": good(r"printf 'a\nb\e[A\rc\n'"),
    "picture": good(rf"printf '\e]1337;File=inline=1:{PICTURE}\a'"),
    "picture that is none": good(r"printf '\ePq\e\\'; printf '\e]1337;File=inline=1:!\a'"),
    "silent": good("echo silent", silent=True),
    "on a terminal": good("#| tty: true\nstty size", allow_stdin=True),
    "on a terminal, headless": bad("#| tty: true\ntrue"),
    "background": good("#| background: true\necho begun; sleep 0.02; echo done"),
    "background that ends at once": good("#| background: true\n:"),
    "background that fails": good("#| background: true\n#| name: server\nexit 3"),
    "background that is killed": good("#| background: true\nkill -9 $BASHPID"),
    "background that times out": good("#| background: true\n#| timeout: 500ms\nsleep 60"),
    "background that can't be": bad("#| background: true\n#| tty: true\ntrue"),
    "another program": good("#| shell: sh -e\necho $0"),
    "another program that fails": bad("#| shell: sh -e\nfalse; echo no"),
    "another program that is not there": bad("#| shell: /nowhere\ntrue"),
    "refused by the policy": bad("shutdown now"),
    "printed before": good("#| cache: true\necho cached"),
    "refused without a question": bad("#| confirm: true\ntrue"),
    "expressions": good("true", user_expressions={"a": "$x"}),
}
SLOW: Final[dict[str, Kind]] = {
    "exit": bad("exit 3"),
    "exec": good("exec true"),
    "exec of nothing": bad("exec /nowhere"),
    "killed shell": bad("kill -9 $$"),
    "strict, and one fails": bad("#| errexit: true\nfalse"),
    "timed out": bad("#| timeout: 20ms\nsleep 60"),
    "timed out with processes": bad("#| timeout: 20ms\nsleep 60 & (sleep 60 & sleep 60)"),
    "all attempts time out": bad(
        "#| timeout: 20ms\n#| retry: {attempts: 2, base_delay: 1ms}\n#| fallback: (exit 1)\nsleep 60"
    ),
    "killed shell with processes": bad("sleep 0.2 & kill -9 $$"),
    "interrupted": bad("echo on; sleep 60", after_text="on"),
    "interrupted with processes": bad("sleep 0.1 & echo on; sleep 60", after_text="on"),
    "question": good("read -r answer", answers=["x"]),
    "question without an answer": bad(
        "read -r answer", allow_stdin=True, interrupt_when=lambda cell: cell.questions
    ),
    "completion": lambda notebook: notebook.ask(
        "complete_request", {"code": "ls /et", "cursor_pos": 6}
    ),
    "inspection": lambda notebook: notebook.ask(
        "inspect_request", {"code": "cd", "cursor_pos": 2, "detail_level": 0}
    ),
}
# Each starts a Python.
COMMANDS: Final[dict[str, Kind]] = {
    "undo": good("effecttalk undo >/dev/null || true"),
    "waited for": good("effecttalk wait --timeout 10s >/dev/null || true"),
    "begun and ended": one_after_the_other(
        good("#| background: true\n#| name: server\nsleep 60"),
        bad("effecttalk wait server --timeout 0"),
        good("effecttalk kill server"),
    ),
}
RARE: Final = [*list(SLOW.values()) * 8, *list(COMMANDS.values()) * 3]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    # Its upkeep, which is another process, is not due.
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "maintained").touch()
    environment = {
        "EFFECTTALK_DATA_DIR": str(data),
        "EFFECTTALK_POLICY_DENY": "shutdown *",
        "EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE": "10000",
        # Old spills make room for new ones.
        "EFFECTTALK_MAX_SESSION_SIZE": str(10 * LONG),
    }
    with Notebook(environment) as notebook:
        told = notebook.run("echo $EFFECTTALK_SESSION $EFFECTTALK_SOCKET").stdout.split()
        yield Watched(notebook, told[0], Path(told[1]).parent)


def mixed(count: int) -> Iterator[Kind]:
    """*count* blocks of all kinds, the slow ones in between."""
    quick, rare = cycle(QUICK.values()), iter(RARE)
    every = count // len(RARE)
    for number in range(count):
        yield (number % every == 0 and next(rare, None)) or next(quick)


def test_nothing_is_held_longer_than_it_is_needed(watched: Watched) -> None:
    notebook = watched.notebook
    for kind in [*QUICK.values(), *SLOW.values(), *COMMANDS.values()]:
        kind(notebook)
    before = watched.at_rest()
    assert before.terminals == TERMINALS
    for kind in mixed(BLOCKS):
        kind(notebook)
    after = watched.at_rest()
    assert after == before, after.difference(before)
    assert watched.threads() <= MAX_THREADS


def test_a_kernel_reports_its_resources(watched: Watched) -> None:
    notebook = watched.notebook
    ask = "import json, os; from effecttalk_kernel.rpc.client import call"
    ask += '; print(json.dumps(call(os.environ["EFFECTTALK_SOCKET"], "resources")))'
    asking = f"{shlex.quote(sys.executable)} -c {shlex.quote(ask)}"
    notebook.run(asking)
    rest = watched.at_rest()
    told = json.loads(notebook.run(asking).stdout)
    assert told["descriptors"] - rest.descriptors.total() in range(-1, 5)
    assert (told["processes"], told["blocks"], told["spills"]) == (2, 0, 0)
    assert told["terminals"] == TERMINALS
    assert told["most_descriptors"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert told["runtime_files"] == rest.files.total()

    notebook.run(f"head -c {LONG} /dev/zero | tr '\\0' x; sleep 60 &")
    more = json.loads(notebook.run(asking).stdout)
    assert (more["processes"], more["blocks"], more["spills"]) == (3, 1, 1)
    assert more["spilled_bytes"] >= LONG
    assert more["terminals"] == TERMINALS + 2

    notebook.run("kill %1")
    watched.at_rest()
    assert json.loads(notebook.run(asking).stdout)["terminals"] == TERMINALS
