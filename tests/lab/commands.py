"""Commands that wait and print until a test lets them go on."""

import time

from tests.lab.lab import LabNotebook
from tests.support.jupyter import PATIENCE_SECONDS


def printer(name: str, seconds: float = 0.02) -> str:
    """Return a command that prints a line now and then until there is a file of this name."""
    return f"n=0; until [ -e {name} ]; do echo line $((++n)); sleep {seconds}; done; echo end $n"


def until(name: str) -> str:
    """Return a command that waits until there is a file of this name."""
    return f"until [ -e {name} ]; do sleep 0.02; done"


def assert_whole(text: str) -> int:
    """Check that every line is there once and in order, and the end; return the number of lines."""
    *lines, end = text.splitlines()
    assert lines == [f"line {number}" for number in range(1, len(lines) + 1)]
    assert end == f"end {len(lines)}"
    return len(lines)


def wait_until_whole(notebook: LabNotebook, number: int) -> None:
    """Wait until a cell has the whole output of a printer, then check it once more."""
    script = """n => {
        const lines = probe.outputs(n).filter(one => one.name === 'stdout')
            .map(one => one.text).join('').trimEnd().split('\\n');
        const end = lines.pop();
        return end === `end ${lines.length}` && lines.every((line, at) => line === `line ${at + 1}`);
    }"""
    notebook.wait(script, number)
    assert_whole(notebook.stream(number))


def wait_for_line(notebook: LabNotebook, number: int, line: int) -> None:
    """Wait until a cell shows this line."""
    notebook.wait_for_text(number, f"line {line}\n")


def wait_for_number(notebook: LabNotebook, cell: int, expected: str) -> None:
    notebook.wait("([n, expected]) => probe.cells[n].prompt === expected", [cell, expected])


def wait_in_kernel(notebook: LabNotebook, name: str) -> None:
    """Wait for a file that a block creates."""

    end = time.monotonic() + PATIENCE_SECONDS
    while not (notebook.directory / name).exists():
        assert time.monotonic() < end
        time.sleep(0.02)  # there is no event for a new file
