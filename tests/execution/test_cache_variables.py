"""The declarations of variables in a cache key, compared with those of bash itself."""

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.shell.dialects.bash import Part
from effecttalk_kernel.shell.dialects.bash_changes import find_declarations
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot
from tests.support.shell import Driver, in_loop

ODD = r"""
text=$'x\ny "z" $a `b` \\ \' \t\x01'
declare -x exported=1
declare -i number=5
declare -r constant=
list=(a 'b c' $'\n') list[7]=d
declare -A map=(['k 1']=v ["x]"]=$'\n')
declare -x unset_
bytes=$'\xff\xe4'
code=$'\ndeclare -- hidden="1"\n# functions\n'
declare -l lower=ABC
"""
NAMES = [
    "text",
    "exported",
    "number",
    "constant",
    "list",
    "map",
    "unset_",
    "bytes",
    "code",
    "lower",
]


def variables(script: bytes) -> Part:
    return read_snapshot(script).parts[0]


def printed(script: str) -> bytes:
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_is_that_of_bash(name: str) -> None:
    own = printed(f"{ODD}\ndeclare -p {name}").decode(errors="surrogateescape")
    assert find_declarations(variables(printed(f"{ODD}\ndeclare -p")), [name]) == {
        name: own.removesuffix("\n")
    }


def test_an_unset_variable_has_no_declaration() -> None:
    names = ["hidden", "none", "NAMES", "é"]
    assert find_declarations(variables(printed(f"{ODD}\ndeclare -p")), names) == dict.fromkeys(
        names
    )
    assert find_declarations((), ["text"]) == {"text": None}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=4))
def test_any_two_values_differ(values: list[str]) -> None:
    script = f"list=({shlex.join(values)}) one={shlex.quote(''.join(values))} last_=1"
    told = find_declarations(variables(printed(f"{script}\ndeclare -p")), ["list", "one", "last_"])
    for name, statement in told.items():
        own = printed(f"{script}\ndeclare -p {name}").decode(errors="surrogateescape")
        assert statement == own.removesuffix("\n")


def test_a_reference_includes_its_target() -> None:
    script = "a=1 list=(x); declare -n r=a q=r e=list[0] self=none; declare -p"
    told = find_declarations(variables(printed(script)), ["r", "q", "e", "self"])
    assert told == {
        "r": 'declare -n r="a"\ndeclare -- a="1"',
        "q": 'declare -n q="r"\ndeclare -n r="a"\ndeclare -- a="1"',
        "e": 'declare -n e="list[0]"\ndeclare -a list=([0]="x")',
        "self": 'declare -n self="none"',
    }


def test_circular_references_end() -> None:
    script = b'declare -n a="b"\ndeclare -n b="a"\n'
    assert find_declarations(variables(script), ["a"]) == {
        "a": 'declare -n a="b"\ndeclare -n b="a"'
    }


def test_variables_are_found_in_a_snapshot(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("VERSION=$'1\\n2'; list=(a b)")
            script = (await driver.proceed()).parts[0]
            assert find_declarations(script, ["VERSION", "list", "none"]) == {
                "VERSION": "declare -- VERSION=$'1\\n2'",
                "list": 'declare -a list=([0]="a" [1]="b")',
                "none": None,
            }

    in_loop(main)
