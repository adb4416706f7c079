"""A prompt is shown once: with the client's own input box, or in the cell with its answer."""

import pytest

from tests.conftest import Start
from tests.support.comm import Comm
from tests.support.front_end import added
from tests.support.notebook import Cell, Notebook

LINES = {
    "a prompt on standard output": ("printf 'q? '; read x; echo got $x", "q? v\n", "got v\n"),
    "a prompt on standard error": ("read -p 'q? ' x; echo got $x", "q? v\n", "got v\n"),
    "a prompt on /dev/tty": (
        "printf 'q? ' >/dev/tty; read x; printf '\\rgot %s\\n' $x",
        "q? v\n",
        "got v\n",
    ),
    "no prompt": ("read x; echo got $x", "v\n", "got v\n"),
    "a password": ("read -s -p 'q? ' x; echo; echo got ${#x}", "q? \n", "got 1\n"),
    "getpass": (
        "python3 -c 'import getpass; print(len(getpass.getpass(\"q? \")))'",
        "q? \n",
        "1\n",
    ),
    "a password on one stream": ("printf 'q? '; read -s x; echo got ${#x}", "q? got 1\n", ""),
    "a coloured prompt": (
        "read -p $'\\e[1;32mq?\\e[0m ' x; echo got $x",
        "\x1b[1;32mq?\x1b[0m v\n",
        "got v\n",
    ),
    "input()": ('python3 -c \'print("got", input("q? "))\'', "q? v\n", "got v\n"),
    "a prompt in two pieces": (
        "printf 'q'; sleep 0.03; printf '? '; read x; echo got $x",
        "q? v\n",
        "got v\n",
    ),
}


@pytest.fixture(scope="module")
def with_page(kernel: Notebook) -> Notebook:
    """A kernel with a page that has the extension."""
    Comm(kernel, "effecttalk.blocks")
    return kernel


def ask(notebook: Notebook, code: str, *answers: str, cell: str = "c-1") -> Cell:
    """Run *code* as a page with this cell does."""
    metadata = {"cellId": cell} if cell else {}
    sent = notebook.send_with_metadata(code, metadata, allow_stdin=True)
    for number, answer in enumerate(answers, 1):
        notebook.wait(lambda n=number: len(sent.questions) >= n, "a question")
        notebook.client.input(answer)
    return notebook.finish(sent)


@pytest.mark.parametrize(("code", "line", "stdout"), LINES.values(), ids=LINES)
def test_a_page_gets_the_line_of_a_question_with_its_answer(
    with_page: Notebook, code: str, line: str, stdout: str
) -> None:
    cell = ask(with_page, code, "v")
    assert (cell.texts("stdin"), cell.shown("stdout"), cell.stderr) == (line, stdout, "")


@pytest.mark.parametrize(("code", "line", "stdout"), LINES.values(), ids=LINES)
def test_another_client_gets_the_prompt_only_with_the_question(
    with_page: Notebook, code: str, line: str, stdout: str
) -> None:
    cell = ask(with_page, code, "v", cell="")
    assert cell.questions[0]["prompt"] == ("" if line == "v\n" else "q? ")
    assert stdout in cell.shown("stdout")
    assert "q?" not in str(cell.contents("stream"))


def test_lines_before_the_prompt_keep_their_streams(with_page: Notebook) -> None:
    cell = ask(with_page, "select x in a b; do echo got $x; break; done", "2")
    shown = [(c["name"], c["text"]) for c in cell.contents("stream")]
    assert shown[0] == ("stderr", "1) a\n2) b\n")
    assert (cell.texts("stdin"), cell.stdout) == ("#? 2\n", "got b\n")


@pytest.mark.parametrize(
    ("code", "answers", "lines"),
    [
        (
            "sqlite3 -interactive :memory: 2>&1 | cat",
            ["select 1+1;", "select 2+2;"],
            ["sqlite> select 1+1;", "2", "sqlite> select 2+2;", "4", "sqlite> "],
        ),
        (
            "sqlite3",
            ["select 1+1;", "select 2+2;"],
            ["sqlite> select 1+1;", "2", "sqlite> select 2+2;", "4", "sqlite> "],
        ),
        (
            "python3 -q",
            ["1+1", "2+2"],
            [">>> 1+1", "2", ">>> 2+2", "4", ">>> "],
        ),
        (
            "PS1='q? ' bash --norc",
            ["echo one", "echo two"],
            ["q? echo one", "one", "q? echo two", "two"],
        ),
    ],
    ids=["sqlite3 in a pipe", "sqlite3", "python3", "bash"],
)
def test_questions_and_output_of_a_conversation_keep_their_order(
    with_page: Notebook, code: str, answers: list[str], lines: list[str]
) -> None:
    cell = ask(with_page, code, *answers, "\x04")
    kinds = [message["msg_type"] for message in cell.messages]
    start = len(kinds) - kinds[::-1].index("clear_output") if "clear_output" in kinds else 0
    streams = [m["content"] for m in cell.messages[start:] if m["msg_type"] == "stream"]
    shown = added("", "".join(stream["text"] for stream in streams)).split("\n")
    first = shown.index(lines[0])
    assert shown[first : first + len(lines)] == lines
    asked = "".join(stream["text"] for stream in streams if stream["name"] == "stdin")
    assert all(line in asked for line in (lines[0], lines[2]))


def test_a_line_that_asks_nothing_is_shown_while_the_block_runs(with_page: Notebook) -> None:
    code = "printf 'working... '; sleep infinity"
    cell = with_page.send_with_metadata(code, {"cellId": "c-1"}, allow_stdin=True)
    with_page.wait(lambda: cell.stdout == "working... ", "the line that is not finished")
    with_page.manager.interrupt_kernel()
    assert with_page.finish(cell).stdout.startswith("working... ")


def test_a_line_that_is_written_all_the_time_is_shown(with_page: Notebook) -> None:
    code = "i=0; while :; do printf .; sleep 0.02; done"
    cell = with_page.send_with_metadata(code, {"cellId": "c-1"}, allow_stdin=True)
    with_page.wait(lambda: len(cell.stdout) > 3, "dots")
    with_page.manager.interrupt_kernel()
    with_page.finish(cell)


def test_a_prompt_is_shown_if_no_front_end_can_ask() -> None:
    with Notebook(has_stdin=False) as notebook:
        cell = notebook.run("read -p 'q? ' x", allow_stdin=True)
        assert "q? " in cell.stderr


def test_an_answer_shows_no_secret(start: Start) -> None:
    kernel = start(MY_PASSWORD="hunter2hunter2", EFFECTTALK_REDACT_OUTPUT="true")
    Comm(kernel, "effecttalk.blocks")
    cell = ask(kernel, "read -p 'q? ' x; echo ok", "my hunter2hunter2")
    assert "hunter2" not in str(cell.messages)
    assert cell.texts("stdin").startswith("q? my ")
