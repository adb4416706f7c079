"""Bash: the lines and scripts that the kernel sends to bash 4.4 or newer.

Text in, text out. bash.sh is the part that runs in the shell.
"""

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from effecttalk_kernel.shell.dialects.bash_hints import Traps

NULL_INPUT: Final = "/dev/null"
# The last line of a block's text: it notes status, PIPESTATUS and last argument inside the block's
# `eval`, after which PIPESTATUS is lost. It runs no command, which a DEBUG trap or `set -x` would
# show: a redirection that fails expands its word, and does no more. With `!` and `||`, bash
# takes that for no failure, and they are not words for which users have aliases, unlike `if`. The
# arithmetic sets the file for traces aside, so that it does not get the kernel's lines.
TAIL: Final = (
    '! { { \\:; } 2>/dev/null 0<"/dev/null/${__et_result[0]:=$?}'
    "${__et_result[1]:=${PIPESTATUS[*]@Q}}${__et_result[2]:=$_}%s"
    '$((${BASH_XTRACEFD:+0*(__et_trace[0]=BASH_XTRACEFD)+(BASH_XTRACEFD=2)+}0))"; } || \\:\n'
)
# The same for a block that may have set a DEBUG trap, which any other line would trigger.
# The full stop shows that it is known: `trap` may be disabled.
NOTED_TRAP: Final = (
    "${__et_slot[0]:=$(\\builtin trap -p DEBUG ${__et_none[0]-}"
    " && \\builtin printf . ${__et_none[0]-})}"
)
# Only the redirection of a group can set the line number of what follows.
FIRST_LINE: Final = '{ \\builtin :; } 0<&"$((LINENO=0))"'
# The beginning of a group that is traced.
RESUME: Final = (
    '{ __et_resume_group "${__et_last[0]}" && \\builtin : "${__et_last[0]}"; } 2>/dev/null'
)
# The redirection of such a group, whose arithmetic is not traced; it sets PIPESTATUS, too.
TRACE_FILE: Final = (
    '0<&"$((${__et_trace[1]:+0*(BASH_XTRACEFD=${__et_trace[1]})+}0*(__et_pipes[0])))"'
)
# The format of an end mark: number, kind, status, line, command, directory, statuses.
END_MARK: Final = r"\e]133;D;NONCE" + ";%s;NONCE" * 5 + r";%.4096s;NONCE;%s;NONCE\a"
# The end of each block's line, after the end mark: set the DEBUG trap aside; wait for the kernel,
# which replies first; write the snapshot; run the hooks of the prompt; set `$LINENO` to 0. The
# `&&` keeps errexit and the ERR trap from acting on the block's status.
ENDING: Final = (
    ' && \\builtin : __et_; \\builtin eval "${__et_park[0]-}"; __et_wait;'
    ' \\builtin eval "${__et_snapshot[0]}"; \\builtin eval "${__et_at_prompt[0]}"; '
    f"{FIRST_LINE}; __et_restatus && \\builtin :\n"
)
# The offset is 0; its arithmetic sets PIPESTATUS.
FOREGROUND: Final = '"${__et_code[3]:-${__et_code[0]-}}${__et_code[1]:$((0*(__et_pipes[0])))}"'
BACKGROUND: Final = """'{ \\builtin eval -- "${__et_background[0]}" & } 28>>%s 29>&2 2>/dev/null'"""
# The text of that job in bash's job table.
LAUNCHED: Final = rb'\builtin eval -- "${__et_background[0]}"'
# As bash sets it, if it records its own lines. It saves nothing there by itself.
HISTORY_FILE: Final = "if ! [[ -v HISTFILE ]]; then HISTFILE=~/.bash_history; fi\n"
# Bash runs no DEBUG trap inside another one: so a trap that these files set does not see the rest
# of the start script.
START_UP_FILES: Final = """\
\\builtin trap -- '
\\builtin trap - DEBUG
if [[ -r /etc/bash.bashrc ]]; then \\builtin . /etc/bash.bashrc; fi
if [[ -r ~/.bashrc ]]; then \\builtin . ~/.bashrc; fi
__et_debug=("$(\\builtin trap -p DEBUG)")
\\builtin trap - DEBUG
\\builtin :' DEBUG
\\builtin :"""
HERE_DOCUMENT: Final = re.compile(r"(?<!<)<<(?!<)(-?)\s*\\?(['\"]?)([\w.+-]*)\2(?=[\s;&|()<>]|$)")
HERE_OPERATOR: Final = re.compile(r"(?<!<)<<(?!<)")
CONTINUED: Final = re.compile(r"(\|&?|&&)$")
COMMENT: Final = re.compile(r"(^|[\s;&|()<>])#.*")
# The head of a function or a loop: a group after it would be its body.
FUNCTION_HEAD: Final = re.compile(r"(\(\s*\)|\bfunction\s+\S+)$")
LOOP: Final = re.compile(r"\b(for|select)\b")
LOOP_BODY: Final = re.compile(r"\bdo\b")
# Words only, as in most cells: nothing in it can be open.
WORDS: Final = re.compile(r"[\w./:=,@%+ -]+\n?")
SPECIAL: Final = re.compile(r"\b(for|select|function|set|verbose)\b")
VERBOSE: Final = re.compile(r"\bset\s+-\w*v|\bverbose\b")
# What changes how bash reads the next line.
READ_AS_IT_RUNS: Final = re.compile(
    r"alias|\bshopt\b[^\n;&|]*(?:extglob|interactive_comments|\$)|\bposix\b|POSIXLY_CORRECT"
)
# A name that bash can assign; and the name under which it exports a function.
ASSIGNABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
EXPORTED_FUNCTION: Final = re.compile(r"BASH_FUNC_.*(?:%%|\(\))", re.DOTALL)
# [1]+  Running                 sleep 9 &
JOB: Final = re.compile(rb"^\[(\d+)\][-+ ]  [A-Z].{23}", re.MULTILINE)
# How a notice of a job begins: its number, its mark, and its state in 24 columns. That it runs is
# no news.
JOB_STATE: Final = rb"\[%s\][-+ ]  (?!Running )[A-Z][^\n]{22}[^\n]*?"
# What follows the text of a job: that it runs in the background, and the directory where it was
# started if that is another one; bash then names the present one in a line of its own.
DIRECTORY_LINE: Final = rb"\(wd now: [^\n]*\)\r?\n"
JOB_ENDING: Final = rb"(?: &)?(?:  \(wd: [^\n]*\))?\r?\n(?:" + DIRECTORY_LINE + rb")?"
LAST_JOB_ENDING: Final = re.compile(JOB_ENDING + rb"\Z")


@dataclass(frozen=True, slots=True)
class ShellPaths:
    """The paths that a shell uses: two terminals, five pipes and the code file.

    *kernel* is a second name of the mark pipe, as long as the kernel runs.
    """

    control: str
    idle: str
    marks: str
    snapshot: str
    last_snapshot: str
    turns: str
    go: str
    code: str
    kernel: str


def arguments(shell: str) -> list[str]:
    """Return the command line of an interactive bash that reads no start-up files."""
    return [shell, "--norc", "--noprofile", "--noediting", "+o", "history", "-i"]


def unassignable_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of *environment* that bash only passes on, such as `FOO-BAR`.

    No script can restore them: each shell has to begin with them.
    """
    return {
        name: value
        for name, value in environment.items()
        if not (ASSIGNABLE.fullmatch(name) or EXPORTED_FUNCTION.fullmatch(name))
    }


def start_script(
    places: ShellPaths,
    nonce: str,
    *,
    load_rc: bool,
    restore: str = "",
    debug_trap: str = "",
    broken_hooks: Sequence[str] = (),
) -> str:
    """Return the script that makes a new bash the shell of a session.

    *restore* is the path of a snapshot; with it, the user's start-up files are not read
    again. *debug_trap* is the command that sets the snapshot's DEBUG trap. Hooks that begin with
    one of *broken_hooks* do not run.
    """
    quoted = [
        nonce,
        places.marks,
        places.snapshot,
        places.go,
        places.code,
        places.control,
        places.kernel,
        places.idle,
        places.last_snapshot,
        places.turns,
        END_MARK.replace("NONCE", nonce),
    ]
    if restore:
        # A function with this name would disable each of the kernel's lines.
        before = (
            f"\\builtin . {shlex.quote(restore)}\n\\unset -f builtin\n"
            f"__et_debug=({shlex.quote(debug_trap)})"
        )
    else:
        before = HISTORY_FILE + (START_UP_FILES if load_rc else "")
    prompt, script = (
        Path(__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("prompt.sh", "bash.sh")
    )
    redirections = f"0<>{shlex.quote(places.control)} 1<>{shlex.quote(places.idle)} 2>&1"
    return (  # not `\\builtin exec`, whose redirections do not last
        f"\\exec {redirections}\n{before}\n\\exec {redirections}\n"
        f"__et=({' '.join(map(shlex.quote, quoted))})\n"
        f"__et_broken=({' '.join(map(shlex.quote, broken_hooks))})\n{prompt}{script}"
    )


def source_line(path: str, *, then: str = "", tells_state: bool = False) -> str:
    """Return the line that sources *path* at top level; the space keeps it out of history.

    *then* is the path of a script to run after it, but not as a sourced one. *tells_state*:
    the shell then writes its first snapshot.
    """
    after = f' && \\builtin eval "$(<{shlex.quote(then)})"' if then else ""
    snapshot = ' && \\builtin eval "${__et_snapshot[0]}"' if tells_state else ""
    prompt = '\\builtin eval "${__et_at_prompt[0]}"'
    return f" \\builtin . {shlex.quote(path)}{after}{snapshot}; {prompt}; {FIRST_LINE}\n"


@dataclass(frozen=True, slots=True)
class Streams:
    """The redirections of a block, and the terminal of its standard error."""

    redirections: str
    errors: str


def redirect(stdin: str, stdout: str, stderr: str, *, is_piped: bool = False) -> Streams:
    """Return how a block is redirected; *is_piped*: standard output is a pipe."""
    # Opened for writing only: with a reader among its writers, a pipe never breaks.
    output = f"1>|{shlex.quote(stdout)}" if is_piped else f"1<>{stdout}"
    return Streams(f"0<>{stdin} {output} 2<>{stderr}", stderr)


def last_line(*, sets_debug_trap: bool) -> str:
    """Return the last line of a block's text; *sets_debug_trap*: the block may do so."""
    return TAIL % (NOTED_TRAP if sets_debug_trap else "")


def traced_script(
    code: str, number: int, streams: Streams, control: str, *, sets_debug_trap: bool
) -> str:
    """Return the script that runs a block as a group of the shell's own input.

    `eval` would add a `+` to each line of `set -x`. The shell reads the whole group before it
    runs any of it, and then the last lines, which give it back the *control* terminal.
    """
    tail = last_line(sets_debug_trap=sets_debug_trap)
    end = "" if code.endswith("\n") else "\n"
    return (
        f"{{ {RESUME}; {{ {code}{end}}} {TRACE_FILE}; }} {streams.redirections}\n"
        f'{tail}\\exec 0<>{control}; __et_end end "$?" {number} {streams.errors}{ENDING}'
    )


def traced_line(number: int, script: str) -> str:
    """Return the line that makes the shell read a block from the file *script*."""
    return (
        f' __et_traced=(1); __et_begin {number} "${{__et_last[0]}}" && \\builtin : __et_;'
        f" \\exec 0<{script};"
        ' { \\builtin : __et_; } 0<&"$((LINENO=0))"\n'
    )


def block_line(number: int, streams: Streams, reports: str = "") -> str:
    """Return the line that runs the block in the code file.

    With the path of a pipe for *reports*, the block is a job, for which the line does not wait.
    """
    return (
        f' __et_begin {number} "${{__et_last[0]}}" && \\builtin : "${{__et_last[0]}}"; '
        f"\\builtin eval -- {BACKGROUND % reports if reports else FOREGROUND} "
        f"{streams.redirections}; "
        f'__et_end end "$?" {number} {streams.errors}{ENDING}'
    )


def ending_line(number: int) -> str:
    """Return the line that ends a block whose own line bash has dropped."""
    return f' __et_end end "$?" {number}{ENDING}'


def export_line(variables: Mapping[str, str]) -> str:
    """Return the line that exports *variables*; "" if there are none."""
    words = (f" {name}={shlex.quote(text)}" for name, text in variables.items())
    return f"\n\\builtin export --{''.join(words)}" if variables else ""


def borrowed_settings_lines(cwd: str, variables: Mapping[str, str], *, is_strict: bool) -> str:
    """Return the lines that give one block its own directory, *variables* and errexit."""
    lines = [f"\n__et_visit {shlex.quote(cwd)}"] if cwd else []
    lines += [f"\n__et_lend {name} {shlex.quote(text)}" for name, text in variables.items()]
    lines += ["\n__et_strictly"] if is_strict else []
    return "".join(lines)


def program_line(program: str, path: str) -> str:
    """Return the line that runs the block's code, in the file *path*, with another *program*."""
    return f"\\builtin command -- {program} {shlex.quote(path)}\n"


def encode_code(
    code: str,
    before: str = "",
    instead: str = "",
    *,
    sets_debug_trap: bool = False,
    allows_tail: bool = True,
) -> bytes:
    """Return the content of the code file.

    It holds the block's text, its tail, what runs *before* it and what runs *instead* of it.
    *sets_debug_trap*: the block may set one. Without *allows_tail*, it has no tail.

    Raises:
        ValueError: the code holds a NUL byte or half of a surrogate pair.

    """
    if "\0" in code:
        line = code[: code.index("\0")].count("\n") + 1
        raise ValueError(
            f"the code has a NUL byte in line {line}, which bash cannot read: remove it"
        )
    text = code if code.endswith("\n") else f"{code}\n"
    has_tail = allows_tail and (instead or can_append_line(code))
    tail = last_line(sets_debug_trap=sets_debug_trap) if has_tail else ""
    try:
        parts = [f"{text}\0{tail}\0".encode(), before.encode(errors="surrogateescape")]
    except UnicodeEncodeError as error:
        line = code[: error.start].count("\n") + 1
        raise ValueError(
            f"the code has a lone surrogate in line {line}, which is not text: remove it"
        ) from None
    return b"".join([*parts, f"\0{instead}".encode(errors="surrogateescape")] if instead else parts)


def can_be_group(code: str) -> bool:
    """Return whether *code* means the same when bash reads all of it before it runs any."""
    if code.rstrip("\n").endswith("\\"):
        return False
    is_one_line = sum(not is_blank(line) for line in code.split("\n")) <= 1
    return is_one_line or not READ_AS_IT_RUNS.search(code)


def can_append_line(code: str) -> bool:
    """Return whether a line after *code* is certainly a command of its own.

    It is not after a backslash or an operator that needs another operand, nor inside a
    here-document, quotes or brackets. These are only counted; in doubt the answer is no, and
    the block has no PIPESTATUS.
    """
    if WORDS.fullmatch(code) and not SPECIAL.search(code):
        return True
    if code.rstrip("\n").endswith("\\") or not _is_balanced(code):
        return False
    if VERBOSE.search(code):  # the shell would print the line
        return False
    # A `#` may be in a string, so the line is read with and without a comment.
    last = next((line for line in reversed(code.split("\n")) if not is_blank(line)), "")
    readings = (last.rstrip(), COMMENT.sub(r"\1", last).rstrip())
    is_open = any(CONTINUED.search(text) or FUNCTION_HEAD.search(text) for text in readings)
    return not (is_open or _open_loop(code) or _open_here_document(code))


def is_blank(code: str) -> bool:
    """Return whether *code* has only empty lines and comments."""
    return not any(COMMENT.sub(r"\1", line).strip() for line in code.split("\n"))


def _is_balanced(code: str) -> bool:
    count = Counter(code)
    return not any(count[quote] % 2 for quote in "'\"`") and all(
        count[opening] == count[closing] for opening, closing in ("()", "{}")
    )


def _open_loop(code: str) -> bool:
    """Return whether there may be a `for` or `select` whose body has not begun."""
    return len(LOOP.findall(code)) > len(LOOP_BODY.findall(code))


def _open_here_document(code: str) -> bool:
    """Return whether a here-document may still be open at the end."""
    lines = code.split("\n")
    found = list(HERE_DOCUMENT.finditer(code))
    if len(found) < len(HERE_OPERATOR.findall(code)):
        return True
    at = 0
    for operator in found:  # each begins where the previous one ends
        at = max(at, code.count("\n", 0, operator.end()) + 1)
        rest = [line.lstrip("\t") if operator[1] else line for line in lines[at:]]
        if not operator[3] or operator[3] not in rest:
            return True
        at += rest.index(operator[3]) + 1
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """A job in the shell's table: its number, process group and text."""

    number: int
    group: int
    text: bytes

    @property
    def shown(self) -> str:
        """The text for users."""
        if self.text == LAUNCHED:
            return "a block in the background"
        # Imported here: few sessions have jobs.
        from effecttalk_kernel.bash_quoting import escape_bytes

        return escape_bytes(self.text.decode(errors="surrogateescape"))


# One part of a state: its statements, in order. Most states share most of them.
Part = tuple[bytes, ...]
Parts = tuple[Part, Part, Part]
NO_PARTS: Final[Parts] = ((), (), ())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The session's whole state, as the shell wrote it; empty if there is none.

    *parts* are three pieces of a script, each equal as long as nothing has changed: variables,
    directory, parameters and umask; completions, functions and aliases; options and traps.
    They do not hold what belongs to the shell's process or to EffectTalk, or changes by itself.
    States with the same *identity* differ at most in what the hooks of prompts change.
    """

    parts: Parts = NO_PARTS
    identity: str = ""
    results: bytes = b""  # the lines about the last block: status, last argument, disabled builtins
    settings: bytes = b""  # options, traps and jobs, as they were written
    size: int = 0  # as it was written
    is_whole: bool = False  # nothing of what the shell writes is missing

    @property
    def is_empty(self) -> bool:
        """Whether it holds no state."""
        return self.parts == NO_PARTS

    @property
    def script(self) -> bytes:
        """The script for the next shell: the state, `$?` and `$_`; empty if there is none."""
        return b"".join((self.results, *chain(*self.parts)))

    @property
    def is_traced(self) -> bool:
        """Whether `set -x` is on."""
        from effecttalk_kernel.shell.dialects.bash_snapshot import is_traced

        return is_traced(self.settings)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs, which the shell lists after the script.

        First their process groups, one per line, then the output of `jobs`: number, mark of
        the current job, state in 24 columns, text. With `set -b`, bash ends its lines otherwise.
        """
        from effecttalk_kernel.shell.dialects.bash_snapshot import JOBS

        at = self.settings.rfind(JOBS)
        table = b"" if at < 0 else self.settings[at + len(JOBS) :].replace(b"\r\n", b"\n")
        found = list(JOB.finditer(table))
        groups = [int(line) for line in table.split(b"\n") if line.isdigit()]
        ends = [job.start() for job in found[1:]] + [len(table)]
        return tuple(
            Job(int(job[1]), group, _without_ending(table[job.end() : end]))
            for job, group, end in zip(found, groups, ends, strict=False)
        )


def _without_ending(text: bytes) -> bytes:
    """Return the text of a job as it was listed, without what follows it."""
    return LAST_JOB_ENDING.sub(b"", text.rstrip(b"\n") + b"\n")


def split_trap(state: bytes, name: str) -> tuple[bytes, bytes]:
    """Return *state* without the command that sets the trap *name*, and that command.

    The end of a sourced script triggers a RETURN trap, and the rest of it a DEBUG trap, so they
    must not be set before then.
    """
    if b" %s\n" % name.encode() not in state:
        return state, b""
    from effecttalk_kernel.shell.dialects.bash_snapshot import find_trap

    start, end = find_trap(state, name)
    return state[:start] + state[end:], state[start:end]


def debug_trap_line(settings: bytes) -> str:
    """Return the command by which the shell learns of a DEBUG trap; "" if there is none."""
    trap = split_trap(settings, "DEBUG")[1].decode(errors="surrogateescape").rstrip("\n")
    return f"\n__et_know {shlex.quote(trap)}" if trap else ""


def other_traps(settings: bytes) -> Traps:
    """Return the user's traps on ERR and RETURN, and what EffectTalk adds to one on EXIT."""
    from effecttalk_kernel.shell.dialects.bash_snapshot import CHAIN_BEGINNING, CHAIN_END, NO_TRAP

    errors, returns = (
        NO_TRAP.sub(b"", split_trap(settings, name)[1]).decode(errors="surrogateescape").rstrip()
        for name in ("ERR", "RETURN")
    )
    return Traps(errors, returns, CHAIN_BEGINNING.decode(), CHAIN_END.decode())


def exit_trap_line(settings: bytes) -> str:
    """Return the command that appends EffectTalk's EXIT trap to the user's; "" if it is there.

    So the shell writes a snapshot even when it exits through the user's trap, or after
    `trap - EXIT`, which removes EffectTalk's.
    """
    from effecttalk_kernel.shell.dialects.bash_snapshot import chain_exit_trap, find_exit_trap

    trap = find_exit_trap(settings)
    if trap is None:
        return '\\builtin trap -- "${__et_leaving[0]}" EXIT'
    if b"__et_end" in trap:
        return ""
    text = chain_exit_trap(trap).decode(errors="surrogateescape")
    return f"\\builtin trap -- '{text}'\"${{__et_leaving[0]}}\" EXIT"
