"""Answers over the comm `effecttalk.blocks`: only the first one counts, whichever way it comes."""

import os
from pathlib import Path
from typing import Any

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.comm import Comm
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Cell, Notebook

READ = "read -p 'name? ' x; echo hi $x"
LATE = {"status": "error"}


class Page(Comm):
    """A page that receives questions and answers them."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook, "effecttalk.blocks")

    @property
    def question(self) -> dict[str, Any] | None:
        """The open question, if one was received."""
        told = [data["question"] for data in self.told if "question" in data]
        question: dict[str, Any] | None = told[-1]
        return question

    def wait_for_question(self, number: int) -> dict[str, Any]:
        self._notebook.wait(
            lambda: self.question and self.question["number"] == number, f"question {number}"
        )
        assert self.question is not None
        return self.question

    @property
    def is_waiting(self) -> bool:
        """Whether the block is said to wait for input."""
        blocks = [data["block"] for data in self.told if data.get("event") == "block"]
        return "waiting" in blocks[-1]

    def answer(self, question: int, text: str) -> dict[str, Any]:
        return self.say(command="answer", question=question, text=text)


@pytest.fixture
def kernel(start: Start) -> Notebook:
    """A kernel of the test's own: questions count from its first."""
    return start()


def send(kernel: Notebook, code: str) -> Cell:
    return kernel.send_with_metadata(code, {"cellId": "c-1"}, allow_stdin=True)


def reply(kernel: Notebook, text: str, parent: dict[str, Any]) -> None:
    """Answer by an input_reply that names its request, as JupyterLab does."""
    message = kernel.client.session.msg("input_reply", {"value": text})
    message["parent_header"] = parent
    kernel.client.stdin_channel.send(message)


def test_an_answer_over_the_comm_is_the_answer(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, READ)
    question = page.wait_for_question(1)
    assert question == {
        "number": 1,
        "prompt": "name? ",
        "password": False,
        "block": 1,
        "cell": "c-1",
    }
    assert page.answer(1, "bob") == {"status": "ok"}
    kernel.finish(cell)
    assert cell.stdout == "hi bob\n"
    assert [one.answered_by for one in cell.record.input] == ["user"]
    assert page.question is None


def test_only_the_first_of_several_answers_is_used(kernel: Notebook) -> None:
    page, other = Page(kernel), Page(kernel)
    cell = send(kernel, "read a; echo $a; read b; echo $b")
    page.wait_for_question(1)
    assert page.answer(1, "first") == {"status": "ok"}
    # On its way when the next question is asked: it is not meant for that.
    other.wait_for_question(2)
    assert other.answer(1, "late")["status"] == "error"
    assert other.answer(2, "second") == {"status": "ok"}
    kernel.finish(cell)
    assert cell.stdout == "first\nsecond\n"


def test_a_late_reply_does_not_answer_a_later_request(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "read a; echo $a; read b; echo $b")
    kernel.wait(lambda: cell.questions, "a question")
    first = kernel.last_request
    page.answer(1, "first")
    kernel.wait(lambda: len(cell.questions) == 2, "the second question")
    reply(kernel, "late", first)
    reply(kernel, "second", kernel.last_request)
    kernel.finish(cell)
    assert cell.stdout == "first\nsecond\n"


def test_a_reply_to_the_request_closes_the_question(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "read a; read b; echo $a$b")
    kernel.wait(lambda: cell.questions, "a question")
    kernel.client.input("1")
    page.wait_for_question(2)
    assert page.answer(1, "late")["status"] == "error"
    kernel.client.input("2")
    kernel.finish(cell)
    assert cell.stdout == "12\n"


def test_a_later_client_sees_the_open_question_and_can_answer(kernel: Notebook) -> None:
    cell = send(kernel, READ)
    kernel.wait(lambda: cell.questions, "a question")
    page = Page(kernel)
    assert page.wait_for_question(1)["prompt"] == "name? "
    page.answer(1, "ann")
    kernel.finish(cell)
    assert cell.stdout == "hi ann\n"


def test_a_client_that_requests_do_not_reach_answers_by_the_comm(template: KernelTemplate) -> None:
    with Notebook(has_stdin=False, template=template) as kernel:
        page = Page(kernel)
        cell = send(kernel, READ)
        page.wait_for_question(1)
        page.answer(1, "bob")
        kernel.finish(cell)
        assert cell.stdout == "hi bob\n"


def test_the_users_consent_can_be_given_by_the_comm(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "#| confirm: Delete?\necho deleted")
    question = page.wait_for_question(1)
    assert (question["prompt"], question["cell"]) == ("Delete? [y/N] ", "c-1")
    assert "block" not in question
    page.answer(1, "yes")
    kernel.finish(cell)
    assert cell.stdout == "deleted\n"
    assert page.question is None


@pytest.mark.parametrize("code", [READ, "#| confirm: true\necho deleted"])
def test_an_interrupt_ends_the_question(kernel: Notebook, code: str) -> None:
    page = Page(kernel)
    cell = send(kernel, code)
    page.wait_for_question(1)
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    kernel.wait(lambda: page.question is None, "the end of the question")
    assert cell.record.status in {Status.INTERRUPTED, Status.REFUSED}
    assert page.answer(1, "late")["status"] == "error"


def test_end_of_file_ends_the_question(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "cat; echo done; until [ -e go ]; do sleep 0.02; done")
    page.wait_for_question(1)
    Comm(kernel, "effecttalk.control").say(command="end_of_file")
    kernel.wait(lambda: page.question is None, "the end of the question")
    blocks = [data["block"] for data in page.told if data.get("event") == "block"]
    assert "waiting" not in blocks[-1]
    kernel.wait(lambda: cell.stdout, "the command after the one that got the end of file")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert cell.stdout == "done\n"


def test_an_answer_from_the_options_asks_no_user(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = kernel.finish(send(kernel, '#| stdin: "bob\\n"\n' + READ))
    assert cell.stdout == "hi bob\n"
    assert page.question is None


def test_a_password_appears_in_no_message(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "read -s -p 'secret: ' x; echo ${#x}")
    question = page.wait_for_question(1)
    assert question["password"] is True
    page.answer(1, "s3cret")
    kernel.finish(cell)
    assert cell.stdout == "6\n"
    everything = [kernel.strays, *(cell.messages for cell in kernel._requests.values())]
    assert "s3cret" not in str(everything)


def test_a_secret_in_a_prompt_is_masked(start: Start) -> None:
    kernel = start(MY_PASSWORD="hunter2hunter2")
    page = Page(kernel)
    cell = send(kernel, 'read -p "for $MY_PASSWORD? " x')
    question = page.wait_for_question(1)
    kernel.wait(lambda: cell.questions, "a question")
    assert "hunter2" not in question["prompt"] + cell.questions[0]["prompt"]
    page.answer(1, "")
    kernel.finish(cell)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (
            {"question": 1, "text": "yes"},
            "question 1 is not open: it was answered, or its block has ended",
        ),
        ({"question": 1}, "invalid answer: `text` must be a string"),
    ],
)
def test_an_answer_without_a_question_is_refused(
    kernel: Notebook, command: dict[str, Any], problem: str
) -> None:
    said = Page(kernel).say(command="answer", **command)
    assert said == {"status": "error", "message": problem}


def test_a_question_ends_when_its_program_waits_no_more(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(
        kernel,
        "(until [ -e stop-reader ]; do sleep 0.02; done; kill $(cat reader-pid)) &"
        " sh -c 'echo $$ >reader-pid; printf \"name? \"; exec head -n 1'; sleep infinity",
    )
    page.wait_for_question(1)
    (Path(os.environ["HOME"]) / "stop-reader").touch()
    kernel.wait(lambda: page.question is None, "the end of the question")
    kernel.wait(lambda: not page.is_waiting, "a block that runs")
    assert page.answer(1, "late")["status"] == "error"
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)
    assert cell.record.input == ()


def test_a_read_with_a_time_limit_ends_its_question(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, "read -t 3 -p 'name? ' x; sleep infinity")
    kernel.wait(lambda: any(data.get("question") for data in page.told), "a question")
    kernel.wait(lambda: page.question is None and not page.is_waiting, "the end of the question")
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)


DRAWS = """
import select, sys, tty
tty.setcbreak(0)
for n in range(1000):
    print(f"\\r{n}: q to quit ", end="", flush=True)
    if select.select([0], [], [], 0.2)[0]:
        print("\\ngot", sys.stdin.read(1))
        break
"""


def test_a_program_that_draws_while_it_waits_asks_one_question(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, f"python3 -c '{DRAWS}'")
    page.wait_for_question(1)
    shown = lambda: cell.stdout + cell.texts("stdin")  # noqa: E731
    kernel.wait(lambda: "9: q to quit" in shown(), "a few drawings")
    assert page.answer(1, "q") == {"status": "ok"}
    kernel.finish(cell)
    assert "got q\n" in cell.stdout
    assert len(cell.questions) == 1


def test_the_death_of_the_shell_ends_the_question(kernel: Notebook) -> None:
    page = Page(kernel)
    cell = send(kernel, f"(sleep 0.6; kill -9 $$) & {READ}")
    page.wait_for_question(1)
    kernel.finish(cell)
    kernel.wait(lambda: page.question is None, "the end of the question")
    assert kernel.run("echo fine").stdout == "fine\n"
