"""Events: the facts a session tells its observers."""

from collections.abc import Callable
from dataclasses import dataclass

from effecttalk_kernel.block import Block
from effecttalk_kernel.shell.terminal import Size
from effecttalk_kernel.shell.terminal_pool import Stream


@dataclass(frozen=True, slots=True)
class Started:
    """The block is about to run."""


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
    """A process of the block reads from the terminal and somebody may answer."""

    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class InputGiven:
    """The process that waited has its answer, whoever gave it."""


@dataclass(frozen=True, slots=True)
class Resized:
    """The terminal of a block that is on one has another size."""

    size: Size


@dataclass(frozen=True, slots=True)
class Finished:
    """The block's own commands are done and all they wrote was read."""


@dataclass(frozen=True, slots=True)
class BackgroundEnded:
    """The last process that wrote to the finished block's terminals is gone."""


Event = (
    Started | OutputRead | Notice | InputAwaited | InputGiven | Resized | Finished | BackgroundEnded
)
Observer = Callable[[Block, Event], None]
