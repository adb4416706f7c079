"""Events: what a session tells its observers about its blocks."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from effecttalk_kernel.block import Block
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import Stream

log = logging.getLogger("effecttalk.session")


@dataclass(frozen=True, slots=True)
class CellRequest:
    """Where a block comes from; the session only passes this on to its observers.

    The messages that the block causes answer *parent*, the request that runs its cell; None:
    nothing of it is shown. *count* is the cell's execution count.
    """

    parent: Mapping[str, Any] | None = None
    cell: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """The block is about to run."""

    request: CellRequest


@dataclass(frozen=True, slots=True)
class OutputRead:
    """The block, or a process it left behind, wrote these bytes."""

    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """A line from EffectTalk itself that the user must see with the block."""

    text: str


@dataclass(frozen=True, slots=True)
class InputAwaited:
    """A process of the block reads from the terminal, and a user may answer."""

    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class InputEchoed:
    """The process that waited has this answer of the user, which a terminal would echo.

    If its prompt began a line, the end of that line follows as output.
    """

    text: str


@dataclass(frozen=True, slots=True)
class InputGiven:
    """The process that waited has its answer, or does not wait any more."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The block has printed nothing for a moment, and none of its programs asks."""


@dataclass(frozen=True, slots=True)
class Resized:
    """The terminal of the block has another size."""

    size: TerminalSize


@dataclass(frozen=True, slots=True)
class TerminalOpened:
    """A full-screen program of the block has a terminal, which clients are to show.

    *output* is what the program has drawn so far.
    """

    output: bytes


@dataclass(frozen=True, slots=True)
class TerminalClosed:
    """The full-screen program has ended, or has left its screen."""


@dataclass(frozen=True, slots=True)
class ScreenAbandoned:
    """A program that used the alternate screen has ended or stopped without leaving it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The block's own commands are done, and everything they wrote has been read."""


@dataclass(frozen=True, slots=True)
class BackgroundEnded:
    """The last process that wrote to the finished block's terminals is gone."""


Event = (
    Started
    | OutputRead
    | Notice
    | InputAwaited
    | InputEchoed
    | InputGiven
    | Paused
    | Resized
    | TerminalOpened
    | TerminalClosed
    | ScreenAbandoned
    | Finished
    | BackgroundEnded
)
Observer = Callable[[Block, Event], None]


class Observers:
    """Observers of blocks, in no order that matters; one that fails affects no other.

    *say* shows the user of a block that an observer has failed, once for each observer.
    """

    def __init__(self, say: Callable[[Block, str], None]) -> None:
        self._observers: tuple[Observer, ...] = ()
        self._say = say
        self._failed: tuple[Observer, ...] = ()

    def add(self, *observers: Observer) -> None:
        """Tell *observers* of all events from now on."""
        self._observers += observers

    def remove(self, observer: Observer) -> None:
        """Tell *observer* of no more events."""
        self._observers = tuple(each for each in self._observers if each != observer)

    def tell(self, block: Block, event: Event) -> None:
        """Tell every observer of *event*, after which *block* is as given."""
        for observer in self._observers:
            try:
                observer(block, event)
            except Exception as error:  # the block runs on, and the other observers have to know
                log.exception("observer.failed %s", observer)
                self._report(observer, block, error)

    def _report(self, observer: Observer, block: Block, error: Exception) -> None:
        if observer in self._failed:
            return
        self._failed += (observer,)
        name = getattr(observer, "__qualname__", type(observer).__name__)
        try:
            self._say(
                block,
                f"effecttalk: internal error in {name} ({type(error).__name__}): the record of this"
                " block may be incomplete; the session continues; please report it (see the"
                " kernel's log)",
            )
        except Exception:
            log.exception("observer.failed %s", observer)
