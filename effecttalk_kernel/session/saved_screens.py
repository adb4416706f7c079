"""Saved screens: what full-screen programs had drawn when they were stopped, until they go on.

A program that handles SIGTSTP leaves its screen and restores the modes of the terminal before it
stops. For one that does not, the shell puts its own modes back, and a terminal keeps the screen.
"""

from dataclasses import dataclass

from effecttalk_kernel.shell.process_tree import find_living_groups
from effecttalk_kernel.shell.terminal import Modes
from effecttalk_kernel.shell.terminal_pool import Stream


@dataclass(frozen=True, slots=True)
class SavedScreen:
    """The screen of the program that is the process group *group*.

    *output* draws it, on *stream*. *modes*: those with which it read single keys, if it did.
    """

    group: int
    stream: Stream
    output: bytes
    is_alternate: bool
    modes: Modes | None


class SavedScreens:
    """The screens of all stopped programs of a session."""

    def __init__(self) -> None:
        self._screens: dict[int, SavedScreen] = {}

    def add(self, screen: SavedScreen) -> None:
        """Save a screen, and forget those of programs that have ended."""
        living = find_living_groups(self._screens)
        self._screens = {group: self._screens[group] for group in living}
        self._screens[screen.group] = screen

    def take(self, group: int) -> SavedScreen:
        """Return the screen of a program that goes on, and forget it."""
        return self._screens.pop(group)

    def __contains__(self, group: int) -> bool:
        """Whether a screen of this process group is saved."""
        return group in self._screens

    @property
    def is_empty(self) -> bool:
        """Whether no screen is saved."""
        return not self._screens
