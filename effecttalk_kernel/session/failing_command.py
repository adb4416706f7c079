"""Culprit: which command of a block gave its status.

The shell tells line and text of the last command that its ERR trap saw. That
need not be the one whose status the block has: `!`, `&&` and conditions fail
without it. Pure; in doubt it names nothing.
"""

import re
from typing import Final

# What may stand behind the last command of a block: the ends of what it is in.
CLOSING: Final = re.compile(r"[\s;)}]*((done|fi|esac)\b[\s;)}]*)*(#.*)?")


def find_failing_command(
    code: str, line: int | None, command: str, *, at_once: bool
) -> tuple[str, int | None]:
    """Return the command and its line, ("", None) when they are not known.

    *at_once*: the shell left at the failure, so it was the last command. Of a
    function that failed the shell tells a command inside: the line of the cell,
    which calls it, says more.
    """
    lines = code.split("\n")
    if not command or line is None or not 1 <= line <= len(lines):
        return "", None
    if not at_once and not all(CLOSING.fullmatch(later) for later in _after(lines, line, command)):
        return "", None
    source = lines[line - 1].strip()
    first = command.split("\n", maxsplit=1)[0]
    return (command if _bare(first) in _bare(source) else source), line


def _after(lines: list[str], line: int, command: str) -> list[str]:
    """Return the lines behind the command, which may itself have several."""
    return [text for text in lines[line + command.count("\n") :] if text.strip()]


def _bare(text: str) -> str:
    """Return *text* without what bash changes when it prints a command."""
    return re.sub(r"[\s;'\"\\]", "", text)
