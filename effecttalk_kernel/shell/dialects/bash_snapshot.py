r"""Parts: a snapshot's text taken apart, less what is not the user's state.

Bytes in, bytes out, and never a wrong script: where a value looks like a
boundary, the pieces are others, and together they are the same.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from effecttalk_kernel.bash_quoting import DECLARATION, ELEMENT, TO_LINE_END, quote_value

# Most blocks leave functions and options as they were.
LAST_PIECES: Final = 2

# What bash.sh prints between the pieces.
FUNCTIONS: Final = b"\n# functions\n"
OPTIONS: Final = b"\n# options\nshopt -"
JOBS: Final = b"\n# jobs\n"
END: Final = b"\\builtin return 0" + JOBS
# The text of all our functions, which stand side by side: none may sort before this one.
FIRST_OWN: Final = b"\n__et_begin () \n"
OWN_FUNCTIONS: Final = re.compile(
    rb"(?:__et_\w+ \(\) \n\{ \n(?:(?: {4}|').*\n)+\}\ndeclare -fr __et_\w+\n)+"
)
OWN_ATTRIBUTE: Final = re.compile(rb"^declare -fr __et_\w+\n", re.MULTILINE)
# Of the shell's process, changing by itself, or said by other lines of the script.
DYNAMIC: Final = frozenset(
    b"_ BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_COMMAND BASH_LINENO"
    b" BASH_MONOSECONDS BASH_SOURCE BASH_SUBSHELL BASH_TRAPSIG BASH_VERSINFO BASH_VERSION DIRSTACK"
    b" EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO PIPESTATUS PPID RANDOM"
    b" SECONDS SHELLOPTS SRANDOM UID".split()
)
# They have a value once somebody has looked at it, or declared them.
LAZY: Final = frozenset((b"BASH_ARGV0", b"COMP_WORDBREAKS"))
# Bash sets them after each command, as long as it checks the window's size.
WINDOW: Final = frozenset((b"COLUMNS", b"LINES"))
# The variable says the same; each of these lines sets it, if only to its default.
COMPATIBILITY: Final = re.compile(rb"^shopt -[su] compat\d+\n", re.MULTILINE)
USUAL: Final = re.compile(rb"^shopt -u compat\d+\n", re.MULTILINE)
LEVEL: Final = b"\ndeclare -- BASH_COMPAT="
CHECKS_NO_WINDOW: Final = b"shopt -u checkwinsize\n"
# What the hooks of prompts set whatever a block does, by names that such tools use, the
# prompts themselves, and what EffectTalk gives each session and block.
HOOKS: Final = re.compile(rb"_\w*|PS[012]|STARSHIP_\w+|EFFECTTALK_\w+|ET_(?:OUT|STATUS)_\w+")
LAST_RESULT: Final = re.compile(
    rb"^declare -a __et_(?:status|last)=" + TO_LINE_END + rb"\n", re.MULTILINE | re.DOTALL
)
# declare -A names=([a]="1" ["b c"]="2" )
MAP: Final = re.compile(rb"(declare -\S+ \w+=\()(.*)(\)\n)", re.DOTALL)
# Tables have 512 places or more, and grow when each is taken twice.
GROWING: Final = 1_000
# complete -W 'a b' command, but not a function of that name
COMPLETION: Final = re.compile(rb"complete (?!\(\) \n)" + TO_LINE_END + rb"\n", re.DOTALL)
# Our traps; no quote is in them, as in no trap of a user's that only looks like one.
# And what says in POSIX mode that a signal has no trap.
NO_TRAP: Final = re.compile(
    rb"^trap -- (?:'__et_failure [^']*' ERR|'\{\n {4}__et_end exit [^']*' EXIT|- \w+)\n",
    re.MULTILINE,
)
EXIT_TRAP: Final = re.compile(rb"^trap -- '((?:[^']|'\\'')*)' EXIT$", re.MULTILINE)
# A user's EXIT trap with ours behind it. `&&` makes `$?` what it was without
# errexit or ERR seeing a failure.
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
    """Return the script in three pieces, without the jobs behind it."""
    script, _, _ = written.rpartition(JOBS)
    script = script or written
    variables, functions, rest = script.partition(FUNCTIONS)
    inner, options, last = rest.rpartition(OPTIONS)
    if not options:
        return script, b"", b""
    return variables + b"\n", functions[1:] + inner + b"\n", options[1:] + last


def clean_parts(written: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the three pieces with nothing in them but what the user can change."""
    if not written:
        return b"", b"", b""
    variables, functions, options = split_script(written)
    if b"\ndeclare -a __et=(" in variables:  # as a shell wrote it, not parts put together
        variables = _variables(variables, checks_window=CHECKS_NO_WINDOW not in options)
        functions = _functions(functions)
        options = _options(options, has_level=LEVEL in variables)
    return variables, functions, options.removesuffix(b"\n\\builtin return 0") + b"\n" + END


def find_exit_trap(written: bytes) -> bytes | None:
    """Return the command of an EXIT trap as it is quoted, without the quotes around it."""
    found = EXIT_TRAP.search(written.rpartition(OPTIONS)[2])
    return None if found is None else found[1]


def chain_exit_trap(trap: bytes) -> bytes:
    """Return a user's command as it stands before ours."""
    return CHAIN_BEGINNING + trap + CHAIN_END


def with_exports(script: bytes, exports: Mapping[str, str]) -> bytes:
    """Return *script*, made of parts, with other values of some exported variables.

    They stand where a shell that has them would print them, so its state is the same.
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
    """Return the lines by which a shell knows the status and last argument of its last block."""
    return LAST_RESULT.findall(split_script(written)[0])


def without_hooks(variables: bytes) -> bytes:
    """Return the first piece without what a prompt's hooks set, and who the session is."""
    return DECLARATION.sub(
        lambda each: b"" if HOOKS.fullmatch(each["name"]) else each[0], variables
    )


def _variables(text: bytes, *, checks_window: bool) -> bytes:
    def kept(declaration: re.Match[bytes]) -> bytes:
        attributes, name = declaration["attributes"], declaration["name"]
        is_windows = checks_window and name in WINDOW and attributes == b"-"
        is_unset = name in LAZY and b"=" not in declaration[0]
        if name in DYNAMIC or is_windows or is_unset or name == b"__et" or name[:5] == b"__et_":
            return b""
        return _reinserted(declaration[0]) if b"A" in attributes else declaration[0]

    return DECLARATION.sub(kept, text)


def _reinserted(declaration: bytes) -> bytes:
    """Return the declaration of a map whose keys will come in the order they have."""
    found = MAP.fullmatch(declaration)
    if found is None:
        return declaration
    elements = [each[0] for each in ELEMENT.finditer(found[2])]
    if sum(map(len, elements)) != len(found[2]):
        return declaration
    return found[1] + b"".join(_in_order(elements)) + found[3]


def _in_order(entries: list[bytes]) -> Iterable[bytes]:
    """Return entries of a hash table so that the table they go into lists them as this one.

    Bash puts what is new first among the entries of the same hash. Where it has made
    the table larger, their order is lost.
    """
    return reversed(entries) if len(entries) < GROWING else sorted(entries)


def _without_own(functions: bytes) -> bytes:
    """Return the piece without our functions; the longest text that could be them is."""
    found, start = None, 0
    while start := functions.find(FIRST_OWN, start) + 1:
        run = OWN_FUNCTIONS.match(functions, start)
        if run and (found is None or len(run[0]) > len(found[0])):
            found = run
    if found is None:  # they must not be readonly before they are there
        return OWN_ATTRIBUTE.sub(b"", functions)
    return functions[: found.start()] + functions[found.end() :]


@lru_cache(LAST_PIECES)
def _functions(text: bytes) -> bytes:
    return _completions(_without_own(text))


@lru_cache(LAST_PIECES)
def _options(text: bytes, *, has_level: bool) -> bytes:
    text = (COMPATIBILITY if has_level else USUAL).sub(b"", text)
    return CHAINED_TRAP.sub(rb"trap -- '\1' EXIT", NO_TRAP.sub(b"", text))


def _completions(functions: bytes) -> bytes:
    """Return the piece with its specifications in the order to enter them."""
    start = at = functions.find(b"\ncomplete ") + 1
    found = []
    while start and (line := COMPLETION.match(functions, at)):
        found.append(line[0])
        at = line.end()
    return functions[:start] + b"".join(_in_order(found)) + functions[at:]
