"""`effecttalk blocks rerun` outside a session: its output, its questions and its processes."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import psutil
import pytest

from effecttalk_kernel.cli.printer import Printer
from effecttalk_kernel.cli.rerun import RerunError, describe_display, rerun_block
from effecttalk_kernel.store.rows import StoredBlock
from tests.support.notebook import Notebook

# Runs its first argument as a block of the current directory.
SCRIPT = """
import os, sys
from effecttalk_kernel.cli.rerun import rerun_block
from effecttalk_kernel.store.rows import StoredBlock
block = StoredBlock(1, "3f9a2c41b07e", 2, sys.argv[1], "success", 0, 0.0, None, os.getcwd(), {})
sys.exit(rerun_block(block, has_state=False))
"""
SECONDS = 30


def run(code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, code], cwd=directory, env=surroundings(directory),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip


def surroundings(directory: Path) -> dict[str, str]:
    return {**os.environ, "EFFECTTALK_DATA_DIR": str(directory / "data")}


def on_terminal(code: str, directory: Path) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable, ["-c", SCRIPT, code], encoding="utf-8", timeout=SECONDS,
        cwd=str(directory), env=surroundings(directory), dimensions=(24, 90),
    )  # fmt: skip


def rest(child: "pexpect.spawn[str]") -> str:
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


def test_rerun_prints_the_output_and_exits_with_the_status_of_the_block(tmp_path: Path) -> None:
    done = run("pwd; echo wrong >&2; printf '\\e[31mred\\e[0m\\n'; sh -c 'exit 7'", tmp_path)
    assert done.stdout == f"{tmp_path}\nred\n"
    assert "wrong\n" in done.stderr
    assert "is not stored; it runs in a new shell" in done.stderr
    assert done.stderr.endswith("effecttalk: `sh -c 'exit 7'` in line 1 ended with exit status 7\n")
    assert done.returncode == 7


def test_a_large_output_is_printed_completely(tmp_path: Path) -> None:
    done = run("seq 300000", tmp_path)
    assert done.stdout == "".join(f"{n}\n" for n in range(1, 300_001))
    assert done.returncode == 0


def test_rerun_does_not_answer_questions_without_a_terminal(tmp_path: Path) -> None:
    done = run("cat; read x </dev/tty", tmp_path)
    assert "no front end can answer" in done.stderr
    assert done.returncode == 1


def test_questions_are_asked_on_the_terminal(tmp_path: Path) -> None:
    child = on_terminal("read -p 'name? ' n; read -sp 'secret? ' s; echo; echo $n ${#s}", tmp_path)
    child.expect_exact("name? ")
    child.sendline("ada")
    child.expect_exact("secret? ")
    child.sendline("12345")
    shown = rest(child)
    assert "ada 5" in shown
    assert "12345" not in shown
    assert child.exitstatus == 0


def test_the_block_has_the_size_of_the_terminal(tmp_path: Path) -> None:
    assert "24 90" in rest(on_terminal("echo $(tput lines) $(tput cols)", tmp_path))


@pytest.mark.parametrize("code", ["sleep 60", "cat"])
def test_ctrl_c_interrupts_the_block(tmp_path: Path, code: str) -> None:
    child = on_terminal(f"printf 'go? '; {code}", tmp_path)
    child.expect_exact("go? ")
    child.sendintr()
    assert "interrupted (SIGINT), exit status 130" in rest(child)
    assert child.exitstatus == 130


def test_rerun_leaves_no_kernel(tmp_path: Path) -> None:
    child = on_terminal("echo $PPID $$; sleep 60", tmp_path)
    child.expect(r"(\d+) (\d+)\r")
    kernel, shell = (psutil.Process(int(pid)) for pid in child.match.groups())
    child.kill(9)
    child.close()
    assert not psutil.wait_procs([kernel, shell], timeout=SECONDS)[1]


def test_rerun_fails_if_the_directory_of_the_block_is_missing(tmp_path: Path) -> None:
    block = StoredBlock(
        1, "3f9a2c41b07e", 2, "touch ran", "success", 0, 0.0, None, f"{tmp_path}/gone", {}
    )
    with pytest.raises(RerunError, match="does not exist: create it"):
        rerun_block(block, has_state=False)


def test_rerun_restores_the_state_before_the_block(tmp_path: Path) -> None:
    with Notebook(surroundings(tmp_path), cwd=str(tmp_path)) as kernel:
        kernel.run("x=before; greet() { echo hello $x $PWD; }; mkdir sub; cd sub")
        session = kernel.run("greet; x=after").record.volatile.session
        kernel.run("x=later")
    done = subprocess.run(
        [sys.executable, "-m", "effecttalk_kernel.cli", "blocks", "rerun", f"{session}-2"],
        cwd=tmp_path, env=surroundings(tmp_path), capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == (f"hello before {tmp_path}/sub\n", 0), done.stderr


# What is shown anew.


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *cells: str) -> str:
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    printer = Printer()
    for number, cell in enumerate(cells):
        if number:
            printer.clear()
        for line in cell.splitlines(keepends=True):
            printer.add_text("stdout", line)
    printer.finish()
    return stream.getvalue()


def test_a_terminal_gets_the_lines_that_are_other(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(monkeypatch, Terminal(), "a\nb1\nc", "a\nb2\nc\n", "a\nb2\nc\nd\n")
    assert shown == "a\nb1\nc\x1b[1A\r\x1b[Jb2\nc\nd\n"


def test_a_terminal_gets_what_is_less(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, Terminal(), "a\nb\n", "a\n") == "a\nb\n\x1b[1A\r\x1b[J"


def test_a_file_gets_the_last_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(monkeypatch, io.StringIO(), "a\nb1\n", "a\nb2\n", "a\nb3\n", "a\nb3\nc\n")
    assert shown == "a\nb1\nb3\nc\n"


def test_rich_output_is_printed_as_a_placeholder() -> None:
    assert describe_display({"text/plain": "a table", "text/html": "<b>"}) == "a table\n"
    assert describe_display({"image/png": "aGVsbG8="}) == "[image/png]\n"
