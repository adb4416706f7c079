"""Timeline: the states of a session, and its position among them, like an editor's undo.

Pure. A block that does not change the state makes no step; a change after an undo drops the
states that could be redone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from effecttalk_kernel.errors import EffectTalkError

# Instead of an identity: the shell was lost, so the state is unknown.
LOST = ""


class TimelineError(EffectTalkError):
    """There is no such state; the message says which ones there are."""


@dataclass(frozen=True, slots=True)
class TimelineState:
    """The state after block *number*, 0 for the initial one; equal states have one identity."""

    number: int
    identity: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps from state to state, the position among them, and the state after each block."""

    steps: tuple[TimelineState, ...] = ()
    position: int = -1
    known: tuple[TimelineState, ...] = ()

    @property
    def current(self) -> TimelineState | None:
        """The state the session is in, None if it has none yet."""
        return self.steps[self.position] if self.steps else None

    def add(self, state: TimelineState) -> Self:
        """Return the timeline after a block that left the session in *state*."""
        was = self._find_state(state.number)
        is_lost = was is not None and was.identity == LOST
        return replace(
            self._append_step(state), known=self.known if is_lost else self._add_known(state)
        )

    def lose(self, number: int) -> Self:
        """Return the timeline after block *number*, in which the shell was lost."""
        return replace(self, known=self._add_known(TimelineState(number, LOST)))

    def undo(self, count: int = 1) -> Self:
        """Return the timeline *count* steps back.

        Raises:
            TimelineError: there are fewer steps.

        """
        if count > self.position:
            raise TimelineError(_describe_too_few(max(self.position, 0), count, "undo", "undone"))
        return replace(self, position=self.position - count)

    def redo(self, count: int = 1) -> Self:
        """Return the timeline *count* steps forward again.

        Raises:
            TimelineError: there are fewer steps.

        """
        available = len(self.steps) - 1 - self.position
        if count > available:
            raise TimelineError(_describe_too_few(max(available, 0), count, "redo", "redone"))
        return replace(self, position=self.position + count)

    def goto(self, number: int) -> Self:
        """Return the timeline after a step to the state after block *number*.

        Raises:
            TimelineError: that state is not known.

        """
        state = self._find_state(number)
        if state is None:
            raise TimelineError(f"no state is saved after block {number}: {self._describe_saved()}")
        if state.identity == LOST:
            raise TimelineError(
                f"the shell was lost in block {number}: the last state saved before it is the one"
                f" after block {self._find_last_before(number)}"
            )
        return self._append_step(state)

    def load(self, state: TimelineState) -> Self:
        """Return the timeline after a step to a state of another session."""
        return self._append_step(state)

    def replace_current(self, identity: str) -> Self:
        """Return the timeline with another current state, of which not everything came back."""
        assert self.steps
        was = self.steps[self.position]
        now = replace(was, identity=identity)
        return replace(
            self,
            steps=(*self.steps[: self.position], now, *self.steps[self.position + 1 :]),
            known=tuple(now if state == was else state for state in self.known),
        )

    def holds(self, state: TimelineState) -> bool:
        """Whether *state* still is the last one known for its block."""
        known = self._find_state(state.number)
        return known is None or known.identity in {state.identity, LOST}

    def _append_step(self, state: TimelineState) -> Self:
        current = self.current
        if current is not None and current.identity == state.identity:
            return self
        steps = (*self.steps[: self.position + 1], state)
        return replace(self, steps=steps, position=len(steps) - 1)

    def _add_known(self, state: TimelineState) -> tuple[TimelineState, ...]:
        if self.known and self.known[-1].number >= state.number:
            others = (known for known in self.known if known.number != state.number)
            return tuple(sorted((*others, state), key=lambda known: known.number))
        return (*self.known, state)

    def _find_state(self, number: int) -> TimelineState | None:
        if self.known and self.known[-1].number < number:  # as after each block
            return None
        return next((state for state in self.known if state.number == number), None)

    def _find_last_before(self, number: int) -> int:
        return max(
            (known.number for known in self._list_saved() if known.number < number), default=0
        )

    def _list_saved(self) -> Iterator[TimelineState]:
        return (state for state in self.known if state.identity != LOST)

    def _describe_saved(self) -> str:
        numbers = [state.number for state in self._list_saved()]
        if not numbers:
            return "none has been saved yet"
        if numbers[0] == numbers[-1]:
            return f"the only saved one is after block {numbers[0]}"
        return f"states are saved after blocks {numbers[0]} to {numbers[-1]}"


def _describe_too_few(available: int, wanted: int, verb: str, participle: str) -> str:
    if available == 0:
        return f"there is nothing to {verb}"
    steps = "only 1 step" if available == 1 else f"only {available} steps"
    return f"{steps} can be {participle}, not {wanted}"
