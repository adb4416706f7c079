"""Actions on blocks in JupyterLab: by keyboard, in the cell's menu, as commands."""

import pytest
from playwright.sync_api import Download

from tests.lab.actions import (
    MENU,
    command,
    is_enabled,
    press,
    select,
    wait_for_active,
    wait_for_clipboard,
    wait_until_disabled,
    wait_until_enabled,
    wait_until_folded,
)
from tests.lab.blocks import badge, record, saved_notebook, wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, Browser, LabNotebook, Server

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)


# Copy and save.


def test_output_is_copied_with_the_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo -e '\\e[31mred\\e[0m'; echo oh no >&2")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    select(notebook, 0)
    press(notebook, "e c")
    wait_for_clipboard(notebook, "red")
    assert sorted(clipboard(notebook).splitlines()) == ["oh no", "red"]
    command(notebook, "copy-stderr")
    notebook.wait("async () => await navigator.clipboard.readText() === 'oh no\\n'")
    press(notebook, "e x")
    wait_for_clipboard(notebook, "echo -e")
    press(notebook, "e m")
    wait_for_clipboard(notebook, "**Block 1: success**")
    assert "```bash\necho -e" in clipboard(notebook)


def clipboard(notebook: LabNotebook) -> str:
    return str(notebook.page.evaluate("navigator.clipboard.readText()"))


def saved(notebook: LabNotebook) -> Download:
    """Return the download of the selected block's output, saved with the keyboard."""
    with notebook.page.expect_download() as downloading:
        press(notebook, "e s")
    return downloading.value


def test_output_is_saved_to_a_file(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo out")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    select(notebook, 0)
    download = saved(notebook)
    assert download.suggested_filename == "notebook-block-1.txt"
    assert download.path().read_text() == "out\n"


def test_truncated_output_is_complete_in_a_file_and_in_a_tab(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("seq 1 300000")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    select(notebook, 0)
    download = saved(notebook)
    assert download.suggested_filename == "notebook-block-1.stdout.txt"
    assert download.path().read_text() == "".join(f"{number}\n" for number in range(1, 300_001))
    notebook.page.evaluate("void (globalThis.panel = probe.panel)")
    press(notebook, "e o")
    page = notebook.page.locator(".et-Output:focus")
    page.wait_for()
    assert page.get_attribute("aria-label") == "Output of Block 1"
    assert page.locator("h2").all_text_contents() == ["Standard output"]
    lines = "\n".join(page.locator("pre").all_text_contents()).splitlines()
    assert (len(lines), lines[0], lines[-1]) == (300_000, "1", "300000")
    # The next notebook must not find this page.
    notebook.page.evaluate("jupyterapp.shell.activateById(panel.id)")
    notebook.wait("() => probe.panel === panel")


def test_missing_output_is_reported(server: Server, browser: Browser) -> None:
    stdout = {"size_bytes": 900, "lines": 9, "left_out_bytes": 800}
    content = saved_notebook([record(1, stdout=stdout)])
    notebook = LabNotebook.show(browser, server, "actions-gone", content)
    try:
        wait_for_badge(notebook, 0, "success")
        select(notebook, 0)
        press(notebook, "e s")
        notebook.page.locator(".Toastify__toast--error").wait_for()
        assert "there is no" in notebook.page.locator(".Toastify__toast--error").inner_text()
    finally:
        notebook.close()


# Fold.


def test_output_is_folded_and_unfolded_with_the_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo out")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    select(notebook, 0)
    press(notebook, "e f")
    wait_until_folded(notebook, 0, is_folded=True)
    press(notebook, "e f")
    wait_until_folded(notebook, 0, is_folded=False)


def test_command_folds_long_successes_and_unfolds_failures(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("seq 31", "seq 30", "seq 100; false")
    for number in range(3):
        notebook.run(number)
    wait_for_badge(notebook, 2, "failed")
    select(notebook, 2)
    press(notebook, "e f")
    wait_until_folded(notebook, 2, is_folded=True)
    command(notebook, "fold-by-rule")
    wait_until_folded(notebook, 2, is_folded=False)
    wait_until_folded(notebook, 0, is_folded=True)
    wait_until_folded(notebook, 1, is_folded=False)


def test_outputs_fold_automatically_if_enabled(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("seq 5", "seq 2", "seq 5; false")
    notebook.set("effecttalk:actions", {"fold": True, "foldLines": 3})
    try:
        notebook.load()
        notebook.wait_until_idle()
        for number in range(3):
            notebook.run(number)
        wait_for_badge(notebook, 2, "failed")
        wait_until_folded(notebook, 0, is_folded=True)
        wait_until_folded(notebook, 1, is_folded=False)
        wait_until_folded(notebook, 2, is_folded=False)
        select(notebook, 0)
        press(notebook, "e f")
        wait_until_folded(notebook, 0, is_folded=False)
        notebook.run(0)
        wait_until_folded(notebook, 0, is_folded=True)
    finally:
        notebook.set("effecttalk:actions", {})


# Run and stop.


def test_all_failed_blocks_run_again_even_if_one_fails_again(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("[ -e one ]", "echo two", "false", "[ -e three ]")
    for number in range(4):
        notebook.run(number)
    wait_for_badge(notebook, 3, "failed")
    notebook.touch("one")
    notebook.touch("three")
    select(notebook, 1)
    press(notebook, "e r")
    wait_for_badge(notebook, 3, "success")
    notebook.wait_until_idle()
    assert [notebook.status(number) for number in range(4)] == [
        "success", "success", "failed", "success",
    ]  # fmt: skip
    assert notebook.page.evaluate("probe.panel.content.activeCellIndex") == 1


def test_cells_run_from_the_active_one_to_the_end(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo one", "echo two", "echo three")
    select(notebook, 1)
    press(notebook, "e b")
    wait_for_badge(notebook, 1, "success")
    wait_for_badge(notebook, 2, "success")
    assert badge(notebook, 0) == "none"


def test_block_is_terminated_and_killed_and_gets_end_of_file(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("echo begun; sleep 60", "echo begun; sleep 60", "cat; echo over")
    for number, (name, signal) in enumerate([("terminate", "SIGTERM"), ("kill", "SIGKILL")]):
        notebook.start(number)
        notebook.wait_for_text(number, "begun")
        wait_for_badge(notebook, number, "running")
        command(notebook, name)
        notebook.wait_for_text(number, signal)
        notebook.wait_until_idle()
        wait_until_disabled(notebook, name)
    notebook.start(2)
    wait_for_badge(notebook, 2, "waiting")
    command(notebook, "end-of-file")
    notebook.wait_for_text(2, "over")


def test_block_is_interrupted_from_the_context_menu(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("echo begun; sleep 60")
    notebook.start(0)
    notebook.wait_for_text(0, "begun")
    wait_for_badge(notebook, 0, "running")
    notebook.page.locator(".jp-Cell .jp-InputPrompt").first.click(button="right")
    notebook.page.locator(".lm-Menu-item", has_text="Block").click()
    notebook.page.locator(MENU.format("interrupt")).click()
    wait_for_badge(notebook, 0, "interrupted")


def test_state_is_restored_and_the_notebook_does_not_change(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("x=one", "x=two", "echo $x")
    notebook.run(0)
    notebook.run(1)
    wait_for_badge(notebook, 1, "success")
    select(notebook, 0)
    before = [notebook.outputs(number) for number in range(3)]
    command(notebook, "restore-state")
    notebook.page.locator(".jp-Dialog").wait_for()
    notebook.page.keyboard.press("Escape")
    notebook.page.locator(".jp-Dialog").wait_for(state="detached")
    command(notebook, "restore-state")
    notebook.page.locator(".jp-Dialog").get_by_role("button", name="Restore").click()
    said = notebook.page.get_by_text("the state after block 1")
    said.first.wait_for()
    assert [notebook.outputs(number) for number in range(3)] == before
    notebook.run(2)
    assert notebook.stream(2) == "one\n"


def test_a_record_with_a_foreign_session_has_no_actions(server: Server, browser: Browser) -> None:
    """The session of a record was a part of a command and of an address."""
    stdout = {"size_bytes": 2, "lines": 1}
    records = [record(number, stdout=stdout) for number in range(3)]
    records[0]["volatile"]["session"] = "x; touch ran #"
    records[1]["volatile"]["session"] = "../../../api/contents/secret.txt?x="
    notebook = LabNotebook.show(browser, server, "actions-foreign", saved_notebook(records))
    try:
        wait_for_badge(notebook, 2, "success")
        actions = ("restore-state", "open-output", "save-output")
        for number, wait in enumerate([wait_until_disabled] * 2 + [wait_until_enabled]):
            select(notebook, number)
            for action in actions:
                wait(notebook, action)
    finally:
        notebook.close()


# Navigate.


def test_keys_move_to_other_blocks(server: Server, browser: Browser) -> None:
    failed = {"status": "failed", "exit_status": 1}
    records = [record(1), record(2, **failed), None, record(3), record(4, **failed)]
    notebook = LabNotebook.show(browser, server, "actions-go", saved_notebook(records))
    try:
        wait_for_badge(notebook, 4, "failed")
        select(notebook, 0)
        for keys, place in [("e j", 1), ("e j", 3), ("e k", 1), ("e n", 4), ("e n", 1), ("e p", 4)]:
            press(notebook, keys)
            wait_for_active(notebook, place)
        assert not is_enabled(notebook, "next-block")
    finally:
        notebook.close()
