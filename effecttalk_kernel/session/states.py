"""States: where a session's earlier states are kept, and what of them."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final, Protocol

from effecttalk_kernel.errors import EffectTalkError

# Of the pieces of the last states, most are those of the next one too.
LAST_PIECES: Final = 8
# Most blocks change one piece of three; the functions of bash-completion are 60 kB.
MOST_BYTES: Final = 8_000_000


class StateError(EffectTalkError):
    """A state is not kept; the message says which."""


Parts = tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class SavedState:
    """A state as it was kept: a script, jobs that ran then, variables with secrets not kept.

    *block* names it where it is another session's.
    """

    script: bytes
    jobs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    block: str = ""


class States(Protocol):
    """Whoever keeps the states of sessions."""

    async def state(self, number: int) -> SavedState | None:
        """Return the state of this session after block *number*, if it is kept."""

    async def other(self, name: str) -> SavedState:
        """Return a state of any session: SESSION, its last one, or SESSION-NUMBER.

        Raises:
            EffectTalkError: there is none of that name.

        """


def identity(parts: Parts) -> str:
    """Return what only equal states have in common."""
    return "".join(map(_digest, parts))


@lru_cache(LAST_PIECES)
def _digest(part: bytes) -> str:
    return blake2b(part, digest_size=16).hexdigest()


class RecentStates:
    """The last states of one session, in memory; a piece that several have is there once."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._states: dict[int, tuple[Parts, tuple[str, ...]]] = {}
        # Each piece, and in how many states it is.
        self._pieces: dict[bytes, tuple[bytes, int]] = {}
        self.size_bytes = 0

    def keep(self, number: int, parts: Parts, jobs: tuple[str, ...]) -> None:
        """Keep the state after a block, and drop the oldest ones to make room."""
        self._drop(number)
        variables, functions, options = map(self._share, parts)
        self._states[number] = (variables, functions, options), jobs
        while self.size_bytes > self._most_bytes and len(self._states) > 1:
            self._drop(next(iter(self._states)))

    async def state(self, number: int) -> SavedState | None:
        """Return the state after block *number*, if it is kept."""
        parts, jobs = self._states.get(number, ((), ()))
        return SavedState(b"".join(parts), jobs) if parts else None

    async def other(self, name: str) -> SavedState:
        """Refuse: no other session is in this memory."""
        raise StateError(f"there is no state {name!r}: only this session's are kept")

    def _share(self, piece: bytes) -> bytes:
        shared, count = self._pieces.get(piece, (piece, 0))
        self._pieces[piece] = shared, count + 1
        if count == 0:
            self.size_bytes += len(piece)
        return shared

    def _drop(self, number: int) -> None:
        parts, _ = self._states.pop(number, ((), ()))
        for piece in parts:
            shared, count = self._pieces.pop(piece)
            if count > 1:
                self._pieces[piece] = shared, count - 1
            else:
                self.size_bytes -= len(piece)
