"""The texts sent to bash and those read from it, checked with a real bash."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects import bash
from effecttalk_kernel.shell.dialects.bash import (
    Job,
    ShellPaths,
    Snapshot,
    block_line,
    can_append_line,
    encode_code,
    exit_trap_line,
    is_blank,
    last_line,
    redirect,
    start_script,
)

BASH = shutil.which("bash") or "bash"
# The longest line that a terminal in canonical mode accepts, see termios(3).
MAX_LINE_BYTES = 4_095

# A line after it is a separate command.
CLOSED = [
    "true",
    "true\n\n",
    "false; echo a",
    "true &",
    "if true; then false; fi",
    "for x in a b; do echo $x; done",
    "case a in (a) echo b ;; esac",
    "f() { echo a; }",
    "echo a # a comment",
    "# a comment\necho a",
    "echo a\n# a comment |\n\n",
    "echo '#' a",
    'echo "a # b"',
    "echo a#b",
    "echo ${#x} $# ${x#y}",
    "true | false | true",
    "true |\n false",
    "true &&\n false",
    "echo a \\\n b",
    "echo 'a\nb'",
    "cat <<E\ntext\nE",
    "cat <<E\ntext\nE\n",
    "cat <<'E'\n$text\nE",
    'cat <<"E"\n$text\nE',
    "cat <<\\E\n$text\nE",
    "cat << E\ntext\nE",
    "cat <<-E\n\ttext\n\tE",
    "cat <<-'E'\n\ttext\n\t\tE",
    "cat <<E | tr a b\ntext\nE",
    "cat <<A; cat <<B\na\nA\nb\nB",
    "cat <<<E",
    "cat <<<'a b'",
    "coproc sleep 0",
    "! true",
    "time true",
    "{ echo a; }",
    "(echo a)",
    "[[ a < b ]]",
    "((1 < 2))",
    "x=(a b)",
    "echo $(echo a)",
    "echo `echo a`",
    "echo $'a\\nb'",
]
# A line after it may not be a separate command: the block has no PIPESTATUS.
OPEN = [
    "echo a # in doubt: |\n",
    "echo a # in doubt: | &&",
    "echo a \\",
    "echo a \\\n",
    "true |",
    "true | \n\n",
    "true &&",
    "true ||",
    "true || # a comment",
    "true && # a comment\n# and another\n",
    "true |\n# a comment",
    'echo "a # b" |',
    "echo 'a",
    'echo "a',
    "echo `a",
    "echo $(a",
    "(echo a",
    "{ echo a",
    "x=(a",
    "cat <<E",
    "cat <<E\n",
    "cat <<E\ntext",
    "cat <<E\ntext\n E",
    "cat <<E\ntext\nE ",
    "cat <<E\ntext\nEE",
    "cat <<'E'\ntext",
    'cat <<"E"\ntext',
    "cat <<-E\n\ttext\n E",
    "cat <<A; cat <<B\na\nA\nb",
]
# Only the parser can tell that these are incomplete.
UNFINISHED = [
    "if true; then",
    "while true",
    "case x in",
    "[[ a",
    "true |&",
    "true |#comment",
    "true &&#comment",
    "f()",
    "f() # a comment",
    "function f",
    "for x",
    "for x in a b",
    "for ((;;))",
    "select x in a b",
    "echo '\"' \"",
    "cat <<E\n\tE",
    "cat <<E; cat <<E\na\nE",
    "cat <<A; cat <<B\nb\nB\na\nA",
    "cat <<E!\ntext\nE",
]


def parse(code: str) -> tuple[bool, bool]:
    """Return whether *code* parses, and whether it has a here-document without an end."""
    done = subprocess.run(
        [BASH, "-n"], input=code, capture_output=True, text=True, errors="replace", check=False
    )
    # Not the status: after some errors the parser continues with the next line.
    lines = done.stderr.splitlines()
    return all("here-document" in line for line in lines), bool(lines) and "here" in lines[0]


@pytest.mark.parametrize("code", CLOSED)
def test_a_line_can_be_appended_to_complete_code(code: str) -> None:
    assert can_append_line(code)


@pytest.mark.parametrize("code", OPEN)
def test_no_line_is_appended_to_code_that_may_continue(code: str) -> None:
    assert not can_append_line(code)


@pytest.mark.parametrize(
    "after",
    [":", last_line(sets_debug_trap=False), last_line(sets_debug_trap=True)],
    ids=["colon", "tail", "trap"],
)
@pytest.mark.parametrize("code", [c for c in CLOSED + OPEN + UNFINISHED if can_append_line(c)])
def test_an_appended_line_makes_no_difference_to_the_parser(code: str, after: str) -> None:
    """Otherwise a cell with a syntax error would run partly, and succeed."""
    parses, _ = parse(f"{code}\n")
    assert parse(f"{code}\n{after}") == (parses, False)


@given(st.text(alphabet="a #|&\\\n'\"`(){}<;-", max_size=20))
def test_any_code_is_accepted_without_an_error(code: str) -> None:
    can_append_line(code)


@pytest.mark.parametrize("code", ["", "\n", " \t\n", "# a", "  # a\n\n#b |"])
def test_code_without_a_command_is_blank(code: str) -> None:
    assert is_blank(code)


@pytest.mark.parametrize("code", [":", "# a\n:", "a#b", "'#'", "\\"])
def test_code_with_a_command_is_not_blank(code: str) -> None:
    assert not is_blank(code)


def test_the_code_file_holds_the_code_its_tail_and_the_preamble() -> None:
    assert (
        encode_code("false", "echo é")
        == f"false\n\0{last_line(sets_debug_trap=False)}\0echo é".encode()
    )


def test_the_tail_is_empty_if_no_line_can_be_appended() -> None:
    assert encode_code("true |") == b"true |\n\0\0"


def test_a_newline_at_the_end_of_the_code_is_kept() -> None:
    assert encode_code("a\n").split(b"\0")[0] == b"a\n"


def test_bytes_from_the_shell_return_unchanged() -> None:
    assert encode_code("a", "echo \udcff").endswith(b"\0echo \xff")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("\0", "NUL byte in line 1,"),
        ("a\nb\n\0c\n", "NUL byte in line 3,"),
        ("\ud800", "lone surrogate in line 1,"),
        ("a\n'\udcff'", "lone surrogate in line 2,"),
    ],
)
def test_code_that_bash_cannot_read_is_refused_with_its_line(code: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        encode_code(code)


def test_a_block_line_fits_a_terminal_line() -> None:
    path = "/dev/pts/" + "9" * 200
    line = block_line(10**18, redirect(path, path, path))
    assert len(line.encode()) <= MAX_LINE_BYTES


@pytest.mark.parametrize("line", [block_line(1, redirect("a", "b", "c")),
                                  bash.ending_line(7), bash.source_line("/tmp/a'b\n c")])  # fmt: skip
def test_lines_for_the_shell_parse_and_stay_out_of_history(line: str) -> None:
    assert line.startswith(" ")
    assert line.endswith("\n")
    assert parse(line) == (True, False)


def test_the_line_that_runs_a_block_has_no_line_break() -> None:
    assert block_line(1, redirect("a", "b", "c")).count("\n") == 1


PLACES = ShellPaths(
    "/dev/pts/1",
    "/dev/pts/2",
    "/run/a'b/marks",
    "/run/s",
    "/run/l",
    "/run/t",
    "/run/go",
    "/proc/1/fd/3",
    "/run/r",
)


@pytest.mark.parametrize("load_rc", [True, False])
@pytest.mark.parametrize("restore", ["", "/run/a'b/restore"])
def test_a_start_script_parses(load_rc: bool, restore: str) -> None:
    script = start_script(PLACES, "n", load_rc=load_rc, restore=restore)
    assert parse(script) == (True, False)


def test_start_up_files_are_read_only_if_enabled() -> None:
    assert "bashrc" in start_script(PLACES, "n", load_rc=True)
    assert "bashrc" not in start_script(PLACES, "n", load_rc=False)


def test_a_restored_shell_does_not_read_start_up_files_again() -> None:
    script = start_script(PLACES, "n", load_rc=True, restore="/run/restore")
    assert "bashrc" not in script
    assert "/run/restore" in script


def test_an_empty_snapshot_has_no_script_and_no_jobs() -> None:
    assert (Snapshot().script, Snapshot().jobs) == (b"", ())


# `jobs -p` and `jobs` of bash 5.2, after the line that ends the script.
TABLE = b"""echo '[9]+  Running                 in a function &'
\\builtin return 0
# jobs
30318
30319
30321
400
500
501
[1]+  Stopped (signal)        sleep 100
[2]   Running                 sleep 101 | cat &
[3]-  Running                 { sleep 102; echo x; } &
[12]   Done                    for x in a b;
do
    sleep 1;
done
[13]   Running                 sleep 103 &  (wd: /tmp)
[14]   Done                    true  (wd: ~)
(wd now: /tmp)
"""


def test_jobs_are_read_with_number_group_and_text() -> None:
    assert Snapshot(settings=TABLE).jobs == (
        Job(1, 30318, b"sleep 100"),
        Job(2, 30319, b"sleep 101 | cat"),
        Job(3, 30321, b"{ sleep 102; echo x; }"),
        Job(12, 400, b"for x in a b;\ndo\n    sleep 1;\ndone"),
        Job(13, 500, b"sleep 103"),
        Job(14, 501, b"true"),
    )


def test_a_state_without_jobs_has_none() -> None:
    assert Snapshot(settings=b"\\builtin return 0\n# jobs\n").jobs == ()


def test_jobs_of_a_real_shell_are_read() -> None:
    script = """
        set -m
        sleep 60 &
        sleep 60 | cat &
        printf '# jobs\\n' # after a newline, as in a snapshot
        jobs -p
        jobs
        kill -KILL -- -%1 %1 %2
    """
    done = subprocess.run(
        [BASH, "-c", f"echo; {script}"], capture_output=True, check=False, timeout=20
    )
    jobs = Snapshot(settings=done.stdout).jobs
    assert [(job.number, job.text) for job in jobs] == [(1, b"sleep 60"), (2, b"sleep 60 | cat")]
    assert all(job.group > 1 for job in jobs)


def written_traps(script: str) -> bytes:
    """Return the output of `trap -p` in a real bash after *script*."""
    done = subprocess.run(
        [BASH, "-c", f"{script}\ntrap -p; trap - EXIT"],
        capture_output=True,
        check=True,
    )
    return done.stdout


def run_with_chained_trap(traps: bytes, status: int) -> tuple[str, int]:
    """Return output and status of a shell that restores *traps*, gets the chained trap, and exits."""
    script = (
        b"__et_leaving=('echo \"left $?\"')\n"
        + traps
        + os.fsencode(exit_trap_line(traps))
        + b"\nexit %d" % status
    )
    done = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout, done.returncode


@pytest.mark.parametrize(
    ("trap", "output"),
    [
        ("trap 'echo bye' EXIT", "bye\n"),
        ("trap 'echo \"$?\"' 0", "3\n"),
        ("trap \"echo 'it is'; echo it\\'s\" EXIT", "it is\nit's\n"),
        ("trap 'echo one\necho two' EXIT", "one\ntwo\n"),
        ("trap 'echo bye # a comment' EXIT", "bye\n"),
        ("trap 'false' EXIT", ""),
        ("trap 'echo bye;' EXIT; trap 'echo err' ERR; trap 'echo usr' USR1", "bye\n"),
    ],
)
def test_the_exit_trap_runs_after_that_of_the_user(trap: str, output: str) -> None:
    assert run_with_chained_trap(written_traps(trap), 3) == (f"{output}left 3\n", 3)


def test_the_exit_trap_runs_under_errexit() -> None:
    """A failing cell under `set -e` ends the shell; its state must not be lost."""
    traps = written_traps("trap 'echo bye' EXIT") + b"set -e\n"
    assert run_with_chained_trap(traps, 3) == ("bye\nleft 3\n", 3)


def test_a_chained_trap_is_not_chained_again() -> None:
    first = exit_trap_line(b"trap -- 'echo bye' EXIT\n")
    again = written_traps(f"__et_leaving=('__et_end exit \"$?\"')\n{first}")
    assert b"bye" in again
    assert exit_trap_line(again) == ""


@pytest.mark.parametrize(
    "traps",
    [b"", b"trap -- 'echo a' ERR\n", b"trap -- 'echo \"trap -- x EXIT\"' ERR\n"],
)
def test_without_an_exit_trap_there_is_only_that_of_effecttalk(traps: bytes) -> None:
    assert exit_trap_line(traps) == '\\builtin trap -- "${__et_leaving[0]}" EXIT'


def test_the_exit_trap_is_not_chained_to_itself() -> None:
    assert exit_trap_line(b"trap -- '{ __et_end exit \"$?\"; }' EXIT\n") == ""


TRACED_WHOLE = {
    "one line": "alias a=b; a",
    "a comment and a line": "# alias\n\nshopt -s extglob; ls",
    "an option for patterns": "shopt -s nullglob\nls *",
}


@pytest.mark.parametrize("code", TRACED_WHOLE.values(), ids=TRACED_WHOLE)
def test_a_block_can_be_read_whole(code: str) -> None:
    assert bash.can_be_group(code)


READ_LINE_BY_LINE = {
    "an alias": "alias a=b\na",
    "extended patterns": "shopt -s extglob\nls !(a)",
    "POSIX mode": "set -o posix\nls",
    "an open line": "echo \\",
}


@pytest.mark.parametrize("code", READ_LINE_BY_LINE.values(), ids=READ_LINE_BY_LINE)
def test_a_block_cannot_be_read_whole(code: str) -> None:
    assert not bash.can_be_group(code)
