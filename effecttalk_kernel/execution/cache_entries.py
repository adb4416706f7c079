"""OutputRecorder: what a block prints, for the cache, and whether it can be kept there.

Kept is what would be the same if the block ran again, with nobody there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.block import Answerer, Block, Manner, ShellFate, Status
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.masked import MaskedBytes
from effecttalk_kernel.session.events import Event, Finished, OutputRead, Started
from effecttalk_kernel.store.cache.entry import PIECE_BYTES, Entry

# What `display` writes: it has the session's token, and means nothing to another session.
DISPLAYED: Final = b"\x1b]5522;"

Pieces = tuple[tuple[str, MaskedBytes], ...]
# Returns the pieces (stream, bytes) if there is no secret in them, else None.
WithoutSecrets = Callable[[Sequence[tuple[str, bytes]]], Pieces | None]


def telling(manner: Manner, settings: Settings) -> dict[str, object]:
    """Return what a block's key must have of how it runs: with another, it may print another."""
    return {
        "answers": manner.policy.given,
        "columns": settings.columns,
        "env": dict(manner.env),
        "expected": None if manner.expected is None else sorted(manner.expected),
        "is_merged": manner.is_merged,
        "is_piped": bool(manner.mime),
        "is_strict": manner.is_strict,
        "program": manner.program,
        "rows": settings.rows,
    }


class OutputRecorder:
    """An observer of the blocks of one cell, which keeps what the last one printed."""

    def __init__(self, most_bytes: int, without_secrets: WithoutSecrets) -> None:
        self._most_bytes = most_bytes
        self._without_secrets = without_secrets
        self._is_expecting = False
        self._draft: _Draft | None = None

    def expect(self) -> None:
        """Look at the blocks that come until one is taken: attempts of a cell to be cached."""
        self._is_expecting = True
        self._draft = None

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if not self._is_expecting:
            return
        if isinstance(event, Started):
            self._draft = _Draft(block.number, self._most_bytes)
        elif self._draft is not None and self._draft.number == block.number:
            self._draft.observe(event)

    def take(self, block: Block | None) -> "RecordedOutput":
        """Return what that block, which has ended, leaves for the cache; forget it."""
        draft, self._draft, self._is_expecting = self._draft, None, False
        if block is None or draft is None or draft.number != block.number:
            return RecordedOutput(block, (), self._without_secrets, "nothing has run")
        problem = _problem_of(block) or draft.problem
        return RecordedOutput(block, draft.output, self._without_secrets, problem)


@dataclass(frozen=True, slots=True)
class RecordedOutput:
    """What a block has printed; the *problem* is why that cannot be stored, if it cannot."""

    block: Block | None
    output: tuple[tuple[str, bytes], ...]
    without_secrets: WithoutSecrets
    problem: str | None

    def entry(self, key: str) -> Entry:
        """Return what is to be kept; it looks for secrets, which takes a while.

        Raises:
            CacheError: it can't be kept; the message is the reason alone.

        """
        block = self.block
        if self.problem or block is None or block.result is None:
            raise CacheError(self.problem or "nothing has run")
        if any(DISPLAYED in data for data in self._streams()):
            raise CacheError("it shows something by `display`")
        output = self.without_secrets(self.output)
        if output is None:
            raise CacheError("it printed secrets")
        return Entry(
            key=key,
            block=block.identity,
            made=block.started if block.ended is None else block.ended,
            exit_status=block.result.exit_status,
            pipestatus=block.result.pipestatus,
            output=output,
        )

    def _streams(self) -> list[bytes]:
        """Return what was written to each stream: a secret may lie over two pieces."""
        names = dict.fromkeys(name for name, _ in self.output)
        return [b"".join(data for name, data in self.output if name == each) for each in names]


class _Draft:
    """What one block has printed so far, as long as it is not too much."""

    def __init__(self, number: int, most_bytes: int) -> None:
        self.number = number
        self.problem: str | None = None
        self._most_bytes = most_bytes
        self._room = most_bytes
        self._pieces: list[tuple[str, bytearray]] = []
        self._has_ended = False

    @property
    def output(self) -> tuple[tuple[str, bytes], ...]:
        """The names of streams and their bytes, in their order."""
        return tuple((name, bytes(data)) for name, data in self._pieces)

    def observe(self, event: Event) -> None:
        """Take what was printed."""
        match event:
            case OutputRead() if self._has_ended:
                self._give_up("something was printed after its end")
            case OutputRead(stream, data) if not self.problem:
                self._add(stream.value, data)
            case Finished():
                self._has_ended = True

    def _add(self, stream: str, data: bytes) -> None:
        if not self._pieces or self._pieces[-1][0] != stream:
            self._pieces.append((stream, bytearray()))
            self._room -= PIECE_BYTES
        self._room -= len(data)
        if self._room < 0:
            self._give_up(f"it printed more than {self._most_bytes:,} bytes")
        else:
            self._pieces[-1][1].extend(data)

    def _give_up(self, problem: str) -> None:
        self.problem = self.problem or problem
        self._pieces.clear()


def _problem_of(block: Block) -> str | None:
    """Return why this block cannot be stored whatever it printed, None if it can."""
    if block.is_fallback:
        return "its fallback ran"
    if block.status is Status.BACKGROUND or block.writers:
        return "processes that it started still run"
    if block.status is not Status.SUCCESS:
        return "it has not succeeded"
    if block.shell is not ShellFate.KEPT:
        return "its shell was replaced"
    if block.signals_sent:
        return f"it was sent {block.signals_sent[0]}"
    if block.tty:
        return "it ran on one terminal"
    # Whether somebody could be asked is not in the key.
    if any(asked.answered_by is not Answerer.OPTIONS for asked in block.asked):
        return "it asked for input"
    return None
