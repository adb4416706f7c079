"""Questions, completion and inspection in JupyterLab."""

from tests.lab.conftest import OpenNotebook


def test_question_is_answered_in_jupyterlabs_box(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("read -p 'name? ' x; echo hi $x")
    notebook.start(0)
    box = notebook.output(0).locator(".jp-Stdin-input")
    box.fill("bob")
    box.press("Enter")
    notebook.wait_for_text(0, "hi bob")
    notebook.wait_until_idle()
    assert notebook.status(0) == "success"


def test_password_is_hidden_and_not_saved(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("read -s -p 'secret: ' x; echo; echo ${#x}")
    notebook.start(0)
    box = notebook.output(0).locator(".jp-Stdin-input")
    box.wait_for()
    assert box.get_attribute("type") == "password"
    box.fill("s3cret")
    box.press("Enter")
    notebook.wait_for_text(0, "6")
    notebook.wait_until_idle()
    assert "s3cret" not in str(notebook.save())


def test_shift_tab_shows_help_on_a_command(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("")
    notebook.type(0, "pushd")
    notebook.page.keyboard.press("Shift+Tab")
    notebook.page.locator(".jp-Tooltip", has_text="directory stack").wait_for()


def test_tab_completes_git_commands(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("", "")
    notebook.type(0, "git cherr")
    notebook.page.keyboard.press("Tab")
    notebook.page.locator(".jp-Completer", has_text="cherry-pick").wait_for()
