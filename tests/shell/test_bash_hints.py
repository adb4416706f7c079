"""Hints: what the shell must know of a block before it runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects.bash_hints import (
    Traps,
    find_hints,
    hints_line,
    may_change_traps,
    may_trace,
)

NOTHING = frozenset[str]()


@pytest.mark.parametrize(
    ("code", "hints"),
    [
        ("echo a", ""),
        ("trap 'x' DEBUG", "DEBUG trap"),
        ("set -o vi", "vi"),
        ("set -e; vi file", ""),
        ("cd x; . ./env", "."),
        ("ls . ..; echo a.b", ""),
        ("trap - ERR\ntrap - ERR", "ERR trap"),
        ("type -t trap; help trap; command -v trap", ""),
        ("type trap; trap", "trap"),
        ("trap -p RETURN ERR; echo", "trap"),
        ("trap() { :; }", "function trap"),
        ("function trap { :; }", "function trap"),
        ("eval x", "eval"),
        ("echo $BASH_SOURCE evaluate", ""),
        ("alias '{'=x", "{"),
        ("alias ll='ls -l' !=x", "!"),
        ("alias ll='a {b}=c'", ""),
        ("set +o history", "history"),
        ("history -c", ""),
        ("fc -s", "fc"),
    ],
)
def test_code_has_hints(code: str, hints: str) -> None:
    assert find_hints(code) == frozenset(hints.split())


def function(name: str, body: str) -> str:
    """Return a function as `declare -f` prints it."""
    return f"{name} () \n{{ \n    {body}\n}}\n"


DEFINITIONS = (
    function("a", "b")
    + function("b", "trap 'echo' DEBUG")
    + function("plain", "echo other")
    + function("tracing", "set -ex")
    + "declare -fx plain\nalias c='a -x'\nalias d='. ~/file'\n"
)


@pytest.mark.parametrize(
    ("code", "hints"),
    [
        ("b", "DEBUG trap"),
        ("a", "DEBUG trap"),
        ("x=1; (c)", "DEBUG trap"),
        ("d", "."),
        ("plain; abc", ""),
        ("if true; then tracing; fi", "xtrace"),
    ],
)
def test_hints_are_found_in_functions_and_aliases(code: str, hints: str) -> None:
    assert find_hints(code, (DEFINITIONS.encode(),)) == frozenset(hints.split())


def test_functions_may_call_each_other() -> None:
    definitions = (function("f", "g").encode(), function("g", "f; eval x").encode())
    assert find_hints("f", definitions) == find_hints("g", definitions) == {"eval"}


@given(st.text(), st.binary())
def test_any_text_has_hints(code: str, definitions: bytes) -> None:
    assert find_hints(code) <= find_hints(code, (definitions,))


@pytest.mark.parametrize("code", ["trap", "source f", ". f", "eval x"])
def test_a_block_may_change_traps(code: str) -> None:
    assert may_change_traps(find_hints(code))


@pytest.mark.parametrize("code", ["echo", "set -e", "set -o vi"])
def test_a_block_does_not_change_traps(code: str) -> None:
    assert not may_change_traps(find_hints(code))


@pytest.mark.parametrize("code", ["set -x", "set -euxo pipefail", "set -o xtrace", "x=1; set +x"])
def test_a_block_may_trace(code: str) -> None:
    assert may_trace(find_hints(code))


@pytest.mark.parametrize("code", ["set -e", "set -- a", "set -e; xargs", "unset x"])
def test_a_block_does_not_trace(code: str) -> None:
    assert not may_trace(find_hints(code))


def test_the_shell_gets_a_line_with_the_hints() -> None:
    assert hints_line(NOTHING, Traps("a", "b")) == ""
    assert hints_line(frozenset(("vi",)), Traps("a", "b")) == "\n__et_hints=('vi')"
    traps = Traps("trap -- 'a b' ERR", "", "{", "}")
    assert hints_line(frozenset(("trap", "eval")), traps) == (
        "\n__et_hints=('eval trap') __et_others=('trap -- '\"'\"'a b'\"'\"' ERR' '')"
        " __et_chain=('{' '}')"
    )
