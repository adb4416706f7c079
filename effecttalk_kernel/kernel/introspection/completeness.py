"""Parse: whether code is complete, asked of the shell's own parser.

Nothing is run: bash only reads the code (-n).
"""

import os
import re
from dataclasses import dataclass
from typing import Final, Literal

from effecttalk_kernel.kernel.introspection.helper_shell import HelperError, run
from effecttalk_kernel.kernel.introspection.scan import scan

# bash: line 3: unexpected EOF while looking for matching `)'
UNFINISHED: Final = re.compile(
    r"[^\n]*?: (line \d+: )?(syntax error: unexpected end of file"
    r"|unexpected EOF while looking for |unexpected token `EOF'"
    r"|warning: here-document at line \d+ delimited by end-of-file)"
)
TRAILING_BACKSLASH: Final = re.compile(r"(?<!\\)(\\\\)*\\\n?\Z")
# Frames whose contents go one step to the right.
BLOCKS: Final = frozenset({"then", "do", "case", "clause", "{", "(", "$(", "<(", ">(", "array"})
VERBATIM: Final = frozenset({"'", "$'", '"', "<<"})


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether code could be run as it is, and how to indent its next line if not."""

    status: Literal["complete", "incomplete", "invalid", "unknown"]
    indent: str = ""


async def completeness(shell: str, code: str, *, timeout_seconds: float = 2.0) -> Completeness:
    """Return whether *code* is complete for *shell*; "unknown" if the shell does not tell."""
    text = code if code.endswith("\n") else f"{code}\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return Completeness("invalid")
    if b"\0" in data:
        return Completeness("invalid")
    # The messages are read, so they have to be the untranslated ones.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "LANGUAGE": ""}
    argv = [shell, "--norc", "--noprofile", "-O", "extglob", "-n"]
    try:
        answer = await run(
            argv, environment=environment, stdin=data, timeout_seconds=timeout_seconds
        )
    except HelperError:
        return Completeness("unknown")
    return _judge(code, answer.errors.decode(errors="replace"), answer.exit_status)


def _judge(code: str, errors: str, exit_status: int) -> Completeness:
    if UNFINISHED.match(errors):
        return Completeness("incomplete", indent(code))
    if exit_status != 0:
        return Completeness("invalid")
    if _continues(code):
        return Completeness("incomplete", indent(code))
    return Completeness("complete")


def _continues(code: str) -> bool:
    """Whether the last line ends in a backslash that joins it with the next."""
    return (
        TRAILING_BACKSLASH.search(code) is not None
        and scan(code.removesuffix("\n")).place != "comment"
    )


def indent(code: str) -> str:
    """Return the white space for the line after *code*: two spaces for each open block.

    None inside quotes and here-documents, where it would be text.
    """
    frames = scan(f"{code}\n").open_frames
    if VERBATIM.intersection(frames[-1:]):
        return ""
    return "  " * sum(frame in BLOCKS for frame in frames)
