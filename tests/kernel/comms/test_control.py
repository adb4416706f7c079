"""Signals and interrupts that a client sends to a running block."""

from typing import Any

import pytest

from effecttalk_kernel.block import Answerer, Status
from tests.support.comm import Comm
from tests.support.notebook import Cell, Notebook

READ = "read -p 'name? ' x; echo \"got [$x]\""
TTY = "python3 -c 'import getpass; print(len(getpass.getpass()))'"


@pytest.fixture(params=["shell", "control"])
def comm(request: pytest.FixtureRequest, kernel: Notebook) -> Comm:
    return Comm(kernel, "effecttalk.control", request.param)


def started(kernel: Notebook, code: str, **options: Any) -> Cell:
    """A cell that has printed "go"."""
    cell = kernel.send(code, **options)
    kernel.wait(lambda: "go" in cell.stdout, "go")
    return cell


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGKILL", 137), ("SIGHUP", 129)])
def test_a_signal_ends_the_program(kernel: Notebook, comm: Comm, name: str, status: int) -> None:
    cell = started(kernel, "sh -c 'echo go; exec sleep 60'")
    assert comm.say(command="signal", signal=name) == {"status": "ok"}
    record = kernel.finish(cell).record
    assert (record.exit_status, record.status) == (status, Status.INTERRUPTED)
    assert record.signals_sent == (name,)


def test_an_interrupt_by_comm_escalates(kernel: Notebook, comm: Comm) -> None:
    cell = started(kernel, "sh -c 'trap \"\" INT; echo go; sleep 60'; echo no")
    comm.say(command="interrupt")
    comm.say(command="interrupt")
    record = kernel.finish(cell).record
    assert record.signals_sent == ("SIGINT", "SIGTERM")


def test_a_block_can_be_stopped_and_go_on(kernel: Notebook, comm: Comm) -> None:
    cell = started(kernel, "echo go; for i in 1 2 3; do sleep 0.1; done; echo done")
    assert comm.say(command="signal", signal="SIGSTOP") == {"status": "ok"}
    assert "done" not in cell.stdout
    assert comm.say(command="signal", signal="SIGCONT") == {"status": "ok"}
    assert kernel.finish(cell).stdout == "go\ndone\n"
    assert cell.record.status is Status.SUCCESS


def test_a_stopped_block_can_be_interrupted(kernel: Notebook, comm: Comm) -> None:
    cell = started(kernel, "echo go; sleep 60; echo no")
    comm.say(command="signal", signal="SIGSTOP")
    comm.say(command="interrupt")
    assert kernel.finish(cell).record.status is Status.INTERRUPTED
    assert kernel.run("echo fine").stdout == "fine\n"


def test_end_of_file_ends_a_question(kernel: Notebook, comm: Comm) -> None:
    cell = kernel.send("cat; echo done", allow_stdin=True)
    kernel.wait(lambda: cell.questions, "a question")
    comm.say(command="end_of_file")
    assert kernel.finish(cell).stdout == "done\n"
    assert [asked.answered_by for asked in cell.record.input] == [Answerer.USER]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"command": "dance"},
            "unknown command 'dance'; the commands are signal, interrupt, end_of_file",
        ),
        ({"command": "interrupt"}, "no block is running"),
        ({}, "unknown command None"),
    ],
)
def test_a_command_that_fails_is_reported(comm: Comm, data: dict[str, Any], message: str) -> None:
    answer = comm.say(**data)
    assert answer["status"] == "error"
    assert answer["message"].startswith(message)


def test_an_unknown_signal_is_reported(kernel: Notebook, comm: Comm) -> None:
    cell = started(kernel, "echo go; sleep 60")
    assert "unknown signal 'SIGFOO'" in comm.say(command="signal", signal="SIGFOO")["message"]
    comm.say(command="interrupt")
    kernel.finish(cell)


def test_a_comm_of_another_target_is_closed(kernel: Notebook) -> None:
    cell = kernel.request(
        "comm_open", {"comm_id": "x", "target_name": "jupyter.widget", "data": {}}
    )
    kernel.wait(lambda: cell.contents("comm_close"), "a comm_close")


def test_open_comms_are_listed(kernel: Notebook, comm: Comm) -> None:
    comms = kernel.ask("comm_info_request", {"target_name": "effecttalk.control"})["comms"]
    assert {"target_name": "effecttalk.control"} in comms.values()
