"""Messages about blocks over a comm of the target `effecttalk.blocks`."""

from collections.abc import Sequence
from typing import Any

import pytest

from effecttalk_kernel.output.record_schema import Record
from tests.conftest import Start
from tests.support.comm import Comm
from tests.support.notebook import Cell, Notebook


@pytest.fixture
def kernel(start: Start) -> Notebook:
    """A kernel of this test alone, whose first block has number 1."""
    return start()


class Watcher(Comm):
    """A client that receives messages about blocks."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook, "effecttalk.blocks")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return [data["block"] for data in self.told if data.get("event") == "block"]

    @property
    def states(self) -> list[str]:
        """The status of each block message, in order."""
        return ["waiting" if block.get("waiting") else block["status"] for block in self.blocks]

    @property
    def state(self) -> dict[str, Any]:
        """The newest message with the whole state."""
        return next(data for data in reversed(self.told) if data.get("event") == "state")

    def wait_for(self, *states: str) -> None:
        """Wait for these messages; on a busy machine every block is seen to run, too."""
        wait = self._notebook.wait
        wait(lambda: self._states_like(states) == [*states], f"{states}, not {self.states}")

    def _states_like(self, states: Sequence[str]) -> list[str]:
        """Return the states, without "running" if it is not one of *states*."""
        return [state for state in self.states if state != "running" or state in states]


def send(kernel: Notebook, code: str, cell: str, *, allow_stdin: bool = False) -> Cell:
    """Send a cell as JupyterLab does, which names it."""
    return kernel.send_with_metadata(code, {"cellId": cell}, allow_stdin=allow_stdin)


def run(kernel: Notebook, code: str, cell: str) -> Cell:
    return kernel.finish(send(kernel, code, cell))


def test_a_short_block_is_sent_once_with_its_cell(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    for number in (1, 2, 3):  # on a busy machine no block is short
        run(kernel, "(exit 3)", "c-1")
        expected = {"number": number, "cell": "c-1", "status": "failed"}
        kernel.wait(lambda: watcher.blocks[-1:] == [expected], "the end of the block")  # noqa: B023
        told = [block for block in watcher.blocks if block["number"] == number]
        if told == [expected]:
            return
    pytest.fail(f"the kernel also told when the block began: {told}")


def test_a_long_block_is_sent_when_it_runs_and_when_it_has_ended(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    cell = send(kernel, "until [ -e go ]; do sleep 0.02; done; rm go", "c-1")
    watcher.wait_for("running")
    run_elsewhere(kernel, "go")
    kernel.finish(cell)
    watcher.wait_for("running", "success")


def run_elsewhere(kernel: Notebook, name: str) -> None:
    """Make the file that a block waits for."""
    directory = kernel._popen["cwd"]
    with open(f"{directory}/{name}", "w"):
        pass


def test_a_wait_for_input_and_its_end_are_sent(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    cell = send(kernel, "read x; sleep 0.1; echo $x", "c-1", allow_stdin=True)
    kernel.wait(lambda: cell.questions, "a question")
    kernel.client.input("yes")
    kernel.finish(cell)
    kernel.wait(lambda: watcher.states[-1] == "success", "the end")
    # It may have asked before it was to be told that it runs.
    assert watcher.states[-3:] == ["waiting", "running", "success"]
    assert watcher.states[:-3] in ([], ["running"])


def test_a_new_client_receives_running_and_queued_cells(kernel: Notebook) -> None:
    run(kernel, "echo done", "c-1")
    running = send(kernel, "echo begun; sleep 60", "c-2")
    kernel.wait(lambda: "begun" in running.stdout, "the start")
    queued = send(kernel, "echo never", "c-3")
    watcher = Watcher(kernel)
    assert watcher.state["count"] == 2
    assert watcher.state["blocks"] == [
        {"number": 1, "cell": "c-1", "status": "success"},
        {"number": 2, "cell": "c-2", "status": "running"},
    ]
    assert watcher.state["queued"] == ["c-3"]
    kernel.manager.interrupt_kernel()
    kernel.finish(queued)
    gone = {"event": "unqueued", "cells": ["c-3"]}
    kernel.wait(lambda: gone in watcher.told, "the end of the queue")
    assert watcher.states[-1] == "interrupted"


def test_the_record_of_a_block_that_was_missed_can_be_asked_for(kernel: Notebook) -> None:
    cell = run(kernel, "cd /; echo one", "c-1")
    watcher = Watcher(kernel)
    assert watcher.say(command="record", block=1) == {"status": "ok"}
    (told,) = [data["block"] for data in watcher.told if data.get("event") == "record"]
    assert Record.model_validate(told["record"]) == cell.record
    assert told["cell"] == "c-1"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ({"command": "record", "block": 7}, "no record of block 7"),
        ({"command": "record"}, "no record of block None"),
        ({"command": "keep", "block": "7"}, "invalid block '7': give its number"),
        (
            {"command": "dance"},
            (
                "unknown command 'dance'; the commands are"
                " state, environment, record, keep, end, answer, here"
            ),
        ),
    ],
)
def test_an_invalid_command_is_refused(
    kernel: Notebook, command: dict[str, Any], problem: str
) -> None:
    assert Watcher(kernel).say(**command) == {"status": "error", "message": problem}


def test_all_blocks_can_be_requested_again(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "true", "c-1")
    assert watcher.say(command="state") == {"status": "ok"}
    assert [block["number"] for block in watcher.state["blocks"]] == [1]


def test_a_background_block_is_sent_when_its_last_process_has_ended(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "(until [ -e go ]; do sleep 0.02; done; rm go) &", "c-1")
    watcher.wait_for("background")
    run_elsewhere(kernel, "go")
    watcher.wait_for("background", "success")


def test_a_block_that_is_not_the_cells_first_has_the_cells_count(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "#| retry: {attempts: 3, base_delay: 1ms}\nfalse", "c-1")
    run(kernel, "true", "c-2")
    kernel.wait(lambda: watcher.states[-1] == "success", "the end")
    ended = {b["number"]: b.get("execution_count", b["number"]) for b in watcher.blocks}
    assert ended == {1: 1, 2: 1, 3: 1, 4: 2}


def test_a_block_without_a_cell_is_sent(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    kernel.run("true")
    # On a busy machine, it is also sent while it is running.
    kernel.wait(lambda: {"number": 1, "status": "success"} in watcher.blocks, "the block")
    assert all("cell" not in block for block in watcher.blocks)


def test_the_final_state_is_sent_after_the_last_output(start: Start) -> None:
    kernel = start(EFFECTTALK_DATA_RATE_LIMIT="100000", EFFECTTALK_RATE_LIMIT_WINDOW_SECONDS="0.2")
    watcher = Watcher(kernel)
    cell = run(kernel, "seq 30000 &", "flood")
    kernel.late(cell, lambda cell: cell.stdout.endswith("30000\n"))
    kernel.wait(lambda: watcher.states[-1:] == ["success"], "the end")
    [end] = [
        m
        for m in kernel.strays
        if m["content"].get("data", {}).get("block", {}).get("status") == "success"
    ]
    texts = [m["header"]["date"] for m in cell.messages if m["msg_type"] == "stream"]
    assert max(texts) <= end["header"]["date"]
