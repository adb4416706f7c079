"""Printing: a cell's texts, which a kernel may show anew, on streams that only go on.

What a block draws comes as all that its cell shows, again and again. A terminal gets the
lines that are other than before; a file or a pipe gets the last of it, when that is known.
"""

import sys
from dataclasses import dataclass
from os.path import commonprefix
from typing import Final

import click

# ESC [ n A: up n lines; ESC [ J: erase what is below.
UP: Final = "\x1b[{}A"
ERASE_BELOW: Final = "\r\x1b[J"


@dataclass(slots=True)
class _Shown:
    """One place where texts go: a terminal, or a stream that is none."""

    is_error: bool
    is_terminal: bool
    written: str = ""
    wanted: str = ""

    def update(self, *, final: bool = False) -> None:
        """Write what is new; what is wanted may still be on its way to what is there."""
        if self.written.startswith(self.wanted) and not (final and self.is_terminal):
            return
        if self.wanted.startswith(self.written):
            self._write(self.wanted[len(self.written) :])
        elif self.is_terminal:
            self._rewrite()
        elif final:
            begun = not self.written.endswith("\n")
            self._write(("\n" if begun else "") + self.wanted[self._same() :])
        else:
            return
        self.written = self.wanted

    def _rewrite(self) -> None:
        same = self._same()
        lines = self.written.count("\n", same)
        self._write(f"{UP.format(lines) if lines else ''}{ERASE_BELOW}{self.wanted[same:]}")

    def _same(self) -> int:
        """How many characters are in lines that are as before."""
        same = commonprefix([self.written, self.wanted])  # noqa: RUF071 # no paths
        return same.rfind("\n") + 1

    def _write(self, text: str) -> None:
        click.echo(text, nl=False, err=self.is_error)


class Printer:
    """Our own stdout and stderr, as the place of one cell."""

    def __init__(self) -> None:
        out = _Shown(is_error=False, is_terminal=sys.stdout.isatty())
        error = _Shown(is_error=True, is_terminal=sys.stderr.isatty())
        # On one terminal, lines of both stand among each other.
        both = out.is_terminal and error.is_terminal
        self._places = {"stdout": out, "stderr": out if both else error}

    def text(self, stream: str, text: str) -> None:
        """Show more text of a stream."""
        place = self._places.get(stream, self._places["stdout"])
        place.wanted += text
        place.update()

    def line(self, text: str) -> None:
        """Show a line of our own behind what is there."""
        place = self._places["stderr"]
        begun = place.wanted and not place.wanted.endswith("\n")
        self.text("stderr", f"\n{text}\n" if begun else f"{text}\n")

    def clear(self) -> None:
        """Let what comes stand in place of what is there."""
        for place in self._places.values():
            place.wanted = ""

    def finish(self) -> None:
        """Write what was held back."""
        for place in self._places.values():
            place.update(final=True)
