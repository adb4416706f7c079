"""The timeline, compared with an editor's undo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from effecttalk_kernel.session.timeline import Timeline, TimelineError, TimelineState


def timeline(*identities: str) -> Timeline:
    """The timeline of a session whose blocks have left these states."""
    made = Timeline()
    for number, identity in enumerate(identities):
        made = made.add(TimelineState(number, identity))
    return made


def test_a_block_that_does_not_change_the_state_adds_no_step() -> None:
    assert timeline("a", "b", "b", "b").undo().current == TimelineState(0, "a")


def test_undo_and_redo_move_along_the_steps() -> None:
    made = (
        timeline("", "x=1", "x=2", "x=2")
        .undo()
        .add(TimelineState(4, "x=1"))
        .add(TimelineState(5, "x=1"))
    )
    assert made.redo().current == TimelineState(2, "x=2")


def test_a_change_after_an_undo_drops_what_could_be_redone() -> None:
    made = timeline("a", "b").undo().add(TimelineState(2, "c"))
    with pytest.raises(TimelineError, match="there is nothing to redo"):
        made.redo()
    assert made.undo().current == TimelineState(0, "a")


def test_goto_is_a_step_that_undo_takes_back() -> None:
    made = timeline("a", "b", "c").goto(1)
    assert made.current == TimelineState(1, "b")
    assert made.undo().current == TimelineState(2, "c")


def test_goto_a_block_without_changes_leads_to_the_state_before_it() -> None:
    current = timeline("a", "b", "b", "c").goto(2).current
    assert current == TimelineState(2, "b")


def test_goto_the_current_state_is_not_a_step() -> None:
    assert timeline("a", "b").goto(1) == timeline("a", "b")


def test_load_is_a_step_that_undo_takes_back() -> None:
    made = timeline("a", "b").load(TimelineState(1, "other"))
    assert made.current == TimelineState(1, "other")
    assert made.undo().current == TimelineState(1, "b")


def test_a_state_that_came_back_in_part_is_still_the_same_step() -> None:
    made = timeline("a", "b", "c").undo().replace_current("b less a secret")
    made = made.add(TimelineState(4, "b less a secret"))
    assert made.redo().current == TimelineState(2, "c")
    assert made.redo().undo().current == TimelineState(1, "b less a secret")


def test_a_replaced_state_is_not_held() -> None:
    made = timeline("a", "b", "c")
    state = made.undo().current
    assert state is not None
    assert made.holds(state)
    assert not made.add(TimelineState(1, "other")).holds(state)


ERRORS = {
    "nothing to undo": (timeline("a").undo, 1, "there is nothing to undo"),
    "nothing at all": (Timeline().undo, 1, "there is nothing to undo"),
    "nothing to redo": (timeline("a", "b").redo, 1, "there is nothing to redo"),
    "one step": (timeline("a", "b").undo, 2, "only 1 step can be undone, not 2"),
    "two steps": (timeline("a", "b", "c").undo, 9, "only 2 steps can be undone, not 9"),
    "two redone": (timeline("a", "b", "c").undo(2).redo, 3, "only 2 steps can be redone, not 3"),
    "an unknown block": (
        timeline("a", "b", "c").goto,
        9,
        "no state is saved after block 9: states are saved after blocks 0 to 2",
    ),
    "no block yet": (
        timeline("a").goto,
        1,
        "no state is saved after block 1: the only saved one is after block 0",
    ),
    "nothing told": (
        Timeline().goto,
        1,
        "no state is saved after block 1: none has been saved yet",
    ),
    "a lost shell": (
        timeline("a", "b").lose(2).add(TimelineState(2, "b")).goto,
        2,
        "the shell was lost in block 2: the last state saved before it is the one after block 1",
    ),
}


@pytest.mark.parametrize(("move", "argument", "message"), ERRORS.values(), ids=ERRORS)
def test_an_error_says_which_states_exist(move, argument: int, message: str) -> None:
    with pytest.raises(TimelineError, match=message):
        move(argument)


@given(st.lists(st.sampled_from("abc"), min_size=1), st.data())
def test_undo_goes_back_to_the_first_change(states: list[str], data: st.DataObject) -> None:
    changes = [now for before, now in zip(["", *states], states, strict=False) if now != before]
    count = data.draw(st.integers(0, len(changes) - 1))
    current = timeline(*states).undo(count).current
    assert current is not None
    assert current.identity == changes[-1 - count]


class Editor(RuleBasedStateMachine):
    """What an editor does: two stacks."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline = Timeline().add(TimelineState(0, "a"))
        self.done = ["a"]
        self.undone: list[str] = []
        self.after = ["a"]

    def change(self, identity: str) -> None:
        if identity != self.done[-1]:
            self.done.append(identity)
            self.undone.clear()

    @rule(identity=st.sampled_from("abcdef"))
    def run_a_block(self, identity: str) -> None:
        self.timeline = self.timeline.add(TimelineState(len(self.after), identity))
        self.after.append(identity)
        self.change(identity)

    @rule(data=st.data())
    def go_to_a_block(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.after) - 1))
        self.timeline = self.timeline.goto(number)
        self.change(self.after[number])

    @precondition(lambda self: len(self.done) > 1)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(self.done) - 1))
        self.timeline = self.timeline.undo(count)
        for _ in range(count):
            self.undone.append(self.done.pop())

    @precondition(lambda self: self.undone)
    @rule(data=st.data())
    def redo(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(self.undone)))
        self.timeline = self.timeline.redo(count)
        for _ in range(count):
            self.done.append(self.undone.pop())

    @rule()
    def go_too_far(self) -> None:
        with pytest.raises(TimelineError):
            self.timeline.undo(len(self.done))
        with pytest.raises(TimelineError):
            self.timeline.redo(len(self.undone) + 1)
        with pytest.raises(TimelineError):
            self.timeline.goto(len(self.after))

    @invariant()
    def the_states_are_equal(self) -> None:
        current = self.timeline.current
        assert current is not None
        assert current.identity == self.done[-1]
        assert self.after[current.number] == current.identity


TestEditor = Editor.TestCase
