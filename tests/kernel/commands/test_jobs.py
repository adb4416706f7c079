"""`effecttalk jobs`, `wait`, `kill` and `doctor` in cells."""

import json

from tests.conftest import Start
from tests.support.notebook import Cell, Notebook

SERVER = "#| background: true\n#| name: server\nsleep 4721"


def test_jobs_are_listed_with_their_processes(fresh: Notebook) -> None:
    fresh.run(SERVER)
    fresh.run("sleep 4722 &")
    server, rest = json.loads(fresh.run("effecttalk jobs --json").stdout)
    assert (server["block"], server["name"], server["command"]) == (1, "server", "sleep 4721")
    assert "sleep" in {each["command"] for each in server["processes"]}
    assert (rest["block"], rest["name"], rest["status"]) == (2, None, "background")
    assert [each["command"] for each in rest["processes"]] == ["sleep"]


def test_a_wait_ends_at_its_timeout(kernel: Notebook) -> None:
    kernel.run(SERVER)
    cell = kernel.run("effecttalk wait server --timeout 10ms")
    assert cell.record.exit_status == 124
    assert "block server has not ended within 0.01 s" in cell.stderr
    kernel.run("effecttalk kill server")


def test_an_interrupt_ends_a_wait_and_the_rest_of_the_cell(kernel: Notebook) -> None:
    kernel.run(SERVER)
    cell = kernel.run("echo on; effecttalk wait server; echo after", after_text="on")
    assert (cell.stdout, cell.record.exit_status) == ("on\n", 130)
    kernel.run("effecttalk kill server")


def test_names_of_running_blocks_are_completed(kernel: Notebook) -> None:
    kernel.run(SERVER)
    code = "effecttalk wait se"
    offered = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert offered["matches"] == ["server"]
    kernel.run("effecttalk kill server")


def test_a_given_signal_is_the_only_one(kernel: Notebook) -> None:
    kernel.run(SERVER)
    assert "sent SIGINT to" in kernel.run("effecttalk kill server --signal INT").stdout
    cell = kernel.run("effecttalk wait server")
    assert (cell.record.exit_status, "SIGINT" in cell.stdout) == (130, True)


def test_doctor_in_a_cell_checks_the_session(start: Start) -> None:
    kernel = start()
    kernel.run(SERVER)

    def session(cell: Cell) -> dict[str, object]:
        found = {each["check"]: each for each in json.loads(cell.stdout)}
        told: dict[str, object] = found["session"]
        return told

    told = session(kernel.run("effecttalk doctor --json || true"))
    assert told["ok"]
    assert "1 block in the background" in str(told["text"])
