"""Saved states: the earlier states of sessions, and where they are found."""

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.shell.dialects.bash import Part, Parts

# Most blocks change one part of three; the functions of bash-completion have 60 kB.
MAX_BYTES: Final = 32_000_000
# Several parts share a statement of this size, where only others have changed.
LARGE: Final = 4_096


class StateError(EffectTalkError):
    """A state was not saved; the message says which one."""


@dataclass(frozen=True, slots=True)
class SavedState:
    """A state as it was saved.

    It consists of the *parts* of a script, the *jobs* that ran then, and the *unknown* variables
    with secret values, which were not saved. *block* names the block of another session that left
    it.
    """

    parts: Parts
    jobs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    block: str = ""

    @property
    def script(self) -> bytes:
        """The script that restores it."""
        return b"".join(chain(*self.parts))


class StateStore(Protocol):
    """A store of the states of sessions."""

    async def state(self, number: int) -> SavedState | None:
        """Return the state of this session after block *number*, None if it was not saved."""

    async def find_state(self, name: str) -> SavedState:
        """Return a state of any session; *name* is SESSION for its last one, or SESSION-NUMBER.

        Raises:
            EffectTalkError: there is no such state.

        """


# What identifies a part in memory.
Key = tuple[bytes | int, ...]


def _key(part: Part) -> Key:
    """Return what only equal parts share; to hash 20 MB would take a while."""
    return tuple(each if len(each) < LARGE else id(each) for each in part)


class RecentStates:
    """The last states of one session, in memory; what several states share is kept once."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._states: dict[int, tuple[Parts, tuple[str, ...]]] = {}
        # By their ids, parts with the number of states that have each; equal parts are the same.
        self._parts: dict[int, tuple[Part, int]] = {}
        self._equal: dict[Key, Part] = {}
        self._large: Counter[int] = Counter()  # how many parts have each large statement
        self.size_bytes = 0

    def keep(self, number: int, parts: Parts, jobs: tuple[str, ...]) -> None:
        """Save the state after a block; drop the oldest states to make room."""
        self._drop(number)
        variables, functions, options = map(self._share, parts)
        self._states[number] = (variables, functions, options), jobs
        while self.size_bytes > self._max_bytes and len(self._states) > 1:
            self._drop(next(iter(self._states)))

    async def state(self, number: int) -> SavedState | None:
        """Return the state after block *number*, None if it was dropped."""
        state = self._states.get(number)
        return None if state is None else SavedState(*state)

    async def find_state(self, name: str) -> SavedState:
        """Raise StateError, because other sessions are not in this memory."""
        raise StateError(f"there is no state {name!r}: only the states of this session are saved")

    def _share(self, part: Part) -> Part:
        # Most blocks leave the same object: a key of it takes long.
        shared = part if id(part) in self._parts else self._equal.setdefault(_key(part), part)
        count = self._parts.get(id(shared), (shared, 0))[1]
        self._parts[id(shared)] = shared, count + 1
        if count == 0:
            new = [each for each in part if len(each) < LARGE or not self._large[id(each)]]
            self.size_bytes += sum(map(len, new))
            self._large.update(id(each) for each in part if len(each) >= LARGE)
        return shared

    def _drop(self, number: int) -> None:
        parts, _ = self._states.pop(number, ((), ()))
        for part in parts:
            _, count = self._parts.pop(id(part))
            if count > 1:
                self._parts[id(part)] = part, count - 1
            else:
                del self._equal[_key(part)]
                self._large.subtract(id(each) for each in part if len(each) >= LARGE)
                gone = [each for each in part if len(each) < LARGE or not self._large[id(each)]]
                self.size_bytes -= sum(map(len, gone))
                self._large += Counter()  # forget those that are gone
