"""Full-screen programs that are typed plainly: a client shows their terminal while they run."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support import full_screen
from tests.support.notebook import Cell, Notebook
from tests.support.viewer import Viewer

PROGRAM = f"{sys.executable} -IS {full_screen.__file__}"


@pytest.fixture
def viewer(kernel: Notebook) -> Iterator[Viewer]:
    viewer = Viewer(kernel)
    yield viewer
    viewer.close()


def start_program(viewer: Viewer, kernel: Notebook, code: str) -> Cell:
    """Run a cell, and wait until its program has a terminal."""
    cell = kernel.send(code, allow_stdin=True)
    viewer.wait_for(b"drawn")
    return cell


def test_a_terminal_opens_and_closes_with_a_program(kernel: Notebook, viewer: Viewer) -> None:
    cell = start_program(viewer, kernel, f"echo before; {PROGRAM}; echo after")
    assert viewer.events == ["started"]
    viewer.say(rows=30, columns=100)
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert (cell.shown("stdout"), cell.stderr) == ("before\n78\nafter\n", "")
    assert "drawn" not in cell.stdout
    assert cell.questions == []
    assert [each.process for each in cell.record.input] == ["python"]


def test_the_terminal_closes_while_the_block_runs(kernel: Notebook, viewer: Viewer) -> None:
    cell = start_program(viewer, kernel, f"{PROGRAM}; read -p 'more? ' more; {PROGRAM}; echo $more")
    viewer.press("x")
    kernel.wait(lambda: cell.questions, "the question")
    assert cell.questions == [{"prompt": "more? ", "password": False}]
    kernel.wait(lambda: viewer.events == ["started", "ended"], "the end")
    kernel.client.input("yes")
    kernel.wait(lambda: viewer.events[2:] == ["started"], "the second start")
    viewer.press("y")
    kernel.finish(cell)
    assert viewer.events[3:] == ["ended"]
    assert cell.shown("stdout") == "78\n79\nyes\n"


# Keys and size, whichever terminal the program reads.

FILES = ("/dev/tty", "/dev/stdin", "/dev/stdout", "/dev/stderr")


@pytest.mark.parametrize("file", FILES)
def test_keys_reach_the_program_that_reads(kernel: Notebook, viewer: Viewer, file: str) -> None:
    keys = ("x", "\x1b[A", "\x7f", "é", "\x03", "\x1a", "paste\rpaste", "y" * 10_000)
    got = "".join(keys).encode()
    cell = start_program(viewer, kernel, f"{PROGRAM} --file {file} --bytes {len(got)}")
    for key in keys:
        viewer.press(key)
    kernel.finish(cell)
    assert cell.shown("stdout") == f"{got.hex()}\n"


@pytest.mark.parametrize("polled", FILES[1:])
@pytest.mark.parametrize("file", FILES[1:])
def test_keys_reach_a_program_that_polls_another_file(
    kernel: Notebook, viewer: Viewer, file: str, polled: str
) -> None:
    cell = start_program(viewer, kernel, f"{PROGRAM} --file {file} --poll {polled} --bytes 3")
    for key in "xyz":
        viewer.press(key)
    kernel.finish(cell)
    assert cell.shown("stdout") == "78797a\n"


@pytest.mark.parametrize(("key", "name"), [("\x03", "SIGINT"), ("\x1c", "SIGQUIT")])
@pytest.mark.parametrize("file", FILES)
def test_keys_send_signals_to_the_foreground(
    kernel: Notebook, viewer: Viewer, key: str, name: str, file: str
) -> None:
    cell = start_program(viewer, kernel, f"{PROGRAM} --signals --file {file}; echo status-$?")
    viewer.press(key)
    kernel.finish(cell)
    assert cell.shown("stdout") == f"{name}\nstatus-3\n"


@pytest.mark.parametrize("file", FILES)
def test_the_program_has_the_size_of_the_viewer(
    kernel: Notebook, viewer: Viewer, file: str
) -> None:
    sizes = "for n in 0 1 2; do stty size <&$n; done"
    cell = start_program(viewer, kernel, f"{PROGRAM} --file {file}; {sizes}")
    viewer.say(rows=30, columns=100)
    viewer.wait_for(b"{(100, 30)}")
    viewer.press("x")
    kernel.finish(cell)
    assert kernel.run(sizes, allow_stdin=True).stdout == "24 80\n" * 3


def test_a_program_that_draws_on_the_usual_screen_has_a_terminal(
    kernel: Notebook, viewer: Viewer
) -> None:
    cell = start_program(viewer, kernel, f"{PROGRAM} --screen usual")
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert "drawn78\n" in cell.shown("stdout")


# Programs that people use; each is typed plainly, and gets keys when it shows something.

GIT = "git -C repository -c user.name=n -c user.email=e"
COMMITS = (
    f"mkdir repository; {GIT} init -q; for n in 1 2; do {GIT} commit -qm c$n --allow-empty; done"
)
REBASE = f"GIT_SEQUENCE_EDITOR='vi -u NONE --cmd set\\ shm+=F' {GIT} rebase -qi --root"
REAL = {
    "less without a screen of its own": ("seq 100 | less -X", [(b"23\r\n", "q")], "23"),
    "an editor of git": (
        f"{COMMITS}; {REBASE}; {GIT} --no-pager log --format=%s",
        [(b"pick", "ddp:wq\r")],
        "c1\nc2",
    ),
    "an editor in a pipeline": (
        "bash -c 'echo a > f; vi -u NONE f >/dev/tty; cat f' | cat",
        [(b'"f"', "ix\x1b:wq\r")],
        "xa",
    ),
    "an editor that runs a command": (
        "vi -u NONE f; echo over",
        [(b'"f"', ":!echo r''an\r"), (b"ran", "\r:q\r")],
        "over",
    ),
    "a choice in a file": ("seq 9 | fzf > f; cat f", [(b"9/9", "7"), (b"1/9", "\r")], "7"),
    "a menu": (
        "dialog --menu choose 12 30 3 a one b two 2> f; clear; cat f",
        [(b"choose", "\x1bOB\r")],
        "b",
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_program_gets_keys(
    kernel: Notebook, viewer: Viewer, name: str, tmp_path: Path
) -> None:
    code, steps, end = REAL[name]
    for program in ("less", "fzf", "vi", "git", "dialog"):
        if program in code and not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    cell = kernel.send(f"cd {tmp_path}; unset LESS; {code}", allow_stdin=True)
    viewer.type(*steps)
    kernel.finish(cell)
    assert cell.shown("stdout").rstrip().endswith(end)
    assert cell.questions == []
    assert viewer.events == ["started", "ended"]


CONVERSATIONS = {
    "python": ("python3 -q", [(">>> ", "6*7"), (">>> ", "\x04")]),
    "sqlite": ("sqlite3", [("sqlite> ", "select 6*7;"), ("sqlite> ", ".quit")]),
    "node": ("node", [("> ", "6*7"), ("> ", ".exit")]),
    "gdb": ("gdb -q", [("(gdb) ", "print 6*7"), ("(gdb) ", "quit")]),
    "bash": ("PS1='% ' bash --norc", [("% ", "echo $((6*7))"), ("% ", "exit")]),
    "sh": ("PS1='$ ' sh", [("$ ", "echo $((6*7))"), ("$ ", "\x04")]),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_program_that_reads_lines_has_a_conversation(
    kernel: Notebook, viewer: Viewer, name: str
) -> None:
    code, steps = CONVERSATIONS[name]
    if not shutil.which(code.split()[0]) and name not in {"bash", "sh"}:
        pytest.skip(f"{name} is not installed")
    cell = kernel.run(code, answers=[answer for _, answer in steps])
    assert (viewer.events, cell.status) == ([], "ok")
    prompts = [question["prompt"] for question in cell.questions]
    assert prompts == [prompt for prompt, _ in steps]
    assert "42" in cell.shown("stdout") + cell.shown("stderr")
    assert kernel.run(code).status == "ok"  # headless, it reads end of file


def test_a_program_polls_one_file_and_reads_another(kernel: Notebook) -> None:
    """`more` does so, and takes all that it reads at once for one key."""
    code = "seq 100 > numbers; more numbers; echo over"
    cell = kernel.run(code, answers=[" ", "q"])
    assert [question["prompt"][:8] for question in cell.questions] == ["--More--"] * 2
    # Return has shown one more line.
    assert cell.shown("stdout").splitlines()[46:] == ["47", "over"]


# A program may leave its keys to a process that is not of the block.

SERVERS = {
    "tmux": (
        "tmux -S socket -f /dev/null new 'bash --norc'",
        [(b"bash-", "echo in''side\r"), (b"inside\r", "exit\r")],
        "[exited]",
    ),
    "screen": (
        "echo startup_message off > f; screen -c f bash --norc",
        [(b"bash-", "echo in''side\r"), (b"inside\r", "exit\r")],
        "[screen is terminating]",
    ),
    "gpg": (
        (
            "export GNUPGHOME=$PWD GPG_TTY=$(tty); echo text > f;"
            " gpg --batch --passphrase secret --pinentry-mode loopback -qc f;"
            " gpg -qd --no-symkey-cache f.gpg; gpgconf --kill all"
        ),
        [(b"assphrase: ", "secret\r")],
        "text",
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_of_the_program_gets_keys(
    kernel: Notebook, viewer: Viewer, name: str, tmp_path: Path
) -> None:
    code, steps, end = SERVERS[name]
    program = {"gpg": "pinentry-curses"}.get(name, name)
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    cell = kernel.send(f"cd {tmp_path}; unset TMUX DISPLAY; chmod 700 .; {code}", allow_stdin=True)
    viewer.type(*steps)
    kernel.finish(cell)
    assert cell.shown("stdout").rstrip().endswith(end)
    assert (cell.questions, {*viewer.events}) == ([], {"started", "ended"})


# Programs that look for keys between two drawings, and never wait for one.

POLLER = f"{PROGRAM} --never-wait"
POLLERS = {
    "its terminal": f"{POLLER} --file /dev/tty",
    "its standard input": f"{POLLER} --file /dev/stdin",
    "its standard error": f"{POLLER} --file /dev/stderr </dev/null",
    "its terminal in a pipeline": f"seq 9 | {POLLER} --file /dev/tty",
    "its terminal in a script": f"sh -c '{POLLER}; true'",
}


@pytest.mark.parametrize("name", POLLERS)
def test_a_program_that_polls_has_a_terminal(kernel: Notebook, viewer: Viewer, name: str) -> None:
    cell = start_program(viewer, kernel, f"{POLLERS[name]}; read -p 'more? ' more; echo $more")
    viewer.press("x")
    kernel.wait(lambda: cell.questions, "the question")
    kernel.wait(lambda: viewer.events == ["started", "ended"], "the end")
    kernel.client.input("yes")
    kernel.finish(cell)
    assert cell.shown("stdout") == "78\nyes\n"
    assert cell.questions == [{"prompt": "more? ", "password": False}]


def test_a_stopped_program_that_polls_has_a_terminal_again(
    kernel: Notebook, viewer: Viewer
) -> None:
    cell = start_program(viewer, kernel, f"{POLLER} --signals")
    viewer.press("\x1a")
    kernel.finish(cell)
    cell = kernel.send("fg", allow_stdin=True)
    kernel.wait(lambda: viewer.events[2:] == ["started"], "the terminal in the next cell")
    viewer.press("x")
    kernel.finish(cell)
    assert (viewer.events[3:], cell.questions) == (["ended"], [])
    assert cell.shown("stdout").endswith("\n78\n")


def test_a_program_that_polls_gets_given_answers(kernel: Notebook, viewer: Viewer) -> None:
    cell = kernel.run(f'#| stdin: "x\\n"\n{POLLER} --bytes 2', allow_stdin=True)
    assert (viewer.events, cell.shown("stdout")) == ([], "780a\n")


def test_a_front_end_without_terminals_gets_a_hint_on_a_program_that_polls(
    kernel: Notebook,
) -> None:
    cell = kernel.run(f"{POLLER} --bytes 2", answers=["x"])
    assert cell.questions == [{"prompt": "keys for python: ", "password": False}]
    assert cell.shown("stderr").count("python uses the whole screen and reads single keys") == 1
    assert cell.shown("stdout") == "780a\n"


# Programs without a terminal.

ORDINARY = {
    "a line": "read -p 'name? ' x; echo $x",
    "a key": "read -n1 -p 'key? ' x; echo; echo $x",
    "a key after a clearance": "clear; read -n1 -p 'key? ' x; echo; echo $x",
    "a password": "read -sp 'secret? ' x; echo; echo $x",
    "line editing": "read -e -p 'name? ' x; echo $x",
    "colours": "printf '\\e[1;31mname? \\e[m'; read x; echo $x",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_a_program_that_only_asks_has_no_terminal(
    kernel: Notebook, viewer: Viewer, name: str
) -> None:
    cell = kernel.run(ORDINARY[name], answers=["b"])
    assert viewer.events == []
    assert cell.shown("stdout").endswith("b\n")


def test_a_program_that_draws_without_reading_has_no_terminal(
    kernel: Notebook, viewer: Viewer
) -> None:
    draws = "printf '\\e[?1049h\\e[Hdrawn'; until [ -e $HOME/go-on ]; do sleep 0.01; done"
    cell = kernel.send(f"rm -f $HOME/go-on; ({draws}); printf '\\e[?1049l'", allow_stdin=True)
    kernel.wait(lambda: "drawn" in cell.stdout, "the drawing")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert (viewer.events, cell.questions, cell.shown("stdout").strip()) == ([], [], "")


@pytest.mark.skipif(not shutil.which("watch"), reason="watch is not installed")
def test_watch_has_no_terminal_although_it_sets_a_mode_for_keys(
    kernel: Notebook, viewer: Viewer, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    cell = kernel.send(f"watch -n 0.1 'echo drawn | tee -a {runs}'", allow_stdin=True)
    # By then, a program that polls keys has had a terminal for long.
    kernel.wait(lambda: runs.exists() and runs.read_text().count("\n") >= 15, "many runs")
    assert "drawn" in cell.stdout
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert (viewer.events, cell.questions) == ([], [])


def test_a_program_that_polls_has_no_terminal_if_that_is_switched_off(
    kernel: Notebook, viewer: Viewer
) -> None:
    cell = kernel.send(f"#| tty: false\n{POLLER}", allow_stdin=True)
    kernel.wait(lambda: "drawn" in cell.stdout, "the drawing")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert (viewer.events, cell.questions) == ([], [])


@pytest.mark.parametrize("option", ["#| tty: false\n", ""])
def test_the_terminal_can_be_switched_off(start: Start, option: str) -> None:
    kernel = start(EFFECTTALK_OPEN_TERMINAL="1" if option else "0")
    viewer = Viewer(kernel)
    cell = kernel.run(f"{option}{PROGRAM} --bytes 2", answers=["x"])
    assert viewer.events == []
    assert cell.shown("stdout").endswith("780a\n")


def test_a_front_end_without_terminals_gets_a_hint(kernel: Notebook) -> None:
    cell = kernel.run(f"{PROGRAM} --bytes 2; {PROGRAM} --bytes 4", answers=["x", "y", "z"])
    assert {question["prompt"] for question in cell.questions} == {"keys for python: "}
    assert cell.shown("stderr").count("python uses the whole screen and reads single keys") == 2
    assert cell.shown("stdout") == "780a\n790a7a0a\n"


def test_a_program_that_no_client_shows_asks(start: Start) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="20ms")
    viewer = Viewer(kernel)  # says nothing
    cell = kernel.run(f"{PROGRAM} --bytes 2", answers=["x"])
    assert viewer.events == ["started", "ended"]
    assert "python uses the whole screen" in cell.stderr
    assert cell.shown("stdout").endswith("780a\n")


def test_a_program_is_ended_when_its_front_end_is_gone(start: Start) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="5s")
    viewer = Viewer(kernel)
    cell = start_program(viewer, kernel, f"{PROGRAM} --bytes 9; echo after")
    assert viewer.say(command="shown") == {"status": "ok"}
    kernel.finish(cell)
    assert "python waited for input, and no front end can answer" in cell.evalue
    assert (viewer.events, cell.questions) == (["started", "ended"], [])
    assert "after" not in cell.stdout
    assert kernel.run("echo fine").stdout == "fine\n"


def test_given_answers_come_before_a_terminal(kernel: Notebook, viewer: Viewer) -> None:
    cell = kernel.send(f'#| stdin: "x\\n"\n{PROGRAM} --bytes 2; {PROGRAM}', allow_stdin=True)
    kernel.wait(lambda: viewer.events == ["started"], "the terminal")
    viewer.press("y")
    kernel.finish(cell)
    assert cell.shown("stdout").endswith("780a\n79\n")


# Jobs.


def test_a_stopped_program_goes_on_in_the_next_cell(kernel: Notebook, viewer: Viewer) -> None:
    stopped = start_program(viewer, kernel, f"{PROGRAM} --signals --bytes 2; echo after")
    viewer.press("\x1a")
    kernel.finish(stopped)
    assert viewer.events == ["started", "ended"]
    assert "Stopped" in stopped.shown("stdout") + stopped.shown("stderr")
    assert "after\n" in stopped.shown("stdout")
    assert "drawn" not in stopped.shown("stdout")
    cell = kernel.send("fg >&2; echo status-$?", allow_stdin=True)
    kernel.wait(lambda: viewer.events[2:] == ["started"], "the terminal in the next cell")
    viewer.say(rows=30, columns=101)
    viewer.wait_for(b"{(101, 30)}")
    viewer.press("xy")
    kernel.finish(cell)
    assert viewer.events[3:] == ["ended"]
    assert cell.shown("stdout") == "7879\nstatus-0\n"
    kernel.late(stopped, lambda stopped: stopped.record.status is Status.SUCCESS)
    assert "7879" not in stopped.shown("stdout")
    assert kernel.run("jobs").stdout == ""


# The user's answer shows that the kernel has looked at the terminals after the stop.
LOOK = "read -p 'more? ' more"
STOPPED = {
    "whose modes the shell has replaced": (f"{PROGRAM} --signals; {LOOK}", "fg"),
    "on the usual screen": (f"{PROGRAM} --signals --screen usual; {LOOK}", "fg"),
    "in a subshell": (f"({PROGRAM} --signals; true); {LOOK}", "fg"),
    "after a program that has ended": (f"echo a | {PROGRAM} --signals; {LOOK}", "fg"),
    "that is continued in the background": (f"{PROGRAM} --signals; bg; {LOOK}", "fg"),
    "that is continued by a signal": (f"{PROGRAM} --signals; kill -CONT %1; {LOOK}", "fg"),
}


@pytest.mark.parametrize("name", STOPPED)
def test_a_stopped_program_has_a_terminal_again(
    kernel: Notebook, viewer: Viewer, name: str
) -> None:
    code, next_code = STOPPED[name]
    cell = start_program(viewer, kernel, code)
    viewer.press("\x1a")
    kernel.wait(lambda: cell.questions, "the question")
    kernel.client.input("no")
    kernel.finish(cell)
    cell = kernel.send(next_code, allow_stdin=True)
    kernel.wait(lambda: viewer.events[2:] == ["started"], "the terminal in the next cell")
    viewer.press("x")
    kernel.finish(cell)
    assert (viewer.events[3:], cell.questions) == (["ended"], [])
    assert cell.shown("stdout").endswith("\n78\n")


def test_a_program_that_is_stopped_before_it_draws_has_a_terminal(
    kernel: Notebook, viewer: Viewer
) -> None:
    kernel.run(f"sh -c 'kill -STOP $$; exec {PROGRAM}'")
    cell = kernel.send("fg", allow_stdin=True)
    viewer.wait_for(b"drawn")
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert cell.shown("stdout").endswith("78\n")


def test_a_program_that_is_started_in_the_background_has_a_terminal_in_the_foreground(
    kernel: Notebook, viewer: Viewer
) -> None:
    """It is stopped when it sets the modes."""
    started = kernel.run(f"{PROGRAM} & until [[ $(jobs) == *Stopped* ]]; do sleep 0.01; done")
    assert "drawn" not in started.shown("stdout")
    cell = kernel.send("fg", allow_stdin=True)
    viewer.wait_for(b"drawn")
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert cell.shown("stdout").endswith("78\n")


def test_stopped_programs_go_on_one_after_the_other(kernel: Notebook, viewer: Viewer) -> None:
    keep = f"{PROGRAM} --signals"
    cell = start_program(viewer, kernel, f"{keep} --bytes 2; {keep}")
    viewer.press("\x1a")
    kernel.wait(lambda: viewer.events == ["started", "ended", "started"], "the second terminal")
    viewer.press("\x1a")
    kernel.finish(cell)
    cell = kernel.send("fg %1; fg %2", allow_stdin=True)
    kernel.wait(lambda: viewer.events[4:] == ["started"], "the terminal of the first program")
    viewer.press("xy")
    kernel.wait(lambda: viewer.events[5:] == ["ended", "started"], "that of the second one")
    viewer.press("\x1a")
    kernel.finish(cell)
    assert "\n7879\n" in cell.shown("stdout")
    assert "drawn" not in cell.shown("stdout")
    cell = kernel.send("fg", allow_stdin=True)
    kernel.wait(lambda: viewer.events[7:] == ["ended", "started"], "the terminal of the last one")
    viewer.press("z")
    kernel.finish(cell)
    assert cell.shown("stdout").endswith("\n7a\n")
    assert kernel.run("jobs").stdout == ""


def test_a_program_is_continued_whose_shell_does_not_stop_with_it(
    kernel: Notebook, viewer: Viewer
) -> None:
    code = f"trap '' TSTP; {sys.executable} -c 'import signal, runpy, sys; "
    code += 'signal.signal(signal.SIGTSTP, signal.SIG_DFL); sys.argv[1:] = ["--signals"]; '
    code += f'runpy.run_path("{full_screen.__file__}", run_name="__main__")\'; true'
    cell = start_program(viewer, kernel, f"sh -c {shlex.quote(code)}")
    viewer.press("\x1a")
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert "it is continued" in cell.stderr


# Programs that leave the terminal in disorder.


@pytest.mark.parametrize("end", ["killed", "raw", "error"])
def test_screen_and_modes_are_put_back(kernel: Notebook, viewer: Viewer, end: str) -> None:
    cell = start_program(viewer, kernel, f"echo before; {PROGRAM} --end {end}; echo after; true")
    viewer.press("x")
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    shown = cell.shown("stdout")
    assert shown.startswith("before\n")
    assert shown.endswith("after\n")
    assert "drawn" not in shown
    cell = kernel.run("read -p 'name? ' x; echo got-$x", answers=["bob"])
    assert cell.questions == [{"prompt": "name? ", "password": False}]
    assert cell.stdout == "got-bob\n"


def test_a_program_on_a_terminal_can_be_interrupted(kernel: Notebook, viewer: Viewer) -> None:
    cell = start_program(viewer, kernel, f"{PROGRAM}; echo after")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert viewer.events == ["started", "ended"]
    assert "after" not in cell.stdout
    assert kernel.run("echo fine").stdout == "fine\n"
