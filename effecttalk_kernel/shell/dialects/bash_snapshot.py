r"""Bash snapshot: splits a snapshot into parts, and removes what is not the user's state.

Bytes in, bytes out. The script stays correct: where a value looks like a boundary, it is
split at another place, and the parts together are the same.
"""

import re
from typing import Final

from effecttalk_kernel.bash_quoting import ELEMENT, TO_LINE_END

# declare -x HOME=
HEAD: Final = re.compile(rb"declare -([A-Za-z-]+) (\w+)(=?)")
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
LEVEL: Final = b"declare -- BASH_COMPAT="
CHECKS_NO_WINDOW: Final = b"shopt -u checkwinsize\n"
# A shell with this option would end after it has restored it.
ONE_COMMAND: Final = b"\nset -o onecmd\n"
# Variables that change whatever a block does: those of the hooks of prompts, by the names
# that such tools use, the prompts, and what EffectTalk sets for each session and block.
HOOKS: Final = re.compile(rb"_\w*|PS[012]|STARSHIP_\w+|EFFECTTALK_\w+|ET_(?:OUT|STATUS)_\w+")
# What the end of a block leaves in variables of EffectTalk.
RESULTS: Final = frozenset((b"__et_status", b"__et_last", b"__et_disabled"))
# Without groups, so that findall returns whole entries.
ENTRY: Final = re.compile(ELEMENT.pattern.replace(b"?P<value>", b"?:"), ELEMENT.flags)
# Tables have 512 buckets or more, and grow at two entries per bucket.
GROWING: Final = 1_000
# complete -W 'a b' command, but not a function of that name
COMPLETION: Final = re.compile(rb"complete (?!\(\) \n)" + TO_LINE_END + rb"\n", re.DOTALL)
# EffectTalk's traps, which hold no quotes; and the line that says in POSIX mode that a signal
# has no trap.
NO_TRAP: Final = re.compile(
    rb"^trap -- (?:'(?:\{ __et_failure|! \{ :; \} 2>/dev/null 0</dev/null/"
    rb"|__et_failed\[)[^']*' ERR"
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


def clean_functions(text: bytes) -> bytes:
    """Return the second part without what is EffectTalk's."""
    return _order_completions(_remove_own_functions(text))


def clean_options(text: bytes, *, has_level: bool) -> bytes:
    """Return the third part without what is EffectTalk's, or said by BASH_COMPAT if *has_level*."""
    text = (COMPATIBILITY if has_level else USUAL).sub(b"", text)
    text = text.replace(ONE_COMMAND, b"\nset +o onecmd\n")
    return CHAINED_TRAP.sub(rb"trap -- '\1' EXIT", NO_TRAP.sub(b"", text))


def _order_completions(functions: bytes) -> bytes:
    """Return the part with its completions in the order that recreates that of their table."""
    start = at = functions.find(b"\ncomplete ") + 1
    found = []
    while start and (line := COMPLETION.match(functions, at)):
        found.append(line[0])
        at = line.end()
    ordered = reversed(found) if len(found) < GROWING else sorted(found)
    return functions[:start] + b"".join(ordered) + functions[at:]
