"""Unfolding: all that a cell runs, with what its commands run in turn."""

from collections.abc import Iterator
from typing import Final

from effecttalk_kernel.safety.policy.findings import Code, Command, Finding, Unreadable
from effecttalk_kernel.safety.policy.reading import read
from effecttalk_kernel.safety.policy.runners import is_keyword, run_by

# `sudo env bash -c '...'` is 3; nobody writes 10.
DEEPEST: Final = 10


class Unfolding:
    """What is in the code of one cell, in its order."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._functions: dict[str, int] = {}

    def __iter__(self) -> Iterator[Finding]:
        pending: list[tuple[Finding, int]] = [(Code(self._code, 1), 0)]
        while pending:
            finding, depth = pending.pop()
            if depth > DEEPEST:
                text = finding.text if isinstance(finding, Code | Command) else ""
                yield Unreadable(text, finding.line, "is too deep in other commands to be read")
                continue
            if isinstance(finding, Code):
                inner = self._read(finding)
            else:
                if not (isinstance(finding, Command) and is_keyword(finding)):
                    yield finding
                inner = run_by(finding) if isinstance(finding, Command) else []
            pending += [(one, depth + 1) for one in reversed(inner)]

    def is_function(self, command: Command, *, is_before: bool) -> bool:
        """Whether *command* calls a function of the cell, maybe one that stands *before* it."""
        line = self._functions.get(command.name or "")
        if line is None or not command.is_direct:
            return False
        return line <= command.line or not is_before

    def _read(self, code: Code) -> list[Finding]:
        reading = read(code.text, code.line)
        self._functions = reading.functions | self._functions
        return reading.findings
