r"""Exported: the environment of a shell's state, read from its `declare -x` lines.

Bytes in, values out. The lines are those of bash's `declare -p`; a value that can't be
read is left out, and none is ever taken for the beginning of another line.
"""

import re
from collections.abc import Mapping
from typing import Final

# declare -x NAME="a \"b\" \$c"     declare -rx NAME=$'a\nb'     declare -ax names=([0]="a")
LINE: Final = re.compile(
    rb"""^declare\ -(?P<attributes>\S+)\ (?P<name>\w+)
    (?P<rest>(?:[^"'\\\n$]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|\$'[^'\\]*+(?:\\.[^'\\]*+)*+'
    |'[^']*+'|\\.|\$)*+)$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
# "..." keeps a backslash before these (bash(1), QUOTING)
IN_QUOTES: Final = re.compile(rb'\\([$`"\\\n])', re.DOTALL)
ANSI: Final = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
LETTERS: Final[Mapping[bytes, bytes]] = {
    b"a": b"\a",
    b"b": b"\b",
    b"e": b"\x1b",
    b"E": b"\x1b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
# Every shell has its own, or they follow the directory; ours say nothing of the user's.
CHANGING: Final = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "LINES", "COLUMNS"})
OWN: Final = "EFFECTTALK_"


def exported(variables: bytes) -> dict[str, str]:
    """Return the variables that a program started from that state would get."""
    found = {}
    for line in LINE.finditer(variables):
        attributes, value = line["attributes"], _value(line["rest"])
        # Arrays are never exported, whatever their attributes say.
        if b"x" in attributes and not {*b"aA"} & {*attributes} and value is not None:
            found[line["name"].decode()] = value.decode(errors="replace")
    return found


def differences(
    before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return the variables that differ, by name: before, after; None where one is not set."""
    names = sorted({*before, *after} - CHANGING)
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name) and not name.startswith(OWN)
    }


def _value(rest: bytes) -> bytes | None:
    text = rest[1:]
    if not rest.startswith(b"="):  # exported, but not set
        return None
    if text.startswith(b'"') and text.endswith(b'"') and len(text) > 1:
        return IN_QUOTES.sub(rb"\1", text[1:-1])
    if text.startswith(b"$'") and text.endswith(b"'"):
        return ANSI.sub(_character, text[2:-1])
    return text


def _character(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    if code.startswith(b"x") and len(code) > 1:
        return bytes([int(code[1:], 16)])
    if code.isdigit():
        return bytes([int(code, 8) & 0xFF])
    return LETTERS.get(code, code)
