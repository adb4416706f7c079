"""Error message: what a user reads about a block that did not succeed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from effecttalk_kernel.block import Block, Outcome, Result, Status

LONGEST_COMMAND: Final = 120
RED: Final = "\x1b[31m"
PLAIN: Final = "\x1b[0m"
SUCCESS: Final = frozenset({0})
# Signals that the system sends to a process that exceeds a limit.
LIMITS: Final[Mapping[str | None, str]] = {
    "SIGXCPU": "it used more CPU time than `cpu_limit` or `ulimit -t` allows",
    "SIGXFSZ": "it wrote a file larger than `file_size_limit` or `ulimit -f` allows",
}


def block_error(block: Block) -> dict[str, Any]:
    """Return the content of an error message for a block that failed."""
    if block.status is Status.REFUSED:
        return error_content("refused", f"{block.problem}; the block did not run")
    assert block.result is not None
    name = block.result.signal or f"exit status {block.result.exit_status}"
    if block.outcome is Outcome.TIMED_OUT:
        name = "timed out"
    elif block.outcome is Outcome.SHELL_LOST and block.problem:
        name = "shell lost"
    elif block.result.exit_status == 0 and block.problem:
        name = "input needed"
    sentence = f"{_sentence(block)}; {block.advice}" if block.advice else _sentence(block)
    return error_content(name, sentence)


def error_content(
    name: str, value: str, *, block: int | None = None, lines: Sequence[str] = ()
) -> dict[str, Any]:
    """Return ename, evalue and a traceback: *lines*, then one that has both."""
    where = "" if block is None else f" (block {block})"
    last = f"{RED}{name}{PLAIN}{where}: {value}"
    return {"ename": name, "evalue": value, "traceback": [*lines, last]}


def _sentence(block: Block) -> str:
    result = block.result
    assert result is not None
    what = _quote_command(result.command, result.line)
    status = f"exit status {result.exit_status}"
    if block.status is Status.INTERRUPTED:
        interrupted = f"interrupted ({', '.join(block.signals_sent)}), {status}"
        return f"{block.problem}: {interrupted}" if block.problem else interrupted
    if block.status is Status.SHELL_LOST and block.problem:
        return f"the shell was killed: {block.problem}; a new one continues from its last state"
    if block.status is Status.SHELL_LOST:
        return (
            f"the shell was killed by {result.signal} ({status}){_limit(result)}; a new one"
            " continues from its last state"
        )
    if block.problem:
        signals = [*block.signals_sent] if block.outcome is Outcome.TIMED_OUT else []
        return f"{block.problem} ({', '.join([*signals, status])})"
    expected = block.spec.expected
    if expected is not None and expected != SUCCESS:
        wanted = " or ".join(map(str, sorted(expected)))
        return f"{what} ended with {status}, expected {wanted}"
    if result.signal:
        return f"{what} was killed by {result.signal} ({status}){_limit(result)}"
    return f"{what} ended with {status}"


def _limit(result: Result) -> str:
    limit = LIMITS.get(result.signal)
    return f": {limit}" if limit else ""


def _quote_command(command: str, line: int | None) -> str:
    if not command:
        return "the cell"
    first, newline, _ = command.partition("\n")
    cut = first[:LONGEST_COMMAND]
    shown = f"{cut} ..." if newline or len(first) > LONGEST_COMMAND else cut
    return f"`{shown}` in line {line}" if line else f"`{shown}`"
