"""The exported variables of a state are those that bash itself would export."""

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.cli.exports import compare_exports, read_exports

NASTY = [
    "plain",
    "",
    'two\nlines\ndeclare -x INNER="1"\n',
    "quotes \" ' ` $HOME $(x) \\ \\\\ !",
    "\x1b[31m\a\t\x01\x7f",
    "ünï 日本 \u202e",
    "# functions\n# options",
]


def declared(environment: dict[str, str], script: str = "") -> bytes:
    """What `declare -p` prints in a bash with that environment."""
    return subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ndeclare -p"],
        env={**environment, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("value", NASTY)
def test_a_value_is_read_as_programs_get_it(value: str) -> None:
    assert read_exports(declared({"VALUE": value, "AFTER": "1"}))["VALUE"] == value


@settings(max_examples=25)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_every_value_is_read_as_bash_wrote_it(value: str) -> None:
    found = read_exports(declared({"VALUE": value, "ZZZ": "last"}))
    assert (found["VALUE"], found["ZZZ"]) == (value, "last")


def test_only_exported_variables_are_read() -> None:
    script = """
    own='declare -x FORGED="1"'; array=(1 $'2\\ndeclare -x FORGED="1"'); export -n AWAY
    declare -x array unset_one; declare -rix number=5; declare -A map=([x]='declare -x FORGED="1"
declare -x FORGED="2"')
    """
    found = read_exports(declared({"AWAY": "1", "HERE": "2"}, script))
    assert (found["HERE"], found["number"]) == ("2", "5")
    assert not {"FORGED", "AWAY", "array", "unset_one", "map", "own"} & {*found}


@given(st.binary())
def test_any_bytes_are_read(data: bytes) -> None:
    read_exports(data)
    read_exports(b"declare -x A=" + data + b"\n")


def test_a_long_value_is_read_in_linear_time() -> None:
    assert read_exports(b'declare -x A="' + b'\\"' * 1_000_000) == {}
    assert len(read_exports(b"declare -x A=$'" + b"\\n" * 1_000_000 + b"'\n")["A"]) == 1_000_000


def test_variables_of_the_shell_itself_are_not_compared() -> None:
    before = {"PWD": "/", "SHLVL": "1", "EFFECTTALK_SESSION": "a", "A": "1"}
    after = {"PWD": "/x", "EFFECTTALK_SESSION": "b", "A": "2", "B": os.sep}
    assert compare_exports(before, after) == {"A": ("1", "2"), "B": (None, os.sep)}
