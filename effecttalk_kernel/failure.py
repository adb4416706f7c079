"""Failure: what a user reads of a block that did not succeed."""

from typing import Any, Final

from effecttalk_kernel.block import Block, Status

LONGEST_COMMAND: Final = 120
RED: Final = "\x1b[31m"
PLAIN: Final = "\x1b[0m"
SUCCESS: Final = frozenset({0})


def of_block(block: Block) -> dict[str, Any]:
    """Return the content of an error message for a block that failed."""
    assert block.result is not None
    name = block.result.signal or f"exit status {block.result.exit_status}"
    if block.is_timed_out:
        name = "timed out"
    elif block.result.exit_status == 0 and block.problem:
        name = "input needed"
    return content(name, _sentence(block))


def content(name: str, value: str) -> dict[str, Any]:
    """Return ename, evalue and a traceback of one line."""
    return {"ename": name, "evalue": value, "traceback": [f"{RED}{name}{PLAIN}: {value}"]}


def _sentence(block: Block) -> str:
    result = block.result
    assert result is not None
    what = _command(result.command, result.line)
    status = f"exit status {result.exit_status}"
    if block.status is Status.INTERRUPTED:
        return f"interrupted ({', '.join(block.signals_sent)}), {status}"
    if block.status is Status.SHELL_LOST:
        return f"the shell was killed by {result.signal} ({status}); a new one has its last state"
    if block.problem:
        signals = [*block.signals_sent] if block.is_timed_out else []
        return f"{block.problem} ({', '.join([*signals, status])})"
    if block.expected is not None and block.expected != SUCCESS:
        wanted = " or ".join(map(str, sorted(block.expected)))
        return f"{what} gave {status}, expected was {wanted}"
    if result.signal:
        return f"{what} was ended by {result.signal} ({status})"
    return f"{what} gave {status}"


def _command(command: str, line: int | None) -> str:
    if not command:
        return "the cell"
    first, newline, _ = command.partition("\n")
    cut = first[:LONGEST_COMMAND]
    shown = f"{cut} ..." if newline or len(first) > LONGEST_COMMAND else cut
    return f"`{shown}` in line {line}" if line else f"`{shown}`"
