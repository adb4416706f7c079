"""The failing command: which command of a block gave the block its exit status.

The shell reports line and text of the last command that its ERR trap saw. The exit status may
come from another one, because `!`, `&&` and conditions fail without that trap. This module is
pure; in doubt it names no command.
"""

import re
from typing import Final

# What may follow the last command of a block: the ends of the compound commands around it.
CLOSING: Final = re.compile(r"[\s;)}]*((done|fi|esac)\b[\s;)}]*)*(#.*)?")

# In place of the command, in a block with a line that bash cannot read.
SYNTAX_ERROR: Final = "syntax error"


def find_failing_command(
    code: str, line: int | None, command: str, *, at_once: bool
) -> tuple[str, int | None]:
    """Return the command that failed and its line, ("", None) if they are not known.

    *at_once*: the shell exited at the failure, so *command* was the last one. If a function
    failed, the shell reports a command inside it; the line of the cell that calls the
    function is more useful.
    """
    lines = code.split("\n")
    if line is None or not 1 <= line <= len(lines):
        return "", None
    if command == SYNTAX_ERROR:
        return lines[line - 1].strip(), line
    if not command:  # the shell knows only its line
        command = lines[line - 1].strip()
    later = _lines_after(lines, line, command)
    if not at_once and not all(CLOSING.fullmatch(text) for text in later):
        return "", None
    source = lines[line - 1].strip()
    first = command.split("\n", maxsplit=1)[0]
    return (command if _normalize(first) in _normalize(source) else source), line


def _lines_after(lines: list[str], line: int, command: str) -> list[str]:
    """Return the lines after the command, which may have several lines itself."""
    return [text for text in lines[line + command.count("\n") :] if text.strip()]


def _normalize(text: str) -> str:
    """Return *text* without the characters that bash changes when it prints a command."""
    return re.sub(r"[\s;'\"\\]", "", text)
