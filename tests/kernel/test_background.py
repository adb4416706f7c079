"""What a cell leaves running belongs to that cell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Cell, Notebook

Gate = Callable[[str], Path]


@pytest.fixture
def gate(kernel: Notebook, tmp_path: Path) -> Gate:
    """Make a FIFO that a job waits at until the test writes to it."""

    def make(name: str) -> Path:
        kernel.run(f"mkfifo {tmp_path / name}")
        return tmp_path / name

    return make


def job(gate: Path, text: str) -> str:
    return f"(read -r < {gate}; echo {text}; echo {text} >&2) &"


def ended(cell: Cell) -> bool:
    return cell.record.status is Status.SUCCESS


def test_a_cell_does_not_wait_for_its_background(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(f"{job(door, 'late')} echo started")
    seen = cell.stdout
    door.write_text("go\n")
    kernel.late(cell, ended)
    assert seen == "started\n"


def test_late_output_has_its_own_cell_as_parent(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    other = kernel.run("echo other")
    door.write_text("go\n")
    kernel.late(cell, ended)
    assert (cell.stdout, other.stdout) == ("late\n", "other\n")


def test_late_stderr_is_late_stderr(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    door.write_text("go\n")
    assert kernel.late(cell, ended).stderr.endswith("late\n")


def test_the_record_goes_from_running_to_background_to_success(
    kernel: Notebook, gate: Gate
) -> None:
    door = gate("a")
    cell = kernel.run(f"{job(door, 'late')} sleep 0.1")
    door.write_text("go\n")
    kernel.late(cell, ended)
    statuses = [record.status for record in cell.records]
    assert list(dict.fromkeys(statuses)) == [Status.RUNNING, Status.BACKGROUND, Status.SUCCESS]


def test_the_record_says_that_processes_still_write(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    backgrounds = [cell.record.background]
    door.write_text("go\n")
    backgrounds.append(kernel.late(cell, ended).record.background)
    assert backgrounds == [True, False]


def test_the_last_record_counts_late_output(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    door.write_text("go\n")
    assert kernel.late(cell, ended).record.stdout.size_bytes == len("late\n")


def test_a_failed_cell_stays_failed_when_its_background_ends(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(f"{job(door, 'late')} false")
    door.write_text("go\n")
    kernel.late(cell, lambda c: not c.record.background)
    assert cell.record.status is Status.FAILED


def test_outputs_of_simultaneous_blocks_are_not_mixed(kernel: Notebook, gate: Gate) -> None:
    doors = [gate("a"), gate("b")]
    cells = [kernel.run(job(door, name)) for door, name in zip(doors, "ab", strict=True)]
    third = kernel.send(f"echo c; read -r < {gate('c')}; echo c")
    for door in reversed(doors):
        door.write_text("go\n")
    for cell in cells:
        kernel.late(cell, ended)
    doors[0].with_name("c").write_text("go\n")
    kernel.finish(third)
    assert [cell.stdout for cell in (*cells, third)] == ["a\n", "b\n", "c\nc\n"]


def test_the_output_of_ten_backgrounds_arrives_whole(kernel: Notebook) -> None:
    cells = [kernel.run(f"(seq {n}000; echo end{n}) &") for n in range(1, 11)]
    for cell in cells:
        kernel.late(cell, ended)
    expected = [
        "".join(f"{line}\n" for line in range(1, n * 1_000 + 1)) + f"end{n}\n" for n in range(1, 11)
    ]
    assert [cell.stdout for cell in cells] == expected


def test_wait_waits_for_a_job_of_another_cell(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    kernel.run(job(door, "late"))
    waiting = kernel.send("echo waiting; wait; echo waited")
    kernel.wait(lambda: waiting.stdout, "the wait")
    door.write_text("go\n")
    assert kernel.finish(waiting).stdout == "waiting\nwaited\n"


def test_jobs_lists_a_job_of_another_cell(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    listed = kernel.run("jobs -r | wc -l").stdout
    door.write_text("go\n")
    kernel.late(cell, ended)
    assert listed == "1\n"


def test_the_status_of_a_job_can_be_waited_for(kernel: Notebook) -> None:
    kernel.run("(exit 7) & p=$!")
    assert kernel.run("wait $p").record.exit_status == 7


def test_a_block_with_a_silent_background_process_has_ended(kernel: Notebook) -> None:
    cell = kernel.run("sleep 60 >/dev/null 2>&1 &")
    # Its redirections may be made after the block has ended.
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    kernel.run("kill $!")
    assert not cell.record.background


def test_late_output_goes_on_while_another_cell_floods(kernel: Notebook, gate: Gate) -> None:
    door = gate("a")
    cell = kernel.run(job(door, "late"))
    flood = kernel.send("echo go; yes")
    kernel.wait(lambda: "go" in flood.stdout, "the flood")
    door.write_text("go\n")
    kernel.late(cell, ended)
    kernel.manager.interrupt_kernel()
    kernel.finish(flood)
    assert cell.stdout == "late\n"
