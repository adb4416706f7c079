"""Findings: what the policy has to judge of a cell's code."""

from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.safety.policy.words import HOLE, Word

# As much of a command as a message shows.
SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Command:
    """One command, its name first."""

    words: tuple[Word, ...]
    line: int
    fed: str = ""  # what a here-document gives to it
    # Else it is started by another command, and no function.
    is_direct: bool = True

    @property
    def text(self) -> str:
        """The command for a message, on one line."""
        shown = ""
        for word in self.words:
            shown += " " + word.text[: SHOWN + 1]
            if len(shown) > SHOWN:
                break
        return shorten(shown.replace(HOLE, "…"))

    @property
    def name(self) -> str | None:
        """The name as it is called, None if only the shell will know it."""
        return self.words[0].literal


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A redirection to a file."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable that gets a value."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class UnreadableCode:
    """Code whose commands cannot be told."""

    text: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NestedCode:
    """Code in a string, which is read in turn."""

    text: str
    line: int


Finding = Command | FileWrite | Assignment | UnreadableCode | NestedCode


def shorten(text: str) -> str:
    """Return the beginning of *text* on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
