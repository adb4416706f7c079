"""What is told of a session's states: names and values, within limits, without secrets."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.kernel.comms.environment import (
    LONGEST_VALUE,
    MOST_BLOCKS,
    MOST_NAMES,
    Environment,
)
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.safety.redaction.names import is_switch
from effecttalk_kernel.session.states import Parts, RecentStates
from effecttalk_kernel.shell.dialects.bash_changes import changes, differences
from effecttalk_kernel.shell.dialects.bash_parts import parts
from tests.safety.test_sealed_states import GITHUB, state

PASSWORD = "correct-horse-battery"


def made(setup: str, **environment: str) -> Parts:
    """The state that a shell of a session would write, in pieces."""
    return parts(state(f"__et=(nonce)\n{setup}", **environment))


class Told:
    """States of a session, and what is told of them."""

    def __init__(self, *setups: str) -> None:
        self.states = RecentStates()
        self.environment = Environment(self.states, Masker(Settings(), {}))
        for number, setup in enumerate(("", *setups)):
            self.tell(number, setup)

    def tell(self, number: int, setup: str) -> None:
        self.states.keep(number, made(setup), ())
        self.environment.told(number)

    def described(self) -> dict[str, Any]:
        return asyncio.run(self.environment.described())


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", "a=1", {"variables": {"a": "set"}}),
        ("a=1", "a=2", {"variables": {"a": "changed"}}),
        ("a=1", "", {"variables": {"a": "unset"}}),
        ("f() { :; }", "f() { true; }; g() { :; }", {"functions": {"f": "changed", "g": "set"}}),
        ("", "shopt -s extglob", {"options": {"extglob": "set"}}),
        ("shopt -s extglob", "", {"options": {"extglob": "unset"}}),
        ("", "cd /", {"directory": {"": "changed"}}),
        ("a=1; f() { :; }", "a=1; f() { :; }", {}),
    ],
)
def test_it_is_known_how_names_differ(
    before: str, after: str, found: dict[str, dict[str, str]]
) -> None:
    old, new = (b"".join(made(setup)) for setup in (before, after))
    assert differences(old, new) == found
    assert {kind: {*names} for kind, names in changes(old, new).items()} == {
        kind: {*names} - {""} for kind, names in found.items()
    }


def test_of_many_names_and_long_values_a_part_is_told() -> None:
    count = MOST_NAMES + 5
    many = "; ".join(f"v{number:03}=1" for number in range(count))
    told = Told(f"{many}; export long='{'x ' * (LONGEST_VALUE // 2)}y'").described()
    [change] = told["changes"]
    assert len(change["variables"]["set"]) == MOST_NAMES
    assert change["variables"]["more"] == count + 1 - MOST_NAMES
    [long] = [one for one in told["variables"] if one["name"] == "long"]
    assert (len(long["value"]), long["cut"]) == (LONGEST_VALUE, 1)


def test_of_many_blocks_the_last_are_told() -> None:
    told = Told()
    ones = [made(f"a={number}") for number in range(2)]
    for number in range(1, MOST_BLOCKS + 20):
        told.states.keep(number, ones[number % 2], ())
        told.environment.told(number)
    numbers = [change["block"] for change in told.described()["changes"]]
    assert numbers == [*range(MOST_BLOCKS + 19, 19, -1)]


def test_a_state_that_is_told_anew_counts() -> None:
    told = Told("a=1", "a=2")
    assert told.described()["changes"][0]["variables"] == {"changed": ["a"]}
    told.tell(2, "a=1; b=3")
    assert told.described()["changes"][0]["variables"] == {"set": ["b"]}


def test_what_is_not_kept_any_more_is_left_out() -> None:
    told = Told("a=1", "a=2")
    told.environment.told(3)
    found = told.described()
    assert [change["block"] for change in found["changes"]] == [2, 1]
    assert (found["block"], found["variables"]) == (3, [])


def test_a_secret_is_masked_also_before_its_variable_was_known() -> None:
    told = Told(f"cd /; alias {GITHUB}=ls; export a={PASSWORD} b=[{GITHUB}]")
    told.tell(2, f"export MY_PASSWORD={PASSWORD} a={PASSWORD}")
    told.tell(3, f"export a={PASSWORD}")
    text = str(told.described())
    assert PASSWORD not in text
    assert GITHUB not in text
    assert "MY_PASSWORD" in text


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_value_comes_as_it_is_or_masked(value: str) -> None:
    environment = Environment(states := RecentStates(), Masker(Settings(), {}))
    # `declare -p` prints what a shell of the user's locale would.
    states.keep(1, made("", LC_ALL="C.UTF-8", plain=value, api_token=value), ())
    environment.told(1)
    told = asyncio.run(environment.described())["variables"]
    values = {one["name"]: one.get("value") for one in told}
    plain = values["plain"]
    assert plain is not None
    assert plain == value or "•••" in plain  # where the other one tells that it is a secret
    assert values["api_token"] == "•••" or is_switch(value)


def test_the_session_s_own_are_no_news() -> None:
    told = Told("export EFFECTTALK_SESSION=1 OTHER=2").described()
    names = [one["name"] for one in told["variables"]]
    assert "OTHER" in names
    assert not [name for name in names if name.startswith("EFFECTTALK_")]
