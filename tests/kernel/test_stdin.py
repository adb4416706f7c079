"""A program that waits for input asks the front end; without one, nothing hangs."""

import pytest

from effecttalk_kernel.block import Status
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

ASK = {
    "read": ("read x; echo hi $x", ["bob"], "hi bob\n"),
    "two questions": ("read a; read b; echo $b$a", ["1", "2"], "21\n"),
    "Unicode": ("read x; echo $x", ["héllo → 世界 🎉"], "héllo → 世界 🎉\n"),
    "blanks": ('IFS= read -r x; echo "[$x]"', ["  a\\b  "], "[  a\\b  ]\n"),
    "an empty answer": ('read x; echo "[$x]"', [""], "[]\n"),
    "3000 characters": ("read x; echo ${#x}", ["x" * 3000], "3000\n"),
    "cat until end of file": ("cat; echo done", ["line", "\x04"], "line\ndone\n"),
    "end of file alone": ("cat; echo done", ["\x04"], "done\n"),
    "a loop": ("while read x; do echo got $x; done", ["a", "b", "\x04"], "got a\ngot b\n"),
    "a pipeline": ("head -n 1 | tr a-z A-Z", ["abc"], "ABC\n"),
    "a subshell": ("x=$(read y; echo $y$y); echo $x", ["ab"], "abab\n"),
    "/dev/tty": ("read x < /dev/tty; echo $x", ["abc"], "abc\n"),
    "one key": ("read -n 1 x; echo; echo got $x", ["y"], "\ngot y\n"),
    "sh": ("sh -c 'read x; echo $x'", ["abc"], "abc\n"),
    "select": ("select x in a b; do echo got $x; break; done", ["2"], "got b\n"),
    "password": ("read -s x; echo ${#x}", ["s3cret"], "6\n"),
}


@pytest.mark.parametrize(("code", "answers", "stdout"), ASK.values(), ids=ASK)
def test_an_answer_reaches(kernel: Notebook, code: str, answers: list[str], stdout: str) -> None:
    assert kernel.run(code, answers=answers).stdout == stdout


PYTHON_INPUT = "python3 -c 'print(int(input(\"n? \"))*2)'"
GETPASS = "python3 -c 'import getpass; print(len(getpass.getpass()))'"


def test_python_input_is_asked(kernel: Notebook) -> None:
    assert "42\n" in kernel.run(PYTHON_INPUT, answers=["21"]).stdout


def test_getpass_is_asked(kernel: Notebook) -> None:
    assert "4\n" in kernel.run(GETPASS, answers=["abcd"]).stdout


@pytest.mark.parametrize(
    ("code", "prompt"),
    [("read -p 'name? ' x", "name? "), (PYTHON_INPUT, "n? "), (GETPASS, "Password: ")],
    ids=["read -p", "input()", "getpass"],
)
def test_the_question_has_the_programs_prompt(kernel: Notebook, code: str, prompt: str) -> None:
    assert kernel.run(code, answers=["21"]).questions[0]["prompt"] == prompt


@pytest.mark.parametrize(
    ("code", "password"),
    [("read x", False), ("read -s x", True), (PYTHON_INPUT, False), (GETPASS, True)],
    ids=["read", "read -s", "input()", "getpass"],
)
def test_a_password_is_known_by_the_missing_echo(
    kernel: Notebook, code: str, password: bool
) -> None:
    assert kernel.run(code, answers=["21"]).questions[0]["password"] is password


@pytest.mark.parametrize("code", ["read -s x; echo", GETPASS], ids=["read -s", "getpass"])
def test_a_password_appears_in_no_message(kernel: Notebook, code: str) -> None:
    assert "s3cret" not in str(kernel.run(code, answers=["s3cret"]).messages)


def test_an_answer_is_not_echoed(kernel: Notebook) -> None:
    assert "bob" not in str(kernel.run("read x", answers=["bob"]).messages)


def test_the_record_names_the_program_that_asked_and_the_answerer(kernel: Notebook) -> None:
    asked = kernel.run(GETPASS, answers=["abcd"]).record.input
    assert [(q.process, q.password, q.answered_by) for q in asked] == [("python3", True, "user")]


def test_output_before_a_question_is_shown_before_it(kernel: Notebook) -> None:
    cell = kernel.send("echo first; read x", allow_stdin=True)
    kernel.wait(lambda: cell.questions, "a question")
    seen = cell.stdout
    kernel.client.input("")
    kernel.finish(cell)
    assert seen == "first\n"


@pytest.mark.parametrize("asker", ["read x", "read -p 'Name? ' x", "cat", "cat | cat"])
def test_a_question_can_be_interrupted(kernel: Notebook, asker: str) -> None:
    kernel.run("here=1")
    cell = kernel.run(f"{asker}; echo no", allow_stdin=True, interrupt_when=lambda c: c.questions)
    assert (cell.record.status, cell.record.signals_sent) == (Status.INTERRUPTED, ("SIGINT",))
    assert "no\n" not in cell.stdout
    assert kernel.run("echo $here").stdout == "1\n"


def test_an_answer_left_over_does_not_run(kernel: Notebook) -> None:
    cell = kernel.run("read -n 1 x; echo got $x", answers=["yecho LEAK"])
    following = kernel.run("echo fine", allow_stdin=True)
    assert ("LEAK\n" in cell.stdout, following.stdout) == (False, "fine\n")


@pytest.mark.parametrize(
    "code", ["sleep 0.3", "sleep 0.3 | cat", "read x < <(sleep 0.3; echo)", "(sleep 0.3) & wait"]
)
def test_a_program_that_does_not_read_is_not_asked_for(kernel: Notebook, code: str) -> None:
    assert kernel.run(code, allow_stdin=True).questions == []


def test_a_background_job_that_reads_asks_nothing(kernel: Notebook) -> None:
    cell = kernel.run("cat & sleep 0.2; kill %% 2>/dev/null; wait", allow_stdin=True)
    assert cell.questions == []


@pytest.mark.parametrize("code", ["read x", "cat", "python3 -c 'input()' 2>/dev/null", "head -n 1"])
def test_without_a_front_end_stdin_is_at_its_end(kernel: Notebook, code: str) -> None:
    assert kernel.run(f"{code}; echo after").stdout == "after\n"


@pytest.mark.parametrize("code", [GETPASS, "read x </dev/tty", "read -s x </dev/tty"])
def test_without_a_front_end_a_question_on_the_terminal_fails_the_cell(
    kernel: Notebook, code: str
) -> None:
    assert "waited for input" in kernel.run(code).evalue


def test_without_a_front_end_a_program_that_asks_for_ever_is_stopped(kernel: Notebook) -> None:
    cell = kernel.run("while :; do read x </dev/tty; done")
    assert cell.status == "error"


def test_the_session_goes_on_after_a_refusal(kernel: Notebook) -> None:
    kernel.run(GETPASS)
    cell = kernel.run("echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")


def test_a_question_reaches_a_client_that_connects_late(template: KernelTemplate) -> None:
    with Notebook(has_stdin=False, template=template) as notebook:
        cell = notebook.send("read -p 'name? ' x; echo hi $x", allow_stdin=True)
        notebook.wait(lambda: "name? " in cell.stderr, "the prompt")
        notebook.connect_stdin()
        notebook.wait(lambda: cell.questions, "the question")
        notebook.client.input("bob")
        assert notebook.finish(cell).stdout == "hi bob\n"


def test_a_client_without_a_stdin_channel_does_not_hang_the_block(template: KernelTemplate) -> None:
    with Notebook(has_stdin=False, template=template) as notebook:
        cell = notebook.run("read x; read y", allow_stdin=True)
        assert "waited for input" in cell.evalue


def test_an_answer_for_an_ended_block_does_not_reach_another_block(kernel: Notebook) -> None:
    for _ in range(6):
        kernel.run("sleep 0.1; echo headless")
        assert kernel.run("read x; echo $x", answers=["mine"]).stdout == "mine\n"
