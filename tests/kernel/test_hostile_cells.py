"""Whatever a cell does to its shell, the next cell works and shows only its output."""

import time

import pytest

from tests.support.notebook import Notebook

BUILTINS = [
    "printf",
    "read",
    "eval",
    "cd",
    "trap",
    "history",
    "mapfile",
    "set",
    "declare",
    "shopt",
    "unset",
    "umask",
    "wait",
    "test",
    "echo",
    ":",
    "source",
]

HOSTILE = {
    "IFS": "IFS=o1:",
    "empty IFS": "IFS=",
    "readonly IFS": "readonly IFS=:",
    "set -u": "set -u",
    "set -f": "set -f",
    "set -k": "set -k",
    "set -a": "set -a",
    "set -C": "set -o noclobber",
    "set -e": "set -e",
    "set -E": "set -E; set -o functrace",
    "set -h": "set +h; set +B",
    "set -m off": "set +m",
    "posix": "set -o posix",
    "set -euxvfk, off again": "set -euxvfk; set +xv",
    "pipefail and errexit": "set -eo pipefail",
    "extdebug": "shopt -s extdebug",
    "extglob off": "shopt -u extglob",
    "failglob": "shopt -s failglob",
    "nullglob": "shopt -s nullglob dotglob",
    "lastpipe": "shopt -s lastpipe",
    "xpg_echo": "shopt -s xpg_echo",
    "compat": "shopt -s compat44",
    "sourcepath off": "shopt -u sourcepath",
    "expand_aliases off": "shopt -u expand_aliases",
    "histverify": "shopt -s histverify histreedit cmdhist lithist",
    "history on": "set -o history",
    "histexpand": "set -o histexpand -o history; echo a!",
    "HISTCONTROL": "HISTCONTROL=; HISTSIZE=0; HISTIGNORE='*'; HISTTIMEFORMAT='%F '",
    "ignoreeof": "set -o ignoreeof",
    "ulimit -f": "ulimit -f 0",
    "ulimit -S -f": "ulimit -S -f 0",
    "umask": "umask 777",
    "PATH empty": "PATH=",
    "PATH unset": "unset PATH",
    "PATH readonly": "readonly PATH",
    "HOME unset": "unset HOME",
    "PWD unset": "unset PWD OLDPWD",
    "PS1": "PS1='$ '; PS2='>> '; PS0='\\a'; PS4='+'",
    "PS1 with a command": "PS1='$(echo LEAK >&2)'",
    "PS0": "PS0='LEAK\\n'",
    "PS4": "PS4='$(echo LEAK >&2)'",
    "PS1 readonly": "readonly PS1=x PS2=y PS0=",
    "PROMPT_COMMAND": "PROMPT_COMMAND=: PS1='$(false)'",
    "PROMPT_COMMAND array": "PROMPT_COMMAND=([1]=: [3]=false)",
    "PROMPT_COMMAND readonly": "readonly PROMPT_COMMAND=:",
    "PROMPT_COMMAND changes the status": "PROMPT_COMMAND='(exit 3)'",
    "LANG": "LC_ALL=tr_TR.UTF-8; LANG=C",
    "LC_ALL=C": "LC_ALL=C",
    "LINENO": "unset LINENO",
    "LINENO readonly": "readonly LINENO",
    "BASH variables": "unset BASH_VERSION BASH_COMMAND PIPESTATUS FUNCNAME BASH_SOURCE DIRSTACK",
    "GLOBIGNORE": "GLOBIGNORE='*'",
    "POSIXLY_CORRECT": "POSIXLY_CORRECT=1",
    "BASH_ENV and ENV": "export BASH_ENV=/nonexistent ENV=/nonexistent",
    "CDPATH": "CDPATH=/usr; cd share >/dev/null",
    "COLUMNS": "COLUMNS=1 LINES=1",
    "trap ERR": "trap 'echo LEAK' ERR",
    "trap ERR removed": "trap - ERR EXIT",
    "trap DEBUG": "trap ': ' DEBUG",
    "trap RETURN": "trap 'echo LEAK' RETURN; set -T",
    "trap EXIT": "trap 'echo LEAK' EXIT",
    "traps on signals": "trap '' HUP INT TERM QUIT TSTP TTIN TTOU CHLD",
    "trap CHLD": "trap ': ' CHLD",
    "stty": "stty raw -echo -isig",
    "stty on stdout": "stty -a <&1 >/dev/null; stty raw <&1",
    "exec stdin": "exec 0</dev/null",
    "exec stderr": "exec 2>&-",
    "readonly names": "readonly x=1 i=2 status=3 REPLY=4 line=5 code=6 number=7 result=8 _x=9",
    "integer names": "declare -i x i status REPLY line code; declare -u name text",
    "positional parameters": "set -- -n -e '*'",
    "set --": "set -- $(seq 10000)",
    "a stopped job": "(kill -STOP $BASHPID) & sleep 0.05",
    "a function for every builtin": "; ".join(
        f"{n}() {{ command echo LEAK; }}" for n in BUILTINS[:-2]
    ),
    "an alias for every builtin": "\n".join(
        f"alias {n}='command echo LEAK'" for n in BUILTINS if n != "echo"
    ),
    "aliases of keywords": "alias {}".format(
        " ".join(
            f"{each}='echo LEAK'"
            for each in ["if", "fi", "for", "case", "while", "function", "time", "[["]
        )
    ),
    "aliases of braces": "alias '{'='echo LEAK' '}'='echo LEAK' '!'='echo LEAK'",
    "a function named exit": "exit() { command echo LEAK; }; return() { command echo LEAK; }",
    "a function named builtin": "builtin() { command echo LEAK; }",
    "a limit for functions": "FUNCNEST=1",
    "a list of traps in POSIX mode": "set -o posix; trap -p >/dev/null",
    "command_not_found_handle": "command_not_found_handle() { echo LEAK; return 0; }",
    "a big environment": "export big=$(printf %100000s)",
    "output like marks": r"printf '\033]133;D;0\007[PEXPECT_PROMPT>\n$ ' ",
    "output like marks on the terminal": r"printf '\033]133;D;0\007\033]133;C;1\007' >/dev/tty",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_the_next_cell_works_after(fresh: Notebook, code: str) -> None:
    shell = fresh.run(":").record.volatile.shell_pid
    fresh.run(code)
    cell = fresh.run("command echo fine")
    seen = cell.stdout, cell.stderr, cell.status, cell.record.volatile.shell_pid
    assert seen == ("fine\n", "", "ok", shell)


# What takes the shell's own means away costs the shell, not the session.
DEADLY = {
    "vi": "set -o vi",
    "emacs": "set -o emacs",
    "many descriptors closed": 'for ((n = 3; n < 256; n++)); do eval "exec $n>&-"; done',
    "disabled builtins": "enable -n printf read mapfile eval history trap declare",
}


@pytest.mark.parametrize("code", DEADLY.values(), ids=DEADLY)
def test_the_session_goes_on_after(fresh: Notebook, code: str) -> None:
    fresh.run("x=kept")
    fresh.run(code)
    cell = fresh.run("command echo $x")
    assert (cell.stdout, cell.status) == ("kept\n", "ok")


# What must not stop the shell from saving its state when it exits, nor the next one from starting.
IN_THE_WAY = {
    "aliases of keywords": HOSTILE["aliases of keywords"],
    "a limit for functions": "FUNCNEST=1",
    "a limit in a trace": "FUNCNEST=1; set -x",
    "a limit for hooks": "FUNCNEST=1; PROMPT_COMMAND=:",
    "PIPESTATUS": "readonly PIPESTATUS; true | false",
    "an end after one command": "x=kept; set -t",
}


@pytest.mark.parametrize("code", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_the_state_is_kept_after(fresh: Notebook, code: str) -> None:
    fresh.run(code)
    assert "state" not in fresh.run("x=kept; exit 3").stderr
    cell = fresh.run("set +x; command echo $x")
    assert (cell.stdout, cell.status) == ("kept\n", "ok")


def test_the_limit_for_functions_is_the_users(fresh: Notebook) -> None:
    fresh.run("FUNCNEST=2; f() { echo f; }; g() { f; }; h() { g; }")
    assert fresh.run("g").stdout == "f\n"
    assert "nesting level exceeded (2)" in fresh.run("h").stderr
    fresh.run("exit")
    assert "nesting level exceeded (2)" in fresh.run("h").stderr
    assert fresh.run("unset FUNCNEST; h").stdout == "f\n"
    assert fresh.run("h").stdout == "f\n"


def test_hooks_use_the_aliases_of_the_user(fresh: Notebook) -> None:
    fresh.run("alias note='echo noted >>~/log'; PROMPT_COMMAND=note PS0='$(note)'")
    assert fresh.run("PROMPT_COMMAND= PS0=; cat ~/log; rm ~/log").stdout == "noted\n" * 2


@pytest.mark.parametrize("option", ["xtrace", "verbose"])
def test_tracing_does_not_show_internal_commands(fresh: Notebook, option: str) -> None:
    fresh.run(f"set -o {option}")
    fresh.run("echo fine")


def test_xtrace_shows_the_cell(fresh: Notebook) -> None:
    fresh.run("set -x")
    assert fresh.run("echo fine").stderr == "+ echo fine\n"


def test_a_deleted_directory_stops_no_cell(fresh: Notebook) -> None:
    fresh.run('d=$(mktemp -d); cd "$d"; rmdir "$d"')
    cell = fresh.run("echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")


def test_an_idle_shell_outlives_its_timeout(fresh: Notebook) -> None:
    shell = fresh.run("TMOUT=1").record.volatile.shell_pid
    end = time.monotonic() + 1.5
    fresh.wait(lambda: time.monotonic() > end, "nothing to happen")
    assert fresh.run("echo $TMOUT").record.volatile.shell_pid == shell


def test_the_users_timeout_is_kept(fresh: Notebook) -> None:
    fresh.run("TMOUT=100")
    assert fresh.run("echo $TMOUT").stdout == "100\n"


def test_a_readonly_timeout_stops_no_cell(fresh: Notebook) -> None:
    fresh.run("readonly TMOUT=100")
    cell = fresh.run("echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")
