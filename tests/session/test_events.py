"""Observers of a session: each sees every event, even if another one fails."""

import logging
from typing import cast

import pytest

from effecttalk_kernel.block import Block, Ended, Result, advance
from effecttalk_kernel.output.cell import SharedParts
from effecttalk_kernel.output.cell_observer import Cells
from effecttalk_kernel.session.events import CellRequest, Event, Finished, Observers, Started

RUNNING = Block("s", 1, "true", 1.0, "/")
ENDED = advance(RUNNING, Ended(Result(0, (0,)), 2.0, "/"))
STARTED = Started(CellRequest(parent={"header": {}}))


class Recorder:
    """An observer that records the kinds of the events."""

    def __init__(self) -> None:
        self.events: list[type[Event]] = []

    def __call__(self, _: Block, event: Event) -> None:
        self.events.append(type(event))


def say_nothing(_: Block, text: str) -> None:
    pass


def fail(_: Block, event: Event) -> None:
    raise OSError("disk full")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_observer_that_fails_is_logged_and_affects_no_other(
    place: int, caplog: pytest.LogCaptureFixture
) -> None:
    others = [Recorder(), Recorder()]
    said: list[str] = []
    observers = Observers(lambda _, text: said.append(text))
    observers.add(*others[:place], fail, *others[place:])
    with caplog.at_level(logging.ERROR):
        observers.tell(RUNNING, STARTED)
        observers.tell(ENDED, Finished())
    assert len(said) == 1
    assert said[0].startswith("effecttalk: internal error in fail (OSError): the record of this")
    assert [each.events for each in others] == [[Started, Finished]] * 2
    assert [record.message.split()[0] for record in caplog.records] == ["observer.failed"] * 2
    assert "disk full" in caplog.text


def test_a_removed_observer_sees_no_more_events() -> None:
    removed, other = Recorder(), Recorder()
    observers = Observers(say_nothing)
    observers.add(removed, other)
    observers.tell(RUNNING, STARTED)
    observers.remove(removed)
    observers.tell(ENDED, Finished())
    assert (removed.events, other.events) == ([Started], [Started, Finished])


def test_the_observers_of_a_cell_see_an_event_that_the_cell_cannot_show() -> None:
    """A block whose cell cannot be shown is still stored."""
    recorder = Recorder()
    cells = Cells(cast("SharedParts", None))  # no cell can be made of it
    cells.observers.add(recorder)
    observers = Observers(say_nothing)
    observers.add(cells)
    observers.tell(RUNNING, STARTED)
    observers.tell(ENDED, Finished())
    assert recorder.events == [Started, Finished]


def test_a_failing_observer_is_harmless_if_it_cannot_be_reported() -> None:
    recorder = Recorder()
    observers = Observers(fail)  # type: ignore[arg-type]
    observers.add(fail, recorder)
    observers.tell(RUNNING, STARTED)
    assert recorder.events == [Started]
