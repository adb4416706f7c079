"""Failure: what a user reads of a block that did not succeed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from effecttalk_kernel.block import Block, Result, Status

LONGEST_COMMAND: Final = 120
RED: Final = "\x1b[31m"
PLAIN: Final = "\x1b[0m"
SUCCESS: Final = frozenset({0})
# Signals by which the system tells a process that a limit is reached.
LIMITS: Final[Mapping[str | None, str]] = {
    "SIGXCPU": "it used more CPU time than `cpu_limit`, or `ulimit -t`, allows",
    "SIGXFSZ": "it made a file larger than `file_size_limit`, or `ulimit -f`, allows",
}


def block_error(block: Block) -> dict[str, Any]:
    """Return the content of an error message for a block that failed."""
    if block.status is Status.REFUSED:
        return error_content("refused", f"{block.problem}; nothing of the block has run")
    assert block.result is not None
    name = block.result.signal or f"exit status {block.result.exit_status}"
    if block.is_timed_out:
        name = "timed out"
    elif block.result.exit_status == 0 and block.problem:
        name = "input needed"
    return error_content(name, _sentence(block))


def error_content(
    name: str, value: str, *, block: int | None = None, lines: Sequence[str] = ()
) -> dict[str, Any]:
    """Return ename, evalue and a traceback: *lines*, and one that says it all."""
    where = "" if block is None else f" (block {block})"
    last = f"{RED}{name}{PLAIN}{where}: {value}"
    return {"ename": name, "evalue": value, "traceback": [*lines, last]}


def _sentence(block: Block) -> str:
    result = block.result
    assert result is not None
    what = _command(result.command, result.line)
    status = f"exit status {result.exit_status}"
    if block.status is Status.INTERRUPTED:
        return f"interrupted ({', '.join(block.signals_sent)}), {status}"
    if block.status is Status.SHELL_LOST:
        return (
            f"the shell was killed by {result.signal} ({status}){_limit(result)}; a new one has"
            " its last state"
        )
    if block.problem:
        signals = [*block.signals_sent] if block.is_timed_out else []
        return f"{block.problem} ({', '.join([*signals, status])})"
    if block.expected is not None and block.expected != SUCCESS:
        wanted = " or ".join(map(str, sorted(block.expected)))
        return f"{what} gave {status}, expected was {wanted}"
    if result.signal:
        return f"{what} was ended by {result.signal} ({status}){_limit(result)}"
    return f"{what} gave {status}"


def _limit(result: Result) -> str:
    limit = LIMITS.get(result.signal)
    return f": {limit}" if limit else ""


def _command(command: str, line: int | None) -> str:
    if not command:
        return "the cell"
    first, newline, _ = command.partition("\n")
    cut = first[:LONGEST_COMMAND]
    shown = f"{cut} ..." if newline or len(first) > LONGEST_COMMAND else cut
    return f"`{shown}` in line {line}" if line else f"`{shown}`"
