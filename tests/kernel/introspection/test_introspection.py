"""Completion, inspection, completeness and expressions, with a real bash."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effecttalk_kernel.kernel.introspection import complete as completing
from effecttalk_kernel.kernel.introspection import inspect as inspecting
from effecttalk_kernel.kernel.introspection.complete import Completion, complete
from effecttalk_kernel.kernel.introspection.completeness import Completeness, completeness, indent
from effecttalk_kernel.kernel.introspection.expressions import expand
from effecttalk_kernel.kernel.introspection.helper_shell import (
    HelperError,
    HelperTimeoutError,
    SessionContext,
    ask,
)
from effecttalk_kernel.kernel.introspection.inspect import inspect, summary
from effecttalk_kernel.kernel.introspection.quoting import evaluate, quoted, single_quoted
from effecttalk_kernel.kernel.introspection.scan import scan

T = TypeVar("T")
BASH = shutil.which("bash") or "bash"
SHELL_TEXT = st.text(alphabet="ab1 /~$={}()[]'\"\\`<>|&;#!*-\n\t😀é\0", max_size=60)
TOKENS = """if then else fi for x in do done case esac { } ( ) $( ${ $(( )) (( " ' $' ` a=( [[ ]]
<<E E | && ; ;; # \\ f() function ls"""
WORDS = st.lists(st.sampled_from([*TOKENS.split(), "\n"]), max_size=25).map(" ".join)

HOSTILE = rb"""
declare -r BASHOPTS="x"
declare -ar BASH_VERSINFO=([0]="5")
declare -ir EUID="0"
declare -r LINENO="3"
declare -x PATH="/usr/bin:/bin"
declare -- IFS="aeiou"
declare -- odd=$'new\nline \'"$ \\ end'
declare -a list=([0]="a b" [1]="c")
declare -r frozen="yes"
declare -rx value="mine"
\builtin set -- one two
ls () { echo DANGER; }
printf () { echo DANGER; }
compgen () { echo DANGER; }
builtin () { echo DANGER; }
unset () { echo DANGER; }
eval () { echo DANGER; }
shopt () { command shopt "$@"; echo DANGER; }
trap -- 'echo DANGER; exit 3' EXIT
trap -- 'echo DANGER; exit 3' DEBUG
trap -- 'echo DANGER' ERR
trap -- 'echo DANGER' RETURN
alias if='echo DANGER'
alias builtin='echo DANGER'
alias ll='ls -l'
command shopt -s expand_aliases extdebug failglob
set -euxvnfkT
"""


def answer(question: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(question)


@pytest.fixture
def here(tmp_path: Path) -> SessionContext:
    return SessionContext(
        BASH, b"", str(tmp_path), {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
    )


def with_snapshot(snapshot: bytes, cwd: Path | str = "/") -> SessionContext:
    return SessionContext(BASH, snapshot, str(cwd))


def texts(completion: Completion) -> list[str]:
    return [match.text for match in completion.matches]


def completed(context: SessionContext, code: str) -> list[str]:
    """Return *code* with each match inserted at its end."""
    completion = answer(complete(context, code, len(code)))
    return [code[: completion.start] + text + code[completion.end :] for text in texts(completion)]


# --- helper shell


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("odd", "new\nline '\"$ \\ end"),
        ("$odd", "new\nline '\"$ \\ end"),
        ("${list[@]}", "a b c"),
        ("list[1]", "c"),
        ("$((1+2))", "3"),
        ("${nope:-none}", "none"),
        ("$(command printf %s x; false)", "x"),
        ("`command echo y`", "y"),
        ("$1", "one"),
        ("2", "two"),
        ("frozen", "yes"),
        ("value", "mine"),
        ("$unset_variable", ""),
        ('say "hi" $1', "say hi one"),
    ],
)
def test_a_hostile_snapshot_still_gives_its_values(expression: str, value: str) -> None:
    assert answer(expand(with_snapshot(HOSTILE), expression)) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${x!y}", "${x!y}: bad substitution"),
        ("nope", "nope: unbound variable"),
        ("${a:?is missing}", "a: is missing"),
        ("1+2", "1+2: not the name of a variable"),
        ("$(", "unexpected EOF"),
    ],
)
def test_an_expression_that_fails_has_an_error(expression: str, message: str) -> None:
    with pytest.raises(HelperError) as failure:
        answer(expand(with_snapshot(b"declare -x LC_ALL=C\n"), expression))
    assert str(failure.value).startswith(message)


def test_a_snapshot_that_exits_does_not_prevent_an_answer() -> None:
    assert answer(expand(with_snapshot(b"a=1\n\\builtin exit 3\na=2\n"), "a")) == "1"
    assert answer(expand(with_snapshot(b"a=1\nexit 3\na=2\n"), "a")) == "2"


def test_an_exported_function_named_builtin_is_harmless(here: SessionContext) -> None:
    bad = "() { echo DANGER; }"
    environment = {
        f"BASH_FUNC_{name}%%": bad for name in ("builtin", "unset", "trap", "set", "exec")
    }
    environment |= {"SHELLOPTS": "noexec", "BASH_ENV": "/dev/stdin", "POSIXLY_CORRECT": "y"}
    context = SessionContext(BASH, b"", "/", dict(here.environment) | environment)
    assert answer(expand(context, "$HOME")) == "/nowhere"


def test_a_large_snapshot_is_read() -> None:
    body = "".join(f"declare -- v{n}={'x' * 1000}\n" for n in range(1500)).encode()
    assert len(body) > 1_000_000
    assert answer(expand(with_snapshot(body + b"last=here\n"), "last")) == "here"


def test_stdin_is_the_given_text_or_empty(here: SessionContext, tmp_path: Path) -> None:
    script = tmp_path / "question.sh"
    script.write_text(
        "__eth_answer() { \\builtin mapfile -t l; \\builtin echo ${#l[@]} ${#l[0]}; }\n"
    )
    assert answer(ask(here, str(script))).output == b"0 0\n"
    given = b"x" * 1_000_000 + b"\ny\n"
    assert answer(ask(here, str(script), stdin=given)).output == b"2 1000000\n"


@pytest.mark.parametrize(
    "snapshot", [b"while :; do :; done", b"sleep 997", b"(trap '' TERM; sleep 997)& sleep 997"]
)
def test_a_hanging_snapshot_is_killed_with_its_children(snapshot: bytes) -> None:
    begun, before = time.monotonic(), group_leaders()
    with pytest.raises(HelperTimeoutError):
        answer(ask(with_snapshot(snapshot), "expand.sh", "x", "+u", timeout_seconds=0.3))
    assert time.monotonic() - begun < 20  # of 997
    assert_gone(before)


@pytest.mark.parametrize("body", ["sleep 997", "(trap '' TERM; sleep 997) & while :; do :; done"])
def test_a_completion_that_hangs_is_killed_and_files_are_offered(tmp_path: Path, body: str) -> None:
    (tmp_path / "plain").touch()
    snapshot = f"f() {{ {body}; }}\ncomplete -F f hangs\n".encode()
    begun, before = time.monotonic(), group_leaders()
    assert completed(with_snapshot(snapshot, tmp_path), "hangs pl") == ["hangs plain"]
    assert time.monotonic() - begun < 20  # of 997
    assert_gone(before)


def test_background_processes_of_the_snapshot_are_killed() -> None:
    before = group_leaders()
    assert answer(expand(with_snapshot(b"a=1\nsleep 997 &\n"), "a")) == "1"
    assert_gone(before)


def test_a_cancelled_question_leaves_no_process() -> None:
    async def cancel_it() -> None:
        question = asyncio.create_task(expand(with_snapshot(b"sleep 997"), "a"))
        before = group_leaders()
        while group_leaders() == before:  # noqa: ASYNC110 # a process sets no event
            await asyncio.sleep(0)
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question
        assert_gone(before)

    answer(cancel_it())


def group_leaders() -> set[int]:
    """Return the process groups of helper shells and of what their snapshots start."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    ours = [row for row in rows if "helper_shell.sh" in row[2] or "sleep 997" in row[2]]
    return {int(row[0]) for row in ours if not row[1].startswith("Z")}


def assert_gone(before: set[int]) -> None:
    """Wait: a killed process that is not a child is reaped by another one."""
    deadline = time.monotonic() + 20
    while left := group_leaders() - before:
        assert time.monotonic() < deadline, left


def test_descriptors_are_closed(here: SessionContext) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def ask_twice() -> tuple[int, int]:
        await expand(here, "$HOME")
        before = descriptors()
        await expand(here, "$HOME")
        with pytest.raises(HelperError):
            await expand(here, "\ud800$")
        return before, descriptors()

    before, after = answer(ask_twice())
    assert before == after


def test_a_missing_shell_is_a_helper_error(here: SessionContext) -> None:
    missing = SessionContext("/nowhere/bash", b"", "/", {})
    with pytest.raises(HelperError, match="cannot start"):
        answer(expand(missing, "HOME"))
    assert answer(completeness("/nowhere/bash", "ls")) == Completeness("unknown")
    assert answer(complete(missing, "ls", 2)).matches == ()
    assert answer(inspect(missing, "ls", 2, 0)) is None
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


def test_the_given_directory_is_used_and_oldpwd_is_unchanged(tmp_path: Path) -> None:
    snapshot = b'CDPATH= \\builtin cd -- /usr\ndeclare -x OLDPWD="/var"\n'
    assert answer(expand(with_snapshot(snapshot, tmp_path), "$PWD")) == str(tmp_path)
    assert answer(expand(with_snapshot(snapshot, "/usr"), "$OLDPWD")) == "/var"
    assert answer(expand(with_snapshot(snapshot, "/is/gone"), "$PWD")) == "/usr"


# --- completeness


@pytest.mark.parametrize(
    ("code", "status", "space"),
    [
        ("echo hi", "complete", ""),
        ("", "complete", ""),
        ("if true; then", "incomplete", "  "),
        ("if true", "incomplete", ""),
        ("if a; then b; else", "incomplete", "  "),
        ("for x in 1 2; do\n  if a; then", "incomplete", "    "),
        ("while read x\ndo", "incomplete", "  "),
        ("for ((i=0; i<3; i++)); do", "incomplete", "  "),
        ("case $x in", "incomplete", "  "),
        ("case $x in\n  a)", "incomplete", "    "),
        ("case $x in\n  a) b ;;", "incomplete", "  "),
        ("case x in (a) b ;; esac", "complete", ""),
        ("f() {", "incomplete", "  "),
        ("function f {", "incomplete", "  "),
        ("f() {\n  a\n}", "complete", ""),
        ("(cd /", "incomplete", "  "),
        ("a=(", "incomplete", "  "),
        ("x=$(", "incomplete", "  "),
        ("echo 'a", "incomplete", ""),
        ('f() { echo "a', "incomplete", ""),
        ("cat <<E\nif", "incomplete", ""),
        ("cat <<E\nif\nE", "complete", ""),
        ("cat <<-'E F'\n\tif\n\tE F", "complete", ""),
        ("cmd |", "incomplete", ""),
        ("a &&", "incomplete", ""),
        ("{ a &&", "incomplete", "  "),
        ("[[ a &&", "incomplete", ""),
        ("echo \\", "incomplete", ""),
        ("echo \\\n", "incomplete", ""),
        ("echo \\\\", "complete", ""),
        ("echo # \\", "complete", ""),
        ("echo 'if' # then {", "complete", ""),
        ("if true; then # {", "incomplete", "  "),
        ("ls !(a|b)", "complete", ""),
        ("fi", "invalid", ""),
        ("fi \\", "invalid", ""),
        ("fi 'unexpected end of file", "invalid", ""),
        ("if true; then; fi", "invalid", ""),
        ("echo \0", "invalid", ""),
        ("echo \ud800", "invalid", ""),
        ("rm -rf /nowhere; exit 4", "complete", ""),
        ("echo é😀; if a; then", "incomplete", "  "),
    ],
)
def test_completeness_is_that_of_the_shells_parser(code: str, status: str, space: str) -> None:
    found = answer(completeness(BASH, code))
    assert (found.status, found.indent) == (status, space)


def test_completeness_is_unknown_if_the_parser_hangs(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 997\n")
    slow.chmod(0o700)
    found = answer(completeness(str(slow), "ls", timeout_seconds=0.2))
    assert found == Completeness("unknown")


# --- scan and quoting: pure


@settings(max_examples=300, deadline=None)
@given(code=st.one_of(st.text(max_size=60), SHELL_TEXT, WORDS), cursor=st.integers(-3, 90))
@example(code="((a)", cursor=4)
@example(code="$'\\", cursor=3)
@example(code="(", cursor=1)
@example(code="a`b`c)", cursor=6)
def test_a_site_ends_before_the_cursor_in_any_code(code: str, cursor: int) -> None:
    site = completing.locate(code, cursor)
    assert 0 <= site.start <= site.end == max(0, min(cursor, len(code))) <= len(code)
    inspecting.locate(code, cursor)
    assert indent(code).strip(" ") == ""


@pytest.mark.parametrize(
    ("code", "place", "word", "command"),
    [
        ("", "command", "", ""),
        ("ls", "command", "ls", ""),
        ("ls -l fo", "argument", "fo", "ls"),
        ("a | b", "command", "b", ""),
        ("a && b", "command", "b", ""),
        ("a || b", "command", "b", ""),
        ("a; b", "command", "b", ""),
        ("a & b", "command", "b", ""),
        ("a\nb", "command", "b", ""),
        ("a \\\nb", "argument", "b", "a"),
        ("(b", "command", "b", ""),
        ("echo $(b", "command", "b", ""),
        ('echo "$(b', "command", "b", ""),
        ("echo `b", "command", "b", ""),
        ("echo `b` c", "argument", "c", "echo"),
        ("{ b", "command", "b", ""),
        ("if b", "command", "b", ""),
        ("if a; then b", "command", "b", ""),
        ("! b", "command", "b", "!"),
        ("sudo -n b", "command", "b", "sudo"),
        ("X=1 Y=2 b", "command", "b", ""),
        ("a > b", "argument", "b", "a"),
        (">out b", "command", "b", ""),
        ("2>err b", "command", "b", ""),
        ("a 2>&1 b", "argument", "b", "a"),
        ("diff <(b", "command", "b", ""),
        ("for b", "argument", "b", ""),
        ("for x in 1; do b", "command", "b", ""),
        ("case $b", "argument", "$b", ""),
        ("case x in b", "argument", "b", ""),
        ("case x in a) b", "command", "b", ""),
        ("f() { b", "command", "b", ""),
        ("a=(b", "argument", "b", ""),
        ("[[ a && b", "argument", "b", "[["),
        ("[[ a ]] && b", "command", "b", ""),
        ("echo 'x y", "argument", "'x y", "echo"),
        ("a # b", "comment", "", "a"),
        ("a#b", "command", "a#b", ""),
        ("cat <<E\nb", "text", "", ""),
        ("cat <<E\nx\nE\nb", "command", "b", ""),
        ("cat <<< b", "argument", "b", "cat"),
        ("((b", "arithmetic", "", ""),
        ("((1)) && b", "command", "b", ""),
        ("echo $((1 + (2))) b", "argument", "b", "echo"),
        ("echo ${a:-b", "parameter", "${a:-b", "echo"),
        ("echo ${a#*/} b", "argument", "b", "echo"),
        ('echo "${a:-it\'s}" b', "argument", "b", "echo"),
    ],
)
def test_the_scanner_finds_the_position(code: str, place: str, word: str, command: str) -> None:
    position = scan(code)
    assert (position.place, code[position.start :], position.command) == (place, word, command)


NAMES = st.text(
    alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMES.map(lambda name: "x" + name), min_size=1, max_size=30))
def test_bash_reads_back_what_was_quoted(names: list[str]) -> None:
    words = [f"{q[-1:] and q}{quoted(n, q)}{q[-1:]}" for n in names for q in ("", "'", '"', "$'")]
    script = "printf '%s\\0' " + " ".join(words)
    ran = subprocess.run([BASH, "-c", script], capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == [name for name in names for _ in range(4)]


@given(st.one_of(NAMES, SHELL_TEXT))
def test_the_value_of_a_quoted_name_is_the_name(name: str) -> None:
    value = evaluate(single_quoted(name))
    assert value is not None
    assert value.literal == name


@pytest.mark.parametrize(
    ("word", "literal"),
    [
        (r"$'\x41\102\u00e9\e'z", "ABé\x1bz"),
        (r"$'a\'b'", "a'b"),
        (r"$'\q", r"\q"),
        (r"$'\303\251", "é"),
        (r"$'\xff'", "\udcff"),
    ],
)
def test_the_value_of_an_ansi_c_word_is_that_of_bash(word: str, literal: str) -> None:
    value = evaluate(word)
    assert value is not None
    assert value.literal == literal


def test_an_incomplete_escape_has_no_value() -> None:
    assert evaluate("$'a\\") is None


# --- complete

NASTY = ["a b", "a$c", "a'd", 'a"e', "a\nf", "a*g", "a\\h", "aé😀", "a#i", "a;j"]


@pytest.mark.parametrize("opening", ["", "'", '"', "$'"])
def test_file_names_survive_the_shell(here: SessionContext, tmp_path: Path, opening: str) -> None:
    for name in NASTY:
        (tmp_path / name).touch()
    found = completed(here, f"printf '%s\\0' {opening}a")
    ran = [subprocess.run([BASH, "-c", c], cwd=tmp_path, capture_output=True) for c in found]
    assert sorted(r.stdout.decode() for r in ran) == sorted(f"{name}\0" for name in NASTY)


def test_a_name_that_is_not_text_is_typed_as_bytes(here: SessionContext, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/n\xff'n")).touch()
    assert completed(here, "ls n") == ["ls $'n\\377\\'n'"]
    assert completed(here, 'ls "n') == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("cat sub", ["cat sub\\ dir/"]),
        ('cat "sub', ['cat "sub dir/']),
        ("cat sub\\ dir/i", ["cat sub\\ dir/inner"]),
        ('cat "sub dir/i', ['cat "sub dir/inner"']),
        ("cat 'sub dir'/i", ["cat 'sub dir'/inner"]),
        ("cat 'sub dir'/\"i", ["cat 'sub dir'/\"inner\""]),
        ("./sub\\ dir/i", ["./sub\\ dir/inner"]),
        ("cat ~/pl", ["cat ~/plain"]),
        ("cat $HOME/pl", ["cat $HOME/plain"]),
        ('cat "${HOME}/pl', ['cat "${HOME}/plain"']),
        ("cat --file=pl", ["cat --file=plain"]),
        ("X=pl", ["X=plain"]),
        ("cat <pl", ["cat <plain"]),
        ("cat $(false)/pl", []),
        ("cat nothing", []),
        ("cat .hid", ["cat .hidden"]),
        ("cat ..", ["cat ../"]),
        ("cat ", ["cat plain", "cat sub\\ dir/", "cat .hidden"]),
        (
            "no_such_command_1 ",
            [f"no_such_command_1 {n}" for n in ("plain", "sub\\ dir/", ".hidden")],
        ),
        ("one\ntwo three\ncat pl", ["one\ntwo three\ncat plain"]),
        ("echo 😀é🎉; cat pl", ["echo 😀é🎉; cat plain"]),
        ("echo # pl", []),
    ],
)
def test_files_are_completed(tmp_path: Path, code: str, expected: list[str]) -> None:
    (tmp_path / "sub dir").mkdir()
    for name in ("plain", "sub dir/inner", ".hidden"):
        (tmp_path / name).touch()
    context = SessionContext(BASH, b"", str(tmp_path), {"HOME": str(tmp_path)})
    assert completed(context, code) == expected


def test_indexes_are_code_points_and_the_rest_of_the_line_stays(
    here: SessionContext, tmp_path: Path
) -> None:
    (tmp_path / "plain").touch()
    code = "echo 😀; cat 'pl' | wc"
    cursor = code.index("pl") + 2
    found = answer(complete(here, code, cursor))
    assert (found.start, found.end, texts(found)) == (12, cursor, ["'plain"])


def test_an_option_of_the_snapshot_does_not_change_files(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    snapshot = HOSTILE + b"GLOBIGNORE='*'\ncommand shopt -s nocaseglob dotglob\n"
    assert completed(with_snapshot(snapshot, tmp_path), "cat P") == []
    assert completed(with_snapshot(snapshot, tmp_path), "cat ") == ["cat plain"]


def test_commands_of_the_snapshot_are_completed_with_their_kind() -> None:
    snapshot = HOSTILE + b"zzfunction () { :; }\n"
    for word, kind in {
        "ll": "alias",
        "zzf": "function",
        "mapf": "builtin",
        "whil": "keyword",
        "chgr": "command",
    }.items():
        found = answer(complete(with_snapshot(snapshot), f"true | {word}", 7 + len(word)))
        assert kind in {match.type for match in found.matches}, word


def test_matches_are_sorted_unique_and_few(here: SessionContext, tmp_path: Path) -> None:
    for number in range(1100):
        (tmp_path / f"f{number:04}").touch()
    found = texts(answer(complete(here, "cat f", 5)))
    assert found == sorted(set(found))
    assert len(found) == 1000


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("echo $lis", "echo $list"),
        ("echo ${lis", "echo ${list}"),
        ('echo "a ${#lis', 'echo "a ${#list}'),
        ("((lis", "((list"),
        ("cat <<E\n$lis", "cat <<E\n$list"),
    ],
)
def test_variables_are_completed(code: str, expected: str) -> None:
    assert completed(with_snapshot(HOSTILE), code) == [expected]


@pytest.mark.parametrize("code", ["echo '$lis", "echo \\$lis", "$__eth", "__et", "echo \0"])
def test_variables_of_effecttalk_are_not_completed(code: str) -> None:
    assert completed(with_snapshot(HOSTILE), code) == []


def test_a_builtin_is_offered_once_and_as_it_is_typed(here: SessionContext) -> None:
    assert texts(answer(complete(here, "[", 1))) == ["[", "[["]


def test_users_are_completed(here: SessionContext) -> None:
    assert "ls ~root/" in completed(here, "ls ~roo")


# --- inspect


@pytest.mark.parametrize(
    ("code", "cursor", "beginning"),
    [
        ("echo $frozen", 8, 'declare -r frozen="yes"'),
        ("echo ${list[@]}", 10, 'declare -a list=([0]="a b"'),
        ("frozen=3", 2, 'declare -r frozen="yes"'),
        ("echo frozen", 8, 'declare -r frozen="yes"'),
        ("ll", 1, "alias ll='ls -l'"),
        ("ls", 2, "ls () \n{"),
        ("ls -l ", 4, "ls () \n{"),
        ("ls -l ", 6, "ls () \n{"),
        ("ls /usr/bin", 8, ""),
        ("cd", 0, "cd: cd "),
        ("while", 5, "while: while "),
        ("a; [", 4, "[: [ arg... ]"),
        ("then", 4, "then is a shell keyword"),
    ],
)
def test_a_word_is_described(code: str, cursor: int, beginning: str) -> None:
    found = answer(inspect(with_snapshot(HOSTILE + b"LC_ALL=C\n"), code, cursor, 0))
    assert found is not None
    assert found.startswith(beginning)
    assert "__et" not in found


def test_unknown_words_are_not_described(here: SessionContext) -> None:
    for code in ("", "no_such_command_1", "echo no_such_file_1", "# ls", "$no_such_1", "\0"):
        assert answer(inspect(here, code, len(code), 0)) is None


def test_a_file_is_described(here: SessionContext, tmp_path: Path) -> None:
    (tmp_path / "my file").write_text("12345")
    found = answer(inspect(here, "cat my\\ file | wc", 6, 0))
    assert found is not None
    assert found.startswith("-rw")
    assert " 5 " in found
    assert "my file" in found


def test_a_program_without_a_page_is_described_and_not_run(tmp_path: Path) -> None:
    program = tmp_path / "et-no-page"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    found = answer(inspect(SessionContext(BASH, b"", "/", environment), "et-no-page", 3, 0))
    assert found is not None
    assert str(program) in found
    assert "-rwxr-xr-x" in found
    assert not (tmp_path / "ran").exists()


def test_a_page_is_plain_text_and_shorter_without_detail(tmp_path: Path) -> None:
    """With a fake `man`, because some machines have no manual pages."""
    page = tmp_path / "man"
    head = "NAME\n       t\bto\boo\bol\bl - x\n\nSYNOPSIS\n       \033[1mtool\033[0m [x]\n"
    body = f"{head}\nDESCRIPTION\n       Long.\n"
    page.write_text(f"#!/bin/sh\ncat <<'E'\n{body}E\n")
    page.chmod(0o755)
    (tmp_path / "tool").touch(mode=0o755)
    context = SessionContext(BASH, b"", "/", {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    short, whole = (answer(inspect(context, "tool -x", 7, detail)) for detail in (0, 1))
    assert short is not None
    assert whole is not None
    assert short == f"tool is {tmp_path}/tool\n\nNAME\n       tool - x\n\nSYNOPSIS\n       tool [x]"
    assert whole.endswith("DESCRIPTION\n       Long.")


def test_a_long_text_is_cut_without_a_synopsis() -> None:
    assert summary("x\n" * 100) == "\n".join("x" * 40)
