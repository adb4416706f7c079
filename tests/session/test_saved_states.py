"""The states in memory, and the identity of states."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.saved_states import RecentStates, SavedState, StateError, identity

pieces = st.tuples(*[st.binary(max_size=8)] * 3)


def find(states: RecentStates, number: int) -> SavedState | None:
    return asyncio.run(states.state(number))


def test_a_state_is_saved_with_its_jobs() -> None:
    states = RecentStates()
    states.keep(3, (b"a", b"b", b"c"), ("sleep 9",))
    assert find(states, 3) == SavedState(b"abc", ("sleep 9",))
    assert find(states, 4) is None


def test_the_last_state_of_a_block_is_used() -> None:
    states = RecentStates()
    for piece in (b"a", b"b"):
        states.keep(1, (piece, b"", b""), ())
    assert find(states, 1) == SavedState(b"b")
    assert states.size_bytes == 1


def test_the_oldest_state_is_dropped_first() -> None:
    states = RecentStates(max_bytes=100)
    for number in range(10):
        states.keep(number, (b"%d" % number * 30, b"", b""), ())
    assert [number for number in range(10) if find(states, number)] == [7, 8, 9]


def test_a_single_state_is_saved_even_if_it_is_too_large() -> None:
    states = RecentStates(max_bytes=1)
    states.keep(1, (b"large", b"", b""), ())
    assert find(states, 1) == SavedState(b"large")


@given(st.lists(st.tuples(st.integers(0, 5), pieces)), st.integers(1, 60))
def test_each_part_is_counted_once(changes, max_bytes: int) -> None:
    states = RecentStates(max_bytes)
    last = {}
    for number, parts in changes:
        states.keep(number, parts, ())
        last[number] = parts
    there = {number: parts for number, parts in last.items() if find(states, number)}
    assert all(find(states, n) == SavedState(b"".join(parts)) for n, parts in there.items())
    assert states.size_bytes == sum(
        map(len, {piece for parts in there.values() for piece in parts})
    )
    assert states.size_bytes <= max_bytes or len(there) == 1


@given(pieces, pieces)
def test_only_equal_states_have_the_same_identity(one, other) -> None:
    assert (identity(one) == identity(other)) == (one == other)


def test_other_sessions_are_not_in_memory() -> None:
    with pytest.raises(StateError, match="there is no state 'abc'"):
        asyncio.run(RecentStates().find_state("abc"))
