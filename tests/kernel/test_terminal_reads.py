"""Programs that read a terminal of a block's output, and full-screen programs in a headless run."""

import shutil
import subprocess
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.notebook import Notebook

# How programs read a line from a terminal that they are given for their output; each prints it.
READERS = {
    "read from standard error": "read x <&2; echo got-$x",
    "read from standard output": "read x </dev/stdout; echo got-$x",
    "read -u": "read -u 2 x; echo got-$x",
    "read with a prompt": "read -p 'name? ' x <&2; echo got-$x",
    "another program": "echo got-$(head -1 <&2)",
    "select": "PS3='which? '; select x in bob eve; do echo got-$x; break; done <&1",
    "python": 'python3 -c \'print("got-" + open("/dev/stderr").readline())\'',
    "poll": "python3 -uc '"
    'import select, sys; print("q? ", end=""); poll = select.poll(); poll.register(2, 1)\n'
    'poll.poll(); print("got-" + open(2).readline())\'',
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_of_output_is_asked(kernel: Notebook, name: str) -> None:
    cell = kernel.run(READERS[name], answers=["1" if name == "select" else "bob"])
    assert len(cell.questions) == 1
    assert "got-bob\n" in cell.stdout
    assert cell.status == "ok"
    # The front end shows the answer, not the terminal.
    assert "bob\n" not in cell.stderr.replace("bob\n2) eve", "")


@pytest.mark.parametrize("name", READERS)
def test_a_reader_of_output_fails_headless(kernel: Notebook, name: str) -> None:
    cell = kernel.run(READERS[name])
    assert "waited for input, and no front end can answer" in cell.evalue
    assert "#| stdin:" in cell.evalue
    assert_modes_are_sane(kernel)


def test_a_password_read_from_output_is_hidden(kernel: Notebook) -> None:
    code = "read -sp 'secret: ' x <&2; echo ${#x}; read -p 'name: ' y <&2; echo $y"
    cell = kernel.run(code, answers=["s3cret", "bob"])
    assert cell.questions == [
        {"prompt": "secret: ", "password": True},
        {"prompt": "name: ", "password": False},
    ]
    assert cell.stdout == "6\nbob\n"
    assert "s3cret" not in cell.stderr


def test_all_terminals_are_read_in_turn(kernel: Notebook) -> None:
    code = "read a <&2; read b; read c </dev/tty; read d <&1; echo $a$b$c$d"
    cell = kernel.run(code, answers=["1", "2", "3", "4"])
    assert (len(cell.questions), cell.stdout) == (4, "1234\n")


@pytest.mark.parametrize("answer", ["x" * 50_000, "a\x03b\x1ac\x15d"])
def test_any_answer_reaches_a_reader_of_output(kernel: Notebook, answer: str) -> None:
    code = 'IFS= read -r x <&2; printf %s "$x" | md5sum'
    cell = kernel.run(code, answers=[answer])
    digest = subprocess.run(["md5sum"], input=answer.encode(), capture_output=True, check=True)
    assert digest.stdout.split()[0].decode() in cell.stdout
    assert cell.stderr == ""


def test_given_answers_reach_a_reader_of_output(kernel: Notebook) -> None:
    cell = kernel.run('#| stdin: "a\\nb\\n"\nread x <&2; read y; echo $y-$x')
    assert (cell.status, cell.stdout, cell.stderr) == ("ok", "b-a\n", "")


def test_a_user_can_send_end_of_file_to_a_reader_of_output(kernel: Notebook) -> None:
    cell = kernel.run("read x <&2; echo status-$?", answers=["\x04"])
    assert (cell.status, cell.stdout) == ("ok", "status-1\n")


def test_a_reader_of_output_is_interrupted_by_the_policy(start: Start) -> None:
    kernel = start(EFFECTTALK_HEADLESS_POLICY="fail")
    cell = kernel.run("read x <&2; echo after")
    assert (cell.status, cell.stdout) == ("error", "")
    assert "bash waited for input" in cell.evalue


def test_a_reader_of_output_can_be_interrupted(kernel: Notebook) -> None:
    cell = kernel.run(
        "read x <&2; echo after", allow_stdin=True, interrupt_when=lambda cell: cell.questions
    )
    assert (cell.status, cell.stdout) == ("error", "")
    assert "SIGINT" in cell.evalue


# A background job is stopped, as it is in a terminal.


def test_a_background_job_takes_no_answer(kernel: Notebook) -> None:
    reads = "until [[ $(< /proc/$!/syscall) == @(0|63)' 0x0 '* ]]; do :; done"
    code = f"head -1 <&2 & {reads}; read x <&2; echo got-$x; kill -9 %head; wait"
    cell = kernel.run(code, answers=["bob"])
    assert len(cell.questions) == 1
    assert "got-bob\n" in cell.stdout


@pytest.mark.parametrize("allow_stdin", [False, True])
def test_waiting_for_a_background_reader_ends(kernel: Notebook, allow_stdin: bool) -> None:
    code = "head -1 <&2 & wait; echo over; kill -9 %head; wait"
    cell = kernel.run(code, allow_stdin=allow_stdin)
    assert "over\n" in cell.stdout
    assert "stopped" in cell.stderr
    assert cell.questions == []


def test_a_job_that_reads_after_its_cell_is_stopped(kernel: Notebook) -> None:
    kernel.run("head -1 <&2 &")
    code = "until jobs -s | grep -q head; do :; done; kill -9 %head; wait; echo over"
    assert kernel.run(code).stdout == "over\n"


def test_a_block_in_the_background_reads_end_of_file(kernel: Notebook) -> None:
    cell = kernel.run("#| background: true\n#| name: reader\nhead -1 <&2; echo read")
    assert kernel.run("effecttalk wait reader").status == "ok"
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    assert "read\n" in cell.stdout
    assert "head waited for input in the background: it got end of file" in cell.stderr


def test_a_block_in_the_background_that_reads_keys_is_ended(kernel: Notebook) -> None:
    cell = kernel.run("#| background: true\n#| name: keys\nless /etc/services")
    assert kernel.run("effecttalk wait keys").status == "error"
    assert "less waited for input in the background: the block is ended" in cell.stderr


# Full-screen programs.

FULL_SCREEN = {
    "less": "less /etc/services",
    "less on a pipe": "seq 1000 | less",
    "git": "git init -q; git -c user.name=n -c user.email=e commit -qm c --allow-empty;"
    " LESS= GIT_PAGER='less -+F' git log",
    "man": "LESS= MANPAGER=less man bash",
    "vi": "vi file",
    "fzf": "seq 10 | fzf",
    "dialog": "dialog --yesno hi 10 30",
    "mc": "mc -u",
    "tig": "git init -q; git -c user.name=n -c user.email=e commit -qm c --allow-empty; tig",
    "more": "more /etc/services",
    "nested bash": "bash --norc <&2",
    "python": "python3 -qi <&1",
}
# What is named in the message.
READER = {"less on a pipe": "less", "git": "less", "man": "less", "nested bash": "bash"}


@pytest.mark.parametrize("name", FULL_SCREEN)
def test_a_full_screen_program_fails_headless(kernel: Notebook, name: str, tmp_path: Path) -> None:
    for program in (name.split(maxsplit=1)[0], READER.get(name, "sh")):
        if program != "nested" and not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    cell = kernel.run(f"cd {tmp_path}; {FULL_SCREEN[name]}\necho after")
    reader = READER.get(name, name)
    # What is seen first: that it waits for keys, or that it draws for half a second.
    waits = f"{reader} waited for input, and no front end can answer"
    draws = "needs a terminal, and no front end can show one"
    problem = cell.evalue.replace("python3", "python")
    assert waits in problem or draws in problem
    assert "run the cell in JupyterLab, where a terminal opens" in cell.evalue
    assert "after\n" not in cell.stdout
    assert_modes_are_sane(kernel)


def test_a_full_screen_program_gets_keys(kernel: Notebook) -> None:
    cell = kernel.run("seq 1000 | less; echo over", answers=["q"])
    assert "over\n" in cell.stdout


@pytest.mark.parametrize("name", ["less", "dialog"])
def test_a_full_screen_program_can_be_interrupted(kernel: Notebook, name: str) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    cell = kernel.send(FULL_SCREEN[name], allow_stdin=True)
    kernel.wait(lambda: cell.questions, "a question")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert cell.status == "error"
    assert_modes_are_sane(kernel)


def assert_modes_are_sane(kernel: Notebook) -> None:
    code = (
        "{ { stty -a </dev/tty; stty -a <&3; stty -a <&2; } |"
        r" grep -oE -- '-?\b(icanon|icrnl|isig|echo)\b' | sort | uniq -c | xargs; } 3>&1"
    )
    assert kernel.run(code).stdout == "3 echo 3 icanon 3 icrnl 3 isig\n"


# Modes and size are those of one terminal.

SETS_MODES = """python3 -c '
import os, sys, termios, time, tty
def is_raw(fd): return not termios.tcgetattr(fd)[3] & termios.ICANON
def wait(raw):
    while any(is_raw(fd) != raw for fd in (0, 1, 2)): time.sleep(0.01)
modes = termios.tcgetattr(FD)
tty.setcbreak(FD)
wait(True)
termios.tcsetattr(FD, termios.TCSANOW, modes)
wait(False)
print("over")
' 0</dev/tty"""


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_modes_are_set_on_all_terminals(kernel: Notebook, descriptor: int) -> None:
    assert kernel.run(SETS_MODES.replace("FD", str(descriptor))).stdout == "over\n"


def test_the_modes_of_a_killed_program_are_put_back(kernel: Notebook) -> None:
    code = (
        "bash -c 'stty raw -echo <&1; until stty -a </dev/tty | grep -qw -- -icanon; do :; done;"
        " kill -9 $$'; read -p 'name? ' x; echo got-$x"
    )
    cell = kernel.run(code, answers=["bob"])
    assert "got-bob\n" in cell.stdout
    assert cell.questions == [{"prompt": "name? ", "password": False}]
    assert_modes_are_sane(kernel)
