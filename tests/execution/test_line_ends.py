"""Line ends of a cell that was written on Windows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.execution.line_ends import normalize_line_ends

WINDOWS = {
    "lines": ("if true; then\r\necho a\r\nfi\r\n", "if true; then\necho a\nfi\n"),
    "no end of the last line": ("echo a\r\necho b", "echo a\necho b"),
    "half an end of the last line": ("echo a\r\necho b\r", "echo a\necho b"),
    "a continued line": ("echo a \\\r\n  b\r\n", "echo a \\\n  b\n"),
    "a here-document": ("cat <<E\r\nx\r\nE\r\n", "cat <<E\nx\nE\n"),
    "options": ("#| timeout: 30s\r\nsleep 1\r\n", "#| timeout: 30s\nsleep 1\n"),
    "empty lines": ("\r\n\r\necho a\r\n", "\n\necho a\n"),
    "a carriage return inside a line": ("echo 'a\rb'\r\n", "echo 'a\rb'\n"),
}
UNIX = [
    "echo a\necho b\n",
    "printf 'GET / HTTP/1.0\r\n\r\n' | nc host 80\n",
    "cat <<E\nx\r\ny\nE\n",
    "echo 'a\r'",
    "echo a\r",
    "\r",
    "",
]


@pytest.mark.parametrize("name", WINDOWS)
def test_line_ends_of_windows_become_line_feeds(name: str) -> None:
    code, expected = WINDOWS[name]
    assert normalize_line_ends(code) == expected


@pytest.mark.parametrize("code", UNIX)
def test_a_carriage_return_on_some_lines_is_data(code: str) -> None:
    assert normalize_line_ends(code) == code


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1))
def test_any_code_is_the_same_from_both_systems(lines: list[str]) -> None:
    assert normalize_line_ends("\r\n".join(lines)) == "\n".join(lines)
