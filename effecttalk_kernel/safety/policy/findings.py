"""Findings: what the policy has to check in the code of a cell."""

from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.safety.policy.words import HOLE, Word

# How much of a command a message shows.
MAX_SHOWN_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Command:
    """One command, its name first."""

    words: tuple[Word, ...]
    line: int
    stdin: str = ""  # its here-document or here-string
    # False: another command starts it, so it is not a function.
    is_direct: bool = True

    @property
    def text(self) -> str:
        """The command as messages show it, on one line."""
        shown = ""
        for word in self.words:
            shown += " " + word.text[: MAX_SHOWN_CHARACTERS + 1]
            if len(shown) > MAX_SHOWN_CHARACTERS:
                break
        return shorten(shown.replace(HOLE, "…"))

    @property
    def name(self) -> str | None:
        """The name as it is typed; None if it is known only at run time."""
        return self.words[0].literal


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A redirection to a file."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment to a variable."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class UnreadableCode:
    """Code whose commands cannot be determined, and why."""

    text: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NestedCode:
    """Code in a string, which is parsed in turn."""

    text: str
    line: int


Finding = Command | FileWrite | Assignment | UnreadableCode | NestedCode


def shorten(text: str) -> str:
    """Return the beginning of *text* on one line."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN_CHARACTERS else line[: MAX_SHOWN_CHARACTERS - 1] + "…"
