"""The states in memory."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.saved_states import RecentStates, SavedState, StateError
from effecttalk_kernel.shell.dialects.bash import Parts

whole = st.tuples(*[st.lists(st.binary(max_size=8), max_size=2).map(tuple)] * 3)


def find(states: RecentStates, number: int) -> SavedState | None:
    return asyncio.run(states.state(number))


def parts(*variables: bytes) -> Parts:
    return (variables, (), ())


def test_a_state_is_saved_with_its_jobs() -> None:
    states = RecentStates()
    states.keep(3, ((b"a", b"b"), (b"c",), ()), ("sleep 9",))
    found = find(states, 3)
    assert found == SavedState(((b"a", b"b"), (b"c",), ()), ("sleep 9",))
    assert found.script == b"abc"
    assert find(states, 4) is None


def test_the_last_state_of_a_block_is_used() -> None:
    states = RecentStates()
    for statement in (b"a", b"b"):
        states.keep(1, parts(statement), ())
    assert find(states, 1) == SavedState(parts(b"b"))
    assert states.size_bytes == 1


def test_the_oldest_state_is_dropped_first() -> None:
    states = RecentStates(max_bytes=100)
    for number in range(10):
        states.keep(number, parts(b"%d" % number * 30), ())
    assert [number for number in range(10) if find(states, number)] == [7, 8, 9]


def test_a_single_state_is_saved_even_if_it_is_too_large() -> None:
    states = RecentStates(max_bytes=1)
    states.keep(1, parts(b"large"), ())
    assert find(states, 1) == SavedState(parts(b"large"))


@given(st.lists(st.tuples(st.integers(0, 5), whole)), st.integers(1, 60))
def test_each_part_is_counted_once(changes, max_bytes: int) -> None:
    states = RecentStates(max_bytes)
    last = {}
    for number, state in changes:
        states.keep(number, state, ())
        last[number] = state
    there = {number: state for number, state in last.items() if find(states, number)}
    assert all(find(states, n) == SavedState(state) for n, state in there.items())
    different = {part for state in there.values() for part in state}
    assert states.size_bytes == sum(len(statement) for part in different for statement in part)
    assert states.size_bytes <= max_bytes or len(there) == 1


def test_a_large_statement_that_states_share_is_counted_once() -> None:
    states = RecentStates(max_bytes=15_000)
    large = b"x" * 10_000
    for number in range(5):
        states.keep(number, parts(b"%d" % number, large), ())
    assert states.size_bytes == 10_005
    assert all(find(states, number) for number in range(5))
    states.keep(5, parts(b"y" * 10_000), ())
    assert states.size_bytes == 10_000


def test_other_sessions_are_not_in_memory() -> None:
    with pytest.raises(StateError, match="there is no state 'abc'"):
        asyncio.run(RecentStates().find_state("abc"))
