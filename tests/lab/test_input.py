"""Completion and inspection in JupyterLab."""

from tests.lab.conftest import OpenNotebook


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
