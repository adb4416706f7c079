"""Programmable completion, compared with that of interactive bash."""

import asyncio
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.kernel.introspection.complete import Completion, complete
from effecttalk_kernel.kernel.introspection.helper_shell import SessionContext
from effecttalk_kernel.kernel.introspection.words import pieces, simple_command, word_breaks
from tests.support.readline import COMPLETION, Readline

BASH = shutil.which("bash") or "bash"
MISSING = [
    package
    for package, is_there in {
        "bash-completion": COMPLETION.exists(),
        "git": shutil.which("git"),
        "make": shutil.which("make"),
        "openssh-client": shutil.which("ssh"),
    }.items()
    if not is_there
]
needs_programs = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

# Prints what bash passes to a completion function, except the path of the output file.
SPY = r"""
spy() {
    printf '%s\n' "$@" "$COMP_LINE" "$COMP_POINT" "$COMP_CWORD" "${COMP_WORDS[@]}" >"$SPIED"
    COMPREPLY=()
}
complete -F spy spy
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home and repository with something to find for each completion."""
    place = tmp_path_factory.mktemp("place")
    (place / ".ssh").mkdir()
    (place / ".ssh" / "config").write_text("Host alpha\n  HostName a.example\nHost alp-two\n")
    (place / "Makefile").write_text("all: prog\n\ttrue\nprog:\n\ttrue\nprint:\n\ttrue\n")
    (place / "sub dir").mkdir()
    for name in ("my file", "plain", "sub dir/inner", "it's", ".hidden"):
        (place / name).touch()
    git = ["git", "-C", str(place), "-c", "user.name=a", "-c", "user.email=a@b"]
    if not MISSING:
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
        for branch in ("feature/one", "feature/two", "fix"):
            subprocess.run([*git, "branch", branch], check=True)
    return place


@pytest.fixture(scope="module")
def environment(place: Path) -> dict[str, str]:
    names = {"PATH": os.environ["PATH"], "HOME": str(place), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    return names | {"SPIED": str(place / ".spied")}


@pytest.fixture(scope="module")
def readline(
    tmp_path_factory: pytest.TempPathFactory, place: Path, environment: dict[str, str]
) -> Iterator[Readline]:
    directory = tmp_path_factory.mktemp("readline")
    with Readline(directory, cwd=place, environment=environment, setup=SPY) as readline:
        yield readline


@pytest.fixture
def here(place: Path, environment: dict[str, str]) -> SessionContext:
    return SessionContext(BASH, b"", str(place), environment)


def with_snapshot(here: SessionContext, script: str) -> SessionContext:
    exports = "".join(f"export {n}={shlex.quote(v)}\n" for n, v in here.environment.items())
    return SessionContext(BASH, (exports + script).encode(), here.cwd)


def completed(context: SessionContext, code: str) -> Completion:
    return asyncio.run(complete(context, code, len(code)))


def texts(context: SessionContext, code: str) -> list[str]:
    return [match.text for match in completed(context, code).matches]


def meant(words: str) -> set[str]:
    """Return the values of *words*, without the characters that only mark a kind of file."""
    return {word.rstrip("/").removeprefix("$") for word in shlex.split(words)}


# --- the same as interactive bash


@needs_programs
@pytest.mark.parametrize(
    "code",
    [
        "git checkout f",
        "git checkout feature/o",
        "git che",
        "git ",
        "git commit --am",
        "git log --format=o",
        "git add my\\ f",
        "git show HEAD:pl",
        "cd /us",
        "cd ",
        "echo $HO",
        "kill -",
        "kill -H",
        "ssh al",
        "ssh user@al",
        "make ",
        "make pr",
        "ls --co",
        "cat my",
        "cat my\\ f",
        "cat 'my f",
        'cat "my f',
        "cat it",
        "cat ",
        "cat sub\\ dir/i",
        "cat ~/pl",
        "cat $HOME/pl",
        "cat <pl",
        "dd if=pl",
        "no-such-command-1 pl",
        "sudo git che",
        "time git che",
        "true | git che",
        "GIT_DIR=.git git checkout fi",
        "export HO",
        "type gi",
        "help shop",
        "echo 😀é | git che",
    ],
)
def test_completion_offers_what_bash_offers(
    readline: Readline, here: SessionContext, code: str
) -> None:
    found = completed(here, code)
    line = readline.complete(code)
    assert line.startswith(code[: found.start])
    assert {word for m in found.matches for word in meant(closed(m.text))} == meant(
        line[found.start :]
    )
    assert found.matches


def closed(text: str) -> str:
    """Close the quote that stays open after a directory."""
    return text + text[0] if text[0] in "'\"" and text[-1] != text[0] else text


@needs_programs
@pytest.mark.parametrize("code", ["cat nope", "ls --color=a", "git checkout nope", "chmod u+"])
def test_nothing_is_offered_where_bash_offers_nothing(
    readline: Readline, here: SessionContext, code: str
) -> None:
    assert readline.complete(code) == code
    assert texts(here, code) == []


@needs_programs
@pytest.mark.parametrize(
    "code",
    [
        "spy ",
        "spy a",
        "spy a b",
        "spy --color=a",
        "spy --color=",
        "spy --color =b",
        "spy host:path/to",
        "spy user@host",
        "spy a:=b c",
        "spy 'a b' \"c=d\" e\\ f g",
        "spy 😀=é",
        "/bin/spy a",
        "true; spy a",
        "x=1 spy a",
    ],
)
def test_a_function_gets_the_same_as_from_bash(
    readline: Readline, here: SessionContext, place: Path, code: str
) -> None:
    """Except the quotes of the last word: outside of readline, compgen does not remove them."""
    readline.complete(code)
    expected = (place / ".spied").read_text()
    (place / ".spied").unlink()
    completed(with_snapshot(here, SPY), code)
    assert (place / ".spied").read_text() == expected


# --- better than interactive bash, which offers nothing or broken text


@needs_programs
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x=$(git checkout fi", ["fix"]),
        ('echo "$(git checkout fi', ["fix"]),
        ("env X=1 git checkout fi", ["fix"]),
        ("one\n\nif git checkout fi", ["fix"]),
        ("git checkout 'fi", ["'fix'"]),
        ("git checkout \\\n  fi", ["fix"]),
        ("sudo -u roo", ["root"]),
        ("env -i chgr", ["chgrp"]),
        ("PATH=/bin:/us", ["/usr/"]),
        ("no-such-command-1 -v x:/us", ["/usr/"]),
        ("type __et", []),
        ("ssh alpha __et", []),
        ("printf() { :; }; cat 'sub dir'/i", ["'sub dir'/inner"]),
    ],
)
def test_more_is_offered_than_by_bash(here: SessionContext, code: str, expected: list[str]) -> None:
    assert texts(here, code) == expected


@needs_programs
def test_matches_have_types(here: SessionContext) -> None:
    def types(code: str) -> set[str]:
        return {match.type for match in completed(here, code).matches}

    assert types("git checkout f") == {"argument"}
    assert types("ls --co") == {"option"}
    assert types("cat ") == {"file", "directory"}
    assert types("cd ") == {"directory"}


@needs_programs
def test_the_text_after_the_cursor_is_kept(here: SessionContext) -> None:
    code = "echo 😀; git che out | wc"
    found = asyncio.run(complete(here, code, code.index(" out")))
    assert (found.start, found.end) == (code.index("che"), code.index(" out"))
    assert [match.text for match in found.matches] == ["checkout", "cherry", "cherry-pick"]


@needs_programs
def test_changes_by_cells_do_not_break_completion(here: SessionContext) -> None:
    left = "IFS=,\nset -feux\nshopt -s nullglob failglob\ncompgen () { echo no; }\nalias local=no\n"
    assert texts(with_snapshot(here, left), "git checkout fi") == ["fix"]


# --- specifications in the session

OWN = r"""
loader() { complete -W 'late later' lazy; return 124; }
again() { return 124; }
words() { COMPREPLY=("$1,$2,$3" 'b c ' --opt); }
files() { compopt -o filenames; COMPREPLY=('my file' 'sub dir' 'sub dir/inner'); }
both() { compopt -o filenames -o noquote; COMPREPLY=('my file'); }
nothing() { COMPREPLY=(); }
leaves() { exit 3; }
loud() { echo loud; echo loud >&2; COMPREPLY=(x); }
named() { compopt +o nospace other; COMPREPLY=("${COMP_TYPE}"); }
__start_cobra() { COMPREPLY=("$COMP_TYPE"); }
complete -F loader lazy
complete -F again again
complete -F words words
complete -F files files
complete -F both both
complete -F nothing nothing
complete -o default -F nothing nothing-else
complete -o dirnames -F nothing nothing-but
complete -o plusdirs -W 'sub other' plus
complete -F leaves leaves
complete -F no_such_function orphan
complete -F loud loud
complete -F named named
complete -F __start_cobra cobra
complete -W 'apple apricot $((40 + 2))' -P '<' -S '>' -X '*cot' fruit
complete -A signal -A setopt many
complete -f -X '!pl*' filtered
complete -C 'printf "%s\n" one "$COMP_LINE" ; : ' program
complete -G 'pl*' glob
complete -D -W 'whatever'
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("lazy la", ["late", "later"]),
        ("again pl", ["plain"]),
        ("words x=y", ["--opt", "b c", "words,y,="]),
        ("/usr/bin/words y", ["--opt", "/usr/bin/words,y,/usr/bin/words", "b c"]),
        ("files ", ["my\\ file", "sub\\ dir/", "sub\\ dir/inner"]),
        ('files "', ['"my file"', '"sub dir/', '"sub dir/inner"']),
        ("both ", ["my file"]),
        ("nothing pl", []),
        ("nothing $HOME/pl", ["$HOME/plain"]),
        ("nothing-else pl", ["plain"]),
        ("nothing-but s", ["sub\\ dir/"]),
        ("plus s", ["sub", "sub\\ dir/"]),
        ("leaves pl", ["plain"]),
        ("orphan pl", ["plain"]),
        ("loud ", ["x"]),
        ("named ", ["9"]),
        ("cobra ", ["37"]),
        ("fruit ", ["<42>", "<apple>"]),
        ("many SIGH", ["SIGHUP"]),
        ("many pipef", ["pipefail"]),
        ("filtered ", ["plain"]),
        ("program x", ["one", "program x"]),
        ("glob ", ["plain"]),
        ("unknown w", ["whatever"]),
        ("unknown <pl", ["plain"]),
    ],
)
def test_a_specification_is_followed(here: SessionContext, code: str, expected: list[str]) -> None:
    assert texts(with_snapshot(here, OWN), code) == expected


def test_without_progcomp_there_are_files(here: SessionContext) -> None:
    off = with_snapshot(here, OWN + "shopt -u progcomp\n")
    assert texts(off, "nothing pl") == ["plain"]


# --- words: pure


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", []),
        ("a", ["a"]),
        ("a=b", ["a", "=", "b"]),
        ("a==b:", ["a", "==", "b", ":"]),
        ("'a=b'c", ["'a=b'c"]),
        ('"a=b', ['"a=b']),
        ("a\\=b", ["a\\=b"]),
        ("a=$(b=c)", ["a=$(b=c)"]),
        ("a\\", ["a\\"]),
    ],
)
def test_a_word_is_split(word: str, expected: list[str]) -> None:
    assert pieces(word, ":=") == expected
    assert pieces(word, "") == [word]


@pytest.mark.parametrize(
    ("snapshot", "breaks"),
    [
        (b"", "><=;|&(:"),
        (b"declare -- COMP_WORDBREAKS=$' \\t\\n\"\\'@><=;|&(:'\n", "><=;|&(:"),
        (b'a=1\ndeclare -- COMP_WORDBREAKS=" \t\n\\"\'><;|&("\n', "><;|&("),
        (b"declare -- x=1\n", "><=;|&(:"),
    ],
)
def test_word_breaks_are_those_of_the_session(snapshot: bytes, breaks: str) -> None:
    assert word_breaks(snapshot) == breaks


def test_a_prefix_without_options_is_skipped() -> None:
    assert simple_command(("sudo", "env", "git", "x")) == ("git", "x")
    assert simple_command(("sudo", "-u", "me", "git")) == ("sudo", "-u", "me", "git")
    assert simple_command(("sudo",)) == ("sudo",)
    assert simple_command(()) == ()
