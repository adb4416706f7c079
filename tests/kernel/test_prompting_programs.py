"""Real programs that prompt in different ways get their answers from the notebook."""

import ctypes
import os
import re
from collections.abc import Iterator

import pytest

from effecttalk_kernel.block import Answerer
from tests.support.notebook import Notebook

PLACE = "cd $(mktemp -d); "
REPOSITORY = (
    f"{PLACE}git init -q; echo a >f; git add f; git -c user.name=n -c user.email=e commit -qm c; "
)
READLINE = """python3 -c 'import readline; print("got", input("q? "))'"""
PERL = """perl -e 'print "q? "; my $l = <STDIN>; print "got $l"'"""
SELECTS = """python3 -uc '
import select, sys
print("q? ", end="")
select.select([sys.stdin], [], [])
print("got", sys.stdin.readline())
'"""
POLLS = """python3 -uc '
import select, sys
print("q? ", end="")
poll = select.poll()
poll.register(0, select.POLLIN)
poll.poll()
print("got", sys.stdin.readline())
'"""
EPOLLS = """python3 -uc '
import select, sys
print("q? ", end="")
epoll = select.epoll()
epoll.register(0, select.EPOLLIN)
epoll.poll()
print("got", sys.stdin.readline())
'"""
CREDENTIAL = (
    "printf 'protocol=https\\nhost=example.org\\n\\n' | git -c credential.helper= credential fill"
)
# No network: the other end is a server that ssh starts itself.
SSH = (
    "ssh -F none -o UserKnownHostsFile=known -o NumberOfPasswordPrompts=1"
    " -o PreferredAuthentications=password"
    ' -o ProxyCommand="/usr/sbin/sshd -i -f /dev/null -h $PWD/k" me@example.org true'
)
GPG = "export GNUPGHOME=$PWD; echo text | gpg --pinentry-mode loopback -co x; gpgconf --kill all"
# Program: code; its prompts; whether they are for passwords; answers; what is printed then.
ASKING = {
    "rm": (f"{PLACE}touch a; rm -i a; ls", ["rm: remove regular empty file 'a'? "], False, ["y"], ""),
    "cp": (f"{PLACE}touch a b; cp -i a b", ["cp: overwrite 'b'? "], False, ["n"], ""),
    "xargs": ("echo hi | xargs -p echo", ["echo hi?..."], False, ["y"], "hi\n"),
    "find": ("find / -maxdepth 0 -ok echo {} \\;", ["< echo ... / > ? "], False, ["y"], "/\n"),
    "tar": (f"{PLACE}touch a; tar -wcf x a; tar tf x", ["add 'a'?"], False, ["y"], "a\n"),
    "ssh-keygen": (
        f"{PLACE}ssh-keygen -qt ed25519 -f k; ls -1",
        ["Enter passphrase (empty for no passphrase): ", "Enter same passphrase again: "],
        True, ["s3cret", "s3cret"], "k\nk.pub\n",
    ),
    "openssl": (
        "openssl passwd -6", ["Password: ", "Verifying - Password: "],
        True, ["s3cret", "s3cret"], "$6$",
    ),
    "gpg": (PLACE + GPG, ["Enter passphrase: "], True, ["s3cret"], ""),
    "git add -p": (
        f"{REPOSITORY}echo b >f; git -c color.ui=never add -p; git diff --name-only",
        ["(1/1) Stage this hunk [y,n,q,a,d,e,?]? "], False, ["n"], "f\n",
    ),
    "git clean -i": (
        f"{REPOSITORY}touch g; git clean -i; ls", ["What now> "], False, ["1"], "Removing g\nf\n",
    ),
    "git credential": (
        CREDENTIAL,
        ["Username for 'https://example.org': ", "Password for 'https://me@example.org': "],
        None, ["me", "s3cret"], "username=me\n",
    ),
    "patch": (
        f"{PLACE}printf -- '--- x\\n+++ x\\n@@ -1 +1 @@\\n-a\\n+b\\n' | patch",
        ["File to patch: ", "Skip this patch? [y] "], False, ["", "y"], "Skipping patch",
    ),
    "unzip": (
        f"{PLACE}echo a >a; python3 -m zipfile -c z a; unzip z",
        ["replace a? [y]es, [n]o, [A]ll, [N]one, [r]ename: "], False, ["n"], "",
    ),
    "ed": ("ed -p '* '", ["* ", "* "], False, ["H", "q"], ""),
    "sqlite3": ("sqlite3", ["sqlite> ", "sqlite> "], False, ["select 40+2;", ".quit"], "42\n"),
    "perl": (PERL, ["q? "], False, ["v"], "got v\n"),
    "dash": ("dash -c 'printf \"q? \"; read x; echo got $x'", ["q? "], False, ["v"], "got v\n"),
    "select": ("select x in a b; do echo $x; break; done", ["#? "], False, ["2"], "b\n"),
    "read -e": ("read -e -p 'q? ' x; echo got $x", ["q? "], False, ["v"], "got v\n"),
    "python, readline": (READLINE, ["q? "], False, ["v"], "got v\n"),
    "python, a shell": ("python3 -qi", [">>> ", ">>> "], False, ["6*7", "exit()"], "42\n"),
    "select(2)": (SELECTS, ["q? "], False, ["v"], "got v\n"),
    "poll(2)": (POLLS, ["q? "], False, ["v"], "got v\n"),
    "epoll_wait(2)": (EPOLLS, ["q? "], False, ["v"], "got v\n"),
    "ssh": (
        f"{PLACE}ssh-keygen -qt ed25519 -N '' -f k; mkdir -p /run/sshd; {SSH}",
        [
            "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
            "me@example.org's password: ",
        ],
        None, ["yes", "s3cret"], "",
    ),
    "a session of its own": (
        "setsid -w sh -c 'printf \"q? \"; read x; echo got $x'", ["q? "], False, ["v"], "got v\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKING)
def test_a_program_gets_its_answers(kernel: Notebook, name: str) -> None:
    if name == "ssh" and not (os.getuid() == 0 and os.path.exists("/usr/sbin/sshd")):
        pytest.skip("only root may start openssh-server")
    code, prompts, password, answers, printed = ASKING[name]
    cell = kernel.run(f"({code})", answers=answers)
    asked = [question["prompt"] for question in cell.questions]
    assert [re.sub("[\u2018\u2019]", "'", prompt) for prompt in asked] == prompts
    if password is not None:
        assert {question["password"] for question in cell.questions} == {password}
    assert printed in cell.stdout
    assert "s3cret" not in (cell.stdout if password else cell.stderr)


def test_the_record_names_the_program_that_asked_and_the_answerer(kernel: Notebook) -> None:
    asked = kernel.run("(dash -c 'printf \"q? \"; read x')", answers=["v"]).record.input
    assert [(q.process, q.prompt, q.answered_by) for q in asked] == [("dash", "q? ", Answerer.USER)]


# Long answers, and such with keys in them that mean something.


@pytest.mark.parametrize("size", [4_094, 4_095, 4_096, 20_000, 100_000])
def test_an_answer_may_have_any_length(kernel: Notebook, size: int) -> None:
    assert kernel.run("read x; echo ${#x}", answers=["x" * size]).stdout == f"{size}\n"


def test_long_answers_arrive_as_they_were_given(kernel: Notebook) -> None:
    text = "".join(f"{number} é€😀 " for number in range(2_000))
    assert kernel.run('IFS= read -r x; echo "$x"', answers=[text]).stdout == f"{text}\n"


def test_a_long_password_arrives(kernel: Notebook) -> None:
    assert kernel.run("read -s x; echo ${#x}", answers=["x" * 10_000]).stdout == "10000\n"


def test_keys_with_a_meaning_are_text_in_an_answer(kernel: Notebook) -> None:
    text = "a\x03b\x04c\x1ad\x15e\x7ff\x16g\x11h"
    cell = kernel.run("IFS= read -r x; printf %s \"$x\" | od -An -c | tr -d ' \\n'", answers=[text])
    assert cell.stdout == "a003b004c032d025e177f026g021h"


# What does not ask.

QUIET = {
    "sleep": "sleep 1.2",
    "a busy loop": "timeout 1.2 sh -c 'while :; do :; done'",
    "tail -f": "touch x; timeout 1.2 tail -f x",
    "an unfinished line": "printf 'checking for gcc... '; sleep 1.2; echo yes",
    "a question to nobody": "printf 'name? '; sleep 1.2",
    "a server": "timeout 1.2 python3 -m http.server -b 127.0.0.1 0",
    "one that watches the terminal besides": (
        "timeout --foreground 1.2 python3 -uc 'import select; print(1); select.select([0], [], [])'"
    ),
    "wait": "sleep 1.2 & wait",
    "a pipe": "sleep 1.2 | cat",
    "a FIFO": "mkfifo x.fifo; timeout 1.2 cat x.fifo",
}


@pytest.mark.parametrize("code", QUIET.values(), ids=QUIET)
def test_a_program_that_does_not_read_the_terminal_asks_nothing(
    kernel: Notebook, code: str
) -> None:
    cell = kernel.run(f"(cd $(mktemp -d); {code})", allow_stdin=True)
    assert (cell.questions, list(cell.record.input)) == ([], [])


# Another user's programs: /proc tells nothing of them.

AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
PR_CAPBSET_DROP, CAP_SYS_PTRACE = 24, 19  # prctl(2), capabilities(7)


@pytest.fixture(scope="module")
def stranger() -> Iterator[Notebook]:
    """A kernel that may not look at other users' processes."""
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    drop = ctypes.CDLL(None).prctl
    with Notebook(preexec_fn=lambda: drop(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0)) as notebook:
        yield notebook


@pytest.mark.parametrize(
    ("code", "password"),
    [
        ("bash -c 'read -sp \"Password: \" x; echo ${#x}'", True),
        ("bash -c 'read -p \"Password: \" x; echo ${#x}'", False),
    ],
)
def test_another_users_program_is_asked(stranger: Notebook, code: str, password: bool) -> None:
    cell = stranger.run(f"{AS_NOBODY} {code}", answers=["abcd"])
    assert cell.questions == [{"prompt": "Password: ", "password": password}]
    assert cell.stdout.endswith("4\n")


def test_another_users_quiet_program_is_not_asked(stranger: Notebook) -> None:
    code = f"{AS_NOBODY} sh -c 'printf \"checking... \"; sleep 2.5; echo yes'"
    assert stranger.run(code, allow_stdin=True).questions == []
