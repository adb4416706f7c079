"""Large outputs in a real kernel: stored completely, printed again, within a server's limits."""

import hashlib
import json
import re
import resource
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Cell, Notebook, eventually

NUMBERS = "".join(f"{number}\n" for number in range(1, 200_001))
SMALL = {"EFFECTTALK_INLINE_HEAD_BYTES": "1000", "EFFECTTALK_INLINE_TAIL_BYTES": "500"}
HINT = re.compile(r"\[effecttalk: [\d,]+ bytes of output omitted here; full output: (.*)\]")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_line_for_omitted_output_says_how_to_get_it(kernel: Notebook) -> None:
    command = HINT.search(kernel.run("seq 200000").stdout)
    assert command is not None
    assert kernel.run(f"{command[1]} | sha256sum").stdout.split()[0] == sha256(NUMBERS)


def test_standard_error_is_stored_separately(kernel: Notebook) -> None:
    cell = kernel.run("seq 200000 >&2; echo out")
    command = HINT.search(cell.stderr)
    assert command is not None
    assert command[1].endswith(" --stderr")
    assert kernel.run(f"{command[1]} | sha256sum").stdout.split()[0] == sha256(NUMBERS)
    assert kernel.run(command[1].removesuffix("--stderr")).stdout == "out\n"


def test_the_record_has_the_size_and_the_digest_of_the_spill(kernel: Notebook) -> None:
    spill = kernel.run("seq 200000; echo error >&2").record.spill
    assert spill is not None
    assert (spill.stdout.size_bytes, spill.stdout.sha256) == (len(NUMBERS), sha256(NUMBERS))
    assert (spill.stderr.size_bytes, spill.stderr.sha256) == (6, sha256("error\n"))
    assert spill.problem is None


def test_a_small_output_is_in_the_notebook_only(kernel: Notebook) -> None:
    assert kernel.run("echo small").record.spill is None


def test_raw_bytes_are_printed_as_they_were_written(start: Start) -> None:
    notebook = start(**SMALL)
    number = notebook.run(r"printf '\033[31m%2000s\033[0m\033]0;t\a\377'").record.number
    assert notebook.run(f"effecttalk output {number} --raw | wc -c").stdout == "2016\n"
    assert notebook.run(f"effecttalk output {number} | tail -c 4").stdout == " �"


def test_late_output_is_stored(start: Start) -> None:
    notebook = start(**SMALL)
    cell = notebook.run("seq 1000; (sleep 0.3; echo late) &")
    notebook.late(cell, lambda c: c.record.status is Status.SUCCESS)
    assert notebook.run(f"effecttalk output {cell.record.number} | tail -1").stdout == "late\n"


def test_a_block_can_be_read_while_it_runs(start: Start) -> None:
    notebook = start(**SMALL)
    cell = notebook.run("(seq 1000; sleep 60) &")
    command = f"effecttalk output {cell.record.number}"
    reader = notebook.run(
        f"until {command} 2>/dev/null | grep -x 1000; do :; done; {command} | tail -1"
    )
    assert reader.stdout == "1000\n1000\n"
    assert "still runs" in reader.stderr


def test_the_oldest_spill_is_removed_first_and_both_cells_report_it(start: Start) -> None:
    notebook = start(**SMALL, EFFECTTALK_MAX_SESSION_SIZE="12000")
    first, second = notebook.run("seq 2000"), notebook.run("seq 1500")
    notebook.late(first, lambda c: c.record.spill.problem is not None)
    assert f"the full output of block {first.record.number} was removed" in second.stderr
    gone = notebook.run(f"effecttalk output {first.record.number}")
    assert gone.record.exit_status == 1
    assert "max_session_size" in gone.stderr


def test_a_block_over_the_quota_reports_what_is_stored(start: Start) -> None:
    cell = start(**SMALL, EFFECTTALK_MAX_SESSION_SIZE="5000").run("seq 2000")
    assert "effecttalk output 1 has the first 5,000 bytes: max_session_size" in cell.stdout
    assert cell.record.status is Status.SUCCESS


def test_a_full_disk_does_not_reach_the_block() -> None:
    # The shell's start script has to fit.
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # noqa: E731
    with Notebook(SMALL, preexec_fn=small) as notebook:
        cell = notebook.run("seq 100000")
        assert "effecttalk output 1 has the first 200,000 bytes: File too large" in cell.stdout
        assert cell.record.status is Status.SUCCESS
        assert cell.record.spill.problem == "File too large"
        assert notebook.run("echo fine").stdout == "fine\n"


def test_a_data_directory_that_cannot_be_made_does_not_reach_the_block(
    start: Start, tmp_path: Path
) -> None:
    place = tmp_path / "file"
    place.write_text("")
    cell = start(**SMALL, EFFECTTALK_DATA_DIR=str(place)).run("seq 2000")
    assert f"the full output was not stored: Not a directory: {place}" in cell.stdout
    assert cell.record.status is Status.SUCCESS


def test_a_shutdown_keeps_what_was_written(tmp_path: Path, template: KernelTemplate) -> None:
    with Notebook({**SMALL, "EFFECTTALK_DATA_DIR": str(tmp_path)}, template=template) as notebook:
        cell = notebook.run("(seq 1000; sleep 60) &")
        notebook.late(cell, lambda c: "1\n2\n" in c.stdout)
        running = notebook.send("seq 2000; sleep 60")
        notebook.late(running, lambda c: "1\n2\n" in c.stdout)
    described = {path.stem: json.loads(path.read_text()) for path in tmp_path.rglob("*.json")}
    sizes = {number: found["stdout"]["size_bytes"] for number, found in described.items()}
    assert sizes == {"1": 3_893, "2": 8_893}


def test_a_block_that_was_running_at_the_end_is_not_running_for_ever(
    template: KernelTemplate,
) -> None:
    with Notebook(template=template) as notebook:
        cell = notebook.send("echo started; sleep 60")
        notebook.late(cell, lambda c: "started" in c.stdout)
        notebook.control("shutdown_request", {"restart": False})
        # The shell is gone, or has told before that SIGHUP ended its program.
        notebook.late(cell, lambda c: c.record.status in {Status.SHELL_LOST, Status.FAILED})


# What is seen meanwhile.


def progress(cell: Cell) -> list[str]:
    """What a cell reported about output that it does not show yet, in order."""
    shown = [*cell.contents("display_data"), *cell.contents("update_display_data")]
    return [content["data"].get("text/plain", "") for content in shown]


def test_a_flood_tells_how_much_is_not_shown_and_its_last_lines(start: Start) -> None:
    notebook = start(**SMALL)
    cell = notebook.send("seq 5000; sleep 60")
    notebook.late(
        cell, lambda c: any("last lines:\n  4998\n  4999\n  5000" in p for p in progress(c))
    )
    notebook.manager.interrupt_kernel()
    assert not progress(notebook.finish(cell))[-1]


def test_a_question_after_a_flood_is_seen(start: Start) -> None:
    cell = start(**SMALL).run("seq 5000; python3 -c 'input(\"name? \")'", answers=["x"])
    assert cell.questions[0]["prompt"] == "name? "


# The server's limits.


def test_floods_stay_under_the_limits_of_the_server(start: Start) -> None:
    limit, window = 3_000_000.0, 0.2
    notebook = start(
        EFFECTTALK_DATA_RATE_LIMIT=str(limit), EFFECTTALK_RATE_LIMIT_WINDOW_SECONDS=str(window)
    )
    cells = [notebook.run("(seq 100000; echo done-with-it) &") for _ in range(6)]
    notebook.wait(lambda: all("done-with-it" in cell.stdout for cell in cells), "all floods")
    # By the kernel's clock: a busy client may find much of it waiting at once. And from the
    # last `idle` on, at which the server begins to count anew.
    idle = next(m["header"]["date"] for m in cells[-1].messages[::-1] if m["msg_type"] == "status")
    messages = [message for cell in cells for message in streams(cell)]
    times = [(m["header"]["date"], len(m["content"]["text"])) for m in messages]
    sent = sorted((date.timestamp(), size) for date, size in times if date > idle)
    most = max(sum(size for then, size in sent if now - window < then <= now) for now, _ in sent)
    assert most <= limit * window
    assert sent[-1][0] - sent[0][0] > 2 * window


def streams(cell: Cell) -> list[dict]:
    return [message for message in cell.messages if message["msg_type"] == "stream"]


@pytest.mark.parametrize("code", ["seq 300000 | tee /dev/stderr", "yes | head -c 5000000"])
def test_the_reply_comes_after_all_of_the_output(start: Start, code: str) -> None:
    notebook = start(EFFECTTALK_DATA_RATE_LIMIT="500000", EFFECTTALK_RATE_LIMIT_WINDOW_SECONDS="1")
    cell = notebook.run(code)
    kinds = [message["msg_type"] for message in cell.messages]
    assert kinds.index("status", 1) > max(n for n, kind in enumerate(kinds) if kind == "stream")
    assert "omitted here" in cell.stdout


def test_old_spills_are_removed_in_time(tmp_path: Path, start: Start) -> None:
    old = tmp_path / "spills" / "old"
    old.mkdir(parents=True)
    notebook = start(EFFECTTALK_DATA_DIR=str(tmp_path), EFFECTTALK_SPILL_RETENTION="1ms")
    notebook.run(":")  # there is a store from now on
    eventually(lambda: not old.exists(), "the old spills to go", timeout=20)
