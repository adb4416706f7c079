"""The states that are kept in memory, and what tells two of them apart."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.session.states import RecentStates, SavedState, StateError, identity

pieces = st.tuples(*[st.binary(max_size=8)] * 3)


def kept(states: RecentStates, number: int) -> SavedState | None:
    return asyncio.run(states.state(number))


def test_a_state_is_kept_with_its_jobs() -> None:
    states = RecentStates()
    states.keep(3, (b"a", b"b", b"c"), ("sleep 9",))
    assert kept(states, 3) == SavedState(b"abc", ("sleep 9",))
    assert kept(states, 4) is None


def test_what_is_kept_of_a_block_last_counts() -> None:
    states = RecentStates()
    for piece in (b"a", b"b"):
        states.keep(1, (piece, b"", b""), ())
    assert kept(states, 1) == SavedState(b"b")
    assert states.size_bytes == 1


def test_the_oldest_state_goes_first() -> None:
    states = RecentStates(most_bytes=100)
    for number in range(10):
        states.keep(number, (b"%d" % number * 30, b"", b""), ())
    assert [number for number in range(10) if kept(states, number)] == [7, 8, 9]


def test_a_state_that_alone_is_too_large_is_kept() -> None:
    states = RecentStates(most_bytes=1)
    states.keep(1, (b"large", b"", b""), ())
    assert kept(states, 1) == SavedState(b"large")


@given(st.lists(st.tuples(st.integers(0, 5), pieces)), st.integers(1, 60))
def test_the_memory_is_what_the_pieces_have(changes, most_bytes: int) -> None:
    states = RecentStates(most_bytes)
    last = {}
    for number, parts in changes:
        states.keep(number, parts, ())
        last[number] = parts
    there = {number: parts for number, parts in last.items() if kept(states, number)}
    assert all(kept(states, n) == SavedState(b"".join(parts)) for n, parts in there.items())
    assert states.size_bytes == sum(
        map(len, {piece for parts in there.values() for piece in parts})
    )
    assert states.size_bytes <= most_bytes or len(there) == 1


@given(pieces, pieces)
def test_only_equal_states_have_an_identity_in_common(one, other) -> None:
    assert (identity(one) == identity(other)) == (one == other)


def test_there_are_no_other_sessions() -> None:
    with pytest.raises(StateError, match="there is no state 'abc'"):
        asyncio.run(RecentStates().other("abc"))
