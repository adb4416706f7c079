"""Programs that pass on what others read and write: only what those read is a question."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import relay
from tests.support.notebook import Notebook, eventually

RELAY = f"{sys.executable} {relay.__file__}"
BASH = shutil.which("bash") or "bash"
# How programs run a command on a terminal of their own; %s is the command, quoted once.
RELAYS = {
    "a relay of our own": f"{RELAY} bash -c %s",
    "a relay with two threads": f"{RELAY} --threads bash -c %s",
    "a relay in a relay": f"{RELAY} {RELAY} bash -c %s",
    "Python's pty": "python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' bash -c %s",
    "sudo": "sudo bash -c %s",
    "script": f"SHELL={BASH} script -qec %s /dev/null",
    "su": f"su -P -s {BASH} {getpass.getuser()} -c %s",
    "expect": "et_command=%s expect -c 'spawn -noecho bash -c $env(et_command); interact'",
    "socat": "socat - SYSTEM:%s,pty,setsid,ctty,stderr",
    "script in sudo": f"sudo env SHELL={BASH} script -qec %s /dev/null",
}
NEEDS = {"sudo": "sudo", "script in sudo": "sudo", "script": "script", "su": "su"} | {
    name: name for name in ("expect", "socat")
}


@pytest.fixture(params=RELAYS)
def through(request: pytest.FixtureRequest) -> str:
    """Return a command line that runs a command, %s, through a relay."""
    name = request.param
    program = NEEDS.get(name)
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if program in {"sudo", "su"} and os.getuid() != 0:
        pytest.skip("only root needs no password")
    return RELAYS[name]


def run_through(through: str, command: str) -> str:
    if "SYSTEM:" in through:  # socat's own quotes
        command = command.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:")
        command = command.replace('"', '\\"').replace("'", "\\'")
    return through % shlex.quote(command)


@pytest.mark.parametrize("allow_stdin", [False, True])
def test_a_relay_is_left_alone(kernel: Notebook, through: str, allow_stdin: bool) -> None:
    if not allow_stdin and through in {RELAYS["expect"], RELAYS["socat"]}:
        pytest.skip("it ends with its standard input, which is empty in a headless run")
    cell = kernel.run(run_through(through, "sleep 0.6; echo over"), allow_stdin=allow_stdin)
    assert cell.questions == []
    assert "over" in cell.stdout
    assert cell.status == "ok"
    assert "effecttalk" not in cell.stderr


def test_a_question_through_a_relay_is_asked(kernel: Notebook, through: str) -> None:
    code = run_through(through, "printf '%s ' name?; read x; echo hi-$x")
    cell = kernel.run(code, answers=["bob"])
    assert cell.questions == [{"prompt": "name? ", "password": False}]
    assert "hi-bob" in cell.stdout


def test_a_password_through_a_relay_is_hidden(kernel: Notebook) -> None:
    code = run_through(RELAYS["a relay of our own"], "read -sp 'Password: ' x; echo ${#x}")
    cell = kernel.run(code, answers=["secret"])
    assert cell.questions == [{"prompt": "Password: ", "password": True}]
    assert "6" in cell.stdout
    assert "secret" not in cell.stdout


@pytest.mark.parametrize("name", ["a relay of our own", "a relay in a relay"])
def test_a_question_through_a_relay_fails_headless(kernel: Notebook, name: str) -> None:
    code = run_through(RELAYS[name], "read -p 'name? ' x; echo status-$?")
    cell = kernel.run(code)
    assert "bash waited for input, and no front end can answer: it got end of file" in cell.stderr
    assert cell.status == "error"
    assert "bash waited for input" in cell.evalue
    assert "status-1" in cell.stdout


@pytest.mark.parametrize("answer", ["x" * 3_000, "x" * 50_000, "a\x03b\x04c\x1ad\x15e"])
def test_any_answer_goes_through_a_relay(kernel: Notebook, answer: str) -> None:
    code = run_through(
        RELAYS["a relay of our own"], 'stty -echo; IFS= read -r x; printf %s "$x" | md5sum'
    )
    cell = kernel.run(code, answers=[answer])
    digest = subprocess.run(["md5sum"], input=answer.encode(), capture_output=True, check=True)
    assert digest.stdout.split()[0].decode() in cell.stdout


def test_two_questions_through_a_relay_are_asked(kernel: Notebook) -> None:
    code = run_through(RELAYS["a relay of our own"], "read x; read y; echo $y-$x")
    cell = kernel.run(code, answers=["a", "b"])
    assert "b-a" in cell.stdout
    assert len(cell.questions) == 2


def test_a_relay_that_asked_before_is_left_alone(kernel: Notebook) -> None:
    code = f'#| stdin: "Y\\n"\n{RELAY} --ask bash -c "sleep 0.6; echo over"'
    cell = kernel.run(code)
    assert "over" in cell.stdout
    assert cell.status == "ok"


def test_a_relay_that_ends_slowly_asks_nothing(kernel: Notebook) -> None:
    code = run_through(f"{RELAY} --threads --end-slowly bash -c %s", "read x; echo hi-$x")
    cell = kernel.run(code, answers=["bob"])
    assert len(cell.questions) == 1
    assert "hi-bob" in cell.stdout
    assert cell.status == "ok"


def test_a_relay_can_be_interrupted(kernel: Notebook, through: str) -> None:
    code = run_through(through, "echo go; sleep 60; echo no")
    cell = kernel.run(code, after_text="go", allow_stdin=True)
    assert "no" not in cell.stdout
    assert kernel.run("echo fine").stdout == "fine\n"


def test_the_password_of_sudo_is_asked(kernel: Notebook) -> None:
    if shutil.which("sudo") is None or os.getuid() != 0:
        pytest.skip("sudo is not installed, or it cannot be run as a user without rights")
    code = "setpriv --reuid=65534 --regid=65534 --clear-groups sudo -p 'secret: ' true"
    cell = kernel.run(code)
    assert "sudo waited for input" in cell.evalue
    cell = kernel.send(code, allow_stdin=True)
    kernel.wait(lambda: cell.questions, "a question")
    assert cell.questions == [{"prompt": "secret: ", "password": True}]
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)


# Network clients: what the other side reads cannot be seen.

CLIENT = """
import os, select, socket, sys, tty
ours, theirs = socket.socketpair()
if os.fork() == 0:
    ours.close()
    %s
    os._exit(0)
theirs.close()
terminal = os.open("/dev/tty", os.O_RDWR)
modes = tty.tcgetattr(terminal)
tty.setraw(terminal)
while True:
    readable, _, _ = select.select([terminal, ours], [], [])
    if terminal in readable:
        ours.send(os.read(terminal, 100))
    if ours in readable:
        data = ours.recv(100)
        if not data:
            break
        os.write(1, data)
tty.tcsetattr(terminal, tty.TCSANOW, modes)
"""
BUSY = "import time; theirs.send(b'checking... '); time.sleep(1.5); theirs.send(b'over')"
ASKING = "theirs.send(b'name? '); name = theirs.recv(100); theirs.send(b'hi ' + name)"


def client(server: str) -> str:
    return f"python3 - <<'END'\n{CLIENT % server}\nEND"


@pytest.mark.parametrize("allow_stdin", [False, True])
def test_a_client_is_left_alone(kernel: Notebook, allow_stdin: bool) -> None:
    cell = kernel.run(client(BUSY), allow_stdin=allow_stdin)
    assert (cell.questions, cell.status) == ([], "ok")
    assert cell.stdout == "checking... over"


def test_a_question_of_the_other_side_is_asked(kernel: Notebook) -> None:
    cell = kernel.run(client(ASKING), answers=["bob"])
    assert cell.questions == [{"prompt": "name? ", "password": False}]
    assert cell.stdout.endswith("hi bob\n")


def test_a_question_of_the_other_side_fails_headless(kernel: Notebook) -> None:
    cell = kernel.run(client(ASKING))
    assert cell.status == "error"
    assert "waited for input, and no front end can answer" in cell.evalue


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run an SSH server, and return a command that connects to it."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if server is None or os.getuid() != 0:
        pytest.skip("sshd is not installed, or cannot be started")
    directory = tmp_path_factory.mktemp("ssh")
    for name in ("host", "key"):
        arguments = ["-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
        subprocess.run(["ssh-keygen", *arguments], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": directory / "host",
        "AuthorizedKeysFile": directory / "key.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
    }
    (directory / "config").write_text("".join(f"{name} {each}\n" for name, each in options.items()))
    Path("/run/sshd").mkdir(exist_ok=True)
    arguments = [server, "-D", "-e", "-f", str(directory / "config")]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: is_open(port), "the server")
            yield (
                f"ssh -i {directory / 'key'} -p {port} -o StrictHostKeyChecking=no"
                " -o LogLevel=ERROR -o UserKnownHostsFile=/dev/null"
                f" {getpass.getuser()}@127.0.0.1"
            )
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_remote_program_is_left_alone(kernel: Notebook, ssh: str) -> None:
    cell = kernel.run(f"{ssh} -t 'printf \"checking... \"; sleep 1.5; echo over'", allow_stdin=True)
    assert cell.questions == []
    assert cell.stdout == "checking... over\n"
    assert kernel.run(f"{ssh} -tt 'sleep 1.5; echo over'").stdout.strip() == "over"


REMOTE_QUESTIONS = {
    "a question": "-tt 'read -p \"name? \" x'",
    "a password": "-t -t 'read -sp Password: x'",
    "a full-screen program": "-tt 'printf \"\\033[?1049h\"; exec sleep 60'",
}


@pytest.mark.parametrize("command", REMOTE_QUESTIONS.values(), ids=REMOTE_QUESTIONS)
def test_a_remote_program_that_asks_fails_headless(
    kernel: Notebook, ssh: str, command: str
) -> None:
    cell = kernel.run(f"{ssh} {command}")
    assert cell.status == "error"
    assert "ssh waited for input, and no front end can answer: it got an interrupt" in cell.stderr


def test_a_remote_program_gets_its_prepared_answer(kernel: Notebook, ssh: str) -> None:
    cell = kernel.run(f"#| stdin: bob\n{ssh} -tt 'read -p \"name? \" x; echo hi $x'")
    assert (cell.status, cell.stdout) == ("ok", "name? bob\nhi bob\n")


SCRIPT_NEEDS = {
    "single keys": "stty raw; cat",
    "more lines than one": "read x; read y",
}


@pytest.mark.parametrize("command", SCRIPT_NEEDS.values(), ids=SCRIPT_NEEDS)
def test_a_program_in_a_relay_without_input_fails_headless(kernel: Notebook, command: str) -> None:
    cell = kernel.run(f"script -qec {shlex.quote(command)} /dev/null")
    assert cell.status == "error"
    assert "waited for input, and no front end can answer: it got an interrupt" in cell.stderr


def test_a_relay_without_input_passes_its_end_on(kernel: Notebook) -> None:
    assert "got" in kernel.run("script -qec 'read x; echo got' /dev/null").stdout


def test_a_remote_program_is_asked(kernel: Notebook, ssh: str) -> None:
    cell = kernel.run(f"{ssh} -t 'read -p \"name? \" x; echo hi $x'", answers=["bob"])
    assert cell.questions == [{"prompt": "name? ", "password": False}]
    assert cell.stdout.endswith("hi bob\n")
