"""Timeline: which states a session has had, and where it is among them, like an editor's undo.

Pure. A block that leaves the state as it was makes no step; a change after an
undo drops what could be redone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from effecttalk_kernel.errors import EffectTalkError

# Instead of an identity: the shell was lost, so nobody knows what it was.
LOST = ""


class TimelineError(EffectTalkError):
    """There is no such state; the message says what there is."""


@dataclass(frozen=True, slots=True)
class State:
    """The state after block *number*, 0 for the beginning; the same state has the same identity."""

    number: int
    identity: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps from state to state, the place among them, and the state after each block."""

    steps: tuple[State, ...] = ()
    place: int = -1
    known: tuple[State, ...] = ()

    @property
    def current(self) -> State | None:
        """The state the session is in, if it has told any yet."""
        return self.steps[self.place] if self.steps else None

    def tell(self, state: State) -> Self:
        """Return what it is when a block has left the session in *state*."""
        was = self._after(state.number)
        is_lost = was is not None and was.identity == LOST
        return replace(self._step(state), known=self.known if is_lost else self._know(state))

    def lose(self, number: int) -> Self:
        """Return what it is when the shell was lost in block *number*."""
        return replace(self, known=self._know(State(number, LOST)))

    def undo(self, count: int = 1) -> Self:
        """Return what it is *count* steps back.

        Raises:
            TimelineError: there are not so many.

        """
        if count > self.place:
            raise TimelineError(_too_few(max(self.place, 0), count, "undo", "undone"))
        return replace(self, place=self.place - count)

    def redo(self, count: int = 1) -> Self:
        """Return what it is *count* steps forward again.

        Raises:
            TimelineError: there are not so many.

        """
        there = len(self.steps) - 1 - self.place
        if count > there:
            raise TimelineError(_too_few(max(there, 0), count, "redo", "redone"))
        return replace(self, place=self.place + count)

    def goto(self, number: int) -> Self:
        """Return what it is after a step to the state after block *number*.

        Raises:
            TimelineError: that is not known.

        """
        state = self._after(number)
        if state is None:
            raise TimelineError(f"there is no state after block {number}: {self._what_there_is()}")
        if state.identity == LOST:
            raise TimelineError(
                f"the shell was lost in block {number}; the last state before it is that after"
                f" block {self._before(number)}"
            )
        return self._step(state)

    def load(self, state: State) -> Self:
        """Return what it is after a step to a state from elsewhere."""
        return self._step(state)

    def become(self, identity: str) -> Self:
        """Return what it is when not all of the current state has come back."""
        assert self.steps
        was = self.steps[self.place]
        now = replace(was, identity=identity)
        return replace(
            self,
            steps=(*self.steps[: self.place], now, *self.steps[self.place + 1 :]),
            known=tuple(now if state == was else state for state in self.known),
        )

    def holds(self, state: State) -> bool:
        """Whether *state* still is the last one that was told of its block."""
        known = self._after(state.number)
        return known is None or known.identity in {state.identity, LOST}

    def _step(self, state: State) -> Self:
        current = self.current
        if current is not None and current.identity == state.identity:
            return self
        steps = (*self.steps[: self.place + 1], state)
        return replace(self, steps=steps, place=len(steps) - 1)

    def _know(self, state: State) -> tuple[State, ...]:
        if self.known and self.known[-1].number >= state.number:
            others = (known for known in self.known if known.number != state.number)
            return tuple(sorted((*others, state), key=lambda known: known.number))
        return (*self.known, state)

    def _after(self, number: int) -> State | None:
        return next((state for state in self.known if state.number == number), None)

    def _before(self, number: int) -> int:
        return max((known.number for known in self._kept() if known.number < number), default=0)

    def _kept(self) -> Iterator[State]:
        return (state for state in self.known if state.identity != LOST)

    def _what_there_is(self) -> str:
        numbers = [state.number for state in self._kept()]
        if not numbers:
            return "none is known yet"
        if numbers[0] == numbers[-1]:
            return f"there is that after block {numbers[0]}"
        return f"there are those after blocks {numbers[0]} to {numbers[-1]}"


def _too_few(there: int, wanted: int, verb: str, participle: str) -> str:
    if there == 0:
        return f"there is nothing to {verb}"
    steps = "only 1 step" if there == 1 else f"only {there} steps"
    return f"{steps} can be {participle}, not {wanted}"
