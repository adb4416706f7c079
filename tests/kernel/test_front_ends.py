"""A question whose front ends are all gone is not waited for: headless rules hold."""

from pathlib import Path

from tests.conftest import Start
from tests.support.comm import Comm
from tests.support.notebook import Cell, Notebook, eventually

READ = "read -p 'name? ' x; echo status-$? $x"


def ask_in_page(kernel: Notebook) -> tuple[Comm, Cell]:
    """Open a page that answers its first ping, and run a cell of it that asks."""
    page = Comm(kernel, "effecttalk.blocks")
    assert page.say(command="here") == {"status": "ok"}
    cell = kernel.send_with_metadata(READ, {"cellId": "c-1"}, allow_stdin=True)
    kernel.wait(lambda: cell.questions, "the question")
    return page, cell


def count_pings(page: Comm) -> int:
    return sum(data.get("event") == "ping" for data in page.told)


def test_a_page_that_is_gone_gets_the_rules_of_a_headless_run(start: Start) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="200ms")
    _, cell = ask_in_page(kernel)
    kernel.finish(cell)
    assert "bash waited for input, and no front end can answer" in cell.evalue
    assert "status-1" in cell.stdout
    assert kernel.run(READ, answers=["bob"]).stdout.endswith("status-0 bob\n")


def test_a_page_that_answers_pings_is_waited_for(start: Start) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="20s")
    page, cell = ask_in_page(kernel)
    kernel.wait(lambda: count_pings(page) >= 3, "a second ping after the question")
    assert page.say(command="here") == {"status": "ok"}
    assert page.say(command="answer", question=1, text="bob") == {"status": "ok"}
    kernel.finish(cell)
    assert cell.stdout.endswith("status-0 bob\n")


def test_a_page_that_knows_no_pings_is_waited_for(start: Start) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="100ms")
    page = Comm(kernel, "effecttalk.blocks")
    cell = kernel.send_with_metadata(READ, {"cellId": "c-1"}, allow_stdin=True)
    kernel.wait(lambda: count_pings(page) >= 8, "pings")
    assert page.say(command="answer", question=1, text="bob") == {"status": "ok"}
    kernel.finish(cell)
    assert cell.stdout.endswith("status-0 bob\n")


def test_a_client_that_disconnects_is_gone(start: Start, tmp_path: Path) -> None:
    kernel = start(EFFECTTALK_FRONT_END_TIMEOUT="200ms")
    result = tmp_path / "result"
    cell = kernel.send(f"read -p 'name? ' x; echo $? > {result}", allow_stdin=True)
    kernel.wait(lambda: cell.questions, "the question")
    kernel.client.stop_channels()
    eventually(lambda: result.exists() and result.read_text() == "1\n", "the end of file")
