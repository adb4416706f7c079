r"""Exported: the environment of a shell's state, read from its `declare -x` lines.

Bytes in, values out. The lines are those of bash's `declare -p`; a value that can't be
read is left out, and none is ever taken for the beginning of another line.
"""

from collections.abc import Mapping
from typing import Final

from effecttalk_kernel.bash_quoting import declarations

# Every shell has its own, or they follow the directory; ours say nothing of the user's.
CHANGING: Final = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "LINES", "COLUMNS"})
OWN: Final = "EFFECTTALK_"


def exported(variables: bytes) -> dict[str, str]:
    """Return the variables that a program started from that state would get."""
    return {
        each.name.decode(): each.value.decode(errors="replace")
        for each in declarations(variables)
        # Arrays are never exported, whatever their attributes say.
        if b"x" in each.attributes and each.value is not None
    }


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
