"""The environment in a state: what bash itself would give to a program."""

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.cli.exports import differences, exported

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
def test_a_value_is_what_a_program_would_get(value: str) -> None:
    assert exported(declared({"VALUE": value, "AFTER": "1"}))["VALUE"] == value


@settings(max_examples=25)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_every_value_is_read_as_bash_wrote_it(value: str) -> None:
    found = exported(declared({"VALUE": value, "ZZZ": "last"}))
    assert (found["VALUE"], found["ZZZ"]) == (value, "last")


def test_only_what_is_exported_counts() -> None:
    script = """
    own='declare -x FORGED="1"'; array=(1 $'2\\ndeclare -x FORGED="1"'); export -n AWAY
    declare -x array unset_one; declare -rix number=5; declare -A map=([x]='declare -x FORGED="1"
declare -x FORGED="2"')
    """
    found = exported(declared({"AWAY": "1", "HERE": "2"}, script))
    assert (found["HERE"], found["number"]) == ("2", "5")
    assert not {"FORGED", "AWAY", "array", "unset_one", "map", "own"} & {*found}


@given(st.binary())
def test_nothing_makes_it_fail(data: bytes) -> None:
    exported(data)
    exported(b"declare -x A=" + data + b"\n")


def test_a_long_value_takes_no_longer_than_it_is() -> None:
    assert exported(b'declare -x A="' + b'\\"' * 1_000_000) == {}
    assert len(exported(b"declare -x A=$'" + b"\\n" * 1_000_000 + b"'\n")["A"]) == 1_000_000


def test_what_changes_by_itself_is_no_difference() -> None:
    before = {"PWD": "/", "SHLVL": "1", "EFFECTTALK_SESSION": "a", "A": "1"}
    after = {"PWD": "/x", "EFFECTTALK_SESSION": "b", "A": "2", "B": os.sep}
    assert differences(before, after) == {"A": ("1", "2"), "B": (None, os.sep)}
