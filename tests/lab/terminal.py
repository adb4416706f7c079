"""The terminal in a cell: what is on it, and how to type there."""

from tests.lab.lab import LabNotebook

# The text on the screen without trailing blanks.
SCREEN = """
  const rows = [...(document.querySelectorAll('.et-Terminal .xterm-rows > div'))];
  const text = rows.map(row => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).join('\\n');
"""
HAS_FOCUS = "!!document.activeElement.closest('.et-Terminal')"


def screen(notebook: LabNotebook) -> str:
    """Return the text on the terminal."""
    return str(notebook.page.evaluate(f"() => {{ {SCREEN} return text; }}"))


def wait_for_screen(notebook: LabNotebook, pattern: str) -> None:
    script = f"pattern => {{ {SCREEN} return new RegExp(pattern, 'm').test(text); }}"
    notebook.wait(script, pattern)


def wait_for_focus(notebook: LabNotebook) -> None:
    notebook.wait(f"() => {HAS_FOCUS}")


def wait_for_no_terminal(notebook: LabNotebook) -> None:
    notebook.page.locator(".et-Terminal").wait_for(state="detached")


def press(notebook: LabNotebook, text: str, *keys: str) -> None:
    """Type on the terminal, which has the focus."""
    notebook.page.keyboard.type(text)
    for key in keys:
        notebook.page.keyboard.press(key)
