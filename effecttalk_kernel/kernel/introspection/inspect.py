"""Inspect: describe the word under the cursor.

It looks up names and reads manual pages, and never runs the command itself.
"""

import re
from typing import Final

from effecttalk_kernel.kernel.introspection.helper_shell import HelperError, SessionContext, ask
from effecttalk_kernel.kernel.introspection.open_constructs import ASSIGNMENT
from effecttalk_kernel.kernel.introspection.quoting import evaluate
from effecttalk_kernel.kernel.introspection.scan import scan

TIMEOUT_SECONDS: Final = 3.0  # a manual page may be rendered for the first time
SUMMARY_LINES: Final = 40
# $NAME, ${NAME}, ${#NAME...
VARIABLE: Final = re.compile(r"\$(?:\{[#!]?)?([A-Za-z_]\w*|[0-9@*#?$!-])\}?", re.ASCII)
REST_OF_WORD: Final = re.compile(r"(?:\\.|[^\s;&|<>()`'\"$\\])*", re.DOTALL)
# x BACKSPACE x is bold, _ BACKSPACE x is underlined.
OVERSTRIKE: Final = re.compile(r".\x08|\x1b\[[0-9;]*m")
AFTER_SYNOPSIS: Final = re.compile(r"^SYNOPSIS\n(?:[ \t].*\n|\n)*", re.MULTILINE)


async def inspect(context: SessionContext, code: str, cursor: int, detail: int) -> str | None:
    """Return plain text about the word in *code* at *cursor*; None if nothing is known.

    With *detail* 0, a manual page ends after its synopsis; with 1, it is complete.
    """
    question = locate(code, cursor)
    if question is None:
        return None
    try:
        answer = await ask(context, "inspect.sh", *question, timeout_seconds=TIMEOUT_SECONDS)
    except HelperError:
        return None
    text = OVERSTRIKE.sub("", answer.output.decode(errors="replace")).strip("\n")
    return (text if detail else summary(text)) or None


def locate(code: str, cursor: int) -> tuple[str, str, str] | None:
    """Return the arguments for inspect.sh: the word's place, its value, and its quoted path.

    For blanks and options, the word is their command.
    """
    end = max(0, min(cursor, len(code)))
    for found in VARIABLE.finditer(code, code.rfind("\n", 0, end) + 1):
        if found.start() <= end <= found.end():
            return "variable", found[1], ""
    end = _end_of_word(code, end)
    position = scan(code[:end])
    word = code[position.start : end]
    if position.place in {"comment", "text"}:
        return None
    if not word or (word.startswith("-") and position.command):
        return _about("command", position.command)
    if ASSIGNMENT.match(word):
        return "variable", re.split(r"\W", word, maxsplit=1)[0], ""
    return _about("command" if position.place == "command" else "argument", word)


def _end_of_word(code: str, cursor: int) -> int:
    found = REST_OF_WORD.match(code, cursor)
    assert found is not None  # it matches the empty text
    return found.end()


def _about(place: str, word: str) -> tuple[str, str, str] | None:
    value = evaluate(word)
    if value is None or not word:
        return None
    return place, value.literal if value.literal is not None else word, value.shell_word


def summary(text: str) -> str:
    """Return *text* up to the end of its SYNOPSIS, or its first lines."""
    synopsis = AFTER_SYNOPSIS.search(text)
    if synopsis is not None:
        return text[: synopsis.end()].rstrip("\n")
    return "\n".join(text.split("\n")[:SUMMARY_LINES])
