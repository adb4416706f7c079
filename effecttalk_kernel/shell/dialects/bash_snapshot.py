r"""Bash snapshot: splits a snapshot into parts, and removes what is not the user's state.

Bytes in, bytes out. The script stays correct: where a value looks like a boundary, it is
split at another place, and the parts together are the same.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from effecttalk_kernel.bash_quoting import DECLARATION, ELEMENT, TO_LINE_END, quote_value

# Most blocks do not change functions and options.
LAST_PIECES: Final = 2

# The lines that bash.sh prints between the parts.
FUNCTIONS: Final = b"\n# functions\n"
OPTIONS: Final = b"\n# options\nshopt -"
JOBS: Final = b"\n# jobs\n"
END: Final = b"\\builtin return 0" + JOBS
BEGINNING: Final = b"\\builtin shopt -u expand_aliases\n"
# Each shell has this variable; a state without it has lost all of them.
OWN_VARIABLE: Final = b"\ndeclare -ar __et=("
# EffectTalk's functions are next to each other in the output; this is the first by name.
FIRST_OWN: Final = b"\n__et_begin () \n"
OWN_FUNCTIONS: Final = re.compile(
    rb"(?:__et_\w+ \(\) \n\{ \n(?:(?: {4}|').*\n)+\}\ndeclare -fr __et_\w+\n)+"
)
OWN_ATTRIBUTE: Final = re.compile(rb"^declare -fr __et_\w+\n", re.MULTILINE)
# Variables of the shell's process, that change by themselves, or that other lines set.
DYNAMIC: Final = frozenset(
    b"_ BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_COMMAND BASH_LINENO"
    b" BASH_MONOSECONDS BASH_SOURCE BASH_SUBSHELL BASH_TRAPSIG BASH_VERSINFO BASH_VERSION DIRSTACK"
    b" EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO PIPESTATUS PPID RANDOM"
    b" SECONDS SHELLOPTS SRANDOM UID".split()
)
# They have a value only after they were read or declared.
LAZY: Final = frozenset((b"BASH_ARGV0", b"COMP_WORDBREAKS"))
# Bash sets them after each command while the option checkwinsize is on.
WINDOW: Final = frozenset((b"COLUMNS", b"LINES"))
# BASH_COMPAT says the same; each of these lines would set it, if only to its default.
COMPATIBILITY: Final = re.compile(rb"^shopt -[su] compat\d+\n", re.MULTILINE)
USUAL: Final = re.compile(rb"^shopt -u compat\d+\n", re.MULTILINE)
LEVEL: Final = b"\ndeclare -- BASH_COMPAT="
CHECKS_NO_WINDOW: Final = b"shopt -u checkwinsize\n"
# Variables that change whatever a block does: those of the hooks of prompts, by the names
# that such tools use, the prompts, and what EffectTalk sets for each session and block.
HOOKS: Final = re.compile(rb"_\w*|PS[012]|STARSHIP_\w+|EFFECTTALK_\w+|ET_(?:OUT|STATUS)_\w+")
LAST_RESULT: Final = re.compile(
    rb"^declare -a __et_(?:status|last|disabled)=" + TO_LINE_END + rb"\n", re.MULTILINE | re.DOTALL
)
# declare -A names=([a]="1" ["b c"]="2" )
ASSOCIATIVE_ARRAY: Final = re.compile(rb"(declare -\S+ \w+=\()(.*)(\)\n)", re.DOTALL)
# Without groups, so that findall returns whole entries.
ENTRY: Final = re.compile(ELEMENT.pattern.replace(b"?P<value>", b"?:"), ELEMENT.flags)
# Tables have 512 buckets or more, and grow at two entries per bucket.
GROWING: Final = 1_000
# complete -W 'a b' command, but not a function of that name
COMPLETION: Final = re.compile(rb"complete (?!\(\) \n)" + TO_LINE_END + rb"\n", re.DOTALL)
# EffectTalk's traps, which hold no quotes; and the line that says in POSIX mode that a signal
# has no trap.
NO_TRAP: Final = re.compile(
    rb"^trap -- (?:'(?:\{ __et_failure|if \{ :; \} 2>/dev/null 0</dev/null/)[^']*' ERR"
    rb"|'\{\n {4}__et_end exit [^']*' EXIT|- \w+)\n",
    re.MULTILINE,
)
EXIT_TRAP: Final = re.compile(rb"^trap -- '((?:[^']|'\\'')*)' EXIT$", re.MULTILINE)
SPECIAL_TRAPS: Final = {
    name: re.compile(rb"^trap -- '(?:[^']|'\\'')*' %s\n" % name.encode(), re.MULTILINE)
    for name in ("DEBUG", "ERR", "RETURN")
}
# A user's EXIT trap with EffectTalk's after it. The `&&` restores `$?` without triggering
# errexit or the ERR trap.
STATUS: Final = b'(\\builtin exit "${__et_left[0]}") && \\builtin :'
CHAIN_BEGINNING: Final = b'__et_left=("$?")\n' + STATUS + b"\n"
CHAIN_END: Final = b"\n" + STATUS + b"\n"
CHAINED_TRAP: Final = re.compile(
    rb"^trap -- '"
    + re.escape(CHAIN_BEGINNING)
    + rb"((?:[^']|'\\'')*)"
    + re.escape(CHAIN_END)
    + rb"\{\n {4}__et_end exit [^']*' EXIT$",
    re.MULTILINE,
)


def split_script(written: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the script in three parts, without the jobs after it."""
    script, _, _ = written.rpartition(JOBS)
    script = script or written
    variables, functions, rest = script.partition(FUNCTIONS)
    inner, options, last = rest.rpartition(OPTIONS)
    if not options:
        return script, b"", b""
    return variables + b"\n", functions[1:] + inner + b"\n", options[1:] + last


def is_whole(written: bytes) -> bool:
    """Return whether a state, as a shell wrote it, has its beginning, all parts and its end."""
    at = 0
    for boundary in (OWN_VARIABLE, FUNCTIONS, OPTIONS, END):
        at = written.find(boundary, at)
        if at < 0:
            return False
    return written.startswith(BEGINNING)


def clean_parts(written: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the three parts, reduced to what the user can change."""
    if not written:
        return b"", b"", b""
    variables, functions, options = split_script(written)
    if OWN_VARIABLE in variables:  # as a shell wrote it, not joined from parts
        variables = _clean_variables(variables, checks_window=CHECKS_NO_WINDOW not in options)
        functions = _clean_functions(functions)
        options = _clean_options(options, has_level=LEVEL in variables)
    return variables, functions, options.removesuffix(b"\n\\builtin return 0") + b"\n" + END


def is_traced(written: bytes) -> bool:
    """Return whether `set -x` is on, without `set -v`."""
    options = written.rpartition(OPTIONS)[2]
    return b"\nset -x\n" in options and b"\nset -o verbose\n" not in options


def find_exit_trap(written: bytes) -> bytes | None:
    """Return the quoted command of the EXIT trap, without the outer quotes."""
    found = EXIT_TRAP.search(written.rpartition(OPTIONS)[2])
    return None if found is None else found[1]


def find_trap(script: bytes, name: str) -> tuple[int, int]:
    """Return start and end of the command that sets the trap *name*; equal without one."""
    options = script.rfind(OPTIONS) + 1
    found = SPECIAL_TRAPS[name].search(script, options)
    return (options, options) if found is None else found.span()


def chain_exit_trap(trap: bytes) -> bytes:
    """Return the beginning of an EXIT trap that runs *trap* before EffectTalk's command."""
    return CHAIN_BEGINNING + trap + CHAIN_END


def with_exports(script: bytes, exports: Mapping[str, str]) -> bytes:
    """Return *script*, which is made of parts, with new values of exported variables.

    Their lines are where bash would print them, so equal states stay equal.
    """
    variables, separator, rest = script.partition(FUNCTIONS)
    for name, value in exports.items():
        variables = _with_export(
            variables + b"\n", name.encode(), value.encode(errors="surrogateescape")
        )[:-1]
    return variables + separator + rest


def _with_export(text: bytes, name: bytes, value: bytes) -> bytes:
    line = b"declare -x %s=%s\n" % (name, quote_value(value))
    end = 0
    for found in DECLARATION.finditer(text):
        if found["name"] >= name:
            after = found.end() if found["name"] == name else found.start()
            return text[: found.start()] + line + text[after:]
        end = found.end()
    return text[:end] + line + text[end:]


def find_last_results(written: bytes) -> list[bytes]:
    """Return the lines about the last block: status, last argument and disabled builtins."""
    return LAST_RESULT.findall(split_script(written)[0])


def without_hooks(variables: bytes) -> bytes:
    """Return the first part without the variables of prompt hooks and of EffectTalk."""
    return DECLARATION.sub(
        lambda each: b"" if HOOKS.fullmatch(each["name"]) else each[0], variables
    )


def _clean_variables(text: bytes, *, checks_window: bool) -> bytes:
    def clean(declaration: re.Match[bytes]) -> bytes:
        attributes, name, _ = declaration.groups()
        is_windows = checks_window and name in WINDOW and attributes == b"-"
        is_unset = name in LAZY and b"=" not in declaration[0]
        if name in DYNAMIC or is_windows or is_unset or name == b"__et" or name[:5] == b"__et_":
            return b""
        return _keep_key_order(declaration[0]) if b"A" in attributes else declaration[0]

    return DECLARATION.sub(clean, text)


def _keep_key_order(declaration: bytes) -> bytes:
    """Return a declaration that makes an associative array list its keys in the same order."""
    found = ASSOCIATIVE_ARRAY.fullmatch(declaration)
    if found is None:
        return declaration
    elements = ENTRY.findall(found[2])
    if sum(map(len, elements)) != len(found[2]):
        return declaration
    return found[1] + b"".join(_insertion_order(elements)) + found[3]


def _insertion_order(entries: list[bytes]) -> Iterable[bytes]:
    """Return the entries of a hash table in the order that recreates the table's own order.

    Bash inserts a new entry before those with the same hash. When it enlarges a table, it
    loses their order.
    """
    return reversed(entries) if len(entries) < GROWING else sorted(entries)


def _remove_own_functions(functions: bytes) -> bytes:
    """Return the part without EffectTalk's functions: the longest text that could be them."""
    found, start = None, 0
    while start := functions.find(FIRST_OWN, start) + 1:
        run = OWN_FUNCTIONS.match(functions, start)
        if run and (found is None or len(run[0]) > len(found[0])):
            found = run
    if found is None:  # their names must not be readonly before they are defined
        return OWN_ATTRIBUTE.sub(b"", functions)
    return functions[: found.start()] + functions[found.end() :]


@lru_cache(LAST_PIECES)
def _clean_functions(text: bytes) -> bytes:
    return _order_completions(_remove_own_functions(text))


@lru_cache(LAST_PIECES)
def _clean_options(text: bytes, *, has_level: bool) -> bytes:
    text = (COMPATIBILITY if has_level else USUAL).sub(b"", text)
    return CHAINED_TRAP.sub(rb"trap -- '\1' EXIT", NO_TRAP.sub(b"", text))


def _order_completions(functions: bytes) -> bytes:
    """Return the part with its completions in the order in which to define them."""
    start = at = functions.find(b"\ncomplete ") + 1
    found = []
    while start and (line := COMPLETION.match(functions, at)):
        found.append(line[0])
        at = line.end()
    return functions[:start] + b"".join(_insertion_order(found)) + functions[at:]
