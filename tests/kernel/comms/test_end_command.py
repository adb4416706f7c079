"""The command `end` on a comm of the target `effecttalk.blocks`, as `effecttalk kill` does it."""

from collections.abc import Iterator

import pytest

from effecttalk_kernel.block import Status
from tests.support.comm import Comm
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

SERVER = "#| background: true\nsleep 4731"
# What ends a program that does not hear SIGTERM, and what the program started.
DEAF = "#| background: true\ntrap '' TERM; echo ready; while true; do sleep 4732 || true; done"


@pytest.fixture(scope="module")
def kernel(template: KernelTemplate) -> Iterator[Notebook]:
    with Notebook({"EFFECTTALK_INTERRUPT_GRACE_SECONDS": "0.2"}, template=template) as notebook:
        yield notebook


def end(kernel: Notebook, number: object, channel: str = "shell") -> dict[str, object]:
    return Comm(kernel, "effecttalk.blocks", channel).say(command="end", block=number)


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_a_block_in_the_background_is_ended_while_another_runs(
    kernel: Notebook, channel: str
) -> None:
    server = kernel.run(SERVER)
    other = kernel.send("echo begun; sleep 4733")
    kernel.wait(lambda: "begun" in other.stdout, "the other block")
    assert end(kernel, server.record.number, channel) == {"status": "ok"}
    kernel.late(server, lambda cell: cell.record.status is not Status.BACKGROUND)
    assert server.record.signals_sent == ("SIGTERM",)
    assert not other.is_done
    kernel.manager.interrupt_kernel()
    kernel.finish(other)
    # It was no block of its own.
    assert kernel.run("true").record.number == other.record.number + 1


def test_a_process_that_ignores_sigterm_is_killed_with_its_children(kernel: Notebook) -> None:
    deaf = kernel.run(DEAF)
    kernel.late(deaf, lambda cell: "ready" in cell.stdout)
    assert end(kernel, deaf.record.number) == {"status": "ok"}
    kernel.late(deaf, lambda cell: "SIGKILL" in cell.record.signals_sent)
    assert kernel.run("pgrep -f 'sleep 473[2]'").record.exit_status == 1


def test_processes_that_a_block_left_are_ended(kernel: Notebook) -> None:
    cell = kernel.run("sleep 4734 & sleep 4734 &")
    assert end(kernel, cell.record.number) == {"status": "ok"}
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    assert kernel.run("pgrep -f 'sleep 473[4]'").record.exit_status == 1
    # Somebody else was faster.
    assert end(kernel, cell.record.number) == {"status": "ok"}


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (4_000, "no background block '4000' in this session"),
        ("server", "invalid block 'server': give its number"),
        (None, "invalid block None: give its number"),
    ],
)
def test_a_block_that_is_not_in_the_background_is_refused(
    kernel: Notebook, number: object, problem: str
) -> None:
    answer = end(kernel, number)
    assert answer["status"] == "error"
    assert problem in str(answer["message"])
