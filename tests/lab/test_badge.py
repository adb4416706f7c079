"""Badges of cells and headers of blocks while they change."""

import nbformat
import pytest

from tests.lab.blocks import (
    badge_words,
    badges,
    header,
    headers,
    record,
    saved_notebook,
    wait_for_badge,
    wait_for_header,
    wait_for_headers,
)
from tests.lab.commands import until
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)


# Badges.


def test_badge_changes_from_queued_to_running_to_success(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(until("one"), until("two"))
    assert badges(notebook, 2) == ["none", "none"]
    notebook.start_all()
    wait_for_badge(notebook, 0, "running")
    wait_for_badge(notebook, 1, "queued")
    notebook.touch("one")
    wait_for_badge(notebook, 0, "success")
    wait_for_badge(notebook, 1, "running")
    notebook.touch("two")
    wait_for_badge(notebook, 1, "success")
    wait_for_header(notebook, 0, "status", "success")


def test_failure_shows_its_exit_status_and_clears_the_queue(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{until('one')}; (exit 42)", "echo never")
    notebook.start_all()
    wait_for_badge(notebook, 1, "queued")
    notebook.touch("one")
    wait_for_badge(notebook, 0, "failed")
    wait_for_badge(notebook, 1, "none")
    assert badge_words(notebook, 0) == "failed: exit status 42"
    assert notebook.page.locator(".et-Badge-number").all_inner_texts() == ["42"]
    wait_for_header(notebook, 0, "status", "failed: exit status 42")


def test_badge_and_header_show_a_question_until_it_is_answered(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"read x; {until('one')}")
    notebook.start(0)
    wait_for_badge(notebook, 0, "waiting")
    wait_for_header(notebook, 0, "status", "waiting for input")
    answer = notebook.output(0).locator(".et-Answer-field")
    answer.fill("yes")
    answer.press("Enter")
    wait_for_badge(notebook, 0, "running")
    wait_for_header(notebook, 0, "status", "running")
    notebook.touch("one")
    wait_for_badge(notebook, 0, "success")


def test_interrupt_timeout_and_background_have_badges(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "echo begun; sleep 60", "#| timeout: 200ms\nsleep 60", f"({until('one')}) &"
    )
    notebook.start(0)
    notebook.wait_for_text(0, "begun")
    notebook.page.evaluate("void probe.panel.sessionContext.session.kernel.interrupt()")
    wait_for_badge(notebook, 0, "interrupted")
    notebook.run(1)
    wait_for_badge(notebook, 1, "timed_out")
    wait_for_header(notebook, 1, "status", "timed out after 0.2 s")
    notebook.run(2)
    wait_for_badge(notebook, 2, "background")
    notebook.touch("one")
    wait_for_badge(notebook, 2, "success")


def test_cell_is_stale_after_a_cell_above_it_has_run(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "echo two", "false")
    for number in range(3):
        notebook.run(number)
    notebook.run(0)
    wait_for_badge(notebook, 1, "stale")
    wait_for_badge(notebook, 0, "success")
    assert badges(notebook, 3) == ["success", "stale", "failed"]
    notebook.run(1)
    wait_for_badge(notebook, 1, "success")


def test_every_attempt_has_a_header_and_the_badge_shows_the_last(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        "#| retry: {attempts: 2, base_delay: 10ms}\n#| fallback: echo instead\nfalse"
    )
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    wait_for_headers(notebook, 0, 3)
    assert [one.get("attempt") for one in headers(notebook, 0)] == [None, "attempt 2", "fallback"]


def test_changes_are_announced_to_screen_readers(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", f"{until('one')}; false")
    notebook.run(0)
    notebook.start(1)
    notebook.touch("one")
    wait_for_badge(notebook, 1, "failed")
    voice = notebook.page.locator(".et-ScreenReaderOnly")
    voice.get_by_text("Cell 2: failed: exit status 1", exact=True).wait_for(state="attached")


# Headers.


def test_header_counts_the_seconds_of_a_running_block(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"cd /; {until('$OLDPWD/one')}")
    notebook.start(0)
    wait_for_header(notebook, 0, "duration", "1 s")
    wait_for_header(notebook, 0, "duration", "2 s")
    notebook.touch("one")
    wait_for_header(notebook, 0, "status", "success")
    wait_for_header(notebook, 0, "cwd", "→ /")


def test_header_shows_how_much_output_is_not_shown(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"seq 1 300000; {until('one')}")
    notebook.start(0)
    notebook.wait_for_text(0, "not shown yet")
    notebook.touch("one")
    wait_for_header(notebook, 0, "status", "success")
    wait_for_header(notebook, 0, "left-out", "not shown")
    notebook.wait("() => !probe.text(0).includes('not shown yet')")


# Reloads, views and other kernels.


def test_two_views_of_a_notebook_show_the_same(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(until("one"))
    notebook.page.evaluate("void jupyterapp.commands.execute('docmanager:clone')")
    notebook.wait(
        "() => jupyterapp.shell.currentWidget && document.querySelectorAll('.jp-NotebookPanel').length === 2"
    )
    shown = "[...document.querySelectorAll('.et-Badge')].map(badge => badge.dataset.state).join()"
    notebook.wait(f"() => {shown} === 'none,none'")
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    notebook.wait(f"() => {shown} === 'running,running'")
    notebook.touch("one")
    notebook.wait(f"() => {shown} === 'success,success'")


def test_badges_work_after_a_kernel_restart(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("sleep 60", f"read x; {until('one')}")
    notebook.start(0)
    wait_for_badge(notebook, 0, "running")
    # The badge comes over a comm; without an output, nothing would be left of the block.
    notebook.wait("() => probe.cells[0].outputArea.model.length > 0")
    notebook.page.evaluate("void (probe.restart = probe.panel.sessionContext.restartKernel())")
    wait_for_badge(notebook, 0, "unfinished")
    wait_for_header(notebook, 0, "status", "outcome unknown")
    # The new kernel is idle before Lab has connected to it.
    notebook.wait("() => probe.restart.then(() => true)")
    notebook.wait_until_idle()
    notebook.start(1)
    wait_for_badge(notebook, 1, "waiting")
    notebook.page.evaluate("void probe.panel.sessionContext.session.kernel.interrupt()")
    wait_for_badge(notebook, 1, "interrupted")


def test_saved_notebook_looks_the_same_without_a_kernel(server: Server, browser: Browser) -> None:
    saved = saved_notebook(
        [
            record(1),
            record(2, status="failed", exit_status=139, signal="SIGSEGV"),
            record(3, status="running"),
            record(4, version=2),
            record(5, status="background", background=True),
            None,
        ],
        kernel="effecttalk-elsewhere",
    )
    notebook = LabNotebook.show(browser, server, "saved", saved)
    notebook.page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click()
    states = ["success", "failed", "unfinished", "none", "background", "none"]
    for number, state in enumerate(states):
        wait_for_badge(notebook, number, state)
    wait_for_header(notebook, 0, "status", "success")
    assert header(notebook, 0) == {
        "status": "success",
        "duration": "1.0 s",
        "started": header(notebook, 0)["started"],
        "cwd": "~/project",
    }
    wait_for_header(notebook, 1, "status", "failed: SIGSEGV")
    wait_for_header(notebook, 2, "status", "outcome unknown")
    notebook.wait_for_text(3, "newer version of EffectTalk")
    notebook.close()


def test_badges_are_removed_when_the_kernel_is_changed(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    change = "void probe.panel.sessionContext.changeKernel({ name: 'python3' })"
    notebook.page.evaluate(change)
    notebook.wait("() => document.querySelectorAll('.et-Badge, .et-ScreenReaderOnly').length === 0")
    wait_for_header(notebook, 0, "status", "success")


def test_new_and_moved_cells_have_badges(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "(exit 3)")
    notebook.run(0)
    notebook.run(1)
    wait_for_badge(notebook, 1, "failed")
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:move-cell-up')")
    wait_for_badge(notebook, 0, "failed")
    wait_for_badge(notebook, 1, "stale")
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:insert-cell-above')")
    wait_for_badge(notebook, 1, "failed")
    wait_for_badge(notebook, 0, "none")
    assert nbformat.validate(notebook.save()) is None
