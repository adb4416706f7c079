r"""The exported variables of a shell state, read from its `declare -x` lines.

Bytes in, values out, escaped as in the store. The lines are those of bash's `declare -p`; a value
that cannot be read is left out, and no part of a value is mistaken for the beginning of another
line.
"""

from collections.abc import Mapping
from typing import Final

from effecttalk_kernel.bash_quoting import declarations, escape_value

# They differ in every shell, or follow the directory.
IGNORED_VARIABLES: Final = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "LINES", "COLUMNS"})
EFFECTTALK_PREFIX: Final = "EFFECTTALK_"


def read_exports(variables: bytes) -> dict[str, str]:
    """Return the environment of a program that is started in that state."""
    return {
        each.name.decode(): escape_value(each.value.decode(errors="surrogateescape"))
        for each in declarations(variables)
        # Arrays are never exported, whatever their attributes say.
        if b"x" in each.attributes and each.value is not None
    }


def compare_exports(
    before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return the old and new value of each variable that differs; None if it is not set."""
    names = sorted({*before, *after} - IGNORED_VARIABLES)
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name) and not name.startswith(EFFECTTALK_PREFIX)
    }
