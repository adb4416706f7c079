"""The environment as clients get it: names and values, within limits, without secrets."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.kernel.comms.environment import (
    LONGEST_VALUE,
    MAX_BLOCKS,
    MAX_NAMES,
    Environment,
)
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.safety.redaction.secret_names import is_switch
from effecttalk_kernel.session.saved_states import RecentStates
from effecttalk_kernel.shell.dialects.bash import Parts
from effecttalk_kernel.shell.dialects.bash_changes import compare_states, find_changes
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot
from tests.support.shell_state import GITHUB, state

PASSWORD = "correct-horse-battery"


def make_state(setup: str, **environment: str) -> Parts:
    """Return the state that a session's shell would write, in its parts."""
    return read_snapshot(state(f"declare -ar __et=(nonce)\n{setup}", **environment)).parts


class FakeSession:
    """A session's states, and their description."""

    def __init__(self, *setups: str) -> None:
        self.states = RecentStates()
        self.environment = Environment(self.states, Masker(Settings(), {}))
        for number, setup in enumerate(("", *setups)):
            self.add(number, setup)

    def add(self, number: int, setup: str) -> None:
        self.states.keep(number, make_state(setup), ())
        self.environment.add_state(number)

    def describe(self) -> dict[str, Any]:
        return asyncio.run(self.environment.describe())


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
def test_differences_are_found_by_name(
    before: str, after: str, found: dict[str, dict[str, str]]
) -> None:
    old, new = (make_state(setup) for setup in (before, after))
    assert compare_states(old, new) == found
    assert {kind: {*names} for kind, names in find_changes(old, new).items()} == {
        kind: {*names} - {""} for kind, names in found.items()
    }


def test_many_names_and_long_values_are_cut() -> None:
    count = MAX_NAMES + 5
    many = "; ".join(f"v{number:03}=1" for number in range(count))
    description = FakeSession(f"{many}; export long='{'x ' * (LONGEST_VALUE // 2)}y'").describe()
    [change] = description["changes"]
    assert len(change["variables"]["set"]) == MAX_NAMES
    assert change["variables"]["more"] == count + 1 - MAX_NAMES
    [long] = [one for one in description["variables"] if one["name"] == "long"]
    assert (len(long["value"]), long["cut"]) == (LONGEST_VALUE, 1)


def test_only_the_last_of_many_blocks_are_described() -> None:
    session = FakeSession()
    ones = [make_state(f"a={number}") for number in range(2)]
    for number in range(1, MAX_BLOCKS + 20):
        session.states.keep(number, ones[number % 2], ())
        session.environment.add_state(number)
    numbers = [change["block"] for change in session.describe()["changes"]]
    assert numbers == [*range(MAX_BLOCKS + 19, 19, -1)]


def test_a_newer_state_of_a_block_replaces_the_older() -> None:
    session = FakeSession("a=1", "a=2")
    assert session.describe()["changes"][0]["variables"] == {"changed": ["a"]}
    session.add(2, "a=1; b=3")
    assert session.describe()["changes"][0]["variables"] == {"set": ["b"]}


def test_a_block_without_a_stored_state_is_left_out() -> None:
    session = FakeSession("a=1", "a=2")
    session.environment.add_state(3)
    found = session.describe()
    assert [change["block"] for change in found["changes"]] == [2, 1]
    assert (found["block"], found["variables"]) == (3, [])


def test_a_secret_is_masked_in_states_before_its_variable_was_set() -> None:
    session = FakeSession(f"cd /; alias {GITHUB}=ls; export a={PASSWORD} b=[{GITHUB}]")
    session.add(2, f"export MY_PASSWORD={PASSWORD} a={PASSWORD}")
    session.add(3, f"export a={PASSWORD}")
    text = str(session.describe())
    assert PASSWORD not in text
    assert GITHUB not in text
    assert "MY_PASSWORD" in text


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_value_is_sent_unchanged_or_masked(value: str) -> None:
    environment = Environment(states := RecentStates(), Masker(Settings(), {}))
    # `declare -p` prints as in the user's locale.
    states.keep(1, make_state("", LC_ALL="C.UTF-8", plain=value, api_token=value), ())
    environment.add_state(1)
    variables = asyncio.run(environment.describe())["variables"]
    values = {one["name"]: one.get("value") for one in variables}
    plain = values["plain"]
    assert plain is not None
    assert plain == value or "•••" in plain  # the other variable marks it as a secret
    assert values["api_token"] == "•••" or is_switch(value)


def test_variables_of_effecttalk_are_left_out() -> None:
    description = FakeSession("export EFFECTTALK_SESSION=1 OTHER=2").describe()
    names = [one["name"] for one in description["variables"]]
    assert "OTHER" in names
    assert not [name for name in names if name.startswith("EFFECTTALK_")]
