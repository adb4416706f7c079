"""Print the output of a cell, which a kernel may rewrite, on streams that only go forward.

A kernel sends output that a program redraws as the whole text of the cell, again and again. On a
terminal, the lines that have changed are rewritten; a file or a pipe gets the final text.
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
class _OutputStream:
    """One stream of this process, with the text that is on it and the text that should be."""

    is_error: bool
    is_terminal: bool
    written: str = ""
    wanted: str = ""

    def update(self, *, final: bool = False) -> None:
        """Write what is missing; a rewritten text may still grow to what is there already."""
        if self.written.startswith(self.wanted) and not (final and self.is_terminal):
            return
        if self.wanted.startswith(self.written):
            self._write(self.wanted[len(self.written) :])
        elif self.is_terminal:
            self._rewrite()
        elif final:
            is_in_line = not self.written.endswith("\n")
            self._write(("\n" if is_in_line else "") + self.wanted[self._count_unchanged() :])
        else:
            return
        self.written = self.wanted

    def _rewrite(self) -> None:
        unchanged = self._count_unchanged()
        lines = self.written.count("\n", unchanged)
        up = UP.format(lines) if lines else ""
        self._write(f"{up}{ERASE_BELOW}{self.wanted[unchanged:]}")

    def _count_unchanged(self) -> int:
        """Return how many characters are in the first lines, which have not changed."""
        same = commonprefix([self.written, self.wanted])  # noqa: RUF071 # not paths
        return same.rfind("\n") + 1

    def _write(self, text: str) -> None:
        click.echo(text, nl=False, err=self.is_error)


class Printer:
    """Prints the output of one cell on standard output and standard error."""

    def __init__(self) -> None:
        out = _OutputStream(is_error=False, is_terminal=sys.stdout.isatty())
        error = _OutputStream(is_error=True, is_terminal=sys.stderr.isatty())
        # If both are the same terminal, their lines are interleaved.
        is_shared = out.is_terminal and error.is_terminal
        self._targets = {"stdout": out, "stderr": out if is_shared else error}

    def add_text(self, stream: str, text: str) -> None:
        """Add text to a stream."""
        target = self._targets.get(stream, self._targets["stdout"])
        target.wanted += text
        target.update()

    def add_line(self, text: str) -> None:
        """Add a line to standard error."""
        target = self._targets["stderr"]
        is_in_line = target.wanted and not target.wanted.endswith("\n")
        self.add_text("stderr", f"\n{text}\n" if is_in_line else f"{text}\n")

    def clear(self) -> None:
        """Replace what is there by the text that follows."""
        for target in self._targets.values():
            target.wanted = ""

    def finish(self) -> None:
        """Write what was held back."""
        for target in self._targets.values():
            target.update(final=True)
