"""Output that was printed while the page was closed or reloading."""

import pytest

from tests.lab.blocks import wait_for_badge, wait_for_header
from tests.lab.commands import (
    assert_whole,
    printer,
    until,
    wait_for_line,
    wait_for_number,
    wait_in_kernel,
    wait_until_whole,
)
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook
from tests.lab.panel import wait_for_status

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)


def save(notebook: LabNotebook) -> None:
    """Save a notebook whose cell is printing."""
    notebook.page.evaluate("probe.panel.context.save()")


def leave(notebook: LabNotebook) -> None:
    """Leave the page without saving; the kernel keeps running."""
    notebook.page.goto("about:blank")


@pytest.mark.parametrize("is_saved", [True, False], ids=["saved", "not saved"])
def test_no_line_is_lost_or_repeated_by_a_reload(
    is_saved: bool, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(printer("enough"), "echo other")
    notebook.start(0)
    wait_for_line(notebook, 0, 10)
    if is_saved:
        save(notebook)
    notebook.load()
    wait_for_line(notebook, 0, 10)
    notebook.wait("() => probe.cells[0].prompt === '*'")
    seen = len(notebook.text(0).splitlines())
    wait_for_line(notebook, 0, seen + 40)  # it is updated while the block is running
    notebook.touch("enough")
    wait_until_whole(notebook, 0)
    wait_for_badge(notebook, 0, "success")
    assert assert_whole(notebook.stream(0)) >= seen + 40
    notebook.wait_for_status(0, "success")
    wait_for_number(notebook, 0, "1")
    notebook.wait_until_idle()
    saved = notebook.save().cells[0].outputs
    assert [output.output_type for output in saved] == ["display_data", "stream"]
    assert_whole(saved[1].text)


def test_block_that_finished_while_the_page_was_closed_is_complete(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        f"{printer('enough')}; echo bad >&2; touch over; (exit 3)", "echo next"
    )
    notebook.start(0)
    wait_for_line(notebook, 0, 5)
    save(notebook)
    leave(notebook)
    notebook.touch("enough")
    wait_in_kernel(notebook, "over")
    notebook.load()
    wait_until_whole(notebook, 0)
    wait_for_header(notebook, 0, "status", "failed: exit status 3")
    notebook.wait_for_stream(0, "bad\n", "stderr")
    notebook.wait("() => probe.outputs(0).some(output => output.output_type === 'error')")
    notebook.wait("() => probe.cells[0].prompt !== '*'")


def test_unsaved_run_replaces_the_saved_one_after_a_reload(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("echo run $((++runs))", "echo other")
    notebook.run(0)
    notebook.run(1)
    notebook.save()
    notebook.run(0)
    notebook.wait_for_whole_text(0, "run 2\n")
    notebook.load()
    notebook.wait_for_whole_text(0, "run 2\n")
    notebook.wait_for_whole_text(1, "other\n")
    wait_for_number(notebook, 0, "3")
    wait_for_number(notebook, 1, "2")


def test_unsaved_execution_count_is_restored_with_the_output(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("#| retry: {attempts: 3, base_delay: 1ms}\nfalse", "echo two", "true")
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    wait_for_number(notebook, 1, "2")  # its block is the fourth
    notebook.page.evaluate("probe.cells.forEach(cell => { cell.model.executionCount = null; })")
    notebook.page.evaluate("probe.cells[2].model.clearExecution()")
    notebook.save()
    notebook.load()
    wait_for_number(notebook, 0, "1")
    wait_for_number(notebook, 1, "2")
    wait_for_number(notebook, 2, "3")


def test_cells_queued_at_a_reload_get_their_badges_and_their_output(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(until("one"), "echo two", f"{printer('enough')}")
    notebook.start(0)
    wait_for_badge(notebook, 0, "running")
    notebook.save()
    notebook.start(1)
    notebook.start(2)
    notebook.load()
    wait_for_badge(notebook, 0, "running")
    wait_for_badge(notebook, 1, "queued")
    wait_for_badge(notebook, 2, "queued")
    wait_for_header(notebook, 0, "duration", "s")
    notebook.touch("one")
    wait_for_badge(notebook, 0, "success")
    wait_for_badge(notebook, 1, "success")
    wait_for_header(notebook, 0, "status", "success")
    notebook.wait_for_stream(1, "two\n")
    wait_for_line(notebook, 2, 30)
    notebook.touch("enough")
    wait_until_whole(notebook, 2)


def test_output_of_a_background_block_continues_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"({printer('enough')}) &", "echo other")
    notebook.run(0)
    wait_for_line(notebook, 0, 5)
    save(notebook)
    notebook.load()
    wait_for_badge(notebook, 0, "background")
    seen = len(notebook.text(0).splitlines())
    wait_for_line(notebook, 0, seen + 40)
    assert not notebook.is_running(0)
    notebook.run(1)
    notebook.touch("enough")
    wait_until_whole(notebook, 0)
    wait_for_badge(notebook, 0, "success")
    assert notebook.stream(1) == "other\n"


def test_progress_is_complete_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        f"printf 'step 1'; {until('one')}; printf '\\rstep 2'; {until('two')}; printf '\\rstep 3\\n'"
    )
    notebook.start(0)
    notebook.wait_for_text(0, "step 1")
    notebook.save()
    notebook.load()
    wait_for_badge(notebook, 0, "running")
    notebook.touch("one")
    notebook.wait_for_text(0, "step 2")
    notebook.touch("two")
    notebook.wait_for_stream(0, "step 3\n")


def test_cleared_cell_stays_cleared(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(printer("enough"), "echo other")
    notebook.start(0)
    wait_for_line(notebook, 0, 5)
    notebook.load()
    wait_for_line(notebook, 0, 30)
    with notebook.page.expect_response("**/outputs?*"):
        notebook.page.evaluate("probe.cells[0].model.clearExecution()")
    notebook.touch("enough")
    wait_for_badge(notebook, 0, "success")
    assert notebook.stream(0) == ""


def test_no_request_is_sent_if_nothing_was_missed(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "(exit 3)", printer("enough"))
    notebook.run(0)
    notebook.run(1)
    notebook.start(2)
    wait_for_line(notebook, 2, 10)
    notebook.touch("enough")
    notebook.wait_until_idle()
    assert notebook.block_requests == []
    notebook.save()
    notebook.load()
    wait_for_badge(notebook, 1, "failed")
    wait_for_status(notebook, "directory")  # known once the kernel has sent its state
    notebook.run(0)
    assert notebook.block_requests == []
    assert_whole(notebook.stream(2))
