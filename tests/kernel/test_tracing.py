"""`set -x` and DEBUG traps show what they show in a terminal: the user's commands alone."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook
from tests.support.plain_bash import PlainBash

# One command line each: bash in a terminal shows a prompt after each line.
TRACED = {
    "a command": ["set -x", "echo one"],
    "in the same line": ["set -x; echo one; set +x; echo two"],
    "a failing command": ["set -x", "ls /nonexistent_xyz", "echo $?"],
    "a failing test": ["set -x", "[[ a = b ]]", "(( 0 ))", "false"],
    "substitutions": ["set -x", "echo $(echo $(echo a)) `echo b`"],
    "eval and functions": ["f() { local x=1; echo $x; }; set -x", "eval 'eval f; f'"],
    "a pipeline": ["set -x", "echo a | cat", "true | false"],
    "a loop": ["set -x", "for i in 1 2; do echo $i; done; while false; do :; done"],
    "a subshell": ["set -x", "(echo in; (echo deep))"],
    "a here-document in a string": ["set -x", "cat <<<text"],
    "a prompt of one's own": ["PS4='+[$BASH_SUBSHELL] '; set -x", "echo a; echo b"],
    "a prompt without a level": ["PS4=; set -x", "echo a"],
    "a long prompt": ["PS4='>> '; set -x", "eval echo a"],
    "after errors": ["set -ux", "echo $nothing_at_all", "echo after"],
    "pipefail": ["set -uxo pipefail", "false | true", "echo $?"],
    "a variable": ["set -x", "x=1 y='a b'", "echo $_ $x"],
    "another process": ["set -x", "bash -c 'echo $-' | tr -d x"],
    "turned off": ["set -x", "set +x", "echo quiet"],
    "arrays and conditions": ["set -x", "a=(1 2); case a in a) echo ${#a[@]};; esac"],
    "an alias": ["set -x", "alias a='echo aliased'; :", "a", "unalias a"],
    "options of the shell": ["set -x", "shopt -s nullglob extglob; echo a", "shopt -u extglob"],
    "POSIX mode": ["set -x", "set -o posix", "echo a", "set +o posix", "echo b"],
    "a function that traces": ["f() { set -x; echo a; set +x; }", "f"],
    "a list of traps": ["set -x", "trap ': user' USR1", "trap", "trap -p USR1", "trap - USR1"],
}


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[PlainBash]:
    (tmp_path / ".bashrc").touch()
    with PlainBash(tmp_path) as bash:
        bash.start()
        yield bash


def merged(notebook: Notebook, code: str) -> str:
    return notebook.run(f"#| stderr: merged\n{code}").stdout


@pytest.mark.parametrize("lines", TRACED.values(), ids=TRACED)
def test_a_trace_is_that_of_a_terminal(fresh: Notebook, plain: PlainBash, lines: list[str]) -> None:
    for line in lines:  # the commands of a pipeline are traced in any order
        assert sorted(merged(fresh, line).splitlines()) == sorted(plain.run(line).splitlines())


def test_a_trace_in_another_file_has_the_commands_alone(fresh: Notebook) -> None:
    fresh.run("exec 5>~/trace; BASH_XTRACEFD=5; set -x; false a")
    assert fresh.run("echo $? $_; false").stderr == ""
    fresh.run("alias two='echo two'; two() { :; }")
    fresh.run("set +x; unset BASH_XTRACEFD")
    assert fresh.run("cat ~/trace; echo ${BASH_XTRACEFD-none}; exec 5>&-").stdout == (
        "+ false a\n+ echo 1 a\n+ false\n+ alias 'two=echo two'\n+ set +x\nnone\n"
    )


def test_a_traced_cell_of_many_lines_counts_them(fresh: Notebook) -> None:
    fresh.run("set -x")
    cell = fresh.run("echo $LINENO\ncat <<E\n$LINENO\nE\n\nf() {\n  echo $LINENO\n}\nf; false")
    assert cell.stdout == "1\n2\n2\n"  # in a function, an interactive bash counts its lines
    assert "in line 9" in cell.evalue


@pytest.mark.parametrize("code", ["echo 'open", "if true", "echo )", "alias a=echo\na b", "x=\\"])
def test_code_that_is_no_group_runs_traced(
    fresh: Notebook, code: str, template: KernelTemplate
) -> None:
    fresh.run("set -x")
    untraced = Notebook(template=template)
    with untraced:
        expected = untraced.run(code)
    cell = fresh.run(code)
    assert (cell.stdout, cell.status) == (expected.stdout, expected.status)
    assert fresh.run("set +x; echo fine").stdout == "fine\n"


def test_a_traced_cell_can_be_interrupted_and_read_input(fresh: Notebook) -> None:
    fresh.run("set -x")
    cell = fresh.run("echo go; sleep 60", after_text="go")
    assert cell.status == "error"
    assert fresh.run("read x; echo got $x", answers=["a"]).stdout.endswith("got a\n")


SYNTAX_ERRORS = {
    "a stray word": ("echo a\nif true; then\nfi\necho b", 3),
    "a bracket": ("echo a\necho b )", 2),
    "an open quote": ("echo a\necho 'b\nc", 2),
}


@pytest.mark.parametrize(("code", "line"), SYNTAX_ERRORS.values(), ids=SYNTAX_ERRORS)
def test_a_syntax_error_names_its_line(kernel: Notebook, code: str, line: int) -> None:
    cell = kernel.run(code)
    assert cell.record.exit_status == 2
    assert f"in line {line} " in cell.evalue


# DEBUG traps.

LOG = "trap 'echo \"$BASH_COMMAND\" >>~/log' DEBUG"
DEBUGGED = {
    "commands": ["echo one", "echo two | cat", "x=1"],
    "failing commands": ["false", "ls /nonexistent_xyz", "true && false"],
    "compound commands": [
        "for i in 1 2; do :; done",
        "case a in a) :;; esac",
        "[[ a ]] && (( 1 ))",
    ],
    "a function": ["f() { echo in; }", "f", "(f)", "echo $(f)"],
    "functrace": ["set -T; f() { echo in; }", "f", "(echo sub)", "false", "set +T"],
    "extdebug": ["shopt -s extdebug; f() { echo in; }", "f", "false", "shopt -u extdebug"],
    "errtrace": ["set -E; trap 'echo failed' ERR", "false", "trap - ERR"],
    "a RETURN trap": ["f() { :; }; trap 'echo back' RETURN; declare -ft f", "f", "trap - RETURN"],
    "the trap itself": ["trap -p DEBUG", "trap ': again' DEBUG", "trap -p DEBUG", "echo quiet"],
    "a trap in quotes": [
        "trap 'echo \"it'\\''s $BASH_COMMAND\" >>~/log' DEBUG",
        "trap -p DEBUG",
        ":",
    ],
    "a removed trap": ["trap - DEBUG", "echo quiet", "trap -p DEBUG"],
    "an ignored trap": ["trap '' DEBUG", "echo quiet", "trap -p DEBUG", "trap - DEBUG", "trap -p"],
    "other names": ["trap ':' debug EXIT", "trap -p", "trap -- - debug EXIT"],
    "a function that sets it": [f"f() {{ {LOG}; }}; trap - DEBUG", "f; echo same", "echo later"],
    "functions that call each other": [f"f() {{ {LOG}; }}; g() {{ f; }}", "g", "echo later"],
    "a function that cannot remove it": ["f() { trap - DEBUG; }", "f", "echo later"],
    "a function that sets and removes it": [
        f"trap - DEBUG; f() {{ {LOG}; echo in; trap - DEBUG; }}",
        "f; echo same",
        "echo later",
    ],
    "an alias that sets it": ["trap - DEBUG", "alias t=\"trap ': user' DEBUG\"", "t", "trap -p"],
    "a file that sets it": [f"echo {shlex.quote(LOG)} >~/traps; trap - DEBUG", ". ~/traps", ":"],
    "a file in a file": [
        f"echo {shlex.quote(LOG)} >~/traps; trap - DEBUG",
        "echo 'source ~/traps' >~/outer",
        "source ~/outer; echo same",
        "echo later",
    ],
    "a function that reads a file": [
        f"echo {shlex.quote(LOG)} >~/traps; f() {{ . ~/traps; }}; trap - DEBUG",
        "f",
        "echo later",
    ],
    "eval": [f"code={shlex.quote(LOG)}; trap - DEBUG", 'eval "$code"', "echo later"],
    "functrace in a function": [f"set -T; f() {{ {LOG}; }}; trap - DEBUG", "f", "echo later"],
    "a subshell": [f"trap - DEBUG; ({LOG}; echo sub)", f"echo $({LOG}; echo sub)", "echo later"],
    "a disabled builtin": ["enable -n trap", "echo one", "enable trap", "trap - DEBUG"],
    "an alias with its name": ["alias trap='echo aliased'", "trap", "unalias trap", "trap - DEBUG"],
    "the last argument": ["trap 'echo \"$_ $?\" >>~/log' DEBUG", "echo a b", "false c", "true d"],
}


@pytest.mark.parametrize("place", ["start-up file", "cell"])
@pytest.mark.parametrize("lines", DEBUGGED.values(), ids=DEBUGGED)
def test_a_debug_trap_sees_what_it_sees_in_a_terminal(
    start: Start, tmp_path: Path, lines: list[str], place: str
) -> None:
    homes = tmp_path / "notebook", tmp_path / "terminal"
    logs = []
    for home in homes:
        home.mkdir()
        (home / ".bashrc").write_text(f"{LOG}\n" if place == "start-up file" else "")
    lines = lines if place == "start-up file" else [LOG, *lines]
    notebook = start(HOME=str(homes[0]))
    with PlainBash(homes[1]) as plain:
        plain.start()
        (homes[1] / "log").unlink(missing_ok=True)  # of the lines that set the prompt
        for line in lines:
            assert notebook.run(line).stdout == plain.run(line).replace(
                "ls: cannot access '/nonexistent_xyz': No such file or directory\n", ""
            )
    for home in homes:
        log = home / "log"
        logs.append(log.read_text() if log.exists() else "")
    assert logs[0] == logs[1]


def test_a_debug_trap_finds_this_cell_in_the_history(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text(
        "trap 'HISTTIMEFORMAT= history 1 >>~/log' DEBUG\n", encoding="utf-8"
    )
    notebook = start(HOME=str(tmp_path))
    notebook.run("echo one")
    notebook.run("echo two")
    notebook.run("trap - DEBUG")
    log = [line.split(None, 1)[1] for line in (tmp_path / "log").read_text().splitlines()]
    assert log == ["echo one", "echo two", "trap - DEBUG"]


# A list of traps.

LISTED = {
    "no trap": ["trap", "trap -p", "trap -p EXIT ERR DEBUG RETURN"],
    "signals": ["trap ': a' USR1 2", "trap", "trap -p INT", "trap - USR1 INT", "trap -p"],
    "EXIT": ["trap 'echo \"it'\\''s over\"' EXIT", "trap", "trap -p EXIT", "trap - EXIT", "trap"],
    "ERR": ["trap 'echo failed' ERR; trap", "false", "trap -p ERR", "trap - ERR", "trap; false"],
    "RETURN": ["f() { :; }; trap 'echo back' RETURN", "f", "trap - RETURN", "f"],
    "substitutions": ["trap ': a' USR2", 'echo "$(trap)"', "(trap)", "trap | cat", "trap - USR2"],
    "functions": ["f() { trap; trap -p EXIT; }", "f", "trap ': bye' EXIT; f", "trap - EXIT"],
    "a copy": ["old=$(trap -p EXIT ERR); trap : EXIT", 'eval "$old"', 'trap -p; echo "[$old]"'],
    "errors": ["trap x NOSUCH", "trap -x", "trap -p NOSUCH; echo $?"],
    "a function of one's own": ["trap() { echo mine; }", "trap", "unset -f trap", "trap"],
    "errtrace": ["set -ET; trap ': e' ERR", "trap", "set +ET; trap - ERR", "trap"],
    "the end of a child": ["trap 'echo over' CHLD", "/bin/true", "trap - CHLD"],
    "the command itself": ["type trap", "trap ': a' USR1", "type -t trap"],
}


@pytest.mark.parametrize("lines", LISTED.values(), ids=LISTED)
def test_traps_are_those_of_a_terminal(fresh: Notebook, plain: PlainBash, lines: list[str]) -> None:
    for line in lines:
        assert merged(fresh, line) == plain.run(line)


@pytest.mark.parametrize("first", ["trap", ":"])
def test_the_first_traps_are_those_of_start_up_files(
    start: Start, tmp_path: Path, first: str
) -> None:
    (tmp_path / ".bashrc").write_text("trap ': err' ERR; trap ': usr' USR1\n")
    notebook = start(HOME=str(tmp_path))
    traps = "trap -- ': usr' SIGUSR1\ntrap -- ': err' ERR\n"
    assert notebook.run(first).stdout == (traps if first == "trap" else "")
    assert notebook.run("trap").stdout == traps


def test_a_failing_command_is_named_after_a_trap_on_failures(fresh: Notebook) -> None:
    fresh.run("trap ': user' ERR")
    fresh.run("trap - ERR")
    assert "`cat /nonexistent_xyz`" in fresh.run(":\ncat /nonexistent_xyz").evalue


def test_the_state_is_kept_by_a_cell_that_lists_traps_and_exits(fresh: Notebook) -> None:
    fresh.run("x=5; trap; exit 3")
    assert fresh.run("echo $x").stdout == "5\n"
