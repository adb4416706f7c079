"""A cell is a piece of bash, run at the top level of one session."""

import pytest

from tests.conftest import Start
from tests.support.notebook import Notebook

KEPT = {
    "a variable": ("v='a  b'", 'echo "$v"', "a  b\n"),
    "an exported variable": ("export ev=1", "sh -c 'echo $ev'", "1\n"),
    "a function": ('f() { echo "got $1"; }', "f it", "got it\n"),
    "an alias": ("alias say='echo said'", "say it", "said it\n"),
    "an array": ("a=(1 '2 3')", 'echo ${#a[@]} "${a[1]}"', "2 2 3\n"),
    "an associative array": ("declare -A m=([k]=v)", "echo ${m[k]}", "v\n"),
    "an integer declared": ("declare -i n=4", "n=n+1; echo $n", "5\n"),
    "the directory": ("cd /usr/share", "pwd", "/usr/share\n"),
    "an option": ("set -o pipefail", "false | true || echo failed", "failed\n"),
    "a shell option": ("shopt -s nullglob", "echo /nonexistent*", "\n"),
    "positional parameters": ("set -- a 'b c'", 'echo $# "$2"', "2 b c\n"),
    "a shift of them": ("set -- a b; shift", 'echo "$@"', "b\n"),
    "the last status": ("(exit 7)", "echo $?", "7\n"),
    "a status of success": ("true", "echo $?", "0\n"),
    "the status of a pipeline": ("true | (exit 5)", "echo $?", "5\n"),
    "the last argument": ("echo one two", "echo $_", "two\n"),
    "the last argument of a failure": ("ls /nonexistent", "echo $_", "/nonexistent\n"),
    "umask": ("umask 027", "umask", "0027\n"),
    "a descriptor": ("exec 7< <(echo seven)", "read x <&7; echo $x", "seven\n"),
    "the last background process": ("sleep 0 & p=$!", "[ $p = $! ] && echo same", "same\n"),
    "getopts' place": ("OPTIND=3", "echo $OPTIND", "3\n"),
}


@pytest.mark.parametrize(("first", "second", "stdout"), KEPT.values(), ids=KEPT)
def test_state_is_kept_from_cell_to_cell(
    fresh: Notebook, first: str, second: str, stdout: str
) -> None:
    fresh.run(first)
    assert fresh.run(second).stdout == stdout


PRINTS = {
    "several lines": ("if true; then\n  for i in 1 2; do\n    echo n$i\n  done\nfi", "n1\nn2\n"),
    "a here-document": ("cat <<E\na $((1+1))\nE\necho b", "a 2\nb\n"),
    "a here-document with tabs": ("cat <<-E\n\ta\n\tE", "a\n"),
    "a here-document quoted": ("cat <<'E'\n$x\nE", "$x\n"),
    "a here-string": ("cat <<<x", "x\n"),
    "two here-documents": ("cat <<A - <<B\na\nA\nb\nB", "b\n"),
    "a here-document never closed": ("cat <<E\nhello\n", "hello\n"),
    "a here-document never closed, no newline": ("cat <<E\nhello", "hello\n"),
    "a backslash at the end": ("echo a \\", "a\n"),
    "a comment at the end": ("echo a # comment", "a\n"),
    "a comment with a backslash": ("echo a # comment \\", "a\n"),
    "a comment with an open quote": ("echo a # it's", "a\n"),
    "a string with a hash": ("echo 'a\n#' ", "a\n#\n"),
    "only a comment": ("# nothing", ""),
    "only blanks": (" \n\t\n", ""),
    "nothing": ("", ""),
    "no newline printed": ("printf x", "x"),
    "Unicode": ("echo 'héllo → 世界 🎉'", "héllo → 世界 🎉\n"),
    "break at the top": ("break\necho after", "after\n"),
    "continue at the top": ("continue\necho after", "after\n"),
    "return at the top": ("return 3\necho after", "after\n"),
    "case patterns": ("case x in\nx) echo yes ;;\nesac", "yes\n"),
    "extended patterns": ("shopt -s extglob\ncase ab in +(a|b)) echo yes ;; esac", "yes\n"),
    "an alias used in the next line": ("alias hey='echo hi'\nhey", "hi\n"),
    "a background job at the end": ("echo a &\nwait", "a\n"),
    "a megabyte": (f": {'x' * 1_000_000}\necho done", "done\n"),
    "long lines": ("\n".join(f"v={'x' * 5000}" for _ in range(5)) + "\necho ${#v}", "5000\n"),
}


@pytest.mark.parametrize(("code", "stdout"), PRINTS.values(), ids=PRINTS)
def test_a_cell_prints_what_bash_would(kernel: Notebook, code: str, stdout: str) -> None:
    assert kernel.run(code).stdout == stdout


@pytest.mark.parametrize("code", ["echo a |", "echo a &&", "echo a ||", "if true", "f() {"])
def test_an_unfinished_cell_is_a_syntax_error(kernel: Notebook, code: str) -> None:
    assert "syntax error" in kernel.run(code).stderr


@pytest.mark.parametrize("code", ["", " \n", "# nothing", ":"])
def test_a_cell_that_does_nothing_succeeds(kernel: Notebook, code: str) -> None:
    assert kernel.run(code).status == "ok"


@pytest.mark.parametrize("code", ["# nothing", "\n"])
def test_a_cell_without_commands_keeps_the_last_status(kernel: Notebook, code: str) -> None:
    kernel.run("(exit 9)")
    kernel.run(code)
    assert kernel.run("echo $?").stdout == "9\n"


@pytest.mark.parametrize("option", ["+x", "-x"])
@pytest.mark.parametrize(
    ("code", "statuses"),
    [("false | true | (exit 3)", "1 0 3"), ("true", "0"), ("! true", "0"), ("(exit 4)", "4")],
)
def test_a_cell_has_the_statuses_of_the_last_pipeline(
    kernel: Notebook, code: str, statuses: str, option: str
) -> None:
    kernel.run(f"set {option}")
    kernel.run(code)
    assert kernel.run('echo "${PIPESTATUS[@]}"; set +x').stdout == f"{statuses}\n"


@pytest.mark.parametrize("separators", [":", "", "0", r"\047", "*"])
def test_the_statuses_of_a_pipeline_do_not_depend_on_the_separators(
    kernel: Notebook, separators: str
) -> None:
    kernel.run(f"IFS=$'{separators}'; false | true | (exit 10)")
    assert kernel.run('unset IFS; echo "${PIPESTATUS[@]}"').stdout == "0\n"
    kernel.run(f"IFS=$'{separators}'; false | true | (exit 10)")
    assert kernel.run("printf '%s ' \"${PIPESTATUS[@]}\"; unset IFS").stdout == "1 0 10 "


def test_a_cell_may_begin_with_a_dash(kernel: Notebook) -> None:
    assert kernel.run("-x y").record.exit_status == 127


@pytest.mark.parametrize(
    ("code", "stdout"), [("echo $LINENO", "1\n"), ("\n\necho $LINENO", "3\n")], ids=["1", "3"]
)
def test_lines_are_counted_from_one(kernel: Notebook, code: str, stdout: str) -> None:
    kernel.run("echo\necho")
    assert kernel.run(code).stdout == stdout


def test_lines_are_counted_from_one_after_an_interrupt(kernel: Notebook) -> None:
    kernel.run("echo go\nsleep 30\necho", after_text="go")
    assert kernel.run("\n\necho $LINENO").stdout == "3\n"


def test_history_lists_the_cells_and_nothing_else(fresh: Notebook) -> None:
    fresh.run("echo one")
    fresh.run("if true; then\n  echo two\nfi")
    lines = fresh.run("history").stdout.split("\n")
    texts = [line.lstrip(" 0123456789") for line in lines]
    assert [t for t in texts if t] == ["echo one", "if true; then", "echo two", "fi", "history"]


def test_allexport_does_not_export_internal_names(start: Start) -> None:
    notebook = start()
    notebook.run("set -a; mine=1")
    assert notebook.run("env | grep -c __e[t]").stdout == "0\n"


def test_allexport_exports_what_is_the_users(start: Start) -> None:
    notebook = start()
    notebook.run("set -a; mine=1")
    assert notebook.run("sh -c 'echo $mine'").stdout == "1\n"


def test_a_cell_sees_an_interactive_shell(kernel: Notebook) -> None:
    assert kernel.run("case $- in *i*) echo yes ;; esac").stdout == "yes\n"


def test_both_outputs_are_terminals(kernel: Notebook) -> None:
    assert kernel.run("[ -t 1 ] && [ -t 2 ] && echo yes").stdout == "yes\n"


def test_stdout_and_stderr_are_separate(kernel: Notebook) -> None:
    cell = kernel.run("echo out; echo err >&2")
    assert (cell.stdout, cell.stderr) == ("out\n", "err\n")


def test_a_redirection_of_the_shell_ends_with_its_cell(fresh: Notebook) -> None:
    fresh.run("exec 1>&- 2>/dev/null")
    assert fresh.run("echo fine").stdout == "fine\n"
