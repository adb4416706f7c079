"""Bash changes: the names that differ between two states of bash.

Bytes in, names out. Meant for users to read: a here-document that looks like a function may
give a wrong name.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from effecttalk_kernel.bash_quoting import TO_LINE_END, declarations, decode_word, escape_bytes
from effecttalk_kernel.shell.dialects.bash import Part, Parts
from effecttalk_kernel.shell.dialects.bash_parser import find_variable
from effecttalk_kernel.shell.dialects.bash_snapshot import COMPLETION, HEAD, HOOKS

# CDPATH= \builtin cd -- /usr/share
DIRECTORY: Final = re.compile(rb"^CDPATH= \\builtin cd -- (.*)$", re.MULTILINE)
STACK: Final = re.compile(rb"^\\builtin pushd .*$", re.MULTILINE)
ARGUMENTS: Final = re.compile(rb"^\\builtin set --(.*)$", re.MULTILINE)
UMASK: Final = re.compile(rb"^umask (.*)$", re.MULTILINE)
# alias ll='ls -l'
ALIAS: Final = re.compile(
    rb"^alias (?:-- )?([^=\s]+)=" + TO_LINE_END + rb"\n", re.MULTILINE | re.DOTALL
)
SPECIFICATION: Final = re.compile(rb"^" + COMPLETION.pattern, re.MULTILINE | re.DOTALL)
FUNCTION: Final = re.compile(rb"^(\S+) \(\) \n", re.MULTILINE)
FUNCTION_ATTRIBUTES: Final = re.compile(rb"^declare -f(\w+) (\S+)\n", re.MULTILINE)
# shopt -s extglob   set +o errexit
OPTION: Final = re.compile(rb"^(?:shopt (-.)|set (.)o) (\S+)$", re.MULTILINE)
ON: Final = (b"-s", b"-")
TRAP: Final = re.compile(rb"^trap -- '((?:[^']|'\\'')*)' (\S+)$", re.MULTILINE)

# Reported as the directory.
PLACES: Final = frozenset((b"OLDPWD", b"PWD"))

Names = dict[str, dict[bytes, bytes]]


def find_changes(before: Parts, after: Parts) -> dict[str, list[str]]:
    """Return the names that differ between two states, sorted, by kind.

    A kind that has only one, such as the directory, has no names.
    """
    found = compare_states(before, after)
    return {kind: [*filter(None, sorted(names))] for kind, names in found.items()}


def compare_states(before: Parts, after: Parts) -> dict[str, dict[str, str]]:
    """Return how each name differs, by kind: `set`, `changed` or `unset`.

    An option that is on is `set`. A kind that has only one, such as the directory, has the
    name "".
    """
    # Most blocks change only one of the three parts.
    pairs: list[tuple[Part, Part]] = [
        ((), ()) if old == new else (old, new) for old, new in zip(before, after, strict=True)
    ]
    old, new = _by_kind([one for one, _ in pairs]), _by_kind([other for _, other in pairs])
    found = {kind: _compare_names(kind, old[kind], new[kind]) for kind in old}
    return {kind: names for kind, names in found.items() if names}


def find_declarations(variables: Part, names: Sequence[str]) -> dict[str, str | None]:
    """Return the statements that declare these variables; None for one that is not declared.

    A name reference is followed by the declaration of what it refers to.
    """
    return {name: _find_statement(variables, name) for name in names}


def _find_statement(variables: Part, variable: str) -> str | None:
    name = variable.encode(errors="surrogateescape")
    statements: dict[bytes, bytes] = {}
    while name not in statements and (found := find_variable(variables, name)) is not None:
        statements[name] = found
        reference = next(declarations(found)) if b"n" in found.split(b" ", 2)[1] else None
        if reference is not None:
            # reference="list[0]" is followed by the whole list.
            name = (reference.value or b"").partition(b"[")[0]
    text = b"".join(statements.values())
    return text.decode(errors="surrogateescape").removesuffix("\n") if statements else None


def find_directory(variables: Part) -> str:
    """Return the directory of a state with these variables; "" if it has none."""
    found = next(filter(None, map(DIRECTORY.match, variables)), None)
    value = decode_word(found[1]) if found else None
    return "" if value is None else value.decode(errors="surrogateescape")


def _compare_names(kind: str, old: dict[bytes, bytes], new: dict[bytes, bytes]) -> dict[str, str]:
    names = (name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return {
        name.decode(errors="surrogateescape"): _compare(kind, old.get(name), new.get(name))
        for name in names
    }


def _compare(kind: str, old: bytes | None, new: bytes | None) -> str:
    if kind == "options" and new is not None:
        return "set" if new in ON else "unset"
    if new is None:
        return "unset"
    return "set" if old is None else "changed"


def _by_kind(parts: Sequence[Part]) -> Names:
    heads = [(HEAD.match(statement), statement) for statement in parts[0]]
    rest = b"".join(statement for head, statement in heads if head is None)
    functions, options = map(b"".join, parts[1:])
    return {
        "variables": {
            head[2]: statement
            for head, statement in heads
            if head and head[2] not in PLACES and not HOOKS.fullmatch(head[2])
        },
        "functions": _functions(functions),
        "aliases": {found[1]: found[0] for found in ALIAS.finditer(functions)},
        "completions": {_command(line): line for line in SPECIFICATION.findall(functions)},
        "options": {m[3]: m[1] or m[2] for m in OPTION.finditer(_before_traps(options))},
        "traps": {found[2]: found[1] for found in TRAP.finditer(options)},
        "directory": {b"": b"".join(DIRECTORY.findall(rest))},
        "directory stack": {b"": b"\n".join(STACK.findall(rest))},
        "positional parameters": {b"": b"".join(ARGUMENTS.findall(rest))},
        "umask": {b"": b"".join(UMASK.findall(rest))},
    }


def _functions(text: bytes) -> dict[bytes, bytes]:
    attributes = {name: given for given, name in FUNCTION_ATTRIBUTES.findall(text)}
    text = ALIAS.sub(b"", FUNCTION_ATTRIBUTES.sub(b"", text))
    pieces = FUNCTION.split(text)[1:]  # name, text, name, text
    return {
        name: body + attributes.get(name, b"")
        for name, body in zip(pieces[::2], pieces[1::2], strict=True)
    }


def _before_traps(options: bytes) -> bytes:
    return options.partition(b"\ntrap -- ")[0]


def _command(line: bytes) -> bytes:
    return line.split()[-1]


def join_names(names: Iterable[str], most: int = 6) -> str:
    """Return the first of *names* as text for users: `a, b and 3 more`."""
    shown = [*names]
    text = ", ".join(shown)
    if len(shown) > most:
        text = f"{', '.join(shown[: most - 1])} and {len(shown) - most + 1} more"
    return escape_bytes(text)
