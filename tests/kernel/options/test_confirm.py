"""`confirm`: a block runs if the user confirms it, and what a refused block leaves."""

from collections.abc import Callable

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook

Start = Callable[..., Notebook]


@pytest.mark.parametrize("answer", ["y", "yes", " Y "])
def test_the_answer_yes_runs_the_block(kernel: Notebook, answer: str) -> None:
    cell = kernel.run("#| confirm: Delete all of it?\necho deleted", answers=[answer])
    assert cell.questions == [{"prompt": "Delete all of it? [y/N] ", "password": False}]
    assert (cell.record.status, cell.stdout) == (Status.SUCCESS, "deleted\n")


@pytest.mark.parametrize("answer", ["", "n", "no", "yess", "\x04"])
def test_any_other_answer_refuses_the_block(kernel: Notebook, answer: str) -> None:
    kernel.run("here=1")
    cell = kernel.run("#| confirm: true\nhere=2; echo deleted", answers=[answer])
    assert (cell.record.status, cell.stdout) == (Status.REFUSED, "")
    assert (cell.record.exit_status, cell.record.problem) == (
        None,
        "not confirmed: Run this block?",
    )
    assert cell.evalue == "not confirmed: Run this block?; the block did not run"
    assert cell.errors[0]["ename"] == cell.reply["ename"] == "refused"
    assert kernel.run("echo $here").stdout == "1\n"


def test_an_interrupt_refuses_the_block(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| confirm: true\necho deleted",
        allow_stdin=True,
        interrupt_when=lambda cell: cell.questions,
    )
    assert (cell.record.status, cell.stdout) == (Status.REFUSED, "")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_confirmation_needs_a_front_end(kernel: Notebook) -> None:
    cell = kernel.run("#| confirm: Delete all of it?\necho deleted")
    assert (cell.record.status, cell.stdout) == (Status.REFUSED, "")
    assert "set headless_confirm to accept to run it: Delete all of it?" in cell.evalue


def test_headless_confirm_accept_runs_the_block(start: Start) -> None:
    kernel = start(EFFECTTALK_HEADLESS_CONFIRM="accept")
    assert kernel.run("#| confirm: true\necho deleted").stdout == "deleted\n"
    cell = kernel.run("#| confirm: true\necho deleted", answers=["n"])
    assert cell.record.status is Status.REFUSED


def test_a_false_confirm_asks_nothing(kernel: Notebook) -> None:
    cell = kernel.run("#| confirm: false\necho fine", allow_stdin=True)
    assert (cell.stdout, cell.questions) == ("fine\n", [])


def test_its_programs_ask_after_it(kernel: Notebook) -> None:
    cell = kernel.run("#| confirm: true\nread -p 'Name: ' name; echo $name", answers=["y", "ann"])
    assert cell.stdout.endswith("ann\n")


def test_a_refused_block_has_a_number_and_is_stored(kernel: Notebook) -> None:
    cell = kernel.run("#| confirm: sure?\necho deleted-4816")
    listed = kernel.run(f"effecttalk blocks show {cell.record.number}").stdout
    assert "refused" in listed
    assert "deleted-4816" in listed
    assert kernel.run("true").record.number == cell.record.number + 2


def test_states_stay_right_around_a_refused_block(kernel: Notebook) -> None:
    first = kernel.run("x=1").record.number
    kernel.run("#| confirm: sure?\nx=2")
    kernel.run("x=3")
    kernel.run("effecttalk undo")
    assert kernel.run("echo $x").stdout == "1\n"
    kernel.run(f"effecttalk goto {first + 1}")
    assert kernel.run("echo $x").stdout == "1\n"


def test_code_over_the_limit_is_refused(start: Start) -> None:
    kernel = start(EFFECTTALK_MAX_COMMAND_LENGTH="100")
    assert kernel.run(f": {'a' * 90}").status == "ok"
    cell = kernel.run(f": {'ä' * 60}")
    assert cell.record.status is Status.REFUSED
    assert "the cell has 122 bytes, but max_command_length is 100" in cell.evalue


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("3", "3 for option 'confirm': Input should be a valid string"),
        ("[]", "[] for option 'confirm'"),
        ("''", "'' for option 'confirm'"),
    ],
)
def test_a_question_is_a_text(kernel: Notebook, value: str, problem: str) -> None:
    assert f"invalid value {problem}" in kernel.run(f"#| confirm: {value}\ntrue").evalue
